"""What a configuration uses that DNS, firewalls and certificates must provide for, and who uses it."""

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import NamedTuple, TypeVar

import msgspec

from edgeconsole.model.configuration import (
    Action,
    Configuration,
    Edge,
    FederatedDomain,
    HostingProvider,
    PublicProvider,
    SipDomain,
    XmppPartner,
)
from edgeconsole.model.names import SIP_TLS_PORT, XMPP_PORT, DomainName, HostPort
from edgeconsole.model.terms import Platform, Routing
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import PartnerClass
from edgeconsole.rules.modalities import MATRIX, Counterpart
from edgeconsole.rules.negotiation import Method, methods_of
from edgeconsole.rules.permissions import counterpart
from edgeconsole.rules.srv import is_direct_child

NAMED = 5
"""Partners named one by one as the reason of a requirement; the rest are counted."""

Expiring = TypeVar("Expiring", FederatedDomain, XmppPartner)


class Side(Enum):
    """Which side of the edge a requirement is on."""

    EXTERNAL = "external"
    INTERNAL = "internal"


class ResolverKind(Enum):
    """Whose names the edge's resolver knows, as far as its address tells."""

    INTERNAL = "internal"
    EXTERNAL = "external"
    UNKNOWN = "unknown"
    """The system's own, or one on this host: it may know both."""


class Ended(NamedTuple):
    """A public service that the configuration still lists although it has ended."""

    provider: str
    service: Counterpart
    day: date

    def __str__(self) -> str:
        return f"public provider {self.provider} (ended {self.day})"


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """The features in use, each with the partners and providers it is for; names are cleaned and bounded."""

    edge: Edge
    sip_domains: tuple[SipDomain, ...]
    federation: bool
    partners: tuple[str, ...] = ()
    """Who SIP federation is for, in words; `federation` alone where nobody is listed."""
    partner_ports: tuple[int, ...] = (SIP_TLS_PORT,)
    """Ports of the Access Edges we connect to."""
    ocs2007: tuple[str, ...] = ()
    """Partners on OCS 2007, whose media needs ports of its own."""
    ocs: tuple[str, ...] = ()
    """Partners on OCS 2007 or 2007 R2, which read the certificate's subject."""
    unknown_platforms: int = 0
    hybrid: HostingProvider | None = None
    """The enabled provider that hosts part of our own domains."""
    xmpp: tuple[str, ...] = ()
    """XMPP partners in words; empty where XMPP is not used."""
    xmpp_ports: tuple[int, ...] = ()
    xmpp_over_tls: tuple[str, ...] = ()
    """XMPP partners whose streams use TLS, so that our certificate must name our domains."""
    outside_users: bool = True
    anonymous_users: bool = False
    refresh_crls: bool = True
    resolver: str = "system"
    resolver_kind: ResolverKind = ResolverKind.UNKNOWN
    skype: tuple[Ended, ...] = ()
    skype_search: tuple[Ended, ...] = ()
    messenger: tuple[Ended, ...] = ()
    accepted_certificates: int = 0
    rejected_certificates: int = 0

    @property
    def media(self) -> bool:
        """Whether there is an A/V Edge."""
        return self.edge.av_fqdn is not None

    @property
    def hybrid_name(self) -> str:
        """The provider that hosts part of our own domains, cleaned; empty where there is none."""
        return clean(self.hybrid.name) if self.hybrid is not None else ""

    @property
    def people_outside(self) -> tuple[str, ...]:
        """Who signs in or joins from the Internet, in words."""
        return (*(("remote users",) * self.outside_users), *(("anonymous participants",) * self.anonymous_users))


def needs_of(configuration: Configuration, now: datetime | None = None) -> Needs | None:
    """Return what a configuration uses, or None where it describes no edge; `now` leaves expired records out."""
    edge, access = configuration.edge, configuration.access_edge
    if edge is None:
        return None
    common = {
        "edge": edge,
        "sip_domains": configuration.sip_domains,
        "federation": access.federation,
        "outside_users": access.outside_users,
        "anonymous_users": access.anonymous_users,
        "refresh_crls": access.refresh_crls,
        "resolver": configuration.proxy.resolver,
        "resolver_kind": resolver_kind(configuration.proxy.resolver),
        "accepted_certificates": access.accepted_certificates,
        "rejected_certificates": access.rejected_certificates,
    }
    if not access.federation:
        return Needs(**common)  # type: ignore[arg-type]
    allowed = [domain for domain in _in_force(configuration.domains, now) if domain.action is Action.ALLOW]
    hosting = [provider for provider in configuration.hosting_providers if provider.enabled]
    public = [provider for provider in configuration.public_providers if provider.enabled]
    xmpp = _in_force(configuration.xmpp_partners, now)
    over_tls = [partner for partner in xmpp if set(methods_of(partner)) - {Method.TCP_DIALBACK}]
    skype = _ended(public, Counterpart.SKYPE)
    searching = {clean(provider.name) for provider in public if provider.skype_directory_search}
    return Needs(
        **common,  # type: ignore[arg-type]
        partners=_partners(configuration, allowed, hosting, public),
        partner_ports=_partner_ports(configuration, allowed, hosting, public),
        ocs2007=named("partner", [domain.name for domain in allowed if domain.platform is Platform.OCS2007]),
        ocs=named("partner", [domain.name for domain in allowed if domain.platform in _OCS]),
        unknown_platforms=sum(domain.platform is Platform.UNKNOWN for domain in allowed),
        hybrid=next((provider for provider in hosting if provider.shared_address_space), None),
        xmpp=named("XMPP partner", [partner.name for partner in xmpp]),
        xmpp_ports=tuple(
            sorted({XMPP_PORT, *(item.proxy_fqdn.port for item in xmpp if item.proxy_fqdn)}) if xmpp else ()
        ),
        xmpp_over_tls=named("XMPP partner", [partner.name for partner in over_tls]),
        skype=skype,
        skype_search=tuple(item for item in skype if item.provider in searching),
        messenger=_ended(public, Counterpart.MESSENGER),
    )


