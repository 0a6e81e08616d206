"""The DNS records a configuration needs: rows D1 to D12 of the planning table (docs/rules.md 3.1)."""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from edgeconsole.model.configuration import Configuration, SipDomain
from edgeconsole.rules.requirements.needs import (
    Needs,
    ResolverKind,
    Side,
    needs_of,
    own_sip_name,
    sip_host,
    sip_port,
    xmpp_port,
)
from edgeconsole.rules.requirements.records import DnsRequirement, DnsRow, RecordType

CLIENT_PORT = 443
"""Port remote users sign in on (AccessEdgeClientSipPort, port row F3)."""

GLOBAL_CLOUD = "sipfed.online.lync.com"
CHINA_CLOUD = "sipfed.online.partner.lync.cn"
"""Access Edges of Microsoft 365 and of its cloud in China (SFB-DECOM; microsoft-365-docs PR 10010)."""

_CLOUD_PRIORITY, _CLOUD_WEIGHT = 100, 1


def dns_requirements(configuration: Configuration, now: datetime | None = None) -> tuple[DnsRequirement, ...]:
    """Return every record the configuration needs, by row; nothing where it describes no edge.

    What only federation needs is left out while federation is off. `now` leaves expired partners out of account.
    """
    needs = needs_of(configuration, now)
    if needs is None:
        return ()
    found: list[DnsRequirement] = []
    for domain in needs.sip_domains:
        found += _of_domain(needs, domain)
    found += _of_pool(needs)
    order = list(DnsRow)
    return tuple(sorted(found, key=lambda item: order.index(item.row)))


def discovery_reasons(needs: Needs, domain: SipDomain) -> tuple[str, ...]:
    """Return for whom a SIP domain of ours must be found by SRV; empty: it stays undiscoverable (row D1)."""
    if not needs.federation:
        return ()
    found = list(needs.partners) if domain.discoverable else []
    found += [f"push notifications ({client.value})" for client in domain.mobility]
    if needs.hybrid is not None:
        found.append(_hybrid(needs))
    return tuple(dict.fromkeys((*found, *map(str, needs.skype))))


def _of_domain(needs: Needs, domain: SipDomain) -> Iterator[DnsRequirement]:
    yield from _federation_srv(needs, domain)
    users = (*discovery_reasons(needs, domain), *needs.people_outside)
    yield from _addresses(
        needs, DnsRow.D2, own_sip_name(domain.name), origin=domain.name, needed_by=users or ("every SIP domain",),
        reason="the domain's own Access Edge: partners refuse a host of another domain, clients fall back to it",
    )  # fmt: skip
    if needs.outside_users:
        yield _srv(
            needs, DnsRow.D3, "_sip._tls", domain, port=CLIENT_PORT, needed_by=("remote users",),
            reason="people outside find where to sign in; federation itself does not need it",
        )  # fmt: skip
    if needs.xmpp and domain.xmpp:
        yield from _xmpp(needs, domain)
    yield from _autodiscover(needs, domain)
    if needs.hybrid is not None:
        yield from _hybrid_records(needs, domain)


def _federation_srv(needs: Needs, domain: SipDomain) -> Iterator[DnsRequirement]:
    needed_by = discovery_reasons(needs, domain)
    if not needed_by:
        return
    reason = "partners find the Access Edge by it; no parent domain's record stands in"
    if not domain.discoverable:
        reason = "the domain is to stay undiscoverable, yet this needs it: keep it, and leave partner discovery off"
    only_ended = not domain.discoverable and set(needed_by) == set(map(str, needs.skype))
    yield _srv(
        needs, DnsRow.D1, "_sipfederationtls._tcp", domain, port=sip_port(needs.edge), reason=reason,
        needed_by=needed_by, optional=only_ended,
    )  # fmt: skip


