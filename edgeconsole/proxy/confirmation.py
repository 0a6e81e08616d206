"""The timer of a change that waits to be confirmed: it lives in the proxy, where no dropped terminal can lose it.

One task takes changes back: at the deadline, or when somebody says so. A confirmation and the deadline are told apart
on the event loop, so that exactly one of them wins. What is enforced goes back first and needs no disk; then the file,
again and again until it is what is enforced (reliability D8).
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from functools import partial
from typing import TypeVar

from edgeconsole.config.confirm import TIMER, Pending
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.errors import BadInput, Conflict, EdgeconsoleError
from edgeconsole.model.observed import EventKind
from edgeconsole.model.plan import CONFIRM_LONGEST, CONFIRM_SHORTEST, ApplyResult, PendingConfirm
from edgeconsole.model.revision import Author, WriteOutcome
from edgeconsole.proxy.enforcement import Enforcement, InForce
from edgeconsole.proxy.observed import EventJournal

log = logging.getLogger(__name__)

_Written = TypeVar("_Written")

RETRY_SECONDS = 10.0
"""Between attempts to bring the file back."""

LOCK_SECONDS = 5.0
"""How long an attempt waits for a write under way."""

_LOOK_SECONDS = 1.0
"""Timers of the event loop stand still while the host sleeps, so the clock is looked at this often."""


class _State(Enum):
    IDLE = "idle"
    ARMED = "armed"
    CONFIRMING = "confirming"
    REVERTING = "reverting"


class Confirmation:
    """The one change that waits, and what becomes of it; used on one event loop."""

    shortest = CONFIRM_SHORTEST
    """Least time a change may wait for."""

    def __init__(
        self,
        revisions: Revisions,
        enforcement: Enforcement,
        events: EventJournal,
        writing: asyncio.Lock,
        *,
        retry_seconds: float = RETRY_SECONDS,
        lock_seconds: float = LOCK_SECONDS,
    ) -> None:
        self._revisions = revisions
        self._confirming = revisions.confirming
        self._enforcement = enforcement
        self._events = events
        self._writing = writing
        self._retry_seconds = retry_seconds
        self._lock_seconds = lock_seconds
        self._state = _State.IDLE
        self._former: InForce | None = None
        """What comes back, compiled; None until it is read after a restart."""
        self._order: tuple[Author, str] = (TIMER, "")
        self._moved = asyncio.Event()
        self._attempted: asyncio.Future[ApplyResult] | None = None
        self._task: asyncio.Task[None] | None = None

    def told(self) -> PendingConfirm | None:
        """Return what waits, with the seconds that are left."""
        return self._confirming.told()

    def check(self, length: timedelta | None) -> None:
        """Raise BadInput for a time to confirm in that is too short or too long (reliability D8)."""
        if length is not None and not self.shortest <= length <= CONFIRM_LONGEST:
            least, most = self.shortest.total_seconds(), CONFIRM_LONGEST.total_seconds()
            raise BadInput(
                f"{length.total_seconds():g} seconds is no time to confirm a change in",
                remedy=f"It is from {least:g} to {most:g} seconds: long enough to see whether it works",
            )

    def arm(self, former: InForce) -> None:
        """Start the time of the change that was just applied; `former` is what comes back."""
        pending = self._confirming.pending
        assert pending is not None
        self._former = former
        self._begin(_State.ARMED)
        log.info("%s by %s goes back in %.0f s unless confirmed", pending.to_rev, pending.by.name, pending.timeout_s)

    async def resume(self) -> None:
        """Take up what waited when the proxy ended, before it listens; what is overdue was taken back before that."""
        pending = self._confirming.pending
        if pending is None:
            return
        with contextlib.suppress(EdgeconsoleError):
            back = await asyncio.to_thread(self._confirming.way_back, pending.from_rev)
            self._former = await self._enforcement.compiled(pending.from_rev, back.loaded.configuration)
        self._begin(_State.ARMED)
        log.info("%s goes back in %.0f s unless confirmed", pending.to_rev, max(self._confirming.remaining(), 0))

    def take_back(self, author: Author, why: str, former: InForce) -> None:
        """Go on taking a change back that could not be taken back at once."""
        self._former, self._order = former, (author, why)
        self._begin(_State.REVERTING)

    def _begin(self, state: _State) -> None:
        self._state = state
        self._task = asyncio.create_task(self._run())
        pending = self._confirming.pending
        assert pending is not None
        self._events.add(EventKind.CONFIRM_PENDING, subject=str(pending.to_rev), detail=pending.by.name)

    async def stop(self) -> None:
        """End the timer with the proxy; the next start takes it up."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def confirm(self, token: str, author: Author) -> Pending:
        """Keep what was applied. Raises Conflict where nothing of that token waits any more, NotSaved."""
        self._confirming.match(token)
        if self._state is not _State.ARMED or self._confirming.remaining() <= 0:
            raise Conflict(
                "its time is over, or somebody confirms it or takes it back at this moment",
                remedy="edgeconsole history says which, in a moment",
            )
        self._state = _State.CONFIRMING
        try:
            async with self._writing:
                pending = await _to_the_end(partial(self._confirming.confirm, token, author))
        except BaseException:
            self._state = _State.ARMED
            self._moved.set()
            raise
        self._finished()
        self._events.add(EventKind.CONFIRM_DONE, subject=str(pending.to_rev), detail=author.name)
        log.info("%s confirmed by %s; audit head %s", pending.to_rev, author.name, self._revisions.trail.head)
        return pending

    async def roll_back(self, token: str, author: Author) -> ApplyResult:
        """Take the change back now. Raises Conflict like `confirm`, and what keeps it from going back at once."""
        pending = self._confirming.match(token)
        if self._state is not _State.ARMED:
            raise Conflict(
                "it is confirmed or taken back at this moment", remedy="edgeconsole history says which, in a moment"
            )
        self._state = _State.REVERTING
        self._order = author, f"{pending.to_rev} taken back by {author.name} before it was confirmed"
        self._attempted = asyncio.get_running_loop().create_future()
        self._moved.set()
        return await self._attempted

    def _finished(self) -> None:
        self._state, self._former = _State.IDLE, None
        self._moved.set()

    async def _run(self) -> None:
        while self._state is not _State.IDLE:
            if self._state is _State.ARMED and self._confirming.remaining() <= 0:
                self._state = _State.REVERTING
                self._order = TIMER, self._overdue()
            if self._state is _State.REVERTING:
                if await self._attempt():
                    return
                await asyncio.sleep(self._retry_seconds)
                continue
            left = self._confirming.remaining() if self._state is _State.ARMED else _LOOK_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), min(max(left, 0.0), _LOOK_SECONDS))
            self._moved.clear()

    def _overdue(self) -> str:
        pending = self._confirming.pending
        assert pending is not None
        return overdue(pending)

    async def _attempt(self) -> bool:
        """Try to take the change back; whether the edge runs what is saved now."""
        author, why = self._order
        answer, self._attempted = self._attempted, None
        try:
            result = await self._go_back(author, why)
        except Exception as error:
            # Whatever it is, the next attempt comes: nobody else takes this change back.
            log.critical("%s: it could not be taken back, tried again in %.0f s: %s", why, self._retry_seconds, error)
            self._events.add(EventKind.ALARM, subject=str(self._revisions.head), detail=str(error)[:200])
            if answer is not None and not answer.done():
                answer.set_exception(error)
            return False
        self._finished()
        self._events.add(EventKind.CONFIRM_REVERTED, subject=str(result.revision), detail=why[:200])
        log.warning("%s; revision %s runs; audit head %s", why, result.running, self._revisions.trail.head)
        if answer is not None and not answer.done():
            answer.set_result(result)
        return True

    async def _go_back(self, author: Author, why: str) -> ApplyResult:
        closed = 0
        if self._former is not None:
            closed = self._enforcement.put(self._former)
        try:
            async with asyncio.timeout(self._lock_seconds):
                await self._writing.acquire()
        except TimeoutError:
            raise EdgeconsoleError("another write is under way") from None
        try:
            outcome = await _to_the_end(partial(self._confirming.roll_back, author, why))
            closed += await self._enforcement.enforce(checked=False)
        finally:
            self._writing.release()
        return ApplyResult(
            outcome=outcome,
            revision=self._revisions.head,
            running=self._enforcement.running,
            closed_sessions=closed,
            detail=why,
        )


