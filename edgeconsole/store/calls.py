"""What was asked of backends, call by call: a bounded log of this console, kept in memory alone.

Changes and reads are bounded apart, so that a busy edge, which is read every second, never pushes a change out.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple

from edgeconsole.backends.base import Backend
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.plan import Plan

CHANGES, READS = 300, 200
"""Calls kept of each kind."""

_READS = frozenset(
    {"capabilities", "health", "read", "text", "history", "audit", "verify_audit", "restore_points", "sessions",
     "counters", "discovered", "failures", "probes", "probe_history", "certificates", "note_presence", "presence",
     "watch_list", "explain", "impact"}
)  # fmt: skip
"""Calls that only look, and are made again and again: the same one again replaces the last, and counts."""
_OTHERS = frozenset(
    {"plan", "apply", "plan_undo", "plan_rollback", "confirm", "take_back", "plan_reload", "reload",
     "add_restore_point", "remove_restore_point", "close_sessions", "dismiss"}
)  # fmt: skip


_TOLD_APART = frozenset({"text", "history", "audit", "probe_history", "explain", "impact"})
"""Reads of which those with other arguments stand by themselves."""
_KEPT = 50
"""Changes of one call that are kept: an import may have 100,000."""


class Call(NamedTuple):
    """One call: what was asked of which edge, when, for how long, and how it ended."""

    number: int
    at: datetime
    context: str
    """Options of the command line that name the edge; empty for the one that is found by itself."""
    name: str
    arguments: tuple[object, ...]
    options: dict[str, object]
    seconds: float
    error: str = ""
    """Why it failed; empty where it did not."""
    plan: str = ""
    """Id of the plan that a planning call gave, for the call that applies it."""
    more: int = 0
    """Changes that are not among the arguments any more."""
    times: int = 1
    """How often it was made since it first ended so."""

    @property
    def reads(self) -> bool:
        """Whether it only looks."""
        return self.name in _READS


class CallLog:
    """The calls of one console, whichever edges it went to."""

    def __init__(self, clock: Callable[[], datetime], timer: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._timer = timer
        self._number = 0
        self._changes: dict[int, Call] = {}
        self._reads: dict[tuple[str, str, str, str], Call] = {}
        self._calls: tuple[Call, ...] | None = ()
        self.changed: Callable[[], None] = lambda: None
        """Called when a call ended."""

    @property
    def calls(self) -> tuple[Call, ...]:
        """What was done, the newest first, then what was read; the same object as long as nothing was asked."""
        if self._calls is None:
            reads = sorted(self._reads.items(), key=lambda item: item[0])
            self._calls = (*reversed(self._changes.values()), *(call for _, call in reads))
        return self._calls

    def note(self, backend: Backend, context: str = "") -> None:
        """Have every call of a backend noted from now on."""
        for name in (*_READS, *_OTHERS):
            plain = getattr(backend, name, None)
            if plain is not None:
                setattr(backend, name, self._noted(plain, name, context))
        probe = getattr(backend, "probe", None)
        if probe is not None:
            backend.probe = self._noted_stream(probe, context)  # type: ignore[method-assign]

    def _noted(self, plain: Callable[..., Any], name: str, context: str) -> Callable[..., Any]:
        @wraps(plain)
        async def noted(*arguments: object, **options: object) -> Any:
            begun, error, gave = self._timer(), "it was given up", None
            try:
                gave = await plain(*arguments, **options)
                error = ""
            except EdgeconsoleError as failed:
                error = failed.message
                raise
            finally:
                self._add(context, name, arguments, options, self._timer() - begun, error, _plan_id(name, gave))
            return gave

        return noted

    def _noted_stream(self, plain: Callable[..., Any], context: str) -> Callable[..., AsyncIterator[Any]]:
        @wraps(plain)
        async def noted(*arguments: object, **options: object) -> AsyncIterator[Any]:
            begun, error = self._timer(), "it was given up"
            try:
                async for each in plain(*arguments, **options):
                    yield each
                error = ""
            except EdgeconsoleError as failed:
                error = failed.message
                raise
            finally:
                self._add(context, "probe", arguments, options, self._timer() - begun, error)

        return noted

    def _add(
        self,
        context: str,
        name: str,
        arguments: tuple[object, ...],
        options: dict[str, object],
        seconds: float,
        error: str,
        plan: str = "",
    ) -> None:
        self._number += 1
        kept, more = _shortened(arguments)
        call = Call(self._number, self._clock(), context, name, kept, options, seconds, error, plan, more)
        if call.reads:
            asked = repr(kept)[:200] if name in _TOLD_APART else ""
            key = (context, name, asked, error)
            known = self._reads.pop(key, None)
            self._reads[key] = call if known is None else call._replace(times=known.times + 1)
            if len(self._reads) > READS:
                del self._reads[next(iter(self._reads))]
        else:
            self._changes[call.number] = call
            if len(self._changes) > CHANGES:
                del self._changes[next(iter(self._changes))]
        self._calls = None
        self.changed()


def _plan_id(name: str, gave: object) -> str:
    return gave.plan_id if name.startswith("plan") and isinstance(gave, Plan) else ""


def _shortened(arguments: tuple[object, ...]) -> tuple[tuple[object, ...], int]:
    """Return the arguments with the first of many changes only, and how many are left out."""
    first = arguments[0] if arguments else None
    if not isinstance(first, Sequence) or isinstance(first, str) or len(first) <= _KEPT:
        return arguments, 0
    return (tuple(first[:_KEPT]), *arguments[1:]), len(first) - _KEPT