def _srv(
    needs: Needs,
    row: DnsRow,
    service: str,
    domain: SipDomain,
    *,
    port: int,
    reason: str,
    needed_by: tuple[str, ...],
    zone: Side = Side.EXTERNAL,
    optional: bool = False,
) -> DnsRequirement:
    target, own = sip_host(needs.edge, domain.name), own_sip_name(domain.name)
    return DnsRequirement(
        row=row,
        zone=zone,
        origin=domain.name,
        name=f"{service}.{domain.name}",
        type=RecordType.SRV,
        target=target,
        accepted=() if own == target else (own,),
        port=port,
        reason=reason,
        needed_by=needed_by,
        optional=optional,
    )


def _addresses(
    needs: Needs,
    row: DnsRow,
    name: str,
    *,
    origin: str,
    reason: str,
    needed_by: tuple[str, ...],
) -> Iterator[DnsRequirement]:
    """Yield the address records of a name that leads to the Access Edge: each member, or the one VIP."""
    yield from _host(row, Side.EXTERNAL, name, origin, needs.edge.members, "public address of the Access Edge",
                     reason, needed_by)  # fmt: skip


def _host(
    row: DnsRow,
    zone: Side,
    name: str,
    origin: str,
    addresses: Sequence[str],
    whose: str,
    reason: str,
    needed_by: tuple[str, ...],
    *,
    optional: bool = False,
) -> Iterator[DnsRequirement]:
    for kind, of_kind in _by_family(addresses):
        yield DnsRequirement(
            row=row,
            zone=zone,
            origin=origin,
            name=name,
            type=kind,
            addresses=of_kind,
            whose=whose,
            reason=reason,
            needed_by=needed_by,
            optional=optional,
        )


def _by_family(addresses: Iterable[str]) -> Iterator[tuple[RecordType, tuple[str, ...]]]:
    known = tuple(addresses)
    four = tuple(address for address in known if ":" not in address)
    six = tuple(address for address in known if ":" in address)
    if four or not six:
        yield RecordType.A, four
    if six:
        yield RecordType.AAAA, six


def _xmpp(needs: Needs, domain: SipDomain) -> Iterator[DnsRequirement]:
    host = f"xmpp.{domain.name}"
    yield DnsRequirement(
        row=DnsRow.D5,
        zone=Side.EXTERNAL,
        origin=domain.name,
        name=f"_xmpp-server._tcp.{domain.name}",
        type=RecordType.SRV,
        target=host,
        # The set-up page lets the record point straight at the Access Edge (P-XSETUP).
        accepted=(needs.edge.fqdn,),
        port=xmpp_port(needs.edge),
        reason="XMPP servers find the gateway by it; a further edge pool adds one of another priority",
        needed_by=needs.xmpp,
    )
    yield from _addresses(
        needs, DnsRow.D6, host, origin=domain.name, needed_by=needs.xmpp,
        reason="the host the XMPP record names; it shares the Access Edge's address",
    )  # fmt: skip


def _autodiscover(needs: Needs, domain: SipDomain) -> Iterator[DnsRequirement]:
    needed_by = (
        *(f"push notifications ({client.value})" for client in domain.mobility),
        *((_hybrid(needs),) if needs.hybrid is not None else ()),
    )
    if needed_by or needs.outside_users:
        yield from _host(
            DnsRow.D7, Side.EXTERNAL, f"lyncdiscover.{domain.name}", domain.name, (), "address of the reverse proxy",
            "mobile and newer clients find the web services by it (A, or CNAME); split-brain DNS is not supported",
            needed_by or ("remote users",), optional=not needed_by,
        )  # fmt: skip


def _hybrid(needs: Needs) -> str:
    return f"hybrid with {needs.hybrid_name}"


