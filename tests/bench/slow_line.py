"""A terminal at the far end of a slow line: every byte comes later, and no more of them a second than the line carries.

What the line cannot take stays in the pty, as with ssh, so that a program that writes too much waits or drops frames.
"""

import os
import select
import time
from collections import deque

from tests.bench.pty_terminal import PtyTerminal

ROUND_TRIP = 0.150
BYTES_A_SECOND = 256_000 / 8
_ON_THE_WAY = int(BYTES_A_SECOND * ROUND_TRIP) + 65_536
"""Bytes between the program and the terminal: the line's own, and what ssh and TCP buffer."""


class SlowLine(PtyTerminal):
    """One program, seen from 150 ms away at 256 kbit/s."""

    round_trip = ROUND_TRIP

    _down: deque[tuple[float, bytes]]

    def _begin(self) -> None:
        if not hasattr(self, "_down"):
            self._down, self._up, self._free, self._waiting = deque(), deque[tuple[float, bytes]](), 0.0, 0

    def send(self, keys: bytes) -> None:
        """Type; the program reads it half a round trip later."""
        self._begin()
        self._up.append((time.perf_counter() + self.round_trip / 2, keys))

    def answer(self, text: bytes) -> None:
        """What the terminal says by itself takes the same way as keys."""
        self.send(text)

    def _read(self, timeout: float) -> bool:
        """Move what is due; returns whether the terminal was sent something within the time."""
        self._begin()
        end = time.perf_counter() + timeout
        while True:
            now = time.perf_counter()
            while self._up and self._up[0][0] <= now:
                os.write(self._fd, self._up.popleft()[1])
            arrived = b""
            while self._down and self._down[0][0] <= now:
                piece = self._down.popleft()[1]
                self._waiting -= len(piece)
                arrived += piece
            if arrived:
                self.take(arrived)
                return True
            if now >= end or (self.ended and not self._down):
                return False
            due = min([end, *(queue[0][0] for queue in (self._up, self._down) if queue)])
            room = self._waiting < _ON_THE_WAY and not self.ended
            if select.select([self._fd] if room else [], [], [], max(0.0, due - now))[0]:
                self._carry()

    def _carry(self) -> None:
        chunk = self.read_some(1_460)
        if chunk:
            self._free = max(self._free, time.perf_counter()) + len(chunk) / BYTES_A_SECOND
            self._down.append((self._free + self.round_trip / 2, chunk))
            self._waiting += len(chunk)
