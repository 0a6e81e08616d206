"""What the edge sees: sessions, counters, discovered partners, failures, health and events."""

from datetime import datetime
from enum import Enum

import msgspec

from edgeconsole.model.edge import AccessEdge
from edgeconsole.model.errors import Problem
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


class PeerCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """Which certificate a peer showed: issuer and serial name it, the subject is what people recognise."""

    subject: Untrusted
    issuer: Untrusted
    serial: str
    """Hexadecimal."""


class Restriction(Enum):
    """How a discovered partner is held back (docs/rules.md 2.7)."""

    NONE = "none"
    THROTTLED = "throttled"
    """It sent faster than it may within the last minute; event 14603."""
    SUSPICIOUS = "suspicious"
    """Most of what it sends fails, which looks like trying out names: one message a second; event 14603."""
    CONTACTS = "contact-limited"
    """It addressed as many people as it may; those it knows already still hear from it; event 14508."""
    REJECTED = "rejected"
    """Its certificate does not prove the domain it sends for; nothing of it passes, whoever it is."""


class WatchedPeer(msgspec.Struct, frozen=True, kw_only=True):
    """The edge of a discovered partner, or one whose certificate was rejected, by the certificate it shows."""

    certificate: PeerCertificate
    edge: Untrusted
    """The first DNS name of the certificate."""
    domains: tuple[str, ...]
    """Domains it sent for, at most 20."""
    restriction: Restriction
    since: datetime | None
    """When the restriction began; None where there is none."""
    first_seen: datetime
    last_seen: datetime
    messages: int
    """Requests weighed, refused ones included."""
    contacts: int
    """People of ours it addressed, whether they exist or not."""
    refused_rate: int
    """Requests refused because they came too fast."""
    refused_contacts: int
    """Requests refused because they were for one person too many."""
    answered: int
    """Requests that ended in success, of late: old ones fade."""
    failed: int
    """Requests that ended in failure, of late."""


OTHERS = "*"
"""Stands for every domain beyond the bound, in the counters: a sum, not a partner."""


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
    refused_rate: int = 0
    """Of `denied_in`: faster than a discovered partner may send (event 14603)."""
    refused_contacts: int = 0
    """Of `denied_in`: for more people than a discovered partner may address (event 14508)."""
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
    restriction: Restriction = Restriction.NONE
    """How the edge that sends for it is held back now."""
    contacts: int = 0
    """People of ours that edge addressed."""
    refused: int = 0
    """Requests of that edge refused by its limits."""
    certificate: PeerCertificate | None = None
    """What that edge showed; None before its first message passed the rules."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A refused or failed message or connection."""

    at: datetime
    direction: Direction
    domain: str
    peer: str
    stage: str
    """`tls`, `parse`, `decide`, `dns`, `connect`, `relay`, `safeguards`, `sasl`, `dialback`."""
    code: int
    """The SIP status answered, 0 where none could be and for XMPP, whose condition begins the text."""
    diagnostics: int | None
    """The ms-diagnostics error id."""
    text: Untrusted


class PlaneState(Enum):
    """Whether a listener works."""

    UP = "up"
    DOWN = "down"
    OFF = "off"


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """One listening socket of the proxy."""

    name: str
    """`sip`, `internal`, `xmpp` or `xmpp_internal`."""
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
    problems: tuple[Problem, ...] = ()
    """What is wrong with the file on disk after a hand edit, so that it is not taken in; at most 20."""
    pending: PendingConfirm | None = None
    """The change that goes back by itself unless it is confirmed."""
    audit_head: str = ""
    """`SEQ:HASH` of the audit's last line: noted elsewhere, it shows a cut or a rewrite (audit verify --head)."""
    last_event: int | None = None
    """Id of the newest event: whoever follows from it misses nothing and reads nothing twice. None without events."""


class EventKind(Enum):
    """What an event is about."""

    CONFIGURATION = "configuration.changed"
    SESSION_OPENED = "session.opened"
    SESSION_CLOSED = "session.closed"
    DISCOVERED = "discovered.new"
    DISCOVERED_REPORT = "discovered.report"
    """The discovered partners of the last period, as event 14601 lists them."""
    DISCOVERED_THROTTLED = "discovered.throttled"
    """A discovered partner began to send faster than it may: event 14603."""
    DISCOVERED_CONTACTS = "discovered.contacts"
    """A discovered partner addressed as many people as it may: event 14508."""
    FAILURE = "failure"
    TRAFFIC = "traffic"
    """Counters moved; sent at most twice a second."""
    CONFIRM_PENDING = "confirm.pending"
    CONFIRM_DONE = "confirm.done"
    CONFIRM_REVERTED = "confirm.reverted"
    ALARM = "alarm"
    """Something that must not fail did; `detail` says what, and it is tried again."""
    PROBES = "probes"
    """Results of probes moved; at most a few a second, `detail` is the cursor to read from."""
    PROBE_CHANGED = "probe.changed"
    """A target's severity is believed to be another from now on."""
    PRESENCE = "presence.changed"
    """Somebody came, left, or edits something else; nothing of the edge moved."""
    RESET = "reset"
    """Events were lost: read everything again."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A hint that something moved; the object itself is read again."""

    id: int
    at: datetime
    kind: EventKind
    subject: str = ""
    detail: str = ""
