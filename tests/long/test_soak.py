"""An edge that runs for days: timers keep their time, nothing piles up, and kills lose nothing that was told."""

import asyncio
import contextlib
import gc
import os
import random
import time
from collections.abc import AsyncIterator, Coroutine
from datetime import datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Table
from edgeconsole.model.observed import EventKind
from edgeconsole.model.revision import WriteOutcome
from edgeconsole.probes.history import History
from edgeconsole.probes.schedule import Pace, Schedule
from edgeconsole.probes.state import TargetState, advance
from tests.e2e.conftest import Proxy, edgeconsole
from tests.long.virtual_time import VirtualTime
from tests.probes.results import START, result
from tests.reliability.edges import ALICE, DISCOVERY_ON, RunningEdge

HOUR = 3_600.0
PARTNERS = 50
WELL = {EventKind.CONFIRM_DONE, EventKind.CONFIRM_REVERTED}
SHORT_LIVED = "visitor.example"


class SimulatedEdge(RunningEdge):
    """An edge whose wall and boot clocks are the virtual one."""

    def __init__(self, directory: Path, loop: VirtualTime) -> None:
        self._loop = loop
        super().__init__(directory)

    @property
    def wall(self) -> timedelta:
        return START + timedelta(seconds=self._loop.time()) - datetime.now(START.tzinfo)

    @wall.setter
    def wall(self, _moved: timedelta) -> None: ...

    @property
    def boot(self) -> float:
        return 1_000 + self._loop.time() - time.clock_gettime(time.CLOCK_BOOTTIME)

    @boot.setter
    def boot(self, _moved: float) -> None: ...


class Taken(NamedTuple):
    """What a long run must not pile up."""

    memory: int
    """Bytes resident."""
    descriptors: int
    tasks: int
    files: int
    """Beside the configuration."""


def taken(directory: Path) -> Taken:
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    files = sum(1 for path in directory.rglob("*") if path.is_file())
    return Taken(resident, len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks()), files)


class Soak:
    """Probes by their schedule, changes that wait, and their past; for as many hours as asked."""

    def __init__(self, directory: Path, loop: VirtualTime) -> None:
        self.loop = loop
        self.edge = SimulatedEdge(directory, loop)
        self.chance = random.Random(7)
        self.history = History(directory / "probes.sqlite", self.edge.clock)
        self.probes = self.kept = self.reverted = 0
        self.late: list[float] = []
        self.writing = asyncio.Lock()
        self.gaps: dict[str, list[float]] = {}
        self.expired: list[float] = []
        """Seconds by which a record's time was over when the edge no longer counted it."""

    async def probe(self) -> None:
        """Run the schedule: 50 partners every five minutes, 7 of 100 rounds failing."""
        schedule = Schedule(Pace(interval=300.0, touch=0.0, concurrency=16, rate=5.0), random=self.chance.random)
        names = {f"sip p{number}.example": TargetState(target=f"p{number}.example", kind=result().kind)
                 for number in range(PARTNERS)}  # fmt: skip
        schedule.set_targets(names, self.loop.time())
        compacted = self.loop.time()
        while True:
            for due in schedule.start(self.loop.time()):
                failing = self.chance.random() < 0.07
                now = self.loop.time()
                self.gaps.setdefault(due.key, []).append(now)
                codes = ("tcp.refused",) if failing else ()
                found = result(*codes, seconds=now, target=due.key.removeprefix("sip "))
                names[due.key], changes = advance(names[due.key], found)
                self.history.record(names[due.key], found, changes)
                schedule.finished(due.key, now, good=not failing, addresses=[due.key])
                self.probes += 1
            if self.loop.time() - compacted > HOUR:
                self.history.compact(timedelta(days=1), names)
                compacted = self.loop.time()
            await asyncio.sleep(max(0.05, schedule.wait(self.loop.time())))

    async def change(self) -> None:
        """Every half hour a change that waits: the one is kept, the next goes back at its deadline."""
        for number in count():
            await asyncio.sleep(HOUR / 2)
            async with self.writing:
                await self.change_once(number)

    async def change_once(self, number: int) -> None:
        # The other kind of change keeps the file growing and shrinking.
        cursor, before = self.edge.edge.events.last_id, self.edge.text
        done = await self.edge.apply(DISCOVERY_ON, confirm=timedelta(minutes=2))
        assert done.outcome is WriteOutcome.COMMITTED
        assert done.pending is not None
        applied = self.loop.time()
        if number % 2:
            await asyncio.sleep(60)
            await self.edge.confirmation.confirm(done.pending.token, ALICE)
            self.kept += 1
            back = await self.edge.service.plan_undo(None)
            await self.edge.service.apply(back.plan_id, author=ALICE, why="", confirm=None)
        else:
            while not any(event.kind in WELL for event in self.edge.edge.events.after(cursor)):
                await self.edge.edge.events.wait(self.edge.edge.events.last_id)
            self.late.append(self.loop.time() - applied - 120)
            self.reverted += 1
        assert self.edge.text == before

    async def expire(self) -> None:
        """Every three hours a record that counts for one and a half: longer than the edge looks ahead at once."""
        while True:
            expires = self.loop.time() + 1.5 * HOUR
            moment = (START + timedelta(seconds=expires)).isoformat()
            fields: dict[str, FieldValue] = {"name": SHORT_LIVED, "action": "allow", "expires": moment}
            await self.write(Change(table=Table.DOMAIN, key=SHORT_LIVED, fields=fields))
            await asyncio.sleep(expires - self.loop.time() - 1)
            assert SHORT_LIVED in self.edge.edge.index.allow
            while SHORT_LIVED in self.edge.edge.index.allow:
                await asyncio.sleep(0.1)
            self.expired.append(self.loop.time() - expires)
            await self.write(Change(table=Table.DOMAIN, key=SHORT_LIVED, fields=None))
            await asyncio.sleep(1.5 * HOUR)

    async def write(self, change: Change) -> None:
        """Apply a change at once, while none waits."""
        async with self.writing:
            done = await self.edge.apply(change)
            assert done.outcome is WriteOutcome.COMMITTED

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.edge.start()
        work: list[Coroutine[Any, Any, None]] = [self.probe(), self.change(), self.expire()]
        tasks = [asyncio.create_task(each) for each in work]
        try:
            yield
            for task in tasks:
                assert not task.done(), task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.history.close()
            await self.edge.stop()


