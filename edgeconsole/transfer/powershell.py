"""The one table of PowerShell names and values beside ours, used to read cmdlet output and to write cmdlets."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from edgeconsole.model.configuration import Table

VERIFICATION = MappingProxyType(
    {
        "AlwaysVerifiable": "always-verifiable",
        "AlwaysUnverifiable": "always-unverifiable",
        "UseSourceVerification": "use-source",
    }
)
"""VerificationLevel, in the order its help lists them; numbers in exports are read by that order, with a warning."""

NEGOTIATION = MappingProxyType({"Required": "required", "Optional": "optional", "NotSupported": "not-supported"})
PARTNER_TYPE = MappingProxyType(
    {"Federated": "federated", "PublicVerified": "public-verified", "PublicUnverified": "public-unverified"}
)
ROUTING = MappingProxyType({"UseDnsSrvRouting": "dns-srv", "UseDefaultRouting": "default-route"})


class Property(NamedTuple):
    """One property of a cmdlet's object and the key of ours that it is."""

    name: str
    field: str
    words: Mapping[str, str] | None = None
    unit: str = ""
    """Of a number that is a length of time: `s` or `m`."""


class Noun(NamedTuple):
    """One kind of object: its cmdlets, its .NET type, the table that holds it here."""

    noun: str
    table: Table
    type_name: str
    properties: tuple[Property, ...]
    telling: tuple[str, ...]
    """Property names by which an object without a type name is known; all of them are there."""
    constant: Mapping[str, Any] = MappingProxyType({})
    """What being such an object says by itself."""

    def by_name(self) -> dict[str, Property]:
        """Return the properties by lower-case name; PowerShell does not tell case apart."""
        return {prop.name.lower(): prop for prop in self.properties}


_LEVEL = Property("VerificationLevel", "verification", VERIFICATION)

