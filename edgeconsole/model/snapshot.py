"""One immutable picture of the edge: what screens and commands draw."""

from datetime import datetime
from enum import Enum

import msgspec

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.observed import DiscoveredPartner, Failure, Health, PartnerCounters, Session
from edgeconsole.model.probing import Probes
from edgeconsole.model.revision import Revision, RevisionRecord


class Connection(Enum):
    """Whether the backend answers."""

    LOADING = "loading"
    LIVE = "live"
    DOWN = "down"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Saved configuration, running state and observations as they were at one moment."""

    connection: Connection = Connection.LOADING
    taken_at: datetime | None = None
    """When the observations were read; None before the first answer."""
    down_since: datetime | None = None
    problem: str = ""
    """Why the backend does not answer, what still works and what to do."""
    health: Health | None = None
    configuration: Configuration = Configuration()
    revision: Revision | None = None
    sessions: tuple[Session, ...] = ()
    counters: tuple[PartnerCounters, ...] = ()
    discovered: tuple[DiscoveredPartner, ...] = ()
    failures: tuple[Failure, ...] = ()
    probes: Probes = Probes()
    """What is known of each target by probes; nothing where no proxy runs."""
    history: tuple[RevisionRecord, ...] = ()
    """Newest first; the last few."""
