"""The process that probes, apart from the one that relays messages: it ends when its standard input does."""

import asyncio
import contextlib
import logging
import random
import socket
import sqlite3
import time
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.probe import Certainty, ProbeKind, ProbeResult, Severity
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.model.probing import CertificateRow, Change, ProbeDone, ProbeHistory, ProbeNote
from edgeconsole.model.text import clean
from edgeconsole.probes import frames
from edgeconsole.probes.book import Book, Taken
from edgeconsole.probes.certificate_rows import rows_of
from edgeconsole.probes.history import History
from edgeconsole.probes.notify import Delivery, Notices, Send, sender
from edgeconsole.probes.plan import MOST_TARGETS, Plan, plan_of, vantage_of
from edgeconsole.probes.round import Prober, RunOnce, unknown_result
from edgeconsole.probes.schedule import Due, Pace, Schedule, Tier
from edgeconsole.probes.state import good, retry_after
from edgeconsole.probes.targets import target_for
from edgeconsole.probes.vantage import VantageGuard

log = logging.getLogger(__name__)

TELL_SECONDS = 0.5
"""How often at most the proxy is told what moved."""

FLUSH_SECONDS = 1.0
COMPACT_SECONDS = 600.0
_STALE_SECONDS = 15.0

_TOUCH_SECONDS = 5.0
_DEEP_SECONDS = 86_400.0
"""How often a target is looked at deeply; also when somebody asks, and when it is new or was changed."""

_AT_ONCE = 50
"""New and changed targets up to this number are probed at once; more take their places in the interval."""

Result = TypeVar("Result")

MakeProber = Callable[[Configuration, Path, str], Prober]


