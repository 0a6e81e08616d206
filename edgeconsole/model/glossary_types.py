"""Glossary: the federation types and who is who at an edge."""

from edgeconsole.model.glossary_entry import Entry

_LCS = "(Live Communications Server 2005"

TYPES: tuple[Entry, ...] = (
    Entry(
        name="Discovered Partner Domain",
        meaning="a domain that is on no list and is found by DNS SRV while partner discovery is on; throttled, since "
        "nobody vouched for it",
        old_names=(f"Open Enhanced Federation {_LCS} SP1)",),
        aliases=("discovered", "discovered partner", "open federation"),
        wire="AutoFed, AutoFederation",
        here="access_edge.partner_discovery = true",
        tested="20 messages a second, 1,000 people of ours, 1 message a second where it looks like guessing names",
        see=("Partner Discovery", "Allowed Partner Domain", "14603"),
        source="0, 2.7, 2.8; P-PLAN, SAFE",
    ),
    Entry(
        name="Allowed Partner Domain",
        meaning="a domain on the allow list without an Access Edge of its own: found by DNS SRV, more trusted than a "
        "discovered one and not throttled",
        old_names=(f"Enhanced Federation {_LCS} SP1)",),
        aliases=("allowed domain", "New-CsAllowedDomain"),
        wire="AutoFed, AutoFederation",
        here='[[domain]] action = "allow"',
        see=("Discovered Partner Domain", "Allowed Partner Server", "SRV target rule"),
        source="0, 1.1, 2.8; P-PLAN, P-ALLOW",
    ),
    Entry(
        name="Allowed Partner Server",
        meaning="a domain on the allow list with the name of its Access Edge: only that server speaks for it, and DNS "
        "SRV is not asked; breaks when the partner moves",
        old_names=(f"Direct Federation {_LCS} RTM)",),
        aliases=("allowed server", "direct partner", "ProxyFqdn", "pinned Access Edge"),
        wire="DirectPartner",
        here='[[domain]] action = "allow", access_edge = "HOST"',
        see=("Allowed Partner Domain", "14517"),
        source="0, 1.1, 2.8; P-PLAN, P-ALLOW",
    ),
    Entry(
        name="Blocked Domain",
        meaning="a domain that nothing passes to or from, with everything below it; a block always wins, over an "
        "allow entry and over discovery",
        aliases=("block list", "New-CsBlockedDomain"),
        here='[[domain]] action = "block"',
        see=("Suffix match",),
        source="1.2, 2.1, 2.3; P-BLOCK",
    ),
    Entry(
        name="Hosting Provider",
        meaning="a hoster such as Microsoft 365 whose one Access Edge speaks for many domains; its domains need an "
        "allow entry too while discovery is off",
        old_names=("Server Allow List (LCS 2005 SP1, OCS)", "IM service provider (LCS)"),
        aliases=("hosting", "hosted", "LyncOnline", "sipfed.online.lync.com", "New-CsHostingProvider"),
        wire="AuthorizedServer",
        here="[[hosting_provider]] proxy_fqdn, enabled, verification",
        history=("Lync Server 2010 narrowed it to hosters of the Lync Online kind, under the same allow list",),
        see=("Split domain", "Public IM Provider", "Verification level"),
        source="0, 1.3, 2.8; P-PLAN, P-HOST",
    ),
    Entry(
        name="Public IM Provider",
        meaning="a public service for instant messages that was reached through one Access Edge of its own and needed "
        "a licence; every one of them has ended",
        old_names=("Server Allow List (LCS 2005 SP1, OCS)", "IM service provider (LCS)"),
        aliases=("PIC", "Public IM Connectivity", "public provider", "New-CsPublicProvider"),
        wire="AuthorizedServer",
        here="[[public_provider]], kept as history",
        history=(
            "2012-09-01 the PIC user subscription licence is no longer sold",
            "2019-08-15 the provisioning site closes; Skype is found by discovery instead",
            "2025-05-05 the last service, Skype, ends",
        ),
        see=("PIC licence", "Windows Live Messenger", "Skype consumer", "AOL", "Yahoo!"),
        source="1.4, 2.8, 2.10; P-PIC, P-PUB",
    ),
    Entry(
        name="XMPP Partner",
        meaning="a domain reached through the XMPP gateway; there is no discovery for XMPP, sub-domains are listed one "
        "by one, and both the federation and the XMPP flag of the policy must be on",
        aliases=("XMPP federation", "XMPP allowed partner", "New-CsXmppAllowedPartner"),
        here="[[xmpp_partner]] tls, sasl, dialback",
        history=(
            "2019 Skype for Business Server 2019 removes the gateway; a coexisting 2013 or 2015 edge is needed",
        ),
        tested="Google Talk is the only XMPP system Microsoft tested; presence and messages between two people only",
        see=("Google Talk", "Server dialback", "Survivable Branch Appliance"),
        source="1.7, 2.8, 2.9, 7.2; P-XMPP, P-GTALK, SFB-XMPP19",
    ),
    Entry(
        name="Default Route",
        meaning="one next hop for all federation instead of DNS SRV; pinned partners bypass it, blocked domains stay "
        "blocked, and no provider may exist beside it",
        aliases=("default routing", "DefaultRouteFqdn", "UseDefaultRouting"),
        here='access_edge.routing = "default-route", access_edge.default_route = "HOST"',
        see=("Clearing house",),
        source="1.5, 2.1, 2.2 step 3",
    ),
    Entry(
        name="Split domain",
        meaning="a SIP domain of ours part of whose people are homed at a hosting provider; called hybrid with "
        "Microsoft 365",
        aliases=("hybrid", "shared address space", "shared SIP address space", "EnabledSharedAddressSpace"),
        here="[[hosting_provider]] shared_address_space = true",
        tested="both halves need the same allow and block lists, the same openness and the same SIP domains",
        see=("Hosting Provider", "1017"),
        source="1.3, 2.2 step 0, 7.4; SFB-HYB",
    ),
    Entry(
        name="Remote user",
        meaning="one of our own people who signs in from the Internet; not federation",
        aliases=("outside user", "AllowOutsideUsers"),
        wire="InternetUser",
        here="access_edge.outside_users, policy outside",
        source="0, 1.5; P-PLAN",
    ),
    Entry(
        name="Edge Proxy Generated",
        meaning="a message the edge made itself, such as an error answer",
        wire="AccessProxy, EdgeProxyGenerated",
        source="0, 2.6; SIPREGE",
    ),
    Entry(
        name="Access Edge",
        meaning="the service of an edge that SIP passes through: listens on 5061 for partners, is found by SRV, and "
        "shows the certificate partners verify",
        aliases=("Access Edge service", "edge.fqdn"),
        here="[edge] fqdn, sip_listen",
        see=("Edge Server", "SRV target rule"),
        source="0, 1.8; P-PLAN",
    ),
    Entry(
        name="Edge Server",
        meaning="Access Edge, Web Conferencing Edge and A/V Edge on one server (and the XMPP proxy, up to 2015); they "
        "cannot be split, and one pool of the organisation carries federation",
        aliases=("edge pool", "edge", "A/V Edge", "Web Conferencing Edge"),
        here="[edge]",
        see=("Federation route", "Access Edge"),
        source="0, 1.8, 6; P-SCEN",
    ),
    Entry(
        name="Director",
        meaning="a server of ours between the edge and the pools: the usual next hop of what comes in",
        aliases=("next hop", "Front End pool", "next_hop"),
        here="[edge] next_hop",
        source="0, 3.1 D10",
    ),
    Entry(
        name="Survivable Branch Appliance",
        meaning="the small registrar of a branch; XMPP is not supported for people homed on one",
        aliases=("SBA", "survivable_branch"),
        here="[[site]] survivable_branch",
        see=("XMPP Partner",),
        source="2.9; P-PLAN",
    ),
)  # fmt: skip
