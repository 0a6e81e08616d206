"""Probes over time, as consoles and commands ask for them: what is known, what changed, what the past amounts to."""

from datetime import datetime

import msgspec

from edgeconsole.model.probe import PeerCertificate, ProbeKind, ProbeResult, Severity, Stage, StageState, TargetStatus
from edgeconsole.model.text import Untrusted


class ProbeProgress(msgspec.Struct, frozen=True, kw_only=True, tag="progress"):
    """One stage of a run that is under way."""

    target: str
    kind: ProbeKind
    stage: Stage
    endpoint: str = ""
    state: StageState | None = None
    """How it ended; None while it lasts."""


class ProbeDone(msgspec.Struct, frozen=True, kw_only=True, tag="result"):
    """A run that was asked for has ended."""

    result: ProbeResult


ProbeNote = ProbeProgress | ProbeDone
"""What one line of the answer to `POST probe` carries."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A state that is believed from now on: of a target, or of one finding of it."""

    at: datetime
    target: str
    kind: ProbeKind
    before: Severity
    after: Severity
    code: str = ""
    """The finding; empty where the target as a whole is meant."""
    endpoint: str = ""
    what: Untrusted = Untrusted("")
    since: datetime | None = None
    """When the state before it began."""


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """What the runs of one hour amount to."""

    start: datetime
    runs: int
    good: int
    """Runs that were neither critical nor unknown."""
    worst: Severity
    median_ms: float | None = None
    p95_ms: float | None = None
    highest_ms: float | None = None


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One run, as much of it as is kept."""

    at: datetime
    severity: Severity
    milliseconds: float
    failing: Stage | None = None
    """The first stage that failed."""
    stages: dict[str, float] = {}
    """Milliseconds of each stage that was run, by the stage's word: the keys of a JSON object are texts."""


class SeenCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that a target showed, and when."""

    certificate: PeerCertificate
    first_seen: datetime
    last_seen: datetime


class ProbeHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is kept of one target."""

    status: TargetStatus
    """With its last result whole."""
    changes: tuple[Change, ...] = ()
    """Newest first, at most 200."""
    rounds: tuple[Round, ...] = ()
    """Newest first, at most 288: a day at five minutes."""
    hours: tuple[Hour, ...] = ()
    """Oldest first, at most 168: a week."""
    certificates: tuple[SeenCertificate, ...] = ()
    """The last seen first."""


class Probes(msgspec.Struct, frozen=True, kw_only=True):
    """All targets, or those that moved since a cursor. Their last results are without addresses and certificates."""

    targets: tuple[TargetStatus, ...] = ()
    cursor: int = 0
    """What to ask from next time."""
    whole: bool = True
    """False where these are changes to what was told before."""
    removed: tuple[str, ...] = ()
    """`KIND NAME` of targets that are no more."""
    vantage: str = ""
    vantage_down: bool = False
    """So many targets failed at once that it is us: nothing is believed of them meanwhile."""
    problems: tuple[str, ...] = ()
    """What keeps probing from being complete, each in a sentence."""


class CertificateRow(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate of a partner or of ours, and what it is for."""

    owner: str
    """The target that showed it, or which of our interfaces carries it."""
    kind: ProbeKind
    ours: bool = False
    position: int = 0
    """0 is the leaf; its issuers follow."""
    endpoints: tuple[str, ...] = ()
    certificate: PeerCertificate
    seen: datetime | None = None
    """When it was seen last; None for one that was read from a file now."""
    problem: str = ""
    """The worst that is wrong with it; empty where nothing is."""
