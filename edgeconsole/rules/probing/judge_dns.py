"""Judges what DNS said of a target: the SRV record, its targets, and their addresses."""

from collections.abc import Iterator, Sequence

from edgeconsole.model.names import InvalidName, parse_domain
from edgeconsole.model.probe import Finding, ProbeKind
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.rules.probing.facts import Lookup, LookupStatus, SrvTarget
from edgeconsole.rules.probing.speaker import Speaker
from edgeconsole.rules.srv import WELL_KNOWN_PROVIDERS, is_direct_child

SHORT_LIFE = 30
"""Seconds; below that a busy edge asks for nearly every conversation."""

SIP_SERVICE = "_sipfederationtls._tcp"
XMPP_SERVICE = "_xmpp-server._tcp"
XMPP_TLS_SERVICE = "_xmpps-server._tcp"

DEFAULT_PORTS = {ProbeKind.SIP: 5061, ProbeKind.XMPP: 5269}
USUAL_PORTS = {ProbeKind.SIP: frozenset({5061}), ProbeKind.XMPP: frozenset({5269, 5270, 5223, 443})}

_TROUBLES = {
    LookupStatus.SERVER_FAILURE: "dns.server_failure",
    LookupStatus.REFUSED: "dns.refused",
    LookupStatus.TIMEOUT: "dns.timeout",
    LookupStatus.TCP_BLOCKED: "dns.tcp_blocked",
    LookupStatus.MALFORMED: "dns.malformed",
}


def is_host_name(text: str) -> bool:
    """Return whether an SRV target can be a host."""
    try:
        parse_domain(text)
    except InvalidName:
        return False
    return True


def trouble(speaker: Speaker, lookup: Lookup) -> Finding | None:
    """Return the finding for a question that got no definite answer."""
    if lookup.status.told:
        return None
    return speaker.say(_TROUBLES[lookup.status], name=lookup.name, kind=lookup.kind.value)


def judge_srv(
    speaker: Speaker,
    target: ProbeTarget,
    lookup: Lookup,
    *,
    misspelt: Sequence[Lookup] = (),
    stray: Lookup | None = None,
    fallback: bool = False,
    providers: frozenset[str] = frozenset(),
) -> tuple[Finding, ...]:
    """Return what is wrong with the SRV record that leads to a partner.

    `stray` answered for a name nobody can have published; `fallback` says that the XMPP domain has an address itself;
    `providers` are hosts of enabled providers, which may speak for any domain (R5).
    """
    failed = trouble(speaker, lookup)
    if failed is not None:
        return (failed,)
    port = DEFAULT_PORTS[target.kind]
    host = f"{'sip' if target.kind is ProbeKind.SIP else 'xmpp'}.{target.name}"
    words = {"name": lookup.name, "default_port": port, "default_host": host, "said": lookup.status.value}
    if lookup.status is not LookupStatus.FOUND:
        return tuple(_missing(speaker, target, misspelt, words, fallback))
    if all(not record.target for record in lookup.srv):
        kind = "domains remove" if target.kind is ProbeKind.SIP else "partners remove xmpp"
        return (speaker.say("srv.declined", remove=f"{kind} {target.name}", **words),)
    return tuple(_records(speaker, target, lookup, stray, providers, words))


def _missing(
    speaker: Speaker, target: ProbeTarget, misspelt: Sequence[Lookup], words: dict[str, object], fallback: bool
) -> Iterator[Finding]:
    wrong = [found for found in misspelt if found.status is LookupStatus.FOUND]
    if wrong:
        record = _text(wrong[0].srv[0])
        yield speaker.say("srv.misspelled", found=", ".join(each.name for each in wrong), record=record, **words)
    elif target.kind is ProbeKind.SIP:
        yield speaker.say("srv.missing", **words)
    else:
        yield speaker.say("srv.fallback" if fallback else "srv.xmpp_missing", **words)


def _records(
    speaker: Speaker,
    target: ProbeTarget,
    lookup: Lookup,
    stray: Lookup | None,
    providers: frozenset[str],
    words: dict[str, object],
) -> Iterator[Finding]:
    chosen = first_choice(lookup.srv)
    for record in lookup.srv:
        if record.target and not is_host_name(record.target):
            yield speaker.say("srv.address_literal", target=record.target, some_address="ADDRESS", **words)
        elif record.target and record.port not in USUAL_PORTS[target.kind]:
            yield speaker.say(
                "srv.port_unusual", host=record.target, port=record.port, priority=record.priority,
                weight=record.weight, **words,
            )  # fmt: skip
    sip = target.kind is ProbeKind.SIP
    trusted = providers | WELL_KNOWN_PROVIDERS
    if sip and is_host_name(chosen.target) and not _speaks_for(chosen.target, target.name, trusted):
        yield speaker.say("srv.other_domain", host=chosen.target, some_address="ADDRESS", **words)
    if stray is not None and stray.status is LookupStatus.FOUND and set(stray.srv) == set(lookup.srv):
        yield speaker.say("srv.wildcard", probe=stray.name, record=_text(lookup.srv[0]), **words)
    if lookup.ttl is not None and lookup.ttl < SHORT_LIFE:
        yield speaker.say("srv.short_life", ttl=lookup.ttl, **words)


def _speaks_for(host: str, domain: str, providers: frozenset[str]) -> bool:
    return is_direct_child(host, domain) or host in providers or host == domain


def _text(record: SrvTarget) -> str:
    return f"{record.priority} {record.weight} {record.port} {record.target}."


def first_choice(records: Sequence[SrvTarget]) -> SrvTarget:
    """Return the record an Access Edge picks: lowest priority, highest weight, first received (P-DNSREQ)."""
    return min(records, key=lambda record: (record.priority, -record.weight))


def judge_addresses(speaker: Speaker, host: str, lookups: Sequence[Lookup]) -> tuple[Finding, ...]:
    """Return what is wrong with the look-ups of one host's addresses, both families together."""
    addresses = [address for lookup in lookups for address in lookup.addresses]
    alias = next((lookup.aliases[-1] for lookup in lookups if lookup.aliases), "")
    found: list[Finding] = []
    if alias:
        found.append(speaker.say("srv.alias", host=host, alias=alias))
    if addresses:
        return tuple(found)
    failed = next((each for lookup in lookups if (each := trouble(speaker, lookup)) is not None), None)
    if failed is not None:
        return (*found, failed)
    said = " and ".join(f"{lookup.kind.value}: {lookup.status.value}" for lookup in lookups)
    return (*found, speaker.say("address.none", host=host, said=said))
