"""What a probe saw, before anybody judges it: look-ups, connections, handshakes and answers."""

from enum import Enum

import msgspec

from edgeconsole.model.probe import PeerCertificate
from edgeconsole.model.text import Untrusted
from edgeconsole.rules.requirements.records import RecordType


class LookupStatus(Enum):
    """How one DNS question ended; each has a remedy of its own."""

    FOUND = "found"
    NO_NAME = "no such name"
    NO_DATA = "no such record"
    SERVER_FAILURE = "server failure"
    REFUSED = "refused"
    TIMEOUT = "no answer"
    TCP_BLOCKED = "truncated, and no answer over TCP"
    MALFORMED = "malformed answer"

    @property
    def told(self) -> bool:
        """Whether DNS gave a definite answer, be it that there is nothing."""
        return self in (LookupStatus.FOUND, LookupStatus.NO_NAME, LookupStatus.NO_DATA)


class SrvTarget(msgspec.Struct, frozen=True):
    """One SRV record as it stands, good or not; the target cleaned, lower case, empty for the root."""

    priority: int
    weight: int
    port: int
    target: str


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """One question and what came back."""

    name: str
    kind: RecordType
    status: LookupStatus
    srv: tuple[SrvTarget, ...] = ()
    addresses: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Names that CNAME records led through, in order."""
    ttl: int | None = None
    """Seconds; the least of the records."""
    milliseconds: float = 0.0
    over_tcp: bool = False


class ConnectOutcome(Enum):
    """How a connection attempt ended."""

    OPEN = "open"
    REFUSED = "refused"
    RESET = "reset"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    """A router said so."""
    NO_ROUTE = "no route"
    """This host has no route or no address of that family: our side."""
    DENIED = "denied"
    """The address is not one that probes may use (P2); nothing was sent."""
    PORT_DENIED = "port denied"
    """The port is not one that probes may use (P3); nothing was sent."""


class ConnectFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt."""

    outcome: ConnectOutcome
    milliseconds: float = 0.0
    detail: Untrusted = Untrusted("")


class TlsOutcome(Enum):
    """How a handshake ended."""

    AGREED = "agreed"
    UNVERIFIED = "unverified"
    """The peer's certificate was not believed; its chain is known all the same."""
    NOT_TLS = "not TLS"
    CLOSED = "closed"
    RESET = "reset"
    TIMEOUT = "timeout"
    ALERT = "alert"
    NO_COMMON = "nothing in common"
    OWN = "own"
    """Trouble of our own, as a key that cannot sign what the peer takes."""


class Trust(Enum):
    """What became of the peer's chain."""

    VERIFIED = "verified"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    CHAIN_EXPIRED = "chain expired"
    """An intermediate or the root is out of its time, not the leaf."""
    SELF_SIGNED = "self-signed"
    UNKNOWN_ROOT = "unknown root"
    MISSING_INTERMEDIATE = "missing intermediate"
    BAD_SIGNATURE = "bad signature"
    WRONG_PURPOSE = "wrong purpose"
    WEAK_KEY = "weak key"
    WEAK_HASH = "weak hash"
    INVALID = "invalid"
    """Any other rule of RFC 5280 broken; the verifier's words say which."""
    NONE = "none"
    """No certificate was seen."""


class TlsFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One handshake: OpenSSL's verdict is the verdict, since it is what the edge itself uses."""

    outcome: TlsOutcome
    milliseconds: float = 0.0
    alert: str = ""
    """Name of the peer's alert (RFC 8446, 6.2), as `unknown_ca`."""
    detail: Untrusted = Untrusted("")
    version: str = ""
    cipher: str = ""
    bits: int = 0
    alpn: str = ""
    legacy: str = ""
    """Version an obsolete peer agreed to when it was asked a second time, as `TLSv1`."""
    trust: Trust = Trust.NONE
    verifier: Untrusted = Untrusted("")
    """What OpenSSL said of the chain."""
    missing: Untrusted = Untrusted("")
    """Issuer that leads nowhere."""
    chain: tuple[PeerCertificate, ...] = ()
    unreadable: int = 0
    """Certificates of the chain that cannot be decoded."""
    in_order: bool = True
    """Whether each certificate follows the one it signed."""
    demanded: bool | None = None
    """Whether the peer asked for a certificate of ours; None: not known."""
    authorities: tuple[Untrusted, ...] = ()
    """Authorities whose certificates the peer says it takes; empty: any."""
    ours_listed: bool | None = None
    """Whether our issuer is among them; None: not known or no list."""
    shown: bool = False
    """Whether we had a certificate to show."""


class ReplyOutcome(Enum):
    """How the first exchange over a connection ended."""

    ANSWERED = "answered"
    SILENT = "silent"
    CLOSED = "closed"
    RESET = "reset"
    GARBAGE = "garbage"
    ALERT = "alert"
    """A TLS alert came in its place: how TLS 1.3 refuses a client's certificate."""
    NOT_ASKED = "not asked"


class Diagnostic(msgspec.Struct, frozen=True):
    """One ms-diagnostics header ([MS-OCER])."""

    id: int
    reason: Untrusted
    source: Untrusted


class SipFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an OPTIONS."""

    outcome: ReplyOutcome
    milliseconds: float = 0.0
    alert: str = ""
    detail: Untrusted = Untrusted("")
    status: int = 0
    reason: Untrusted = Untrusted("")
    server: Untrusted = Untrusted("")
    diagnostics: tuple[Diagnostic, ...] = ()
    skew: float | None = None
    """Seconds the peer's Date is ahead of our clock."""


class StartTls(Enum):
    """What a stream says of STARTTLS."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    MISSING = "missing"
    REFUSED = "refused"
    """Offered, and then answered with a failure."""


class XmppFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one opening of a stream, before or after TLS."""

    outcome: ReplyOutcome
    milliseconds: float = 0.0
    alert: str = ""
    detail: Untrusted = Untrusted("")
    sender: Untrusted = Untrusted("")
    """`from` of the peer's stream header."""
    version: Untrusted = Untrusted("")
    starttls: StartTls = StartTls.MISSING
    mechanisms: tuple[Untrusted, ...] = ()
    dialback: bool = False
    error: str = ""
    """Condition of a stream error (RFC 6120, 4.9.3), `undefined-condition` for one that is not in the list."""
    error_text: Untrusted = Untrusted("")


class StunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a binding request, and of an allocation without credentials."""

    outcome: ReplyOutcome
    milliseconds: float = 0.0
    detail: Untrusted = Untrusted("")
    reflexive: str = ""
    """Our address as the server sees it."""
    error: int = 0
    open_relay: bool = False
    """An allocation without credentials was granted."""
    tries: int = 1
