"""The configuration compiled for decisions: dictionaries, so that no decision scans a list."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from operator import is_
from typing import NamedTuple, TypeVar

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
    listed: tuple[FederatedDomain, ...] = ()
    """The domain records it was compiled from."""
    listed_partners: tuple[XmppPartner, ...] = ()
    moment: datetime | None = None
    """As of when it was compiled."""

    @classmethod
    def compile(
        cls, configuration: Configuration, now: datetime | None = None, *, before: "RuleIndex | None" = None
    ) -> "RuleIndex":
        """Build the index of a whole configuration as it counts at a moment; None leaves expiry out of account.

        What is the same in the index `before` is taken over: of 100,000 domains a change touches one.
        """
        access_edge = configuration.access_edge
        lists = _taken_over(configuration, now, before) or _listed(configuration, now)
        partners = _in_force(configuration.xmpp_partners, now)
        hosting = sorted(configuration.hosting_providers, key=_name)
        enabled = [provider for provider in hosting if provider.enabled]
        public = sorted((provider for provider in configuration.public_providers if provider.enabled), key=_name)
        return cls(
            federation=access_edge.federation,
            partner_discovery=access_edge.partner_discovery,
            local=frozenset(domain.name for domain in configuration.sip_domains),
            next_hop=configuration.edge.next_hop if configuration.edge else None,
            allow=lists.allow,
            block=lists.block,
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
            expired=lists.expired,
            next_expiry=lists.next_expiry,
            listed=configuration.domains,
            listed_partners=configuration.xmpp_partners,
            moment=now,
        )


_NEVER = datetime.max.replace(tzinfo=UTC)


class _Lists(NamedTuple):
    """What grows with the number of records."""

    allow: dict[str, FederatedDomain]
    block: dict[str, FederatedDomain]
    expired: dict[str, FederatedDomain | XmppPartner]
    next_expiry: datetime | None


_MOST_TAKEN = 1_000
"""Records that differ, up to which an index is patched rather than made anew."""


def _listed(configuration: Configuration, now: datetime | None) -> _Lists:
    domains = _in_force(configuration.domains, now)
    # A local name: measured, looking it up for each of 100,000 records takes a third of the whole.
    allowed = Action.ALLOW
    return _Lists(
        {domain.name: domain for domain in domains if domain.action is allowed},
        {domain.name: domain for domain in domains if domain.action is not allowed},
        _expired(configuration, now),
        _next_expiry(configuration, now),
    )


def _taken_over(configuration: Configuration, now: datetime | None, before: RuleIndex | None) -> _Lists | None:
    """Return the lists of the index before with what differs put right; None where they must be made anew."""
    if before is None or before.listed_partners is not configuration.xmpp_partners:
        return None
    if (now is None) is not (before.moment is None):
        return None
    if now is not None and before.moment is not None and not before.moment <= now < (before.next_expiry or _NEVER):
        # Time moved past a record's end, or back before one.
        return None
    kept = _Lists(before.allow, before.block, before.expired, before.next_expiry)
    if before.listed is configuration.domains:
        return kept
    removed, added = _differing(before.listed, configuration.domains)
    changed = (*removed, *added)
    if len(changed) > _MOST_TAKEN or before.expired or any(each.expires is not None for each in changed):
        return None
    allow, block = before.allow.copy(), before.block.copy()
    for each in removed:
        (allow if each.action is Action.ALLOW else block).pop(each.name, None)
    for each in added:
        (allow if each.action is Action.ALLOW else block)[each.name] = each
    # Two records of one name would hide each other: which of them counts is for the whole list to say.
    whole = len(allow) + len(block) == len(configuration.domains)
    return kept._replace(allow=allow, block=block) if whole else None


def _differing(
    old: tuple[FederatedDomain, ...], new: tuple[FederatedDomain, ...]
) -> tuple[tuple[FederatedDomain, ...], tuple[FederatedDomain, ...]]:
    """Return the stretch of each that is not the very same records as in the other."""
    shorter = min(len(old), len(new))
    first = _same(map(is_, old, new), shorter)
    last = min(_same(map(is_, reversed(old), reversed(new)), shorter), shorter - first)
    return old[first : len(old) - last], new[first : len(new) - last]


def _same(pairs: Iterable[bool], number: int) -> int:
    """Return how many pairs are the same from the beginning."""
    same = list(pairs)
    return same.index(False) if False in same else number


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


def _in_force(records: Sequence[Expiring], now: datetime | None) -> Sequence[Expiring]:
    if now is None:
        return records
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
