"""Runs against many targets at once, politely, each stage told as it ends; a run that breaks is a result too."""

import asyncio
import logging
import random
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Protocol

from edgeconsole.model.probe import Finding, ProbeKind, ProbeResult, Severity, Stage, StageResult, StageState, WhoActs
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.model.probing import ProbeDone, ProbeNote, ProbeProgress
from edgeconsole.model.text import clean
from edgeconsole.probes.schedule import Pace, Schedule

log = logging.getLogger(__name__)

INTERNAL = "probe.internal"

_GRACE = 5.0
"""Seconds a run may take beyond its own time-out before it is cut off."""

Progress = Callable[[StageResult, str], None]
"""Told each stage as it ends, with the address it belongs to."""


class Prober(Protocol):
    """What makes one run."""

    async def probe(self, target: ProbeTarget, *, progress: Progress | None = None, deep: bool = True) -> ProbeResult:
        """Return the result; trouble of the target is a finding, never an exception."""
        ...

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps its runs from being complete."""
        ...

    async def close(self) -> None:
        """Close its sockets."""
        ...


class RunOnce:
    """Makes single runs that always end with a result."""

    def __init__(self, prober: Prober, *, vantage: str, timeout: float, clock: Callable[[], datetime]) -> None:
        self._prober = prober
        self._vantage = vantage
        self._timeout = timeout
        self._clock = clock

    async def __call__(
        self, target: ProbeTarget, tell: Callable[[ProbeNote], None], *, deep: bool = True
    ) -> ProbeResult:
        """Return the result of one run, its stages told as they end; also a run that broke has one.

        `deep` looks at what changes seldom too, and costs the target one connection more.
        """
        started = self._clock()
        began = time.monotonic()

        def progress(stage: StageResult, endpoint: str) -> None:
            tell(
                ProbeProgress(
                    target=target.name, kind=target.kind, stage=stage.stage, endpoint=endpoint, state=stage.state
                )
            )

        try:
            async with asyncio.timeout(self._timeout + _GRACE):
                return await self._prober.probe(target, progress=progress, deep=deep)
        except TimeoutError:
            why = f"the run did not end within {self._timeout + _GRACE:.0f} seconds and was cut off"
        except Exception as error:
            # A run that breaks must not take the others along; the log has the trace, the result says so.
            log.exception("the run against %s broke", target.key)
            why = f"the prober broke: {type(error).__name__}"
        return unknown_result(target.name, target.kind, self._vantage, started, time.monotonic() - began, why)


def unknown_result(
    target: str, kind: ProbeKind, vantage: str, started: datetime, seconds: float, why: str
) -> ProbeResult:
    """Return the result of a run that could tell nothing, and why."""
    return ProbeResult(
        run=str(uuid.uuid4()),
        target=target,
        kind=kind,
        vantage=vantage,
        started=started,
        seconds=seconds,
        severity=Severity.UNKNOWN,
        summary=clean(why),
        stages=(StageResult(stage=Stage.DNS, state=StageState.UNKNOWN, code=INTERNAL, why=clean(why)),),
        findings=(
            Finding(
                code=INTERNAL,
                severity=Severity.UNKNOWN,
                stage=Stage.DNS,
                what=clean(why),
                fix=clean("Probe again; where it happens again the log of the proxy says why"),
                who=WhoActs.US,
            ),
        ),
    )


async def probe_all(
    run: RunOnce, targets: Sequence[ProbeTarget], *, concurrency: int, rate: float
) -> AsyncIterator[ProbeNote]:
    """Probe targets once each within the limits, and yield what happens as it happens."""
    schedule = Schedule(Pace(3600.0, 0.0, concurrency, rate), random=random.random)
    known = {target.key: target for target in targets}
    schedule.ask(known)
    notes: asyncio.Queue[ProbeNote] = asyncio.Queue()
    ended = asyncio.Event()
    left = len(known)

    async def one(target: ProbeTarget) -> None:
        result = await run(target, notes.put_nowait)
        schedule.finished(target.key, time.monotonic(), good=result.severity is Severity.OK)
        notes.put_nowait(ProbeDone(result=result))
        ended.set()

    async def begin(tasks: asyncio.TaskGroup) -> None:
        begun = 0
        while begun < len(known):
            for due in schedule.start(time.monotonic()):
                tasks.create_task(one(known[due.key]))
                begun += 1
            ended.clear()
            try:
                async with asyncio.timeout(schedule.wait(time.monotonic())):
                    await ended.wait()
            except TimeoutError:
                continue

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(begin(tasks))
        while left:
            note = await notes.get()
            left -= isinstance(note, ProbeDone)
            yield note
