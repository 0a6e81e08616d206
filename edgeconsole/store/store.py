"""The shared state store: follows one backend and publishes immutable snapshots to whoever draws them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from edgeconsole.backends.base import Backend, Saved
from edgeconsole.model.capability import Capabilities, Capability
from edgeconsole.model.errors import EdgeconsoleError, Unreachable
from edgeconsole.model.observed import Event, EventKind
from edgeconsole.model.probing import Probes
from edgeconsole.model.revision import Revision
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.model.verdict import Explanation, Question
from edgeconsole.store.changing import Changing

if TYPE_CHECKING:
    # A command over the socket stages nothing, and would pay for the schema of the file.
    from edgeconsole.store.calls import CallLog
    from edgeconsole.store.drafts import DraftBox

Subscriber = Callable[[Snapshot], None]

POLL_SECONDS = 5.0
"""How often a backend without events is read again."""

RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0)
"""Pauses between attempts to reach a backend that is down; the last one repeats."""

RECENT_CHANGES = 6
"""Revisions a snapshot carries."""


class Part(Enum):
    """The parts of a snapshot that are read apart from each other."""

    CONFIGURATION = "configuration"
    SESSIONS = "sessions"
    COUNTERS = "counters"
    DISCOVERED = "discovered"
    FAILURES = "failures"
    PROBES = "probes"


ALL_PARTS = frozenset(Part)
_OBSERVATIONS = ALL_PARTS - {Part.CONFIGURATION}

_TOUCHED: dict[EventKind, frozenset[Part]] = {
    EventKind.CONFIGURATION: frozenset({Part.CONFIGURATION, Part.SESSIONS, Part.DISCOVERED}),
    EventKind.SESSION_OPENED: frozenset({Part.SESSIONS}),
    EventKind.SESSION_CLOSED: frozenset({Part.SESSIONS}),
    EventKind.CONFIRM_PENDING: frozenset({Part.CONFIGURATION}),
    EventKind.CONFIRM_DONE: frozenset({Part.CONFIGURATION}),
    EventKind.CONFIRM_REVERTED: frozenset({Part.CONFIGURATION, Part.SESSIONS}),
    EventKind.ALARM: frozenset({Part.CONFIGURATION}),
    EventKind.DISCOVERED: frozenset({Part.DISCOVERED}),
    EventKind.DISCOVERED_REPORT: frozenset({Part.DISCOVERED}),
    EventKind.DISCOVERED_THROTTLED: frozenset({Part.DISCOVERED}),
    EventKind.DISCOVERED_CONTACTS: frozenset({Part.DISCOVERED}),
    EventKind.FAILURE: frozenset({Part.FAILURES}),
    EventKind.TRAFFIC: frozenset({Part.COUNTERS, Part.DISCOVERED, Part.SESSIONS}),
    EventKind.PROBES: frozenset({Part.PROBES}),
    EventKind.PROBE_CHANGED: frozenset({Part.PROBES}),
    EventKind.PRESENCE: frozenset(),
    EventKind.RESET: ALL_PARTS,
}


class Store(Changing):
    """One snapshot, its subscribers, and the backend every question and change goes through."""

    def __init__(
        self,
        backend: Backend,
        *,
        clock: Callable[[], datetime],
        readonly: bool = False,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        drafts: "DraftBox | None" = None,
        readonly_by: str = "",
        confirm: timedelta | None = None,
        calls: "CallLog | None" = None,
    ) -> None:
        super().__init__(backend, readonly=readonly, readonly_by=readonly_by, confirm=confirm)
        self.snapshot = Snapshot()
        self.capabilities = Capabilities(supported=frozenset())
        self.calls = calls
        """What was asked of the backend, for the console's log; None where nothing is noted."""
        self.drafts = drafts
        """The console's draft, told of every saved revision; None where nothing can be staged."""
        self.others_moved = asyncio.Event()
        """Set when somebody came, left or edits something else; who follows that clears it."""
        self._clock = clock
        self._pause = pause
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call the subscriber with every new snapshot; the returned call ends that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    async def run(self) -> None:
        """Follow the backend until cancelled: read, listen for events, reconnect when it goes away."""
        attempt = 0
        while True:
            try:
                await self.refresh()
                attempt = 0
                await self._follow()
            except EdgeconsoleError as error:
                self._lost(error)
            except BaseExceptionGroup as group:
                known = group.subgroup(EdgeconsoleError)
                if known is None or group.split(EdgeconsoleError)[1] is not None:
                    raise
                self._lost(_first(known))
            await self._pause(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
            attempt += 1

    async def refresh(self, parts: frozenset[Part] = ALL_PARTS) -> None:
        """Read these parts now; the others stay as they were."""
        self.capabilities = await self._backend.capabilities()
        await self._read(parts)

    async def explain(self, question: Question) -> Explanation:
        """Ask why one address can or cannot reach another."""
        return await self._backend.explain(question)

    async def aclose(self) -> None:
        """Release the backend's connections and let the draft go; it stays on disk."""
        if self.drafts is not None:
            self.drafts.close()
        await self._backend.aclose()

    def reason_against(self, capability: Capability) -> str | None:
        """Return why something cannot be done now, or None where it can."""
        if capability is Capability.EDIT and self.readonly:
            return self._read_only()[0]
        if self.snapshot.connection is not Connection.LIVE:
            return self.snapshot.problem or "the backend has not answered yet"
        return self.capabilities.reason_against(capability)

    @property
    def can_only_stage(self) -> bool:
        """Whether changes can be put into the draft and not be applied: what is saved is known, and the edge away."""
        away = self.snapshot.connection is Connection.DOWN and self.snapshot.revision is not None
        return away and not self.readonly and self.drafts is not None

    @property
    def _on_screen(self) -> Revision | None:
        return self.snapshot.revision

    async def _changed(self) -> None:
        if self.snapshot.taken_at is not None:
            await self._read(frozenset({Part.CONFIGURATION, Part.SESSIONS}))

    async def _follow(self) -> None:
        if self.capabilities.reason_against(Capability.EVENTS) is not None:
            while True:
                await self._pause(POLL_SECONDS)
                await self._read(ALL_PARTS)
        health = self.snapshot.health
        cursor = None if health is None else health.last_event
        dirty: set[Part] = set()
        wake = asyncio.Event()
        if cursor is None:
            # What moved since it was read, before the events are followed, nobody tells.
            dirty |= ALL_PARTS
            wake.set()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(cursor, dirty, wake))
            tasks.create_task(self._reread(dirty, wake))

    async def _listen(self, cursor: int | None, dirty: set[Part], wake: asyncio.Event) -> None:
        async for event in self._backend.events(cursor):
            if event.kind is EventKind.PRESENCE:
                self.others_moved.set()
                continue
            dirty |= touched_by(event)
            wake.set()
        raise Unreachable("the backend ended the event stream")

    async def _reread(self, dirty: set[Part], wake: asyncio.Event) -> None:
        while True:
            await wake.wait()
            wake.clear()
            parts = frozenset(dirty)
            dirty.clear()
            await self._read(parts)

    async def _read(self, parts: frozenset[Part]) -> None:
        fields: dict[str, object] = {}
        if Part.CONFIGURATION in parts:
            health = await self._backend.health()
            fields["health"] = health
            if health.saved is None or self.snapshot.revision != health.saved or self.snapshot.taken_at is None:
                saved = await self._backend.read()
                fields["configuration"] = saved.configuration
                fields["revision"] = saved.revision
                fields["history"] = await self._backend.history(RECENT_CHANGES)
        if self.capabilities.reason_against(Capability.OBSERVE) is None:
            fields |= await self._observe(parts & _OBSERVATIONS)
        now = self._clock()
        self._publish(
            msgspec.structs.replace(
                self.snapshot, connection=Connection.LIVE, taken_at=now, down_since=None, problem="", **fields
            )
        )

    async def _observe(self, parts: frozenset[Part]) -> dict[str, object]:
        fields: dict[str, object] = {}
        if Part.SESSIONS in parts:
            fields["sessions"] = await self._backend.sessions()
        if Part.COUNTERS in parts:
            fields["counters"] = await self._backend.counters()
        if Part.DISCOVERED in parts:
            fields["discovered"] = await self._backend.discovered()
        if Part.FAILURES in parts:
            fields["failures"] = await self._backend.failures()
        if Part.PROBES in parts:
            fields["probes"] = await self._probes(whole=parts >= _OBSERVATIONS)
        return fields

    async def _probes(self, *, whole: bool) -> Probes:
        """Return what is known by probes; only what moved is asked for, unless the edge may be another one."""
        known = self.snapshot.probes
        if whole or not known.cursor:
            return await self._backend.probes()
        moved = await self._backend.probes(known.cursor)
        return moved if moved.whole else merged(known, moved)

    def _lost(self, error: EdgeconsoleError) -> None:
        since = self.snapshot.down_since or self._clock()
        self._publish(
            msgspec.structs.replace(self.snapshot, connection=Connection.DOWN, down_since=since, problem=str(error))
        )

    def _publish(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        if self.drafts is not None and snapshot.revision is not None:
            self.drafts.follow(Saved(snapshot.configuration, snapshot.revision))
        for subscriber in tuple(self._subscribers):
            subscriber(snapshot)


def merged(known: Probes, moved: Probes) -> Probes:
    """Return what was known with what moved since put in its place."""
    targets = {f"{each.kind.value} {each.target}": each for each in known.targets}
    for key in moved.removed:
        targets.pop(key, None)
    targets |= {f"{each.kind.value} {each.target}": each for each in moved.targets}
    return msgspec.structs.replace(moved, targets=tuple(targets.values()), whole=True, removed=())


def touched_by(event: Event) -> frozenset[Part]:
    """Return the parts of a snapshot that an event makes stale."""
    return _TOUCHED.get(event.kind, ALL_PARTS)


def _first(group: BaseExceptionGroup[EdgeconsoleError]) -> EdgeconsoleError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, EdgeconsoleError)
    return error
