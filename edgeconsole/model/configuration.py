"""What an operator wants of the edge: the entities of federation.toml, typed and frozen.

Field names are the keys of the file; `docs/configuration` carries the table of meanings. Parsing and its errors live in
`config/`; a value here is valid by itself, cross-record rules are checked when a file is read.
"""

from enum import Enum

import msgspec

from edgeconsole.model.names import DomainName, HostPort

FORMAT_VERSION = 1
"""The `version` key of a file this release reads and writes."""


class Action(Enum):
    """What a federated domain's record says: one record, never on two lists."""

    ALLOW = "allow"
    BLOCK = "block"


class Edge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Our own edge pool: names, listeners, certificates (Set-CsEdgeServer; domain reference 1.8)."""

    fqdn: DomainName
    """Access Edge external FQDN: the name partners find by SRV and verify in our certificate."""
    internal_fqdn: DomainName | None = None
    """Name our own servers know the edge by; in the internal certificate."""
    next_hop: HostPort | None = None
    """The server of ours that inbound requests go to: Director or Front End pool."""
    sip_listen: HostPort | None = None
    """Listener for partners; every connection must show a certificate."""
    internal_listen: HostPort | None = None
    """Listener for our own servers; other certificate, other trust, named peers."""
    certificate: str | None = None
    private_key: str | None = None
    trust: str = "system"
    """Authorities whose partners' certificates are believed: `system` or `file:PATH`."""
    internal_certificate: str | None = None
    internal_private_key: str | None = None
    internal_trust: str | None = None
    internal_peers: tuple[str, ...] = ()
    """Names, as exact DNS SANs, of the servers that may connect to the internal listener and be the next hop."""


class Proxy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the local proxy runs: resolver, admin socket, who may use it, where it may connect."""

    resolver: str = "system"
    """`system` reads resolv.conf; `address` or `address:port` names one DNS server."""
    admin_socket: str = "/run/edgeconsole/admin.sock"
    allow_addresses: tuple[str, ...] = ()
    """CIDRs that outbound connections and probes may use besides public addresses."""
    operators: tuple[str, ...] = ()
    """System users (`alice`) and groups (`@netops`) that may change the configuration over the socket."""
    viewers: tuple[str, ...] = ()
    """System users and groups that may look; root and the proxy's own user may do everything."""


class AccessEdge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The switches of the Access Edge (Set-CsAccessEdgeConfiguration; defaults are the cmdlet's)."""

    federation: bool = False
    """AllowFederatedUsers: the master switch of all federation."""
    partner_discovery: bool = False
    """EnablePartnerDiscovery: unlisted domains that publish SRV may federate, within limits."""


class SipDomain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A SIP domain of ours."""

    name: DomainName


class FederatedDomain(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    """A federated domain: allowed, allowed with a pinned Access Edge, or blocked (New-CsAllowedDomain, -BlockedDomain).

    The record covers its sub-domains on label boundaries.
    """

    name: DomainName
    action: Action
    access_edge: HostPort | None = None
    """Set: allowed partner server, only this host speaks for the domain. Absent: found by SRV."""
    comment: str | None = None


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """One whole federation.toml."""

    version: int = FORMAT_VERSION
    edge: Edge | None = None
    proxy: Proxy = Proxy()
    access_edge: AccessEdge = AccessEdge()
    sip_domains: tuple[SipDomain, ...] = msgspec.field(default=(), name="sip_domain")
    domains: tuple[FederatedDomain, ...] = msgspec.field(default=(), name="domain")


class Table(Enum):
    """The tables of federation.toml."""

    EDGE = "edge"
    PROXY = "proxy"
    ACCESS_EDGE = "access_edge"
    SIP_DOMAIN = "sip_domain"
    DOMAIN = "domain"
