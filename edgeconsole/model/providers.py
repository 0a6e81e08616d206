"""Hosting and public IM providers: the server allow list (New-CsHostingProvider, New-CsPublicProvider)."""

import msgspec

from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.terms import Verification


class HostingProvider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A hoster such as Microsoft 365, whose Access Edge speaks for many domains (docs/rules.md 1.3)."""

    name: str
    """Identity: one name among hosting and public providers together (New-CsHostingProvider)."""
    proxy_fqdn: HostPort
    """The provider's Access Edge; one entry for each, among hosting and public providers together."""
    enabled: bool = False
    """Whether its traffic is let through; no source has a default but off."""
    verification: Verification
    """Always written: the cmdlet, the Control Panel and the recipes have three different defaults."""
    shared_address_space: bool = False
    """The provider hosts part of our own SIP domains (split domain, hybrid)."""
    hosts_ocs_users: bool = False
    """True where it hosts Skype for Business accounts, False for others such as Exchange UM."""
    local: bool = False
    """Its proxy stands inside our own topology."""
    autodiscover_url: str | None = None
    """AutodiscoverUrl: where clients of the provider find their pool."""
    sip_client_port: int = 443
    """SipClientPort: where SIP clients of the provider connect."""
    comment: str | None = None
    """A note for people."""
    owner: str | None = None
    """Who answers for the record."""
    ticket: str | None = None
    """The request it came from."""


class PublicProvider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A public IM service; every one of them has ended, and is kept as history (docs/rules.md 1.4, 2.10)."""

    name: str
    """Identity: one name among hosting and public providers together (New-CsPublicProvider)."""
    proxy_fqdn: HostPort
    """The service's Access Edge; one entry for each, among both kinds of provider together."""
    enabled: bool = False
    """Whether its traffic is let through; the three that Lync ships are off (P-PUB)."""
    verification: Verification
    """Always written, as for hosting providers; `use-source` is deprecated here (P-PUB)."""
    domains: tuple[DomainName, ...] = ()
    """Domains whose users the provider serves, beside the decoration domains."""
    icon_url: str | None = None
    """IconUrl: the picture clients show."""
    name_decoration_domain: DomainName | None = None
    """NameDecorationDomain: the form of Lync 2013 before `name_decoration_routing_domain`."""
    name_decoration_routing_domain: DomainName | None = None
    """Domain that `user(their.domain)@` addresses are routed by."""
    name_decoration_excluded: tuple[DomainName, ...] = ()
    """Domains that need no decoration."""
    skype_id_routing: bool = False
    """EnableSkypeIdRouting; ended with the service (SFB-SKYPE)."""
    skype_directory_search: bool = False
    """EnableSkypeDirectorySearch; ended with the service (SFB-SKYPE)."""
    comment: str | None = None
    """A note for people."""
    owner: str | None = None
    """Who answers for the record."""
    ticket: str | None = None
    """The request it came from."""
