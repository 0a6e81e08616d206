"""Glossary: services and products on the other side, what was tested with them, and when they ended."""

from edgeconsole.model.glossary_entry import Entry

SERVICES: tuple[Entry, ...] = (
    Entry(
        name="PIC licence",
        meaning="the licence a person and month that public IM needed, Yahoo! to the end",
        aliases=("PIC USL", "Public IM Connectivity User Subscription License", "licence", "license"),
        history=(
            "2012-09-01 no longer sold",
            "2014-06-30 nothing is left to use it for: Yahoo! and AOL end",
            "2019-08-15 the provisioning site closes",
        ),
        see=("Public IM Provider", "Yahoo!"),
        source="2.10; P-PLAN, P-PIC",
    ),
    Entry(
        name="Windows Live Messenger",
        meaning="Microsoft's public messenger; its people moved to Skype with their contacts",
        aliases=("Messenger", "MSN", "WLM", "federation.messenger.msn.com"),
        history=(
            "2013-03-15 federation with the Messenger client ends, except in mainland China",
            "2013-04 Messenger users move to Skype at sign-in",
        ),
        tested="presence, messages, audio and video between two people; no SRTP, so media encryption had to be support",
        see=("Skype consumer",),
        source="2.9, 2.10; P-PORT, P-PIC, P-MEDIA",
    ),
    Entry(
        name="Skype consumer",
        meaning="Skype for private people, the successor of Messenger at the same Access Edge",
        aliases=("Skype",),
        history=(
            "2013-05 Lync-Skype connectivity becomes available",
            "2019-08-15 found by partner discovery instead of provisioning",
            "2025-05-05 interoperation ends",
        ),
        tested="presence, messages and audio between two people; video from Skype for Business 2015 on",
        see=("Windows Live Messenger", "Name decoration"),
        source="2.9, 2.10; P-PICEOL, SFB-SKYPE",
    ),
    Entry(
        name="AOL",
        meaning="AOL Instant Messenger; the one service that required a certificate for client authentication too",
        aliases=("AIM", "AOL Instant Messenger"),
        history=("2014-06-30 federation ends; AOL offers direct AIM federation instead",),
        tested="presence and messages between two people",
        source="2.9, 2.10, 5; P-PIC, P-PICEOL",
    ),
    Entry(
        name="Yahoo!",
        meaning="Yahoo! Messenger; the service that needed a licence for each person and month",
        aliases=("Yahoo", "Yahoo Messenger"),
        history=(
            "2013-06 the earliest end that one page announces; superseded",
            "2014-06-30 federation ends",
        ),
        tested="presence and messages between two people",
        see=("PIC licence",),
        source="2.9, 2.10, 12 m; P-PLAN, P-PIC, P-PICEOL",
    ),
    Entry(
        name="Google Talk",
        meaning="Google's XMPP service (gmail.com), reached with TLS and SASL off and dialback on",
        aliases=("GTalk", "gmail.com", "Hangouts"),
        history=(
            "2013-05 Google announces Hangouts without server-to-server XMPP",
            "2015-02-23 the Google Talk client is retired; insecure server-to-server links last a while",
        ),
        tested="the only XMPP system Microsoft ever tested: presence and messages between two people",
        see=("XMPP Partner", "Server dialback"),
        source="1.7, 2.9, 2.10, 7.2; P-GTALK",
    ),
    Entry(
        name="Office Communications Server",
        meaning="the product before Lync; OCS 2007 needs media ports 50000-59999 over UDP and TCP both ways, and "
        "neither version knows DNS load balancing",
        aliases=("OCS", "OCS 2007", "OCS 2007 R2", "ocs2007", "ocs2007r2"),
        history=("2018-01-09 OCS 2007 and 2007 R2 end of support",),
        tested="everything but application sharing with OCS 2007; everything with R2",
        source="2.9, 2.10, 4.1, 6; P-AV, P-PLAN",
    ),
    Entry(
        name="Lync Server",
        meaning="the product whose words this console uses; 2010 and 2013",
        aliases=("Lync", "Lync 2010", "Lync 2013", "lync2010", "lync2013"),
        history=("out of support; matters as a partner and as a source of exports",),
        tested="every modality between Lync 2010, Lync 2013 and Skype for Business",
        see=("Office Communications Server", "Skype for Business Server"),
        source="2.9, 11.1",
    ),
    Entry(
        name="Skype for Business Server",
        meaning="the successor of Lync Server: 2015, 2019 and the Subscription Edition",
        aliases=("SfB", "sfb2015", "sfb2019", "sfb-se", "Subscription Edition"),
        history=(
            "2019 XMPP is removed with the 2019 version",
            "2025-10-14 2015 and 2019 end of support",
            "2026-04-14 the first period of paid extension ends",
            "2026-10-31 the second period ends: only the Subscription Edition is supported",
            "2035-12-31 earliest end of the Subscription Edition",
        ),
        see=("Lync Server", "XMPP Partner"),
        source="2.10, 11.1, 12 u; SFB-XMPP19",
    ),
    Entry(
        name="Microsoft 365",
        meaning="Lync Online, Skype for Business Online and now Teams: every tenant's SRV leads to "
        "sipfed.online.lync.com, so a hosting provider of that name must be enabled",
        old_names=("Lync Online", "Office 365"),
        aliases=("Teams", "Microsoft Teams", "microsoft365", "Skype for Business Online"),
        history=(
            "2024-07-29 Teams blocks tenants that have trial licences only, by default",
            "2025-05-05 Teams and Skype consumer part",
        ),
        tested="Teams with servers on premises: presence, plain messages, audio and video between two people; "
        "conferences as guest",
        see=("Hosting Provider", "Split domain"),
        source="2.9, 2.10, 11.3; SFB-DECOM, SFB-HYB",
    ),
    Entry(
        name="21Vianet cloud",
        meaning="Microsoft 365 in China; its tenants' SRV leads to sipfed.online.partner.lync.cn",
        aliases=("sipfed.online.partner.lync.cn", "China cloud"),
        see=("Microsoft 365",),
        source="3.1 D12",
    ),
)  # fmt: skip
