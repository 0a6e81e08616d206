"""Judges the certificate a peer showed: its dates, chain, strength, purposes, and whom it names."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from edgeconsole.model.probe import Finding, PeerCertificate, ProbeKind
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.rules.probing.facts import TlsFacts, Trust
from edgeconsole.rules.probing.names import Match, Profile, has_names, is_named, matrix, wildcard_for
from edgeconsole.rules.probing.speaker import Speaker

SOON = timedelta(days=30)
WARN = timedelta(days=14)
NOW = timedelta(days=3)

_TRUST = {
    Trust.EXPIRED: "cert.expired",
    Trust.NOT_YET_VALID: "cert.not_yet",
    Trust.CHAIN_EXPIRED: "cert.chain_expired",
    Trust.SELF_SIGNED: "cert.self_signed",
    Trust.UNKNOWN_ROOT: "cert.untrusted_root",
    Trust.MISSING_INTERMEDIATE: "cert.missing_intermediate",
    Trust.BAD_SIGNATURE: "cert.bad_signature",
    Trust.WRONG_PURPOSE: "cert.no_server_auth",
    Trust.WEAK_KEY: "cert.key_small",
    Trust.WEAK_HASH: "cert.weak_hash",
    Trust.INVALID: "cert.invalid",
}

_WEAK_HASHES = frozenset({"sha1", "md5", "md2"})
_NAMES_SHOWN = 5


def judge_certificate(speaker: Speaker, target: ProbeTarget, facts: TlsFacts, now: datetime) -> tuple[Finding, ...]:
    """Return what is wrong with a chain, whatever was found first by the verifier; each code once."""
    if not facts.chain:
        return (speaker.say("cert.none"),)
    speaker = speaker.at(speaker.endpoint, **_words(facts, now))
    found = {each.code: each for each in _all(speaker, target, facts, now)}
    return tuple(found.values())


def _words(facts: TlsFacts, now: datetime) -> dict[str, object]:
    leaf, last = facts.chain[0], facts.chain[-1]
    urls = last.issuer_urls
    return {
        "subject": leaf.subject or "(empty)",
        "not_before": f"{leaf.not_before:%Y-%m-%d %H:%M} UTC",
        "not_after": f"{leaf.not_after:%Y-%m-%d %H:%M} UTC",
        "days": max((leaf.not_after - now).days, 0),
        "age": _age(now - leaf.not_after),
        "issuer": facts.missing or last.issuer,
        "count": len(facts.chain),
        "from_url": f" (from {urls[0]})" if urls else "",
        "verifier": facts.verifier or facts.trust.value,
        "usages": ", ".join(leaf.usages) or "empty",
        "key": ", ".join(dict.fromkeys(each.key for each in facts.chain)),
        "signature": leaf.signature.upper(),
        "fingerprint": leaf.fingerprint,
    }


def _age(since: timedelta) -> str:
    days = since.days
    return f"{days} day{'s' * (days != 1)} ago" if days >= 1 else "today"


def _all(speaker: Speaker, target: ProbeTarget, facts: TlsFacts, now: datetime) -> Iterator[Finding]:
    leaf = facts.chain[0]
    if facts.trust in _TRUST:
        yield speaker.say(_TRUST[facts.trust])
    # OpenSSL stops at the first trouble it finds; the rest is read off the certificate.
    yield from _dates(speaker, leaf, now)
    if leaf.usages and not {"serverAuth", "anyExtendedKeyUsage"} & set(leaf.usages):
        yield speaker.say("cert.no_server_auth")
    if leaf.usages and not {"clientAuth", "anyExtendedKeyUsage"} & set(leaf.usages):
        yield speaker.say("cert.no_client_auth")
    if _is_small(leaf.key):
        yield speaker.say("cert.key_small")
    if leaf.signature in _WEAK_HASHES:
        yield speaker.say("cert.weak_hash")
    if target.pins and leaf.fingerprint not in target.pins:
        yield speaker.say("cert.pin")
    if not facts.in_order:
        yield speaker.say("cert.order")
    if leaf.doubts:
        yield speaker.say("cert.doubtful", doubts="; ".join(leaf.doubts))
    if not leaf.crl and facts.trust is Trust.VERIFIED and target.kind is ProbeKind.SIP:
        yield speaker.say("cert.no_revocation")


def _dates(speaker: Speaker, leaf: PeerCertificate, now: datetime) -> Iterator[Finding]:
    life, left = leaf.not_after - leaf.not_before, leaf.not_after - now
    if left <= timedelta(0):
        yield speaker.say("cert.expired")
    elif leaf.not_before > now:
        yield speaker.say("cert.not_yet")
    # Short-lived certificates are renewed late by design: notice comes in parts of their life.
    elif left <= min(NOW, life / 20):
        yield speaker.say("cert.expires_now")
    elif left <= min(WARN, life / 6):
        yield speaker.say("cert.expires")
    elif left <= min(SOON, life / 3):
        yield speaker.say("cert.expires_soon")


def _is_small(key: str) -> bool:
    kind, _, size = key.partition(" ")
    return kind in ("RSA", "DSA") and size.isdigit() and int(size) < 2048


def judge_names(
    speaker: Speaker, target: ProbeTarget, facts: TlsFacts, host: str
) -> tuple[tuple[Finding, ...], dict[str, object]]:
    """Return whether the leaf proves who it is, by the profile in force, and what each profile says of it."""
    if not facts.chain:
        return (), {}
    found = matrix(facts.chain[0], host=host, domain=target.name)
    said: dict[str, object] = {
        profile.value: (f"yes: {each.by}" + " (common name only)" * each.weak) if each.proven else "no"
        for profile, each in found.items()
    }
    return _named(speaker, target, facts.chain[0], host, found), said


def _named(
    speaker: Speaker, target: ProbeTarget, leaf: PeerCertificate, host: str, found: dict[Profile, Match]
) -> tuple[Finding, ...]:
    named = ", ".join((*leaf.names, *leaf.uris, *leaf.services)[:_NAMES_SHOWN]) or leaf.common_name or "nothing"
    if target.kind is ProbeKind.XMPP:
        proven = found[Profile.XMPP]
        return () if proven.proven and not proven.weak else (speaker.say("name.xmpp", names=named),)
    sip = found[Profile.SIP5922]
    if found[Profile.LYNC].proven:
        if target.provider or target.name == host or sip.proven:
            return ()
        return (speaker.say("name.domain_unproven"),)
    if sip.proven and not sip.weak and not target.provider:
        return ()
    wildcard = wildcard_for(leaf, host)
    if wildcard:
        return (speaker.say("name.wildcard", wildcard=wildcard),)
    if is_named(leaf.common_name, host, wildcards=False):
        return (speaker.say("name.common_name"),)
    if not has_names(leaf):
        return (speaker.say("name.none"),)
    return (speaker.say("name.mismatch", names=named),)