class Worker:
    """Probes what it was told to, and reports. One event loop; what blocks on the history runs beside it."""

    def __init__(
        self,
        write: Callable[[frames.Report], None],
        make_prober: MakeProber,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._make_prober = make_prober
        self._clock = clock
        self._monotonic = monotonic
        self._configuration = Configuration()
        self._plan = Plan((), (), 0)
        self._vantage = ""
        self._schedule = Schedule(Pace(300.0, 0.0, 1, 1.0), random=random.random)
        self._prober: Prober | None = None
        self._run: RunOnce | None = None
        self._history: History | None = None
        self._book: Book | None = None
        self._notices: Notices | None = None
        self._delivery: Delivery | None = None
        self._deep: dict[str, float] = {}
        """When a target was looked at deeply."""
        self._strangers: dict[str, ProbeTarget] = {}
        self._asks: dict[int, set[str]] = {}
        self._changes: list[Change] = []
        self._told: tuple[object, ...] = ()
        self._wake = asyncio.Event()
        self._beside = ThreadPoolExecutor(1, "history")
        """What blocks on the history runs here, one thing after another."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._delivering: asyncio.Task[None] | None = None

    async def obey(self, reader: asyncio.StreamReader) -> None:
        """Carry out orders until there are no more, then stop."""
        try:
            async with asyncio.TaskGroup() as group:
                loops = [group.create_task(each) for each in (self._begin(), self._tell(), self._keep())]
                while (order := await frames.next_order(reader)) is not None:
                    await self._carry_out(order)
                for each in loops:
                    each.cancel()
        finally:
            for task in (*self._tasks, *((self._delivering,) if self._delivering else ())):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if self._prober is not None:
                await self._prober.close()
            if self._history is not None:
                await self._aside(self._history.close)
            self._beside.shutdown()

    async def _carry_out(self, order: frames.Order) -> None:
        match order:
            case frames.Configure():
                await self._configure(order)
            case frames.Ask():
                self._ask(order)
            case frames.Forget():
                self._asks.pop(order.id, None)
            case frames.Recall():
                self._spawn(self._recall(order))
            case frames.ListCertificates():
                self._spawn(self._list(order))

    async def _configure(self, order: frames.Configure) -> None:
        configuration, settings = order.configuration, order.configuration.probe
        self._configuration = configuration
        self._plan = await self._aside(plan_of, configuration)
        self._vantage = vantage_of(configuration, socket.gethostname())
        seconds = settings.timeout.total_seconds()
        former, self._prober = (
            self._prober,
            await self._aside(self._make_prober, configuration, Path(order.base), self._vantage),
        )
        if former is not None:
            # Runs under way go on with what they began with.
            asyncio.get_running_loop().call_later(2 * seconds, lambda: self._spawn(former.close()))
        self._run = RunOnce(self._prober, vantage=self._vantage, timeout=seconds, clock=self._clock)
        if self._history is None or self._book is None:
            self._history = await self._aside(History, Path(order.history), self._clock)
            self._book = Book(self._history, VantageGuard())
        self._book.guard.canaries = frozenset(self._plan.canaries)
        self._notices = Notices(settings, self._vantage, self._history.told)
        self._tell_who(sender(settings))
        new, changed = await self._aside(self._book.set_targets, self._plan.targets)
        self._deep = {key: at for key, at in self._deep.items() if key in self._book.known and key not in changed}
        pace = Pace(
            settings.interval.total_seconds(), settings.touch.total_seconds(), settings.concurrency, settings.rate
        )
        planned = [each.key for each in self._plan.targets] if settings.enabled else []
        self._schedule.set_targets(planned, self._monotonic(), pace)
        for key in order.interrupted:
            self._interrupted(key)
        sooner = [*changed, *(key for key in new if not self._is_fresh(key))]
        if settings.enabled and len(sooner) <= _AT_ONCE:
            self._schedule.ask(sooner)
        self._wake.set()

    def _is_fresh(self, key: str) -> bool:
        """Return whether a target that came back from the history was looked at within its interval."""
        assert self._book is not None
        last = self._book.known[key].state.last_at
        return last is not None and self._clock() - last < self._configuration.probe.interval

    def _tell_who(self, send: Send | None) -> None:
        if self._delivering is not None:
            self._delivering.cancel()
            self._delivering = self._delivery = None
        if send is not None:
            self._delivery = Delivery(send, vantage=self._vantage, monotonic=self._monotonic)
            self._delivering = asyncio.get_running_loop().create_task(self._delivery.run())

    def _interrupted(self, key: str) -> None:
        kind, _, name = key.partition(" ")
        why = "the probe worker ended during the run and was started again"
        result = unknown_result(name, ProbeKind(kind), self._vantage, self._clock(), 0.0, why)
        self._spawn(self._take(key, result))

    def _ask(self, order: frames.Ask) -> None:
        try:
            targets = self._asked_for(order)
        except EdgeconsoleError as error:
            self._write(frames.Refused(order.id, error.message, error.remedy))
            return
        known = self._book.known if self._book else {}
        self._strangers |= {each.key: each for each in targets if each.key not in known}
        keys = tuple(dict.fromkeys(each.key for each in targets))
        self._write(frames.Accepted(order.id, keys))
        self._asks[order.id] = set(keys)
        self._schedule.ask(keys)
        self._wake.set()

    def _asked_for(self, order: frames.Ask) -> list[ProbeTarget]:
        if order.all:
            return list(self._plan.targets)
        if order.failing:
            known = self._book.known if self._book else {}
            return [each.target for each in known.values() if not good(each.state.belief.shown)]
        return [target_for(self._configuration, text) for text in order.targets]

    async def _begin(self) -> None:
        """Begin runs when they are due."""
        while True:
            self._wake.clear()
            for due in self._schedule.start(self._monotonic()) if self._run is not None else ():
                if self._book is not None:
                    self._book.touch(due.key)
                self._spawn(self._carry(due))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._schedule.wait(self._monotonic())):
                    await self._wake.wait()

    async def _carry(self, due: Due) -> None:
        known = self._book.known.get(due.key) if self._book else None
        target = known.target if known else self._strangers.get(due.key)
        if target is None or self._run is None:
            self._schedule.finished(due.key, self._monotonic(), good=True)
            return
        if due.tier is Tier.TOUCH:
            well = await _takes_connections(known.ends if known else ())
            self._schedule.finished(due.key, self._monotonic(), good=well)
            self._wake.set()
            return
        deep = self._is_deep(due.key)
        result = await self._run(target, lambda note: self._note(due.key, note), deep=deep)
        await self._take(due.key, result)
        for identity in [each for each, keys in self._asks.items() if due.key in keys]:
            self._asks[identity].discard(due.key)
            self._write(frames.Noted(identity, ProbeDone(result=result)))
            if not self._asks[identity]:
                del self._asks[identity]
        if not any(due.key in keys for keys in self._asks.values()):
            self._strangers.pop(due.key, None)

    def _is_deep(self, key: str) -> bool:
        now = self._monotonic()
        asked = any(key in keys for keys in self._asks.values())
        if not asked and now - self._deep.get(key, -_DEEP_SECONDS) < _DEEP_SECONDS:
            return False
        self._deep[key] = now
        return True

    async def _take(self, key: str, result: ProbeResult) -> None:
        """Let a result move what is known, and plan the next run by it."""
        assert self._book is not None
        assert self._notices is not None
        taken: Taken | None = None
        if key in self._book.known:
            try:
                taken = await self._aside(self._book.take, key, result, self._notices, self._monotonic())
            except sqlite3.Error:
                # The past may be lost to a disk; the next run must not be.
                log.exception("the result of %s could not be kept", key)
        if taken is not None:
            self._changes += taken.changes
            if self._delivery is not None:
                self._delivery.add(taken.notices)
        state = taken.state if taken else None
        down = state is not None and state.belief.shown is Severity.CRITICAL
        self._schedule.finished(
            key,
            self._monotonic(),
            good=good(result.severity),
            down=down and state is not None and state.belief.certainty is Certainty.HARD,
            retry=retry_after(state) if state else None,
            addresses={each.address for each in result.endpoints},
        )
        self._wake.set()

    def _note(self, key: str, note: ProbeNote) -> None:
        for identity, keys in self._asks.items():
            if key in keys:
                self._write(frames.Noted(identity, note))

    async def _tell(self) -> None:
        """Tell the proxy what moved, a few times a second at most."""
        while True:
            await asyncio.sleep(TELL_SECONDS)
            if self._book is None:
                continue
            now = self._clock()
            statuses, removed = await self._aside(self._book.moved, self._schedule, self._monotonic(), now)
            changes, self._changes = tuple(self._changes), []
            about = (self._vantage, self._book.guard.down, self._problems())
            if statuses or removed or changes or about != self._told:
                self._told = about
                vantage, down, problems = about
                self._write(
                    frames.Moved(
                        statuses=statuses,
                        removed=removed,
                        changes=changes,
                        vantage=vantage,
                        vantage_down=down,
                        problems=problems,
                    )
                )

    def _problems(self) -> tuple[str, ...]:
        found = [self._history.problem] if self._history and self._history.problem else []
        found += self._prober.problems if self._prober else ()
        if self._plan.left_out:
            found.append(
                f"{self._plan.left_out} partners are not probed by themselves: {MOST_TARGETS} are the most;"
                " a [[probe_target]] record goes before others"
            )
        if self._delivery is not None and self._delivery.lost:
            found.append(f"{self._delivery.lost} notices were given up: too many waited")
        return tuple(found)

    async def _keep(self) -> None:
        """Write the history, drop what is old, notice what is stale."""
        compacted = marked = self._monotonic()
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            if self._history is None or self._book is None:
                continue
            await self._aside(self._history.flush)
            now = self._monotonic()
            if now - marked >= _STALE_SECONDS:
                marked = now
                self._book.mark_stale(self._schedule.interval_of, self._clock())
            if now - compacted >= COMPACT_SECONDS:
                compacted = now
                keep, known = self._configuration.probe.keep, frozenset(self._book.known)
                await self._aside(self._history.compact, keep, known)

    async def _recall(self, order: frames.Recall) -> None:
        history = await self._aside(self._remembered, order.key)
        self._write(frames.Recalled(order.id, history))

    def _remembered(self, key: str) -> ProbeHistory | None:
        book, history = self._book, self._history
        if book is None or history is None or key not in book.known:
            return None
        status = book.status(key, self._schedule, self._monotonic(), self._clock())
        return ProbeHistory(
            status=msgspec.structs.replace(status, last=history.last(key)),
            changes=history.changes(key),
            rounds=history.rounds(key),
            hours=history.hours(key),
            certificates=history.certificates(key),
        )

    async def _list(self, order: frames.ListCertificates) -> None:
        rows = await self._aside(self._rows)
        self._write(frames.Certificates(order.id, rows))

    def _rows(self) -> tuple[CertificateRow, ...]:
        if self._book is None or self._history is None:
            return ()
        lasts = [self._history.last(key) for key in self._book.known]
        return rows_of([each for each in lasts if each is not None])

    async def _aside(self, call: Callable[..., Result], *arguments: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._beside, call, *arguments)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("probing: %s", clean(str(error) or type(error).__name__), exc_info=error)


async def _takes_connections(ends: Iterable[tuple[str, int]]) -> bool:
    """Return whether every address still takes a connection; each is closed again at once."""
    for address, port in ends:
        try:
            async with asyncio.timeout(_TOUCH_SECONDS):
                _, writer = await asyncio.open_connection(address, port)
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return True
