"""What an operator wants of the edge: one whole federation.toml, typed and frozen.

Field names are the keys of the file; `docs/configuration.md` carries the table of meanings. Parsing and its errors
live in `config/`; a value here is valid by itself, cross-record rules are checked when a file is read.
"""

from enum import Enum

import msgspec

from edgeconsole.model.domains import FederatedDomain
from edgeconsole.model.edge import AccessEdge, Edge, Proxy, SipDomain
from edgeconsole.model.policies import Policy, PolicyGrant, Site
from edgeconsole.model.probe_settings import ProbeSettings, ProbeTargetSettings
from edgeconsole.model.providers import HostingProvider, PublicProvider
from edgeconsole.model.terms import Action
from edgeconsole.model.xmpp import XmppGateway, XmppPartner

__all__ = [
    "FORMAT_VERSION",
    "AccessEdge",
    "Action",
    "Configuration",
    "Edge",
    "FederatedDomain",
    "HostingProvider",
    "Policy",
    "PolicyGrant",
    "ProbeSettings",
    "ProbeTargetSettings",
    "Proxy",
    "PublicProvider",
    "SipDomain",
    "Site",
    "Table",
    "XmppGateway",
    "XmppPartner",
]

FORMAT_VERSION = 1
"""The `version` key of a file this release reads and writes."""


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """One whole federation.toml."""

    version: int = FORMAT_VERSION
    edge: Edge | None = None
    proxy: Proxy = Proxy()
    access_edge: AccessEdge = AccessEdge()
    sip_domains: tuple[SipDomain, ...] = msgspec.field(default=(), name="sip_domain")
    domains: tuple[FederatedDomain, ...] = msgspec.field(default=(), name="domain")
    hosting_providers: tuple[HostingProvider, ...] = msgspec.field(default=(), name="hosting_provider")
    public_providers: tuple[PublicProvider, ...] = msgspec.field(default=(), name="public_provider")
    xmpp_partners: tuple[XmppPartner, ...] = msgspec.field(default=(), name="xmpp_partner")
    xmpp_gateway: XmppGateway = XmppGateway()
    policies: tuple[Policy, ...] = msgspec.field(default=(), name="policy")
    policy_grants: tuple[PolicyGrant, ...] = msgspec.field(default=(), name="policy_grant")
    sites: tuple[Site, ...] = msgspec.field(default=(), name="site")
    probe: ProbeSettings = ProbeSettings()
    probe_targets: tuple[ProbeTargetSettings, ...] = msgspec.field(default=(), name="probe_target")


class Table(Enum):
    """The tables of federation.toml."""

    EDGE = "edge"
    PROXY = "proxy"
    ACCESS_EDGE = "access_edge"
    SIP_DOMAIN = "sip_domain"
    DOMAIN = "domain"
    HOSTING_PROVIDER = "hosting_provider"
    PUBLIC_PROVIDER = "public_provider"
    XMPP_PARTNER = "xmpp_partner"
    XMPP_GATEWAY = "xmpp_gateway"
    POLICY = "policy"
    POLICY_GRANT = "policy_grant"
    SITE = "site"
    PROBE = "probe"
    PROBE_TARGET = "probe_target"
