"""A terminal without a screen: runs a program on a pty, answers what it asks the terminal, counts what it sends."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_ESCAPES = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]*\x1b\\"
    rb"|\x1b[ -/]*[0-~]|[\x00-\x1f\x7f]"
)
_QUESTIONS: tuple[tuple[bytes, bytes], ...] = (
    (b"\x1b[6n", b"\x1b[1;1R"),
    (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
    (b"\x1b[?2048$p", b"\x1b[?2048;0$y"),
    (b"\x1b[c", b"\x1b[?62;22c"),
)


class PtyTerminal:
    """One program on one pty."""

    def __init__(self, argv: Sequence[str], *, columns: int = 80, rows: int = 24, env: Mapping[str, str] | None = None):
        self.output = b""
        self.ended = False
        self.last = 0.0
        """When something came last, by time.perf_counter()."""
        self._tail = b""
        surroundings = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LC_ALL": "C.UTF-8",
            **(env or {}),
        }
        # Byte code is written and read, as for an operator: without it a start is measured at four times what it costs.
        for name in ("COLUMNS", "LINES", "NO_COLOR", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"):
            surroundings.pop(name, None)
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                os.execve(argv[0], list(argv), surroundings)
            finally:
                os._exit(127)
        os.set_blocking(self._fd, False)

    def send(self, keys: bytes) -> None:
        """Type."""
        os.write(self._fd, keys)

    def settle(self, quiet: float = 0.4, limit: float = 20.0) -> int:
        """Read until nothing came for a while; returns the bytes that came."""
        before, end = len(self.output), time.perf_counter() + limit
        while not self.ended and time.perf_counter() < end:
            if not self._read(quiet):
                break
        return len(self.output) - before

    def run_for(self, seconds: float) -> int:
        """Read for a while; returns the bytes that came."""
        before, end = len(self.output), time.perf_counter() + seconds
        while not self.ended and (left := end - time.perf_counter()) > 0:
            self._read(left)
        return len(self.output) - before

    def wait_for(self, text: bytes, limit: float = 20.0) -> float:
        """Read until a text was sent; returns the seconds since the start."""
        end = time.perf_counter() + limit
        while text not in _ESCAPES.sub(b"", self.output):
            if self.ended or time.perf_counter() > end:
                raise AssertionError(f"{text!r} never came; the last of the output is {self.output[-2000:]!r}")
            self._read(0.05)
        return time.perf_counter() - self.started

    def close(self) -> None:
        """End the program."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)

    def answer(self, text: bytes) -> None:
        """Say what a terminal says by itself when it is asked."""
        os.write(self._fd, text)

    def take(self, chunk: bytes) -> None:
        """Be sent something."""
        self.output += chunk
        self.last = time.perf_counter()
        seen = self._tail + chunk
        for question, answer in _QUESTIONS:
            for found in re.finditer(re.escape(question), seen):
                if found.end() > len(self._tail):
                    self.answer(answer)
        self._tail = chunk[-16:]

    def read_some(self, most: int) -> bytes:
        """Return what the program wrote; nothing where it ended."""
        try:
            chunk = os.read(self._fd, most)
        except OSError:
            chunk = b""
        self.ended = not chunk
        return chunk

    def painted(self, keys: bytes, quiet: float = 0.05) -> float:
        """Type, and return the seconds until the last byte of what that painted came."""
        began = time.perf_counter()
        self.send(keys)
        if not self._read(5.0):
            raise AssertionError(f"{keys!r} painted nothing")
        while self._read(quiet):
            pass
        return self.last - began

    def cpu_seconds(self) -> float:
        """Return the processor time of the program so far, all its threads, to the nanosecond."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(each.read_text().split()[0]) for each in threads) / 1e9

    def resident(self) -> int:
        """Return the program's resident memory in bytes."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def _read(self, timeout: float) -> bool:
        if not select.select([self._fd], [], [], timeout)[0]:
            return False
        chunk = self.read_some(65536)
        if chunk:
            self.take(chunk)
        return bool(chunk)
