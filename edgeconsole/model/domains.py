"""Federated SIP domains: one record each, allowed or blocked (New-CsAllowedDomain, New-CsBlockedDomain)."""

from datetime import datetime

import msgspec

from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.terms import Action, Match, Platform, Verification


class FederatedDomain(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    """A federated domain: allowed, allowed with a pinned Access Edge, or blocked (domain reference 1.1, 1.2)."""

    name: DomainName
    action: Action
    access_edge: HostPort | None = None
    """Set: allowed partner server, only this host speaks for the domain. Absent: found by SRV."""
    match: Match = Match.SUBTREE
    verification: Verification = Verification.USE_SOURCE
    platform: Platform = Platform.UNKNOWN
    comment: str | None = None
    owner: str | None = None
    ticket: str | None = None
    tags: tuple[str, ...] = ()
    expires: datetime | None = None
    """The record stops counting at this moment, without a reload."""
    review: datetime | None = None
    """From this moment on lint asks whether the record is still wanted."""