def _hybrid_records(needs: Needs, domain: SipDomain) -> Iterator[DnsRequirement]:
    assert needs.hybrid is not None
    if needs.resolver_kind is not ResolverKind.EXTERNAL:
        yield _srv(
            needs, DnsRow.D9, "_sipfederationtls._tcp", domain, port=sip_port(needs.edge), zone=Side.INTERNAL,
            reason="the edge itself must find the public edge; only where it asks internal DNS servers",
            needed_by=(_hybrid(needs),),
        )  # fmt: skip
    cloud = needs.hybrid.proxy_fqdn.host
    if cloud == GLOBAL_CLOUD:
        yield _online(needs, DnsRow.D11, "_sipfederationtls._tcp", domain, cloud, 5061)
        yield _online(needs, DnsRow.D11, "_sip._tls", domain, "sipdir.online.lync.com", 443)
        yield _online(needs, DnsRow.D11, "lyncdiscover", domain, "webdir.online.lync.com")
        yield _online(needs, DnsRow.D11, "sip", domain, "sipdir.online.lync.com")
    elif cloud == CHINA_CLOUD:
        yield _online(needs, DnsRow.D12, "_sipfederationtls._tcp", domain, cloud, 5061)


def _online(
    needs: Needs, row: DnsRow, label: str, domain: SipDomain, target: str, port: int | None = None
) -> DnsRequirement:
    return DnsRequirement(
        row=row,
        zone=Side.EXTERNAL,
        origin=domain.name,
        name=f"{label}.{domain.name}",
        type=RecordType.CNAME if port is None else RecordType.SRV,
        target=target,
        port=port,
        priority=0 if port is None else _CLOUD_PRIORITY,
        weight=0 if port is None else _CLOUD_WEIGHT,
        reason="instead of D1, D2, D3 and D7, once no user is left on our own servers",
        needed_by=(_hybrid(needs),),
        optional=True,
    )


def _of_pool(needs: Needs) -> Iterator[DnsRequirement]:
    """Yield the records that exist once a pool."""
    edge = needs.edge
    if edge.fqdn not in {own_sip_name(domain.name) for domain in needs.sip_domains}:
        yield from _addresses(
            needs, DnsRow.D2, edge.fqdn, origin=_zone_of(needs, edge.fqdn),
            reason="the Access Edge's own name: in its certificate, and what partners pin",
            needed_by=needs.partners or ("every SIP domain",),
        )  # fmt: skip
    shared = edge.members if edge.single_address else ()
    if edge.web_conferencing_fqdn is not None:
        yield from _host(
            DnsRow.D4, Side.EXTERNAL, edge.web_conferencing_fqdn, _zone_of(needs, edge.web_conferencing_fqdn), shared,
            "public address of the Web Conferencing Edge", "people outside join web conferences through it",
            ("conferencing",),
        )  # fmt: skip
    if edge.av_fqdn is not None:
        yield from _host(
            DnsRow.D4, Side.EXTERNAL, edge.av_fqdn, _zone_of(needs, edge.av_fqdn), shared,
            "public address of the A/V Edge", "media is relayed through it", ("audio, video and sharing",),
        )  # fmt: skip
    if edge.internal_fqdn is not None:
        yield from _host(
            DnsRow.D8, Side.INTERNAL, edge.internal_fqdn, _zone_of(needs, edge.internal_fqdn), _inside(needs),
            "internal address of the edge", "our own servers find the edge by it", ("our own servers",),
        )  # fmt: skip
    yield from _next_hop(needs)


def _next_hop(needs: Needs) -> Iterator[DnsRequirement]:
    hop = needs.edge.next_hop
    if hop is None or _is_address(hop.host) or needs.resolver_kind is ResolverKind.INTERNAL:
        return
    yield from _host(
        DnsRow.D10, Side.INTERNAL, hop.host, _zone_of(needs, hop.host), (), "internal address of the next hop",
        "the edge must find its next hop: in its hosts file where it asks public DNS servers", ("inbound federation",),
    )  # fmt: skip


def _inside(needs: Needs) -> tuple[str, ...]:
    """Return the internal address where the file holds it: of one member, bound to one address."""
    listen = needs.edge.internal_listen
    if listen is None or len(needs.edge.members) > 1 or ipaddress.ip_address(listen.host).is_unspecified:
        return ()
    return (listen.host,)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _zone_of(needs: Needs, host: str) -> str:
    ours = [domain.name for domain in needs.sip_domains if host.endswith(f".{domain.name}")]
    return max(ours, key=len) if ours else host.partition(".")[2] or host
