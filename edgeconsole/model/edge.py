"""Our own side: the edge pool, the local proxy, the switches of the Access Edge, our SIP domains."""

from datetime import timedelta

import msgspec

from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.terms import LoadBalancing, MediaEncryption, MobileClient, Platform, Routing, Verification


class Edge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Our own edge pool: names, listeners, certificates (Set-CsEdgeServer; docs/rules.md 1.8)."""

    fqdn: DomainName
    """Access Edge external FQDN: the name partners find by SRV and verify in our certificate."""
    internal_fqdn: DomainName | None = None
    """Name our own servers know the edge by; in the internal certificate."""
    next_hop: HostPort | None = None
    """The server of ours that inbound requests go to: Director or Front End pool."""
    platform: Platform = Platform.LYNC2013
    """What our own pool stands for; XMPP needs lync2013 or sfb2015 (SFB-XMPP19)."""
    load_balancing: LoadBalancing = LoadBalancing.DNS
    """How the pool is reached from outside: several addresses in DNS, or one VIP of a device (P-HLB)."""
    internal_load_balancing: LoadBalancing | None = None
    """Absent: the same as outside; mixing the two is unsupported (P-HLB)."""
    nat: bool = False
    """External addresses are translated; only with DNS load balancing (P-HLB)."""
    members: tuple[str, ...] = ()
    """Public address of each pool member, or the one VIP of a hardware load balancer."""
    web_conferencing_fqdn: DomainName | None = None
    """External name of the Web Conferencing Edge; must stand in the outside certificate (P-CERT)."""
    av_fqdn: DomainName | None = None
    """External name of the A/V Edge; needs an address record, no certificate name (P-CERT)."""
    av_ports: str = "50000-59999"
    """Media ports of the A/V Edge (MediaCommunicationPortStart and Count)."""
    single_address: bool = False
    """Access, web conferencing and A/V share one public address; TURN over TCP moves to 444."""
    media_encryption: MediaEncryption = MediaEncryption.REQUIRE
    """EncryptionLevel of Set-CsMediaConfiguration; public IM audio needed `support` (P-MEDIA)."""
    diagnostics_to_partners: bool = True
    """Whether ms-diagnostics leaves to partners (DiagnosticHeaderConfiguration)."""
    push_apple: bool = False
    """EnableApplePushNotificationService: asks for the hosting provider and domain of push (P-PUSH)."""
    push_microsoft: bool = False
    """EnableMicrosoftPushNotificationService; as `push_apple`, for Windows Phone (P-PUSH)."""
    sip_listen: HostPort | None = None
    """Listener for partners; every connection must show a certificate."""
    internal_listen: HostPort | None = None
    """Listener for our own servers; other certificate, other trust, named peers."""
    xmpp_listen: HostPort | None = None
    """Listener for the servers of XMPP partners: STARTTLS, and TLS from the first byte (XEP-0368)."""
    xmpp_internal_listen: HostPort | None = None
    """Listener for our own XMPP server; port 23456 on a Lync edge. Same certificate and peers as `internal_listen`."""
    xmpp_next_hop: HostPort | None = None
    """The XMPP server of ours that inbound stanzas go to; absent: the host of `next_hop` at port 5269."""
    certificate: str | None = None
    """Chain shown to partners, `file:PATH`: PEM, our certificate first; names as P-CERT asks."""
    private_key: str | None = None
    """Its key, `file:PATH`, readable by the proxy's user only."""
    trust: str = "system"
    """Authorities whose partners' certificates are believed: `system` or `file:PATH`."""
    internal_certificate: str | None = None
    """Chain shown to our own servers, `file:PATH`; carries `internal_fqdn` (P-CERTREQ)."""
    internal_private_key: str | None = None
    """Its key, `file:PATH`."""
    internal_trust: str | None = None
    """Authorities of our own servers, `file:PATH`; a partner's authority never counts inside."""
    internal_peers: tuple[str, ...] = ()
    """Names, as exact DNS SANs, of the servers that may connect to the internal listener and be the next hop."""


