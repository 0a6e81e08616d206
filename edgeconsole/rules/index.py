"""The configuration compiled for decisions: dictionaries, so that no decision scans a list."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from edgeconsole.model.configuration import (
    Action,
    Configuration,
    FederatedDomain,
    HostingProvider,
    PublicProvider,
    XmppPartner,
)
from edgeconsole.model.names import XMPP_PORT, HostPort
from edgeconsole.model.terms import Match, Platform, Routing, Verification
from edgeconsole.rules.policies import PolicyIndex

Expiring = TypeVar("Expiring", FederatedDomain, XmppPartner)
Provider = TypeVar("Provider", HostingProvider, PublicProvider)


class RuleIndex(msgspec.Struct, frozen=True, kw_only=True):
    """One revision's rules at one moment, ready for look-ups; never changed after it was made."""

    federation: bool
    partner_discovery: bool
    local: frozenset[str]
    next_hop: HostPort | None
    allow: dict[str, FederatedDomain]
    block: dict[str, FederatedDomain]
    suffix_match: bool = True
    default_routing: bool = False
    default_route: HostPort | None = None
    default_route_public: bool = False
    default_route_verification: Verification = Verification.USE_SOURCE
    discovered_verification: Verification = Verification.USE_SOURCE
    hosting: dict[str, HostingProvider] = {}
    """Enabled hosting providers by the host of their Access Edge."""
    disabled_hosting: dict[str, HostingProvider] = {}
    public: dict[str, PublicProvider] = {}
    """Enabled public providers by the host of their Access Edge."""
    public_domains: dict[str, PublicProvider] = {}
    """Enabled public providers by the domains they claim."""
    shared: HostingProvider | None = None
    """The enabled provider that hosts part of our own domains."""
    xmpp_next_hop: HostPort | None = None
    """The server of ours that inbound stanzas go to."""
    xmpp: dict[str, XmppPartner] = {}
    """XMPP partners by each of their domains, exact."""
    policies: PolicyIndex = PolicyIndex()
    plain: bool = True
    """No XMPP partner, policy or site: the checks that concern them have nothing to say."""
    platform: Platform = Platform.UNKNOWN
    """What our own edge pool stands for."""
    own_names: frozenset[str] = frozenset()
    """Our edge's external and internal FQDN, as a site's federation route may name it."""
    expired: dict[str, FederatedDomain | XmppPartner] = {}
    """Records left out because their time is over."""
    next_expiry: datetime | None = None
    """The moment at which this index stops being right and must be compiled again."""

    @classmethod
    def compile(cls, configuration: Configuration, now: datetime | None = None) -> "RuleIndex":
        """Build the index of a whole configuration as it counts at a moment; None leaves expiry out of account."""
        access_edge = configuration.access_edge
        domains = _in_force(configuration.domains, now)
        partners = _in_force(configuration.xmpp_partners, now)
        hosting = sorted(configuration.hosting_providers, key=_name)
        enabled = [provider for provider in hosting if provider.enabled]
        public = sorted((provider for provider in configuration.public_providers if provider.enabled), key=_name)
        return cls(
            federation=access_edge.federation,
            partner_discovery=access_edge.partner_discovery,
            local=frozenset(domain.name for domain in configuration.sip_domains),
            next_hop=configuration.edge.next_hop if configuration.edge else None,
            allow={domain.name: domain for domain in domains if domain.action is Action.ALLOW},
            block={domain.name: domain for domain in domains if domain.action is Action.BLOCK},
            suffix_match=access_edge.suffix_match,
            default_routing=access_edge.routing is Routing.DEFAULT_ROUTE,
            default_route=access_edge.default_route,
            default_route_public=access_edge.default_route_public,
            default_route_verification=access_edge.default_route_verification,
            discovered_verification=access_edge.discovered_verification,
            hosting=_first((provider.proxy_fqdn.host, provider) for provider in enabled),
            disabled_hosting=_first(
                (provider.proxy_fqdn.host, provider) for provider in hosting if not provider.enabled
            ),
            public=_first((provider.proxy_fqdn.host, provider) for provider in public),
            public_domains=_first((name, provider) for provider in public for name in claimed_domains(provider)),
            shared=next((provider for provider in enabled if provider.shared_address_space), None),
            xmpp_next_hop=_xmpp_next_hop(configuration),
            xmpp=_by_domain(partners),
            policies=PolicyIndex.compile(configuration),
            plain=not (configuration.xmpp_partners or configuration.policies or configuration.sites),
            platform=configuration.edge.platform if configuration.edge else Platform.UNKNOWN,
            own_names=_own_names(configuration),
            expired=_expired(configuration, now),
            next_expiry=_next_expiry(configuration, now),
        )


