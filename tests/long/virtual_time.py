"""An event loop whose clock jumps to the next timer, so that days pass in seconds; threads and sockets stay real."""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

_LOOK_SECONDS = 0.05
"""How long a look for what a thread or a socket has to say may last; the virtual clock stands still meanwhile."""


class _Jumping(selectors.DefaultSelector):
    """Passes over the time in which nothing happens."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.busy = 0
        """Threads under way: while there are some, time passes only by itself."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if found or timeout == 0:
            return found
        if self.busy or timeout is None:
            return super().select(_LOOK_SECONDS)
        self.now += timeout
        return []


class VirtualTime(asyncio.SelectorEventLoop):
    """A loop with a clock of its own, in seconds from 0."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(self, executor: Executor | None, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":
        self._jumping.busy += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._done)
        return future

    def _done(self, _future: "asyncio.Future[Any]") -> None:
        self._jumping.busy -= 1
