"""Sends what changed from a thread of its own: the event loop never waits for a slow line.

What is kept is the state to be shown, not a queue of frames: where the line is slow, late frames melt into one.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import Enum

from edgeconsole.tui.driver import controls
from edgeconsole.tui.driver.grid import Grid
from edgeconsole.tui.driver.paint import Painter
from edgeconsole.tui.driver.terminal import Terminal

log = logging.getLogger(__name__)

ANSWER_SECONDS = 2.0
"""How long a terminal that never answered is waited for; then frames are no longer paced."""

BURST_SECONDS = 0.25
"""A frame this soon after another one is paced: the terminal says when it has drawn it."""

BIG_FRAME = 1_000
"""Bytes from which a frame is paced in any case."""

SMALL_FRAME = 200
"""Bytes up to which a frame reaches the terminal in one piece anyway and needs no synchronised update."""

UNANSWERED = 2
UNDER_WAY = 1_500
"""Frames, and bytes of them, under way to the terminal before the next one waits and melts with those that come.

By frames alone a line of 150 ms shows 13 steps a second and lags a whole round trip behind a key held down; so many
bytes are 47 ms of 256 kbit/s, and a step with its scroll has 200.
"""

_MAX_CONTROLS = 256


class Asked(Enum):
    """Who asked the terminal where its cursor is."""

    PACE = "pace"
    APP = "app"


class Output:
    """The writing side of a terminal."""

    def __init__(
        self,
        descriptor: int,
        terminal: Terminal,
        lost: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._descriptor = descriptor
        self._terminal = terminal
        self._lost = lost
        self._clock = clock
        self._grid = Grid(80, 24)
        self._painter = Painter(terminal)
        self._dirty = False
        self._before: list[str] = []
        """Commands that were given before the frame that waits."""
        self._after: list[str] = []
        self._synchronised = False
        self._paces = terminal.answers
        self._answered = False
        self._asked: deque[Asked] = deque()
        self._under_way: deque[int] = deque()
        """Bytes of each frame whose answer is awaited."""
        self._last_frame = clock() - BURST_SECONDS
        self._closing = False
        self._gone = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write; what the terminal shows is unknown."""
        with self._changed:
            self._closing = False
            self._painter.forget()
            self._asked.clear()
            self._under_way.clear()
        self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 2.0) -> None:
        """Write what waits and end; a terminal that takes nothing is left after that many seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(seconds)
            self._thread = None

    def frame(self, text: str, width: int, height: int) -> None:
        """Take a frame into the state that is to be shown."""
        with self._changed:
            if (width, height) != (self._grid.width, self._grid.height):
                self._grid = Grid(width, height)
            self._grid.draw(text)
            self._dirty = True
            self._changed.notify_all()

    def control(self, text: str) -> None:
        """Give a command to the terminal, after the frames given before it."""
        with self._changed:
            if controls.is_synchronised(text):
                self._synchronised = True
                return
            allowed = controls.passing(text, answers=self._terminal.answers)
            if not allowed:
                return
            waiting = self._after if self._dirty else self._before
            if len(waiting) < _MAX_CONTROLS:
                waiting.append(allowed)
            self._changed.notify_all()

    def redraw(self) -> None:
        """Draw everything again, as after somebody else wrote on the screen."""
        with self._changed:
            self._painter.forget()
            self._dirty = True
            self._changed.notify_all()

    def answered(self) -> Asked:
        """Take an answer to where the cursor is; return who had asked."""
        with self._changed:
            self._answered = True
            who = self._asked.popleft() if self._asked else Asked.APP
            if who is Asked.PACE:
                self._under_way.popleft()
            self._changed.notify_all()
            return who

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._dirty or self._before or self._after)
                self._wait_for_room()
                data = self._next()
                done = self._closing
            if data and not self._write(data):
                return
            if done:
                return

    def _wait_for_room(self) -> None:
        """Wait until the terminal has drawn what is under way, where it tells."""
        if not self._paces or self._closing or self._before or self._after:
            return
        room = self._changed.wait_for(lambda: self._closing or self._after or self._has_room(), ANSWER_SECONDS)
        if not room:
            self._asked = deque(each for each in self._asked if each is Asked.APP)
            self._under_way.clear()
            # One that answered before is slow; one that never did will not.
            self._paces = self._answered

    def _has_room(self) -> bool:
        return len(self._under_way) < UNANSWERED or sum(self._under_way) < UNDER_WAY

    def _next(self) -> bytes:
        parts = self._before
        if any(part.startswith(controls.ALTERNATIVE) for part in parts):
            self._painter.forget()
        if self._dirty and not self._gone:
            parts = [*parts, self._painted()]
        parts = [*parts, *self._after]
        if any(part.startswith(controls.ALTERNATIVE) for part in self._after):
            self._painter.forget()
        self._asked.extend(Asked.APP for part in (*self._before, *self._after) if part == controls.WHERE)
        self._before, self._after, self._dirty = [], [], False
        return "".join(parts).encode("utf-8", "replace")

    def _painted(self) -> str:
        output = self._painter.paint(self._grid)
        if not output:
            return ""
        if self._synchronised and len(output) > SMALL_FRAME:
            output = f"\x1b[?2026h{output}\x1b[?2026l"
        now = self._clock()
        if self._paces and (now - self._last_frame < BURST_SECONDS or len(output) > BIG_FRAME):
            output += controls.WHERE
            self._asked.append(Asked.PACE)
            self._under_way.append(len(output))
        self._last_frame = now
        return output

    def _write(self, data: bytes) -> bool:
        """Write to the terminal; False where it is gone."""
        while data and not self._gone:
            try:
                written = os.write(self._descriptor, data)
            except InterruptedError:
                continue
            except BlockingIOError:
                # The shell left the terminal without blocking; a moment is all there is to wait for.
                time.sleep(0.01)
                continue
            except OSError as error:
                self._gone = True
                log.info("the terminal is gone: %s", error.strerror)
                self._lost()
                return False
            data = data[written:]
        return not self._gone