async def simulated(directory: Path, hours: int) -> tuple[Soak, list[Taken]]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTime)
    soak, seen = Soak(directory, loop), []
    async with soak.running():
        for _ in range(4):
            # Between two changes, so that the same tasks are under way.
            await asyncio.sleep(hours * HOUR / 4)
            await asyncio.sleep(HOUR / 4 - loop.time() % (HOUR / 4) + 420)
            seen.append(taken(directory))
    return soak, seen


@pytest.mark.timeout(900)
@pytest.mark.parametrize("hours", [4, pytest.param(72, marks=pytest.mark.slow)])
def test_days_of_probes_and_changes_pile_nothing_up_and_keep_every_time(
    tmp_path: Path, hours: int, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = VirtualTime()
    try:
        soak, seen = loop.run_until_complete(simulated(tmp_path, hours))
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    expected = hours * 12 * PARTNERS
    assert 0.9 * expected < soak.probes < 1.3 * expected
    gaps = [later - earlier for times in soak.gaps.values() for earlier, later in pairwise(times)]
    assert max(gaps) < 2 * 300
    assert soak.kept + soak.reverted >= hours
    assert len(soak.expired) >= hours // 3
    assert all(-0.01 < late < 1.0 for late in soak.expired), soak.expired
    assert all(-0.01 < late < 1.5 for late in soak.late), soak.late
    first, last = seen[1], seen[-1]
    with capsys.disabled():
        print(f"\n{hours} h: {soak.probes} probes, {soak.kept} kept, {soak.reverted} gone back,", end=" ")
        print(f"{len(soak.expired)} expired; {first} then {last}")
    assert last.descriptors <= first.descriptors
    assert last.tasks <= first.tasks
    assert last.files <= 60
    assert last.memory - first.memory < 8_000_000


REAL_SECONDS = float(os.environ.get("EDGECONSOLE_SOAK_SECONDS", "30"))


@pytest.mark.slow
@pytest.mark.timeout(REAL_SECONDS + 180)
def test_a_proxy_killed_again_and_again_under_changes_keeps_what_it_told(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, told = random.Random(11), 0
    ending, kills = time.monotonic() + REAL_SECONDS, 0
    proxy = Proxy(file)
    try:
        while time.monotonic() < ending:
            life = time.monotonic() + chance.uniform(0.5, max(2.0, REAL_SECONDS / 12))
            while time.monotonic() < min(life, ending):
                name = f"p{told}.example"
                assert edgeconsole("--socket", proxy.socket, "domains", "allow", name).code == 0
                told += 1
            proxy.kill()
            kills += 1
            proxy = Proxy(file)
            health = edgeconsole("--socket", proxy.socket, "--json", "status")
            assert health.json["well"], health.out
            assert f'"p{told - 1}.example"' in file.read_text() or told == 0
        assert edgeconsole("--socket", proxy.socket, "audit", "verify").code == 0
        missing = [number for number in range(told) if f'"p{number}.example"' not in file.read_text()]
        assert missing == []
        with capsys.disabled():
            print(f"\n{told} changes and {kills} kills in {REAL_SECONDS:.0f} s, nothing that was told is lost")
    finally:
        proxy.kill()
