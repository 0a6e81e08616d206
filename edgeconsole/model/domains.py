"""Federated SIP domains: one record each, allowed or blocked (New-CsAllowedDomain, New-CsBlockedDomain)."""

from datetime import datetime

import msgspec

from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.terms import Action, Match, Platform, Verification


class FederatedDomain(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    """A federated domain: allowed, allowed with a pinned Access Edge, or blocked (docs/rules.md 1.1, 1.2)."""

    name: DomainName
    """The partner's SIP domain, no wildcard; on one list only (New-CsAllowedDomain)."""
    action: Action
    """Allowed or blocked; a block wins over every allow that overlaps it (P-BLOCK)."""
    access_edge: HostPort | None = None
    """Set: allowed partner server, only this host speaks for the domain. Absent: found by SRV."""
    match: Match = Match.SUBTREE
    """Whether sub-domains are covered too, as P-ALLOW and P-BLOCK say, or this name alone."""
    verification: Verification = Verification.USE_SOURCE
    """VerificationLevel: how far the partner's word about a sender counts; New-CsAllowedDomain, 2015 on."""
    platform: Platform = Platform.UNKNOWN
    """What the partner runs; decides ports, load balancing and modalities (P-AV, P-HLB)."""
    comment: str | None = None
    """A note for people; Comment of the cmdlets."""
    owner: str | None = None
    """Who answers for the record."""
    ticket: str | None = None
    """The request it came from."""
    tags: tuple[str, ...] = ()
    """Words to filter by."""
    expires: datetime | None = None
    """The record stops counting at this moment, without a reload."""
    review: datetime | None = None
    """From this moment on lint asks whether the record is still wanted."""