ALLOWED_DOMAIN = Noun(
    "CsAllowedDomain",
    Table.DOMAIN,
    "AllowedDomain",
    (Property("ProxyFqdn", "access_edge"), _LEVEL, Property("Comment", "comment")),
    ("Domain", "ProxyFqdn"),
    MappingProxyType({"action": "allow"}),
)
BLOCKED_DOMAIN = Noun(
    "CsBlockedDomain",
    Table.DOMAIN,
    "BlockedDomain",
    (Property("Comment", "comment"),),
    ("Identity", "Domain"),
    MappingProxyType({"action": "block"}),
)
HOSTING_PROVIDER = Noun(
    "CsHostingProvider",
    Table.HOSTING_PROVIDER,
    "HostingProvider",
    (
        Property("ProxyFqdn", "proxy_fqdn"),
        Property("Enabled", "enabled"),
        Property("EnabledSharedAddressSpace", "shared_address_space"),
        Property("HostsOCSUsers", "hosts_ocs_users"),
        _LEVEL,
        Property("IsLocal", "local"),
        Property("AutodiscoverUrl", "autodiscover_url"),
        Property("SipClientPort", "sip_client_port"),
    ),
    ("ProxyFqdn", "EnabledSharedAddressSpace"),
)
PUBLIC_PROVIDER = Noun(
    "CsPublicProvider",
    Table.PUBLIC_PROVIDER,
    "PublicProvider",
    (
        Property("ProxyFqdn", "proxy_fqdn"),
        Property("Enabled", "enabled"),
        _LEVEL,
        Property("IconUrl", "icon_url"),
        Property("NameDecorationDomain", "name_decoration_domain"),
        Property("NameDecorationRoutingDomain", "name_decoration_routing_domain"),
        Property("NameDecorationExcludedDomainList", "name_decoration_excluded"),
        Property("EnableSkypeIdRouting", "skype_id_routing"),
        Property("EnableSkypeDirectorySearch", "skype_directory_search"),
    ),
    ("ProxyFqdn", "IconUrl"),
)
XMPP_PARTNER = Noun(
    "CsXmppAllowedPartner",
    Table.XMPP_PARTNER,
    "XmppAllowedPartner",
    (
        Property("AdditionalDomains", "additional_domains"),
        Property("PartnerType", "partner_type", PARTNER_TYPE),
        Property("ProxyFqdn", "proxy_fqdn"),
        Property("TlsNegotiation", "tls", NEGOTIATION),
        Property("SaslNegotiation", "sasl", NEGOTIATION),
        Property("SupportDialbackNegotiation", "dialback"),
        Property("EnableKeepAlive", "keep_alive"),
        Property("ConnectionLimit", "connection_limit"),
        Property("Description", "comment"),
    ),
    ("TlsNegotiation", "SaslNegotiation"),
)
XMPP_GATEWAY = Noun(
    "CsXmppGatewayConfiguration",
    Table.XMPP_GATEWAY,
    "XmppGatewayConfiguration",
    (
        Property("ConnectionLimit", "connection_limit"),
        Property("PartnerConnectionLimit", "partner_connection_limit"),
        Property("EnableLoggingAllMessageBodies", "log_message_bodies"),
        Property("KeepAliveInterval", "keep_alive", unit="s"),
        Property("StreamEstablishmentTimeout", "stream_establishment", unit="s"),
        Property("StreamInactivityTimeout", "stream_inactivity", unit="s"),
        Property("SubscriptionRefreshInterval", "subscription_refresh", unit="s"),
    ),
    ("StreamEstablishmentTimeout", "PartnerConnectionLimit"),
)
POLICY = Noun(
    "CsExternalAccessPolicy",
    Table.POLICY,
    "ExternalAccessPolicy",
    (
        Property("Description", "comment"),
        Property("EnableFederationAccess", "federation"),
        Property("EnableXmppAccess", "xmpp"),
        Property("EnablePublicCloudAccess", "public_cloud"),
        Property("EnablePublicCloudAudioVideoAccess", "public_cloud_av"),
        Property("EnableOutsideAccess", "outside"),
    ),
    ("EnableFederationAccess", "EnableOutsideAccess"),
)
ACCESS_EDGE = Noun(
    "CsAccessEdgeConfiguration",
    Table.ACCESS_EDGE,
    "AccessEdgeConfiguration",
    (
        Property("AllowFederatedUsers", "federation"),
        Property("RoutingMethod", "routing", ROUTING),
        Property("EnablePartnerDiscovery", "partner_discovery"),
        Property("DiscoveredPartnerVerificationLevel", "discovered_verification", VERIFICATION),
        Property("BeClearingHouse", "clearing_house"),
        Property("DefaultRouteFqdn", "default_route"),
        Property("VerificationLevel", "default_route_verification", VERIFICATION),
        Property("IsPublicProvider", "default_route_public"),
        Property("AllowOutsideUsers", "outside_users"),
        Property("AllowAnonymousUsers", "anonymous_users"),
        Property("EnableArchivingDisclaimer", "archiving_disclaimer"),
        Property("KeepCrlsUpToDateForPeers", "refresh_crls"),
        Property("MarkSourceVerifiableOnOutgoingMessages", "mark_verifiable"),
        Property("OutgoingTlsCountForFederatedPartners", "outgoing_tls"),
        Property("EnableDiscoveredPartnerContactsLimit", "discovered_contacts_limit"),
        Property("MaxContactsPerDiscoveredPartner", "discovered_contacts"),
        Property("DiscoveredPartnerStandardRate", "discovered_rate"),
        Property("DiscoveredPartnerReportPeriodMinutes", "discovered_report", unit="m"),
        Property("MaxAcceptedCertificatesStored", "accepted_certificates"),
        Property("MaxRejectedCertificatesStored", "rejected_certificates"),
        Property("CertificatesDeletedPercentage", "certificates_purged"),
    ),
    ("AllowFederatedUsers", "AllowOutsideUsers"),
)

NOUNS = (
    XMPP_PARTNER,
    XMPP_GATEWAY,
    HOSTING_PROVIDER,
    PUBLIC_PROVIDER,
    POLICY,
    ACCESS_EDGE,
    ALLOWED_DOMAIN,
    BLOCKED_DOMAIN,
)
"""In the order in which an object without a type name is tried: the more telling first, the blocked domain last."""

BOOKKEEPING = frozenset(
    name.lower()
    for name in [
        "Identity",
        "Name",
        "Domain",
        "MarkForMonitoring",
        "EnableUserReplicator",
        "DnsSrvCacheRecordCount",
        "SkypeSearchUrl",
        "Anchor",
        "Key",
        "XsAnyElements",
        "XsAnyAttributes",
        "Element",
        "ScopeClass",
        "PSComputerName",
        "PSShowComputerName",
        "RunspaceId",
    ]
)
"""Properties that are read elsewhere or say nothing about federation; left out without a word."""
