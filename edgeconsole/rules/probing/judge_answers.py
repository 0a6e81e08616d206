"""Judges what answered: a SIP OPTIONS with its diagnostics, and STUN."""

from collections.abc import Iterator

from edgeconsole.model.probe import Finding
from edgeconsole.rules.addresses import Network, why_denied
from edgeconsole.rules.probing.facts import Diagnostic, ReplyOutcome, SipFacts, StunFacts
from edgeconsole.rules.probing.speaker import Speaker

SKEW = 60.0
"""Seconds two clocks may differ before it is told; edges refuse far later, yet it only grows."""

SLOW_STUN = 200.0
"""Milliseconds of a round trip above which speech suffers."""

_DIAGNOSTICS = {
    1001: "sip.diag.policy",
    1002: "sip.diag.policy",
    1012: "sip.diag.policy",
    1005: "sip.diag.route",
    1007: "sip.diag.route",
    1008: "sip.diag.our_srv",
    1009: "sip.diag.our_target",
    1010: "sip.diag.trust",
    1047: "sip.diag.trust",
    1013: "sip.diag.clock",
    1014: "sip.diag.address",
    1017: "sip.diag.pair",
    1027: "sip.diag.not_federated",
    1034: "sip.diag.not_federated",
}
"""What a partner's ms-diagnostics id means to us ([MS-OCER]; docs/rules.md 8.2)."""

_ALIVE = frozenset({401, 405, 407, 408, 415, 416, 420, 421, 480, 481, 482, 483, 484, 485, 486, 488, 489})


def judge_sip(speaker: Speaker, facts: SipFacts, *, seconds: float) -> tuple[Finding, ...]:
    """Return what the outcome of an OPTIONS means."""
    match facts.outcome:
        case ReplyOutcome.NOT_ASKED:
            return ()
        case ReplyOutcome.ALERT:
            return ()
        case ReplyOutcome.SILENT:
            return (speaker.say("sip.no_reply", seconds=f"{seconds:g}"),)
        case ReplyOutcome.GARBAGE:
            return (speaker.say("sip.garbage", detail=facts.detail),)
        case ReplyOutcome.CLOSED | ReplyOutcome.RESET:
            return (speaker.say("app.closed", how=facts.outcome.value),)
        case ReplyOutcome.ANSWERED:
            return tuple(_answered(speaker, facts))


def _answered(speaker: Speaker, facts: SipFacts) -> Iterator[Finding]:
    speaker = speaker.at(speaker.endpoint, status=facts.status, reason=facts.reason)
    known = [each for each in facts.diagnostics if each.id in _DIAGNOSTICS]
    if facts.status >= 300:
        if known:
            yield _diagnosed(speaker, known[0])
        else:
            yield speaker.say(_by_status(facts.status))
            for each in facts.diagnostics[:1]:
                yield _diagnosed(speaker, each)
    if facts.skew is not None and abs(facts.skew) > SKEW:
        yield speaker.say("sip.clock", skew=f"{facts.skew:+.0f}")


def _diagnosed(speaker: Speaker, diagnostic: Diagnostic) -> Finding:
    code = _DIAGNOSTICS.get(diagnostic.id, "sip.diag.other")
    return speaker.say(code, id=diagnostic.id, text=diagnostic.reason or "no reason given")


def _by_status(status: int) -> str:
    if status < 400:
        return "sip.redirected"
    if status in (403, 603):
        return "sip.forbidden"
    if status == 404:
        return "sip.not_found"
    if status == 503:
        return "sip.unavailable"
    if status == 504:
        return "sip.gateway"
    if status in _ALIVE or status < 500:
        return "sip.alive"
    return "sip.server_error"


def judge_stun(speaker: Speaker, facts: StunFacts, allowed: tuple[Network, ...] = ()) -> tuple[Finding, ...]:
    """Return what the outcome of a STUN binding means; `allowed` are networks besides public ones that are meant."""
    match facts.outcome:
        case ReplyOutcome.SILENT:
            return (speaker.say("stun.no_reply", tries=facts.tries),)
        case ReplyOutcome.CLOSED | ReplyOutcome.RESET:
            return (speaker.say("stun.refused"),)
        case ReplyOutcome.GARBAGE:
            return (speaker.say("stun.garbage", detail=facts.detail),)
        case _:
            return tuple(_bound(speaker, facts, allowed))


def _bound(speaker: Speaker, facts: StunFacts, allowed: tuple[Network, ...]) -> Iterator[Finding]:
    if facts.error:
        yield speaker.say("stun.error", error=facts.error)
    elif not facts.reflexive:
        yield speaker.say("stun.garbage", detail="a binding without an address")
    elif why_denied(facts.reflexive, allowed):
        yield speaker.say("stun.private", reflexive=facts.reflexive)
    if facts.open_relay:
        yield speaker.say("turn.open_relay")
    if facts.milliseconds > SLOW_STUN:
        yield speaker.say("stun.slow", milliseconds=round(facts.milliseconds))