def _name(record: HostingProvider | PublicProvider | XmppPartner) -> str:
    return record.name


def _first(pairs: Iterable[tuple[str, Provider]]) -> dict[str, Provider]:
    """Index by key; of two providers with one key, which lint reports, the one that comes first counts."""
    found: dict[str, Provider] = {}
    for key, provider in pairs:
        found.setdefault(key, provider)
    return found


def _by_domain(partners: Iterable[XmppPartner]) -> dict[str, XmppPartner]:
    """Index by domain; the partner of that name counts before one that lists it, whatever their order in the file."""
    indexed: dict[str, XmppPartner] = {partner.name: partner for partner in partners}
    for partner in sorted((partner for partner in indexed.values() if partner.additional_domains), key=_name):
        for domain in partner.additional_domains:
            indexed.setdefault(domain, partner)
    return indexed


def _xmpp_next_hop(configuration: Configuration) -> HostPort | None:
    edge = configuration.edge
    if edge is None or edge.xmpp_next_hop is not None:
        return edge.xmpp_next_hop if edge else None
    return HostPort(edge.next_hop.host, XMPP_PORT) if edge.next_hop else None


def _own_names(configuration: Configuration) -> frozenset[str]:
    edge = configuration.edge
    return frozenset(name for name in (edge.fqdn, edge.internal_fqdn) if name) if edge else frozenset()


def _in_force(records: Iterable[Expiring], now: datetime | None) -> list[Expiring]:
    if now is None:
        return list(records)
    return [record for record in records if record.expires is None or record.expires > now]


def _expiring(configuration: Configuration) -> Iterable[FederatedDomain | XmppPartner]:
    yield from configuration.domains
    yield from configuration.xmpp_partners


def _expired(configuration: Configuration, now: datetime | None) -> dict[str, FederatedDomain | XmppPartner]:
    if now is None:
        return {}
    return {record.name: record for record in _expiring(configuration) if record.expires and record.expires <= now}


def _next_expiry(configuration: Configuration, now: datetime | None) -> datetime | None:
    if now is None:
        return None
    coming = (record.expires for record in _expiring(configuration) if record.expires and record.expires > now)
    return min(coming, default=None)


def claimed_domains(provider: PublicProvider) -> frozenset[str]:
    """Return the domains whose users a public provider serves: its own and those of its name decoration."""
    routing = provider.name_decoration_routing_domain or provider.name_decoration_domain
    decoration = (routing,) if routing else ()
    return frozenset((*provider.domains, *decoration, *provider.name_decoration_excluded))


def longest_suffix(rules: dict[str, FederatedDomain], name: str, suffix_match: bool = True) -> FederatedDomain | None:
    """Return the most specific record that covers the name, on label boundaries.

    A record for contoso.com covers it.contoso.com and never evilcontoso.com (P-ALLOW, P-BLOCK: suffix match), unless
    it says `match = "exact"` or suffix matching is off altogether.
    """
    found = rules.get(name)
    if found is not None or not suffix_match:
        return found
    dot = name.find(".")
    while dot >= 0:
        name = name[dot + 1 :]
        found = rules.get(name)
        if found is not None and found.match is Match.SUBTREE:
            return found
        dot = name.find(".")
    return None
