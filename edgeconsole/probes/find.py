"""Where a target is: SRV, addresses of every SRV target, and what DNS says that is wrong."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from edgeconsole.model.probe import Finding, ProbeKind
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.probes.dns_client import DnsClient
from edgeconsole.probes.ladder import Place
from edgeconsole.rules.probing.facts import Lookup, LookupStatus, SrvTarget
from edgeconsole.rules.probing.judge_dns import (
    SIP_SERVICE,
    XMPP_SERVICE,
    XMPP_TLS_SERVICE,
    first_choice,
    is_host_name,
    judge_addresses,
    judge_srv,
)
from edgeconsole.rules.probing.speaker import Speaker, stops
from edgeconsole.rules.requirements.compare import misspellings
from edgeconsole.rules.requirements.records import RecordType

MAX_TARGETS = 20
"""SRV targets looked at (W5)."""
MAX_ADDRESSES = 16
MAX_PLACES = 32
"""Addresses of one target that are connected to."""


class Host(NamedTuple):
    """A host to look up, and where it comes from."""

    name: str
    port: int
    priority: int = 0
    weight: int = 0
    direct: bool = False


class Found(NamedTuple):
    """What the DNS stages gave."""

    srv: Lookup | None
    """The look-up of the service's record; also of a pinned target's, for comparison."""
    srv_findings: tuple[Finding, ...]
    hosts: tuple[Host, ...]
    address_findings: tuple[Finding, ...]
    places: tuple[Place, ...]


class Finder:
    """Looks targets up."""

    def __init__(self, dns: DnsClient, *, other: DnsClient | None, providers: frozenset[str]) -> None:
        self._dns = dns
        self._other = other
        """A second resolver, whose answers are compared."""
        self._providers = providers

    async def find(self, target: ProbeTarget, speaker: Speaker, *, deep: bool) -> Found:
        """Return every address of a target, with what is wrong on the way there."""
        srv, findings, hosts = await self._services(target, speaker, deep)
        # Where the record itself is wrong no edge would go on, so nothing more is looked at.
        if stops(findings) or not hosts:
            return Found(srv, findings, (), (), ())
        looked_up = await asyncio.gather(*(self._addresses(host.name) for host in hosts))
        address_findings: list[Finding] = []
        places: list[Place] = []
        for host, lookups in zip(hosts, looked_up, strict=True):
            # What is wrong with one host of several is told of it alone: another may serve.
            where = speaker if len(hosts) == 1 else speaker.at(f"{host.name}:{host.port}")
            address_findings += judge_addresses(where, host.name, lookups)
            addresses = list(dict.fromkeys(address for lookup in lookups for address in lookup.addresses))
            if len(addresses) > MAX_ADDRESSES:
                count = {"count": len(addresses), "kept": MAX_ADDRESSES}
                address_findings.append(where.say("address.too_many", host=host.name, **count))
            places += [
                Place(host.name, host.port, address, host.priority, host.weight, host.direct)
                for address in addresses[:MAX_ADDRESSES]
            ]
        return Found(srv, findings, hosts, tuple(address_findings), tuple(places[:MAX_PLACES]))

    async def _services(
        self, target: ProbeTarget, speaker: Speaker, deep: bool
    ) -> tuple[Lookup | None, tuple[Finding, ...], tuple[Host, ...]]:
        if target.kind is ProbeKind.XMPP:
            return await self._xmpp(target, speaker)
        if target.access_edge is not None:
            return await self._pinned(target, speaker)
        name = f"{SIP_SERVICE}.{target.name}"
        lookup = await self._dns.ask(name, RecordType.SRV)
        misspelt = await self._misspelt(name, target) if _is_missing(lookup) else ()
        stray = None
        if deep and lookup.status is LookupStatus.FOUND:
            stray = await self._dns.ask(f"_edgeconsole-{secrets.token_hex(4)}._tcp.{target.name}", RecordType.SRV)
        findings = judge_srv(speaker, target, lookup, misspelt=misspelt, stray=stray, providers=self._providers)
        findings += await self._compared(speaker, lookup) if deep else ()
        return lookup, (*findings, *_too_many(speaker, lookup)), _hosts(lookup)

    async def _pinned(
        self, target: ProbeTarget, speaker: Speaker
    ) -> tuple[Lookup | None, tuple[Finding, ...], tuple[Host, ...]]:
        edge = target.access_edge
        assert edge is not None
        hosts = (Host(edge.host, edge.port),)
        if target.provider or target.kind is not ProbeKind.SIP or not target.listed:
            return None, (), hosts
        lookup = await self._dns.ask(f"{SIP_SERVICE}.{target.name}", RecordType.SRV)
        if _is_missing(lookup):
            return lookup, (speaker.say("srv.absent", name=lookup.name, host=edge.host),), hosts
        return lookup, (), hosts

    async def _xmpp(
        self, target: ProbeTarget, speaker: Speaker
    ) -> tuple[Lookup | None, tuple[Finding, ...], tuple[Host, ...]]:
        if target.access_edge is not None:
            return None, (), (Host(target.access_edge.host, target.access_edge.port),)
        name = f"{XMPP_SERVICE}.{target.name}"
        lookup, over_tls = await asyncio.gather(
            self._dns.ask(name, RecordType.SRV), self._dns.ask(f"{XMPP_TLS_SERVICE}.{target.name}", RecordType.SRV)
        )
        direct = tuple(host._replace(direct=True) for host in _hosts(over_tls))
        if not _is_missing(lookup) or direct:
            findings = () if _is_missing(lookup) else judge_srv(speaker, target, lookup)
            return lookup, findings, (*_hosts(lookup), *direct)
        misspelt = await self._misspelt(name, target)
        addresses = await self._addresses(target.name)
        own = any(each.addresses for each in addresses)
        findings = judge_srv(speaker, target, lookup, misspelt=misspelt, fallback=own)
        return lookup, findings, (Host(target.name, 5269),) if own else ()

    async def _misspelt(self, name: str, target: ProbeTarget) -> Sequence[Lookup]:
        names = misspellings(name, target.name)
        return await asyncio.gather(*(self._dns.ask(each, RecordType.SRV) for each in names))

    async def _addresses(self, host: str) -> Sequence[Lookup]:
        return await asyncio.gather(self._dns.ask(host, RecordType.A), self._dns.ask(host, RecordType.AAAA))

    async def _compared(self, speaker: Speaker, here: Lookup) -> tuple[Finding, ...]:
        """Return the finding that a second resolver says something else, where one is set (cause 19)."""
        if self._other is None:
            return ()
        there = await self._other.ask(here.name, here.kind)
        if not there.status.told or (there.status, set(there.srv)) == (here.status, set(here.srv)):
            return ()
        return (
            speaker.say(
                "dns.resolvers_disagree", name=here.name, other=self._other.name, here=_said(here), there=_said(there)
            ),
        )


def _is_missing(lookup: Lookup) -> bool:
    return lookup.status in (LookupStatus.NO_NAME, LookupStatus.NO_DATA)


def _said(lookup: Lookup) -> str:
    return ", ".join(f"{each.target}:{each.port}" for each in lookup.srv) or lookup.status.value


def _in_order(records: Sequence[SrvTarget]) -> list[SrvTarget]:
    return sorted(records, key=lambda record: (record.priority, -record.weight))


def _hosts(lookup: Lookup) -> tuple[Host, ...]:
    if lookup.status is not LookupStatus.FOUND:
        return ()
    usable = [record for record in _in_order(lookup.srv) if is_host_name(record.target) and record.port]
    return tuple(Host(each.target, each.port, each.priority, each.weight) for each in usable[:MAX_TARGETS])


def _too_many(speaker: Speaker, lookup: Lookup) -> tuple[Finding, ...]:
    if len(lookup.srv) <= MAX_TARGETS:
        return ()
    return (speaker.say("srv.too_many", name=lookup.name, count=len(lookup.srv), kept=MAX_TARGETS),)


def chosen_host(found: Found) -> str:
    """Return the host an Access Edge would pick."""
    return first_choice(found.srv.srv).target if found.srv is not None and found.srv.srv else ""
