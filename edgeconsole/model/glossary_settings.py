"""Glossary: switches, levels, limits and rules of an edge."""

from edgeconsole.model.glossary_entry import Entry

SETTINGS: tuple[Entry, ...] = (
    Entry(
        name="Partner Discovery",
        meaning="whether domains on no list may federate if they publish SRV",
        aliases=("discovery", "EnablePartnerDiscovery", "partner_discovery"),
        here="access_edge.partner_discovery; key D",
        see=("Discovered Partner Domain",),
        source="1.5, 2.1; P-DISC",
    ),
    Entry(
        name="Federation switch",
        meaning="the master switch: off stops SIP federation, public IM, XMPP and split-domain traffic",
        aliases=("federation", "AllowFederatedUsers"),
        here="access_edge.federation",
        tested="on is not enough: at least one external access policy must allow it too",
        see=("External access policy",),
        source="1.5, 2.1; P-FED, P-AEC",
    ),
    Entry(
        name="Federation route",
        meaning="the one edge pool that carries the federation of a site; XMPP may have another",
        aliases=("FederationRoute", "XmppFederationRoute", "federation_route", "xmpp_route"),
        here="[[site]] federation_route, xmpp_route",
        source="1.8, 2.2 step 8; P-SETUP",
    ),
    Entry(
        name="External access policy",
        meaning="what a person may do with the outside; user over site over global, and the winner is taken whole, "
        "nothing is merged",
        aliases=("policy", "CsExternalAccessPolicy", "user policy", "tag policy"),
        here="[[policy]], [[policy_grant]]",
        see=("Federation switch",),
        source="1.6; P-POL, P-MANAGE",
    ),
    Entry(
        name="Verification level",
        meaning="how far the sender names of a source are believed: always-verifiable takes everything as verified, "
        "always-unverifiable delivers only to people who have the sender as a contact, use-source believes the header "
        "the source sent",
        aliases=("verification", "AlwaysVerifiable", "AlwaysUnverifiable", "UseSourceVerification"),
        wire="ms-source-verified-user",
        here="verification, access_edge.discovered_verification, access_edge.default_route_verification",
        tested="without the header, use-source rejects from providers and allowed domains, and marks as unverified on "
        "the default route",
        see=("ms-edge-proxy-message-trust",),
        source="2.6, 12 a, b",
    ),
    Entry(
        name="ms-edge-proxy-message-trust",
        meaning="the header an edge adds to what comes in: source type, verified or not, federation or public cloud; "
        "clients must never add it",
        aliases=("trust header", "ms-source-type", "ms-source-network"),
        source="2.6; SIPREGE",
    ),
    Entry(
        name="Suffix match",
        meaning="a record for contoso.com covers it.contoso.com too, and never evilcontoso.com",
        aliases=("suffix_match", "subtree", "exact", "sub-domains"),
        here='[[domain]] match = "subtree" or "exact"; access_edge.suffix_match',
        tested="the documents can be read as a search of the Control Panel only, so it is a setting",
        source="2.3, 12 r; P-ALLOW",
    ),
    Entry(
        name="SRV target rule",
        meaning="the host an SRV record names must lie one label below the domain (sip.contoso.com for contoso.com), "
        "be in the certificate, and exist for each SIP domain; an enabled provider's Access Edge is exempt",
        aliases=("R1", "R2", "R4", "R5", "R7", "_sipfederationtls._tcp", "SRV"),
        tested="of several records the lowest priority wins, then the highest weight, then the first received",
        see=("1008", "1009"),
        source="3.2, 3.3; P-DNSREQ, SFB-SKYPE",
    ),
    Entry(
        name="Contacts limit",
        meaning="how many people of ours one discovered partner may address before it goes on the watch list",
        aliases=("MaxContactsPerDiscoveredPartner", "discovered_contacts", "watch list", "discovered_rate"),
        here="access_edge.discovered_contacts (1000), discovered_contacts_limit",
        see=("14508", "Discovered Partner Domain"),
        source="1.5, 2.7; SAFE",
    ),
    Entry(
        name="Clearing house",
        meaning="an edge that stands between many organisations connected to it directly; changed only when support "
        "says so",
        aliases=("BeClearingHouse", "clearing_house"),
        here="access_edge.clearing_house",
        source="1.5",
    ),
    Entry(
        name="Archiving disclaimer",
        meaning="a header that tells federated partners that messages are archived; their client may show it",
        aliases=("EnableArchivingDisclaimer", "archiving_disclaimer"),
        here="access_edge.archiving_disclaimer",
        source="1.5, 2.5",
    ),
    Entry(
        name="Server dialback",
        meaning="an XMPP server proves its domain by being called back at the address DNS gives for it; weaker than a "
        "certificate",
        aliases=("dialback", "XEP-0220", "SupportDialbackNegotiation"),
        here="[[xmpp_partner]] dialback; [xmpp_gateway] dialback_secret",
        tested="preferred order: SASL over TLS, TLS dialback, TCP dialback",
        see=("XMPP Partner",),
        source="1.7; P-XNEG",
    ),
    Entry(
        name="Push notifications",
        meaning="how Lync 2010 Mobile on Apple and Lync Mobile on Windows Phone were woken: through push.lync.com, by "
        "way of the hosting provider LyncOnline",
        aliases=("push", "push.lync.com", "mobility"),
        here="edge.push_apple, edge.push_microsoft, [[sip_domain]] mobility",
        tested="needs SRV in every SIP domain; Lync 2013 Mobile on Apple, Android and Symbian needs none of it",
        source="3.1, 7.4; P-PUSH",
    ),
    Entry(
        name="Modality",
        meaning="a kind of communication: presence, messages, audio, video, conference, application sharing, file; "
        "what works depends on the other side",
        aliases=("modalities", "capability matrix"),
        tested="Lync, Skype for Business, OCS 2007 R2 and Microsoft 365: all; OCS 2007: no application sharing; "
        "Messenger and Skype: presence, messages, audio and video between two people (Skype video from 2015 on); AOL, "
        "Yahoo! and XMPP: presence and messages between two people",
        see=("XMPP Partner", "Public IM Provider"),
        source="2.9; P-PLAN, P-AV, P-PIC",
    ),
    Entry(
        name="Name decoration",
        meaning="how an address on somebody's own domain is written at a public provider: user(their.domain)@msn.com",
        aliases=("NameDecorationDomain", "NameDecorationRoutingDomain"),
        here="[[public_provider]] name_decoration_routing_domain",
        source="1.4; SFB-SKYPE",
    ),
)  # fmt: skip