class Proxy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the local proxy runs: resolver, admin socket, who may use it, where it may connect."""

    resolver: str = "system"
    """`system` reads resolv.conf; `address` or `address:port` names one DNS server."""
    admin_socket: str = "/run/edgeconsole/admin.sock"
    """Unix socket of the admin API; who may use it is said by the lists below."""
    allow_addresses: tuple[str, ...] = ()
    """CIDRs that outbound connections and probes may use besides public addresses."""
    admins: tuple[str, ...] = ()
    """Who may do everything: system users (`alice`) and groups (`@netops`) over the socket, exact names in a client
    certificate (`dns:console.contoso.example`, `uri:…`) over HTTPS. Root and the proxy's own user always may."""
    operators: tuple[str, ...] = ()
    """Who may change partners and policies and close sessions; written like `admins`."""
    viewers: tuple[str, ...] = ()
    """Who may look; written like `admins`."""
    admin_listen: HostPort | None = None
    """Listener of the admin API over HTTPS; absent: the socket alone."""
    admin_certificate: str | None = None
    """Chain of the HTTPS listener, `file:PATH`."""
    admin_private_key: str | None = None
    """Its key, `file:PATH`."""
    admin_client_trust: str | None = None
    """Authorities of client certificates; absent: bearer tokens only."""
    admin_tokens: str | None = None
    """File that keeps the hashes of bearer tokens; absent: beside this file, with the ending `.tokens`."""
    connections: int = 1000
    """Connections one listener holds; each idle one takes at most 45 kB of memory."""
    connections_per_address: int = 20
    """Of these from one address."""
    handshakes: int = 64
    """TLS handshakes under way on one listener."""
    handshakes_per_address: int = 16
    """Of these with one address."""
    idle: timedelta = timedelta(minutes=5)
    """A partner's connection without a byte for so long is closed; keep-alives count."""
    requests: int = 20_000
    """Requests that wait for their answer at the same time; one connection may have a tenth of them."""
    message_bytes: int = 65_536
    """Longest body of a SIP message."""


class AccessEdge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The switches of the Access Edge (Set-CsAccessEdgeConfiguration; defaults are the cmdlet's)."""

    federation: bool = False
    """AllowFederatedUsers: the master switch of all federation, XMPP and split domains included."""
    partner_discovery: bool = False
    """EnablePartnerDiscovery: unlisted domains that publish SRV may federate, within limits."""
    outside_users: bool = True
    """AllowOutsideUsers: our own people may sign in from the Internet."""
    anonymous_users: bool = False
    """AllowAnonymousUsers: people without an account may cross to join meetings."""
    routing: Routing = Routing.DNS_SRV
    """How partners are found: UseDnsSrvRouting, or UseDefaultRouting with everything to one host."""
    default_route: HostPort | None = None
    """DefaultRouteFqdn: the next hop of all federation under `routing = "default-route"`."""
    default_route_verification: Verification = Verification.USE_SOURCE
    """VerificationLevel of what arrives over the default route."""
    default_route_public: bool = False
    """IsPublicProvider: the default route leads to a service that needs public IM rights."""
    discovered_verification: Verification = Verification.USE_SOURCE
    """DiscoveredPartnerVerificationLevel; no source states its default."""
    suffix_match: bool = True
    """Whether records cover sub-domains at all; the documents can be read as the Control Panel's search only."""
    discovered_rate: int = 20
    """DiscoveredPartnerStandardRate: messages a second from one discovered partner."""
    discovered_contacts_limit: bool = True
    """EnableDiscoveredPartnerContactsLimit."""
    discovered_contacts: int = 1000
    """MaxContactsPerDiscoveredPartner: people of ours one discovered partner may address."""
    discovered_suspicious: int = 0
    """Percent of a discovered partner's messages that must fail before it counts as suspicious; 0 switches that off.
    Lync has the mode and names no threshold."""
    discovered_suspicious_rate: int = 1
    """Messages a second from a suspicious partner."""
    discovered_report: timedelta = timedelta(minutes=60)
    """DiscoveredPartnerReportPeriodMinutes: how often event 14601 lists them."""
    clearing_house: bool = False
    """BeClearingHouse: change only when support says so."""
    archiving_disclaimer: bool = False
    """EnableArchivingDisclaimer."""
    refresh_crls: bool = True
    """KeepCrlsUpToDateForPeers; needs outbound TCP 80."""
    mark_verifiable: bool = True
    """MarkSourceVerifiableOnOutgoingMessages."""
    outgoing_tls: int = 4
    """OutgoingTlsCountForFederatedPartners: parallel connections to one partner, 1 to 4."""
    accepted_certificates: int = 1000
    """MaxAcceptedCertificatesStored."""
    rejected_certificates: int = 500
    """MaxRejectedCertificatesStored."""
    certificates_purged: int = 20
    """CertificatesDeletedPercentage: percent purged when a certificate cache is full."""


class SipDomain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A SIP domain of ours."""

    name: DomainName
    """What stands after the `@` in our people's addresses."""
    mobility: tuple[MobileClient, ...] = ()
    """Lync Mobile platforms used in it that need push notifications (P-PUSH)."""
    discoverable: bool = True
    """Whether partners are to find it by SRV (D1); False keeps it undiscoverable."""
    xmpp: bool = True
    """Whether its people may use XMPP, so that its records and certificate names are required (D5, D6)."""
