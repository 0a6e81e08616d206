"""Probes as the proxy has them: a worker process started, fed, restarted when it ends, and what it last told."""

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.model.observed import EventKind
from edgeconsole.model.probe import TargetStatus
from edgeconsole.model.probing import CertificateRow, ProbeDone, ProbeHistory, ProbeNote, Probes
from edgeconsole.probes import frames
from edgeconsole.probes.formats import openmetrics
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.rules.probing.speaker import rank
from edgeconsole.rules.requirements.listening import as_listening

log = logging.getLogger(__name__)

START_SECONDS = 5.0
"""After the proxy began to serve, before probing starts by itself; what is asked for starts it at once."""

BACK_OFF = (0.5, 2.0, 10.0, 60.0)
"""Seconds before a worker that ended is started again; the last one repeats."""

CALM_SECONDS = 60.0
"""A worker that lived so long starts the back-off anew."""

ANSWER_SECONDS = 10.0
STOP_SECONDS = 5.0
_MOST_ASKS = 64

WORKER = (sys.executable, "-m", "edgeconsole.proxy.probe_process")
"""The command line of the worker."""

_Report = frames.Report
Answer = TypeVar("Answer", frames.Accepted, frames.Recalled, frames.Certificates)


class Probing:
    """What is known of all targets, and the worker that finds it out. Passive until `start`, or until asked."""

    def __init__(
        self,
        edge: FederationEdge,
        *,
        path: Path,
        command: Sequence[str] = WORKER,
        pause: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self._edge = edge
        self._path = path
        self._command = command
        self._pause = pause
        self._statuses: dict[str, TargetStatus] = {}
        self._moved: dict[str, int] = {}
        self._removed: dict[str, int] = {}
        # Tenths of a second, of which each has one change at most: cursors of an earlier proxy are below those of this
        # one, so that who holds one reads everything again.
        self._first = self._cursor = int(time.time() * 10)
        self._about = frames.Moved()
        self._problem = ""
        self._ids = count(1)
        self._open: dict[int, asyncio.Queue[_Report]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._wanted = asyncio.Event()
        self._ready = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._sent: Configuration | None = None
        self._interrupted: tuple[str, ...] = ()

    def start(self) -> None:
        """Let probing begin by itself in a moment, where the configuration says so."""
        self._supervise()
        self._tasks.append(asyncio.create_task(self._begin()))

    async def stop(self) -> None:
        """End the worker and wait until it is gone."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self._end()

    @property
    def pid(self) -> int | None:
        """The worker's process id; None while there is none."""
        return self._process.pid if self._process else None

    @property
    def statuses(self) -> tuple[TargetStatus, ...]:
        """Every target as it was told last."""
        return tuple(self._statuses.values())

    def status_of(self, name: str) -> TargetStatus | None:
        """Return what is known of a partner by its domain; the worst where several protocols have it."""
        found = [each for key, each in self._statuses.items() if key.rpartition(" ")[2] == name]
        return max(found, key=lambda each: rank(each.severity), default=None)

    def probes(self, after: int | None = None) -> Probes:
        """Return every target, or those that moved since a cursor."""
        whole = after is None or not self._first <= after <= self._cursor
        since = -1 if whole or after is None else after
        return Probes(
            targets=tuple(each for key, each in self._statuses.items() if self._moved[key] > since),
            cursor=self._cursor,
            whole=whole,
            removed=() if whole else tuple(key for key, moved in self._removed.items() if moved > since),
            vantage=self._about.vantage,
            vantage_down=self._about.vantage_down,
            problems=(*((self._problem,) if self._problem else ()), *self._about.problems),
        )

    def metrics(self) -> Iterator[str]:
        """Yield what is known as OpenMetrics; nothing where nothing was ever probed."""
        if not self._statuses:
            return iter(())
        return openmetrics.lines(
            self._statuses.values(), vantage=self._about.vantage, vantage_down=self._about.vantage_down
        )

    async def probe(
        self, targets: Sequence[str] = (), *, everything: bool = False, failing: bool = False
    ) -> AsyncIterator[ProbeNote]:
        """Probe now, before what is due by itself, and yield every stage and result until all have one.

        Raises BadInput for a target that is none, EdgeconsoleError where the worker does not work.
        """
        identity = next(self._ids)
        async with self._asking(identity) as answers:
            await self._send(frames.Ask(id=identity, targets=tuple(targets), all=everything, failing=failing))
            accepted = await self._answer(answers, frames.Accepted)
            left = set(accepted.keys)
            try:
                while left:
                    report = await answers.get()
                    if isinstance(report, frames.Refused):
                        raise EdgeconsoleError(report.message, remedy=report.remedy)
                    assert isinstance(report, frames.Noted)
                    if isinstance(report.note, ProbeDone):
                        left.discard(f"{report.note.result.kind.value} {report.note.result.target}")
                    yield report.note
            finally:
                if left and self._process is not None:
                    self._write(frames.Forget(identity))

    async def history(self, name: str) -> ProbeHistory | None:
        """Return what is kept of a target, by `NAME` or `KIND NAME`; None where there is no such target."""
        key = next((each for each in self._statuses if name in (each, each.partition(" ")[2])), None)
        if key is None:
            return None
        identity = next(self._ids)
        async with self._asking(identity) as answers:
            await self._send(frames.Recall(identity, key))
            return (await self._answer(answers, frames.Recalled)).history

    async def certificates(self) -> tuple[CertificateRow, ...]:
        """Return every certificate that targets showed last; none where nothing was ever probed."""
        if not self._wanted.is_set():
            return ()
        identity = next(self._ids)
        async with self._asking(identity) as answers:
            await self._send(frames.ListCertificates(identity))
            return (await self._answer(answers, frames.Certificates)).rows

    @contextlib.asynccontextmanager
    async def _asking(self, identity: int) -> AsyncIterator[asyncio.Queue[_Report]]:
        if len(self._open) >= _MOST_ASKS:
            raise EdgeconsoleError("too many ask for probes at once", remedy="Try again in a moment")
        answers: asyncio.Queue[_Report] = asyncio.Queue()
        self._open[identity] = answers
        try:
            yield answers
        finally:
            self._open.pop(identity, None)

    async def _answer(self, answers: asyncio.Queue[_Report], kind: type[Answer]) -> Answer:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                report = await answers.get()
        except TimeoutError:
            raise EdgeconsoleError(
                "the probe worker does not answer", remedy="The log of the proxy says more"
            ) from None
        if isinstance(report, frames.Refused):
            raise BadInput(report.message, remedy=report.remedy)
        assert isinstance(report, kind)
        return report

    async def _send(self, order: frames.Order) -> None:
        """Send an order as soon as there is a worker that has its configuration."""
        self._supervise()
        self._wanted.set()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            raise EdgeconsoleError(
                self._problem or "the probe worker does not start", remedy="The log of the proxy says why"
            ) from None
        self._write(order)

    def _write(self, order: frames.Order) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(frames.packed(order))

    def _supervise(self) -> None:
        if not self._tasks:
            self._tasks.append(asyncio.create_task(self._run()))

    async def _begin(self) -> None:
        await self._pause(START_SECONDS)
        cursor = 0
        while not self._wanted.is_set():
            if self._edge.configuration.probe.enabled:
                self._wanted.set()
                return
            cursor = self._edge.events.last_id
            await self._edge.events.wait(cursor)

    async def _run(self) -> None:
        """Keep a worker running from when one is wanted."""
        await self._wanted.wait()
        attempt = 0
        while True:
            began = time.monotonic()
            try:
                await self._one_worker()
                self._problem = "the probe worker ended; it is started again"
            except OSError as error:
                self._problem = f"the probe worker cannot be started: {error}"
            attempt = 0 if time.monotonic() - began > CALM_SECONDS else attempt
            log.warning("%s", self._problem)
            self._edge.events.add(EventKind.ALARM, subject="probes", detail=self._problem)
            self._cut_off()
            await self._pause(BACK_OFF[min(attempt, len(BACK_OFF) - 1)])
            attempt += 1

    async def _one_worker(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # A key that interrupts the terminal's programs is the proxy's to handle.
            start_new_session=True,
        )
        self._process, self._sent = process, None
        assert process.stdout is not None
        following = asyncio.create_task(self._follow_configuration())
        try:
            while (report := await frames.next_report(process.stdout)) is not None:
                self._take(report)
        except (ValueError, msgspec.MsgspecError) as error:
            log.error("the probe worker reports what is no report: %s", error)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            self._ready.clear()
            await self._end()

    async def _follow_configuration(self) -> None:
        """Tell the worker what is enforced, now and whenever it becomes something else."""
        while True:
            cursor = self._edge.events.last_id
            configuration = self._edge.configuration
            if configuration is not self._sent and self._process is not None:
                order = frames.Configure(
                    configuration=as_listening(configuration, self._edge.listeners()),
                    base=str(self._path.parent),
                    history=str(self._path.with_name(f"{self._path.stem}.probes.sqlite")),
                    interrupted=self._interrupted,
                )
                # Off the message loop: 100,000 domains take a while to pack.
                body = await asyncio.to_thread(frames.packed, order)
                self._sent, self._interrupted = configuration, ()
                if self._process is None or self._process.stdin is None:
                    return
                self._process.stdin.write(body)
                with contextlib.suppress(ConnectionError):
                    await self._process.stdin.drain()
                self._problem = ""
                self._ready.set()
            await self._edge.events.wait(cursor)
            if any(each.detail == "certificates" for each in self._edge.events.after(cursor)):
                # The same configuration names other certificates now.
                self._sent = None

    def _take(self, report: _Report) -> None:
        if isinstance(report, frames.Moved):
            self._moved_on(report)
            return
        answers = self._open.get(report.id)
        if answers is not None:
            answers.put_nowait(report)

    def _moved_on(self, report: frames.Moved) -> None:
        self._cursor += 1
        for status in report.statuses:
            key = f"{status.kind.value} {status.target}"
            self._statuses[key] = status
            self._moved[key] = self._cursor
            self._removed.pop(key, None)
        for key in report.removed:
            if self._statuses.pop(key, None) is not None:
                self._moved.pop(key, None)
                self._removed[key] = self._cursor
        events = self._edge.events
        if report.vantage_down != self._about.vantage_down:
            what = "the prober itself is cut off" if report.vantage_down else "the prober is back"
            events.add(EventKind.ALARM, subject="probes", detail=what)
        self._about = report
        for change in report.changes:
            if not change.code:
                events.add(EventKind.PROBE_CHANGED, subject=change.target, detail=change.after.value)
        events.add(EventKind.PROBES, detail=str(self._cursor))

    def _cut_off(self) -> None:
        """Note what a worker that ended was doing, and tell whoever waits for it."""
        self._interrupted = tuple(key for key, each in self._statuses.items() if each.running)
        self._cursor += 1
        for key in self._interrupted:
            self._statuses[key] = msgspec.structs.replace(self._statuses[key], running=False)
            self._moved[key] = self._cursor
        for identity, answers in self._open.items():
            answers.put_nowait(
                frames.Refused(identity, "the probe worker ended during the run", "Probe again; it is started again")
            )

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
