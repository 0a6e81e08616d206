"""What is known of every target now: states moved by results, what changed since it was told, what notices follow."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from edgeconsole.model.probe import Finding, ProbeResult, Severity, Stage, StageState, TargetStatus
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.model.probing import Change
from edgeconsole.model.text import clean
from edgeconsole.probes.history import Figures, History
from edgeconsole.probes.notify import Notice, Notices
from edgeconsole.probes.schedule import Schedule
from edgeconsole.probes.state import TargetState, advance, stale, status_of
from edgeconsole.probes.vantage import VantageGuard, network_failure
from edgeconsole.rules.probing.codes import CODES

_NOTHING = Figures(None, None, None)

_VANTAGE_DOWN = CODES["probe.vantage_down"]
_US = Finding(
    code=_VANTAGE_DOWN.code,
    severity=_VANTAGE_DOWN.severity,
    stage=_VANTAGE_DOWN.stage,
    what=clean(_VANTAGE_DOWN.what),
    fix=clean(_VANTAGE_DOWN.fix.format(resolver="RESOLVER")),
    who=_VANTAGE_DOWN.who,
    cause=_VANTAGE_DOWN.cause,
    reference=_VANTAGE_DOWN.reference,
)


class Known(NamedTuple):
    """One target as it stands."""

    target: ProbeTarget
    state: TargetState
    last: ProbeResult | None
    """Without addresses and certificates, which the history has."""
    ends: tuple[tuple[str, int], ...] = ()
    """Addresses and ports that took a connection last time."""
    figures: Figures = _NOTHING


class Taken(NamedTuple):
    """What one result led to."""

    state: TargetState
    changes: tuple[Change, ...]
    notices: list[Notice]


class Book:
    """All targets by key; a few threads may use it at once."""

    def __init__(self, history: History, guard: VantageGuard) -> None:
        self.known: dict[str, Known] = {}
        self.guard = guard
        self._history = history
        self._lock = threading.Lock()
        self._dirty: set[str] = set()
        self._removed: set[str] = set()

    def set_targets(self, targets: Sequence[ProbeTarget]) -> tuple[list[str], list[str]]:
        """Know these targets from now on; return the keys of those that are new, and of those that are other now.

        What the history remembers of a target comes back. Blocks for the history.
        """
        before, remembered = self.known, self._history.remembered()
        new: list[str] = []
        changed: list[str] = []
        self.known = {}
        for target in targets:
            former = before.get(target.key)
            if former is not None:
                self.known[target.key] = former._replace(target=target)
                if former.target != target:
                    changed.append(target.key)
                continue
            old = remembered.get(target.key)
            state = old.state if old else TargetState(target=target.name, kind=target.kind)
            last = old.last if old else None
            self.known[target.key] = Known(target, state, slim(last), open_ends(last))
            new.append(target.key)
        with self._lock:
            self._removed |= before.keys() - self.known.keys()
            self._dirty |= {*new, *changed}
        return new, changed

    def take(self, key: str, result: ProbeResult, notices: Notices, now: float) -> Taken | None:
        """Move a target's state by a result; None for a target that is not among them. Blocks for the history."""
        known = self.known.get(key)
        if known is None:
            return None
        was_down = self.guard.down
        down = self.guard.observe(key, network_failure(result), now)
        if down and network_failure(result):
            # It is us: the round is noted, and nothing is believed of the target.
            result = msgspec.structs.replace(
                result, severity=Severity.UNKNOWN, summary=_US.what, findings=(_US, *result.findings)
            )
        state, changes = advance(known.state, result)
        found = notices.of_round(known.state, state, changes, result)
        if down != was_down:
            found.insert(0, notices.of_vantage(down, result.started))
        self._history.record(state, result, changes)
        self.known[key] = known._replace(
            state=state, last=slim(result), ends=open_ends(result), figures=self._history.figures(key)
        )
        self.touch(key)
        return Taken(state, changes, found)

    def touch(self, key: str) -> None:
        """Note that a target is to be told again."""
        with self._lock:
            self._dirty.add(key)

    def mark_stale(self, interval_of: Callable[[str], float], now: datetime) -> None:
        """Note the targets whose last word has become too old."""
        for key, known in self.known.items():
            if stale(known.state, now, timedelta(seconds=interval_of(key))):
                self.touch(key)

    def moved(
        self, schedule: Schedule, now: float, clock: datetime
    ) -> tuple[tuple[TargetStatus, ...], tuple[str, ...]]:
        """Return what is not as it was told, and the keys of targets that are no more; from now on it is told."""
        with self._lock:
            dirty, removed = self._dirty & self.known.keys(), tuple(self._removed - self.known.keys())
            self._dirty, self._removed = set(), set()
        return tuple(self.status(key, schedule, now, clock) for key in sorted(dirty)), removed

    def status(self, key: str, schedule: Schedule, now: float, clock: datetime) -> TargetStatus:
        """Return what to show of a target."""
        known = self.known[key]
        due = schedule.next_run(key)
        return msgspec.structs.replace(
            status_of(known.state, known.last),
            stale=stale(known.state, clock, timedelta(seconds=schedule.interval_of(key))),
            availability=known.figures.availability,
            median_ms=known.figures.median_ms,
            p95_ms=known.figures.p95_ms,
            next_run=None if due is None else clock + timedelta(seconds=due - now),
            running=schedule.running(key),
        )


def slim(result: ProbeResult | None) -> ProbeResult | None:
    """Return a result without its addresses and certificates: a list of a thousand must stay small."""
    return None if result is None else msgspec.structs.replace(result, endpoints=())


def open_ends(result: ProbeResult | None) -> tuple[tuple[str, int], ...]:
    """Return the addresses and ports of a result that took a TCP connection."""
    if result is None:
        return ()
    return tuple(
        (each.address, each.port)
        for each in result.endpoints
        if any(stage.stage is Stage.TCP and stage.state is StageState.OK for stage in each.stages)
    )
