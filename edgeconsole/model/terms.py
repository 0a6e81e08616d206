"""The enumerations of the federation model, in the words the file and the commands use."""

from enum import Enum


class Action(Enum):
    """What a federated domain's record says: one record, never on two lists."""

    ALLOW = "allow"
    BLOCK = "block"


class Match(Enum):
    """What a domain's record covers."""

    SUBTREE = "subtree"
    """The domain and everything below it, on label boundaries (P-ALLOW, P-BLOCK: suffix match)."""
    EXACT = "exact"


class Verification(Enum):
    """How far the sender names of a source are believed (VerificationLevel; docs/rules.md 2.6)."""

    ALWAYS_VERIFIABLE = "always-verifiable"
    """Everything the source claims is taken as verified."""
    ALWAYS_UNVERIFIABLE = "always-unverifiable"
    """Delivered only to people who have the sender on their contact list."""
    USE_SOURCE = "use-source"
    """The trust header the source sent is believed; a missing one makes the message unverifiable."""


class Platform(Enum):
    """What a partner runs: decides ports, load balancing and modalities (docs/rules.md 2.9, 4, 6)."""

    UNKNOWN = "unknown"
    OCS2007 = "ocs2007"
    OCS2007R2 = "ocs2007r2"
    LYNC2010 = "lync2010"
    LYNC2013 = "lync2013"
    SFB2015 = "sfb2015"
    SFB2019 = "sfb2019"
    SFBSE = "sfb-se"
    MICROSOFT365 = "microsoft365"


class Routing(Enum):
    """How the edge finds partners (RoutingMethod)."""

    DNS_SRV = "dns-srv"
    DEFAULT_ROUTE = "default-route"


class LoadBalancing(Enum):
    """How the edge pool spreads its load."""

    DNS = "dns"
    HARDWARE = "hardware"


class MediaEncryption(Enum):
    """EncryptionLevel of the media configuration (P-MEDIA)."""

    REQUIRE = "require"
    SUPPORT = "support"
    NONE = "none"


class PartnerType(Enum):
    """Trust class of an XMPP partner (P-XPART)."""

    FEDERATED = "federated"
    PUBLIC_VERIFIED = "public-verified"
    PUBLIC_UNVERIFIED = "public-unverified"
    """A user of ours must invite first."""


class Negotiation(Enum):
    """Whether TLS or SASL is used with an XMPP partner (TlsNegotiation, SaslNegotiation)."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NOT_SUPPORTED = "not-supported"


class Modality(Enum):
    """Kinds of communication (docs/rules.md 2.9)."""

    PRESENCE = "presence"
    IM = "im"
    AUDIO = "audio"
    VIDEO = "video"
    CONFERENCE = "conference"
    APP_SHARE = "app-share"
    FILE = "file"


class MobileClient(Enum):
    """Lync Mobile platforms that need push notifications (P-PUSH)."""

    LYNC2010_APPLE = "lync2010-apple"
    LYNC2010_WINDOWS_PHONE = "lync2010-windows-phone"
    LYNC2013_WINDOWS_PHONE = "lync2013-windows-phone"