async def _to_the_end(write: Callable[[], _Written]) -> _Written:
    """Run a write in a thread and wait for its end even when cancelled: nobody may close the file under it."""
    writing = asyncio.ensure_future(asyncio.to_thread(write))
    try:
        return await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait({writing})
        raise


def overdue(pending: Pending) -> str:
    """Return the reason that stands in the history where nobody confirmed."""
    who = f"{pending.by.name} via {pending.by.via}" if pending.by.via else pending.by.name
    return f"nobody confirmed {pending.to_rev} by {who} within {pending.timeout_s:.0f} seconds"


def settle_overdue(revisions: Revisions) -> None:
    """Take back what is overdue, before anything listens; what fails here is tried again by the timer."""
    confirming = revisions.confirming
    pending = confirming.pending
    if pending is None or confirming.remaining() > 0:
        return
    take_back_at_start(revisions, overdue(pending))


def take_back_at_start(revisions: Revisions, why: str) -> WriteOutcome | None:
    """Take back what waits, for a reason of the start; None where that failed, which the log has."""
    try:
        outcome = revisions.confirming.roll_back(TIMER, why)
    except (EdgeconsoleError, OSError) as error:
        log.critical("%s: it could not be taken back: %s", why, error)
        return None
    log.warning("%s; revision %s is back; audit head %s", why, revisions.head, revisions.trail.head)
    return outcome
