"""What the edge sees: sessions, counters, discovered partners, failures, health and events."""

from datetime import datetime
from enum import Enum

import msgspec

from edgeconsole.model.edge import AccessEdge
from edgeconsole.model.plan import PendingConfirm
from edgeconsole.model.revision import Revision
from edgeconsole.model.text import Untrusted
from edgeconsole.model.verdict import Direction


class Plane(Enum):
    """Which protocol."""

    SIP = "sip"
    XMPP = "xmpp"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A live connection with a partner's edge."""

    id: str
    plane: Plane
    direction: Direction
    peer: str
    """Remote address and port."""
    names: tuple[Untrusted, ...]
    """DNS names of the certificate it showed, at most 100."""
    domains: tuple[str, ...]
    """Partner domains that passed over it."""
    since: datetime
    tls: str
    """Protocol version and cipher."""
    messages: int
    """Messages relayed or answered, both ways, since the connection opened."""


class PartnerCounters(msgspec.Struct, frozen=True, kw_only=True):
    """Counts for one partner domain since the proxy started; they only grow."""

    domain: str
    received: int = 0
    """Requests that came in from the partner."""
    relayed_in: int = 0
    sent: int = 0
    """Requests of ours addressed to the partner."""
    relayed_out: int = 0
    denied_in: int = 0
    denied_out: int = 0
    failed: int = 0
    """Requests that were allowed and could not be delivered."""
    last_seen: datetime | None = None


class DiscoveredPartner(msgspec.Struct, frozen=True, kw_only=True):
    """An unlisted domain seen in traffic, with the evidence an operator promotes or blocks it by."""

    domain: str
    first_seen: datetime
    last_seen: datetime
    messages: int
    allowed: bool
    """Whether its last message passed."""
    outcome: str
    """The last outcome in a word: `allowed` or the reason it was denied."""
    edge: Untrusted | None = None
    """The Access Edge its SRV names, where one was found."""
    names: tuple[Untrusted, ...] = ()
    """DNS names of the certificate shown."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A refused or failed message or connection."""

    at: datetime
    direction: Direction
    domain: str
    peer: str
    stage: str
    """`tls`, `parse`, `decide`, `dns`, `connect`, `relay`."""
    code: int
    """The SIP status answered, 0 where none could be."""
    diagnostics: int | None
    """The ms-diagnostics error id."""
    text: Untrusted


class PlaneState(Enum):
    """Whether a listener works."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    OFF = "off"


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """One listening socket of the proxy."""

    name: str
    """`sip`, `internal` or `xmpp`."""
    address: str
    state: PlaneState


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """State of the backend."""

    version: str
    backend: str
    """`local`, `remote` or `file`."""
    enforcing: bool
    """False for the file backend: nothing is enforced."""
    instance: str = ""
    """Changes when the proxy restarts; counters start again then."""
    started: datetime | None = None
    listeners: tuple[Listener, ...] = ()
    saved: Revision | None = None
    running: Revision | None = None
    configuration_path: str = ""
    certificate_expires: datetime | None = None
    """End of the external certificate's validity."""
    access_edge: AccessEdge | None = None
    """The Access Edge's switches as they are enforced; None where nothing enforces."""
    warnings: tuple[str, ...] = ()
    pending: PendingConfirm | None = None
    """The change that goes back by itself unless it is confirmed."""
    audit_head: str = ""
    """`SEQ:HASH` of the audit's last line: noted elsewhere, it shows a cut or a rewrite (audit verify --head)."""


class EventKind(Enum):
    """What an event is about."""

    CONFIGURATION = "configuration.changed"
    SESSION_OPENED = "session.opened"
    SESSION_CLOSED = "session.closed"
    DISCOVERED = "discovered.new"
    FAILURE = "failure"
    TRAFFIC = "traffic"
    """Counters moved; sent at most twice a second."""
    CONFIRM_PENDING = "confirm.pending"
    CONFIRM_DONE = "confirm.done"
    CONFIRM_REVERTED = "confirm.reverted"
    ALARM = "alarm"
    """Something that must not fail did; `detail` says what, and it is tried again."""
    RESET = "reset"
    """Events were lost: read everything again."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A hint that something moved; the object itself is read again."""

    id: int
    at: datetime
    kind: EventKind
    subject: str = ""
    detail: str = ""
