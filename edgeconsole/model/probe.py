"""What a probe found out: facts stage by stage for every address, findings apart from them, and the state over time."""

from datetime import datetime
from enum import Enum

import msgspec

from edgeconsole.model.text import Untrusted


class ProbeKind(Enum):
    """What is looked at, and by which protocol."""

    SIP = "sip"
    """A SIP partner's Access Edge."""
    XMPP = "xmpp"
    """An XMPP partner's server."""
    STUN = "stun"
    """Our own A/V edge on 3478."""
    OURS = "ours"
    """Our own side: records, listeners and certificates against what is required."""


class Stage(Enum):
    """The stages of a ladder, in their order; a stage that failed makes the later ones skipped, never ok."""

    DNS = "dns"
    """The SRV record."""
    ADDRESS = "address"
    TCP = "tcp"
    STARTTLS = "starttls"
    TLS = "tls"
    CERTIFICATE = "certificate"
    NAME = "name"
    CLIENT_CERTIFICATE = "client-certificate"
    """Whether the peer takes ours."""
    APPLICATION = "application"
    """A SIP OPTIONS, an XMPP stream or a STUN binding was answered."""


class Severity(Enum):
    """How bad a finding or a state is, from nothing to worst; UNKNOWN is never ok."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"
    """It could not be told: not run, no vantage, trouble of our own."""


class StageState(Enum):
    """How one stage ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not looked at, since an earlier stage failed or it does not apply; `why` says which."""
    UNKNOWN = "unknown"


class WhoActs(Enum):
    """Who can mend a finding."""

    US = "us"
    PARTNER = "partner"
    FIREWALL = "firewall"
    AUTHORITY = "certificate-authority"
    NOBODY = "nobody"


class StageResult(msgspec.Struct, frozen=True, kw_only=True):
    """One stage at one address."""

    stage: Stage
    state: StageState
    milliseconds: float | None = None
    code: str = ""
    """The worst finding of this stage; empty where there is none."""
    why: Untrusted = Untrusted("")
    """In words: what was seen, or why it was skipped."""
    facts: dict[str, Untrusted] = {}
    """What was seen, such as `version` and `cipher`; every value cleaned."""


class PeerCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate a peer showed, the leaf first; shown also where it does not verify."""

    fingerprint: str
    """SHA-256 of the DER, lower-case hex."""
    subject: Untrusted
    issuer: Untrusted
    serial: str
    not_before: datetime
    not_after: datetime
    names: tuple[Untrusted, ...]
    """DNS names of the subject alternative name, as they stand, at most 100."""
    key: str
    """Kind and size, as `RSA 2048` or `EC P-256`."""
    signature: str
    """Hash the issuer signed with, as `sha256`."""
    usages: tuple[str, ...] = ()
    """Extended key usages, as `serverAuth`; empty where the extension is absent."""
    uris: tuple[Untrusted, ...] = ()
    """URIs of the subject alternative name, as `sip:fabrikam.example` (RFC 5922)."""
    services: tuple[Untrusted, ...] = ()
    """SRV names, as `_xmpp-server.fabrikam.example` (RFC 4985)."""
    xmpp_names: tuple[Untrusted, ...] = ()
    """XMPP addresses (RFC 6120, 13.7.1.4)."""
    other_names: int = 0
    """Alternative names of any other kind, which prove nothing here."""
    common_name: Untrusted = Untrusted("")
    crl: tuple[Untrusted, ...] = ()
    """Addresses of revocation lists."""
    issuer_urls: tuple[Untrusted, ...] = ()
    """Where the issuer's certificate can be fetched (authority information access); nobody fetches it."""
    doubts: tuple[str, ...] = ()
    """What this edge accepts and stricter peers may refuse, in words."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict about facts: a code of the closed list with its fixed severity, and what to do."""

    code: str
    severity: Severity
    stage: Stage
    endpoint: str = ""
    """`host:port/address`; empty where it concerns the target as a whole."""
    what: Untrusted
    fix: Untrusted
    """What to do next: the exact record, command or sentence for the partner."""
    who: WhoActs = WhoActs.PARTNER
    cause: int | None = None
    """Number of the failure cause, 1 to 20 (docs/causes.md)."""
    reference: str = ""
    expected: bool = False
    """The target's settings say that this is right; it then counts as ok."""
    about: str = ""
    """The DNS name it is about, where it concerns less than the whole target: one of several domains of ours."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One address of one SRV target."""

    id: str
    """`host:port/address`."""
    host: str
    port: int
    address: str
    priority: int = 0
    weight: int = 0
    stages: tuple[StageResult, ...] = ()
    chain: tuple[PeerCertificate, ...] = ()


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True):
    """One run against one target; complete by itself, so that rules can judge old facts again."""

    run: str
    target: str
    """Domain or host as the configuration names it."""
    kind: ProbeKind
    vantage: str
    """Where it was run: `edge NAME` or `console NAME`."""
    started: datetime
    seconds: float
    severity: Severity
    summary: Untrusted
    stages: tuple[StageResult, ...] = ()
    """The ladder over all addresses: the worst that matters of each stage."""
    endpoints: tuple[Endpoint, ...] = ()
    findings: tuple[Finding, ...] = ()
    schema: int = 1

    @property
    def first_failing(self) -> Stage | None:
        """Return the first stage that failed for the target as a whole."""
        return next((each.stage for each in self.stages if each.state is StageState.FAILED), None)


class Certainty(Enum):
    """Whether a state is believed: a trouble that may pass is soft until it was seen again."""

    PENDING = "pending"
    """Never run."""
    SOFT = "soft"
    HARD = "hard"
    RECOVERING = "recovering"


class TargetStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one target now, from its rounds so far."""

    target: str
    kind: ProbeKind
    severity: Severity
    certainty: Certainty
    since: datetime | None = None
    """When this severity began."""
    flapping: bool = False
    stale: bool = False
    """No result for two and a half intervals."""
    last: ProbeResult | None = None
    rounds: tuple[Severity, ...] = ()
    """The last rounds, the newest last, at most 60."""
    latency: tuple[float, ...] = ()
    """Milliseconds of the last rounds, the newest last; at most 60."""
    availability: float | None = None
    """Share of good rounds in the last 24 hours, 0 to 1."""
    median_ms: float | None = None
    p95_ms: float | None = None
    next_run: datetime | None = None
    running: bool = False