_OCS = frozenset({Platform.OCS2007, Platform.OCS2007R2})


def named(kind: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return `KIND NAME` for the first few names and how many more there are."""
    shown = tuple(f"{kind} {clean(name)}" for name in names[:NAMED])
    return shown if len(names) <= NAMED else (*shown, f"and {len(names) - NAMED:,} more")


def sip_host(edge: Edge, domain: str) -> DomainName:
    """Return the host that speaks for a SIP domain of ours: the Access Edge itself, or `sip.` of the domain.

    Every domain needs a host directly below it (rules R2 and R6): partners refuse a target elsewhere.
    """
    return edge.fqdn if is_direct_child(edge.fqdn, domain) else own_sip_name(domain)


def own_sip_name(domain: str) -> DomainName:
    """Return `sip.` of a domain: where clients without SRV look, and the name Edge certificates carry for it."""
    return DomainName(f"sip.{domain}")


def sip_port(edge: Edge) -> int:
    """Return the port partners reach the Access Edge on: the listener's, unless addresses are translated."""
    return _outer_port(edge, edge.sip_listen, SIP_TLS_PORT)


def xmpp_port(edge: Edge) -> int:
    """Return the port XMPP partners reach the edge on."""
    return _outer_port(edge, edge.xmpp_listen, XMPP_PORT)


def _outer_port(edge: Edge, listen: HostPort | None, default: int) -> int:
    # Behind NAT the outer port is the firewall's; port 0 is chosen at every start.
    return default if edge.nat or listen is None or listen.port == 0 else listen.port


def resolver_kind(resolver: str) -> ResolverKind:
    """Return whose names a `proxy.resolver` knows."""
    address = resolver_address(resolver)
    if address is None:
        return ResolverKind.UNKNOWN
    found = ipaddress.ip_address(address)
    if found.is_loopback:
        return ResolverKind.UNKNOWN
    return ResolverKind.EXTERNAL if found.is_global else ResolverKind.INTERNAL


def resolver_address(resolver: str) -> str | None:
    """Return the address in `address`, `address:port` or `[address]:port`; None for `system`."""
    if resolver == "system":
        return None
    if resolver.startswith("["):
        return resolver[1:].partition("]")[0]
    return resolver.partition(":")[0] if resolver.count(":") == 1 else resolver


def resolver_port(resolver: str) -> int:
    """Return the port of a `proxy.resolver`."""
    host, colon, port = resolver.rpartition(":")
    named_port = bool(colon) and port.isdigit() and (host.endswith("]") or ":" not in host)
    return int(port) if named_port else 53


def _in_force(records: Iterable[Expiring], now: datetime | None) -> list[Expiring]:
    return [record for record in records if now is None or record.expires is None or record.expires > now]


def _partners(
    configuration: Configuration,
    allowed: Sequence[FederatedDomain],
    hosting: Sequence[HostingProvider],
    public: Sequence[PublicProvider],
) -> tuple[str, ...]:
    found = [*named("partner", [domain.name for domain in allowed])]
    if configuration.access_edge.partner_discovery:
        found.append("partner discovery")
    if configuration.access_edge.routing is Routing.DEFAULT_ROUTE and configuration.access_edge.default_route:
        found.append(f"default route {configuration.access_edge.default_route}")
    found += named("hosting provider", [provider.name for provider in hosting])
    found += [str(item) for service in _PUBLIC_SERVICES for item in _ended(public, service)][:NAMED]
    return tuple(found) or ("federation",)


def _partner_ports(
    configuration: Configuration,
    allowed: Sequence[FederatedDomain],
    hosting: Sequence[HostingProvider],
    public: Sequence[PublicProvider],
) -> tuple[int, ...]:
    ports = {SIP_TLS_PORT, *(domain.access_edge.port for domain in allowed if domain.access_edge is not None)}
    ports |= {provider.proxy_fqdn.port for provider in hosting} | {provider.proxy_fqdn.port for provider in public}
    route = configuration.access_edge.default_route
    if configuration.access_edge.routing is Routing.DEFAULT_ROUTE and route is not None:
        ports.add(route.port)
    return tuple(sorted(ports))


_PUBLIC_SERVICES = (Counterpart.MESSENGER, Counterpart.SKYPE, Counterpart.AOL, Counterpart.YAHOO)
"""What a public provider may stand for; every one of them has ended (docs/rules.md 2.10)."""


def _ended(providers: Sequence[PublicProvider], service: Counterpart) -> tuple[Ended, ...]:
    day = MATRIX[service].ended
    assert day is not None
    return tuple(
        Ended(clean(provider.name), service, day)
        for provider in providers
        if counterpart(PartnerClass.PUBLIC_IM, provider) is service
    )
