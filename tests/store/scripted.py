"""A backend at the seam that a test scripts, a clock it moves, and a way to wait for a snapshot."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from edgeconsole.backends.base import Saved
from edgeconsole.model.capability import Capabilities, Capability
from edgeconsole.model.configuration import AccessEdge, Configuration
from edgeconsole.model.errors import Unreachable
from edgeconsole.model.observed import Event, EventKind, Health, PartnerCounters
from edgeconsole.model.plan import ApplyResult, Impact, Plan
from edgeconsole.model.probing import Probes
from edgeconsole.model.revision import Revision, WriteOutcome
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.store.store import Store

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class ScriptedBackend:
    """A backend at the seam: answers from fields a test sets, and fails on demand."""

    def __init__(self) -> None:
        self.configuration = Configuration()
        self.revision = Revision("lineage", 1, "etag-1")
        self.counted: tuple[PartnerCounters, ...] = ()
        self.probed = Probes()
        self.down: str | None = None
        self.calls: list[str] = []
        self.stream: asyncio.Queue[Event | None] = asyncio.Queue()
        self.supported = frozenset(Capability)
        self.planned_on: Revision | None = None
        self.last_event: int | None = None
        self.followed_from: list[int | None] = []
        self.explained: list[object] = []
        self.broken: BaseException | None = None
        """What a read of the sessions ends with, beside what an edge can answer."""

    def _answer(self, name: str) -> None:
        self.calls.append(name)
        if self.down:
            raise Unreachable(self.down)

    async def capabilities(self) -> Capabilities:
        self._answer("capabilities")
        return Capabilities(supported=self.supported)

    async def health(self) -> Health:
        self._answer("health")
        return Health(
            version="1", backend="local", enforcing=True, saved=self.revision, running=self.revision,
            last_event=self.last_event,
        )  # fmt: skip

    async def read(self) -> Saved:
        self._answer("read")
        return Saved(self.configuration, self.revision)

    async def history(self, limit=50):
        self._answer(f"history {limit}")
        return ()

    async def sessions(self):
        self._answer("sessions")
        if self.broken is not None:
            raise self.broken
        return ()

    async def counters(self):
        self._answer("counters")
        return self.counted

    async def discovered(self):
        self._answer("discovered")
        return ()

    async def failures(self):
        self._answer("failures")
        return ()

    async def probes(self, after=None) -> Probes:
        self._answer(f"probes {after}")
        return self.probed

    async def events(self, after=None) -> AsyncIterator[Event]:
        self._answer("events")
        self.followed_from.append(after)
        while (event := await self.stream.get()) is not None:
            yield event

    async def explain(self, question):
        self._answer("explain")
        self.explained.append(question)
        return "because"

    async def plan(self, changes, *, base=None) -> Plan:
        self._answer("plan")
        self.planned_on = base
        return Plan(plan_id="p", base=self.revision, changes=tuple(changes), differences=(), toml_diff="",
                    impact=Impact(), expires=START)  # fmt: skip

    async def apply(self, plan_id, *, why="") -> ApplyResult:
        self._answer("apply")
        return ApplyResult(outcome=WriteOutcome.COMMITTED, revision=self.revision, running=self.revision)

    async def aclose(self) -> None:
        self._answer("aclose")

    def commit(self, number: int, **access_edge: bool) -> None:
        self.configuration = Configuration(access_edge=AccessEdge(**access_edge))
        self.revision = Revision("lineage", number, f"etag-{number}")

    def say(self, kind: EventKind) -> None:
        self.stream.put_nowait(Event(id=1, at=START, kind=kind))


class Ticking:
    """A clock that a test moves, and pauses that end when the test says so."""

    def __init__(self) -> None:
        self.now = START
        self.paused: list[float] = []
        self.release = asyncio.Event()

    def __call__(self) -> datetime:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        await self.release.wait()
        self.release.clear()


class Followed:
    """A running store and a way to wait for a snapshot with a property."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.changed = asyncio.Event()
        store.subscribe(lambda _: self.changed.set())

    async def until(self, holds) -> Snapshot:
        while not holds(self.store.snapshot):
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 5)
        return self.store.snapshot
