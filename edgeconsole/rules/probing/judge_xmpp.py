"""Judges an XMPP server-to-server stream: STARTTLS before TLS, and what is offered after it."""

from collections.abc import Iterator

from edgeconsole.model.probe import Finding
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.model.terms import Negotiation
from edgeconsole.rules.negotiation import Method, agreed, methods
from edgeconsole.rules.probing.facts import ReplyOutcome, StartTls, TlsFacts, XmppFacts
from edgeconsole.rules.probing.speaker import Speaker


def judge_stream(speaker: Speaker, facts: XmppFacts, *, seconds: float) -> tuple[Finding, ...]:
    """Return what kept a stream from opening; nothing where features came."""
    match facts.outcome:
        case ReplyOutcome.SILENT:
            return (speaker.say("xmpp.no_reply", seconds=f"{seconds:g}"),)
        case ReplyOutcome.GARBAGE:
            return (speaker.say("xmpp.garbage", detail=facts.detail),)
        case ReplyOutcome.CLOSED | ReplyOutcome.RESET:
            return (speaker.say("xmpp.closed", how=facts.outcome.value),)
        case ReplyOutcome.ALERT:
            return ()
        case _:
            pass
    if facts.error:
        said = f" ({facts.error_text})" if facts.error_text else ""
        return (speaker.say(f"xmpp.stream_error.{facts.error}", said=said),)
    if not facts.version.startswith("1."):
        return (speaker.say("xmpp.old_version"),)
    return ()


def judge_starttls(speaker: Speaker, target: ProbeTarget, facts: XmppFacts) -> tuple[Finding, ...]:
    """Return whether TLS can be had, given what the partner's record wants."""
    tls = target.xmpp.tls
    match facts.starttls:
        case StartTls.REFUSED:
            return (speaker.say("xmpp.starttls_refused"),)
        case StartTls.MISSING if tls is Negotiation.REQUIRED:
            return (speaker.say("xmpp.starttls_missing"),)
        case StartTls.OPTIONAL if tls is not Negotiation.NOT_SUPPORTED:
            return (speaker.say("xmpp.starttls_optional"),)
        case _:
            return (speaker.say("xmpp.plain"),) if tls is not Negotiation.REQUIRED else ()


def judge_features(
    speaker: Speaker, target: ProbeTarget, facts: XmppFacts, tls: TlsFacts | None
) -> tuple[Finding, ...]:
    """Return whether there is a way to authenticate, and why EXTERNAL is not offered; `tls` is None without TLS."""
    return tuple(_features(speaker, target, facts, tls))


def _features(speaker: Speaker, target: ProbeTarget, facts: XmppFacts, tls: TlsFacts | None) -> Iterator[Finding]:
    external = "EXTERNAL" in facts.mechanisms and tls is not None
    offered = _offered(external, facts.dialback, tls is not None)
    taken = methods(target.xmpp.tls, target.xmpp.sasl, target.xmpp.dialback)
    # Without a certificate of ours nobody offers EXTERNAL, so its absence says nothing about the partner.
    blind = tls is not None and not tls.shown
    if agreed(taken, offered) is None and not blind:
        yield speaker.say("xmpp.no_method", offered=_words(offered), taken=_words(taken))
        if not external and tls is not None and Method.SASL_OVER_TLS in taken:
            yield speaker.say("xmpp.external_missing", why=_why(facts, tls))
        return
    if tls is not None and not external and Method.SASL_OVER_TLS in taken:
        yield speaker.say("xmpp.external_missing", why=_why(facts, tls))
    if facts.dialback and not external:
        yield speaker.say("xmpp.dialback_only")


def _offered(external: bool, dialback: bool, encrypted: bool) -> tuple[Method, ...]:
    found = [Method.SASL_OVER_TLS] if external else []
    if dialback:
        found.append(Method.TLS_DIALBACK if encrypted else Method.TCP_DIALBACK)
    return tuple(found)


def _words(offered: tuple[Method, ...]) -> str:
    return ", ".join(method.value for method in offered) or "no method"


def _why(facts: XmppFacts, tls: TlsFacts) -> str:
    if not tls.shown:
        return "this vantage has no certificate to show"
    if tls.demanded is False:
        return "it did not ask for our certificate"
    others = ", ".join(facts.mechanisms)
    return "it does not trust our certificate, or it does not name our domain" + (
        f"; it offers {others}" if others else ""
    )
