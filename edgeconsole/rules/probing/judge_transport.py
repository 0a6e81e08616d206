"""Judges connecting and the TLS handshake, and what became of our own certificate in it."""

from edgeconsole.model.probe import Finding
from edgeconsole.rules.probing.facts import ConnectFacts, ConnectOutcome, ReplyOutcome, TlsFacts, TlsOutcome
from edgeconsole.rules.probing.speaker import Speaker

SLOW = 3000.0
"""Milliseconds of a handshake that people notice."""

_CONNECT = {
    ConnectOutcome.REFUSED: "tcp.refused",
    ConnectOutcome.RESET: "tcp.reset",
    ConnectOutcome.TIMEOUT: "tcp.timeout",
    ConnectOutcome.UNREACHABLE: "tcp.unreachable",
    ConnectOutcome.NO_ROUTE: "tcp.no_route",
    ConnectOutcome.DENIED: "address.private",
    ConnectOutcome.PORT_DENIED: "tcp.port_not_used",
}

_REFUSALS = {
    "unknown_ca": "mtls.untrusted",
    "unsupported_certificate": "mtls.usage",
    "certificate_expired": "mtls.expired",
    "certificate_revoked": "mtls.revoked",
    "bad_certificate": "mtls.rejected",
    "certificate_unknown": "mtls.rejected",
    "access_denied": "mtls.rejected",
    "certificate_required": "mtls.rejected",
}
"""What alerts say of our certificate (RFC 8446, 6.2); implementations differ: some say `bad_certificate` to all."""

_AFTER_THEIRS = frozenset({"handshake_failure", "decode_error", "illegal_parameter", "decrypt_error"})
"""Alerts that mean our certificate only once the peer's own was seen: TLS 1.2 without a client certificate."""


def judge_connect(speaker: Speaker, facts: ConnectFacts, *, seconds: float) -> tuple[Finding, ...]:
    """Return what kept a connection from opening."""
    code = _CONNECT.get(facts.outcome)
    if code is None:
        return ()
    return (speaker.say(code, seconds=f"{seconds:g}", why=facts.detail, how=facts.detail),)


def judge_handshake(speaker: Speaker, facts: TlsFacts, *, seconds: float) -> tuple[Finding, ...]:
    """Return what is wrong with the handshake itself; certificates of either side are judged apart."""
    detail = facts.detail or facts.alert or facts.outcome.value
    words = {"alert": facts.alert, "detail": detail, "seconds": f"{seconds:g}"}
    match facts.outcome:
        case TlsOutcome.NOT_TLS:
            return (speaker.say("tls.not_tls", **words),)
        case TlsOutcome.CLOSED:
            return (speaker.say("tls.closed"),)
        case TlsOutcome.RESET:
            return (speaker.say("tls.reset"),)
        case TlsOutcome.TIMEOUT:
            return (speaker.say("tls.timeout", **words),)
        case TlsOutcome.OWN:
            return (speaker.say("tls.ours", **words),)
        case TlsOutcome.NO_COMMON:
            code = "tls.version_old" if facts.legacy else "tls.no_common"
            return (speaker.say(code, legacy=facts.legacy, **words),)
        case TlsOutcome.ALERT if not concerns_us(facts):
            name = "tls.unknown_name" if facts.alert == "unrecognized_name" else "tls.alert"
            return (speaker.say(name, **words),)
        case _:
            return _agreed(speaker, facts)


def _agreed(speaker: Speaker, facts: TlsFacts) -> tuple[Finding, ...]:
    found = []
    if facts.cipher and _is_weak(facts):
        found.append(speaker.say("tls.cipher_weak", cipher=facts.cipher))
    if facts.milliseconds > SLOW:
        found.append(speaker.say("tls.slow", milliseconds=round(facts.milliseconds)))
    return tuple(found)


def _is_weak(facts: TlsFacts) -> bool:
    """Return whether a suite has no forward secrecy, or a cipher that is on its way out (RFC 9325, 4.1 and 4.2)."""
    old = any(word in facts.cipher for word in ("RC4", "3DES", "DES-CBC", "NULL", "EXP", "MD5"))
    return old or (facts.version != "TLSv1.3" and not facts.cipher.startswith(("ECDHE", "DHE", "TLS_")))


def concerns_us(facts: TlsFacts) -> bool:
    """Return whether the alert that ended a handshake refuses our certificate."""
    return facts.alert in _REFUSALS or (facts.alert in _AFTER_THEIRS and bool(facts.chain))


def judge_client(
    speaker: Speaker, facts: TlsFacts, *, alert: str = "", reply: ReplyOutcome | None = None
) -> tuple[Finding, ...]:
    """Return what became of our certificate; `alert` is the one that came in place of an answer.

    The handshake of TLS 1.3 ends before the peer judged it: only bytes of an answer, or silence, mean that it did not
    refuse.
    """
    refused = alert or (facts.alert if concerns_us(facts) else "")
    if refused:
        code = _REFUSALS.get(refused, "mtls.rejected") if facts.shown else "mtls.none_shown"
        return (speaker.say(code, alert=refused),)
    if reply is ReplyOutcome.CLOSED or reply is ReplyOutcome.RESET:
        return ()
    if facts.demanded is False:
        return (speaker.say("mtls.not_demanded"),)
    if facts.ours_listed is False:
        return (speaker.say("mtls.not_listed", count=len(facts.authorities)),)
    return ()
