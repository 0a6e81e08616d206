"""What a terminal shows of the bytes a program on a pty sends it: pyte reads them, and a test waits for words."""

import re
import time

from tests.bench.pty_terminal import PtyTerminal
from tests.tui.driver.emulated import Emulated

_NOT_DRAWN = re.compile(r"\x1b\[[?<=>][0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
"""Modes, questions and titles: pyte draws those it does not know."""
_TORN = re.compile(r"\x1b[^@-Z\\^-~]*\Z|\x1b\[[0-?]*[ -/]*\Z")


class Watched:
    """A program's pty with a screen in front of it."""

    def __init__(self, terminal: PtyTerminal, columns: int = 80, rows: int = 24) -> None:
        self.terminal = terminal
        self._emulated = Emulated(columns, rows)
        self._fed = 0

    @property
    def screen(self) -> str:
        """What stands on it now, a line a row."""
        return "\n".join(line.rstrip() for line in self._emulated.screen.display)

    def shows(self, *words: str, seconds: float = 20.0) -> str:
        """Read until all the words stand on the screen, and return it."""
        end = time.monotonic() + seconds
        while not all(word in self.screen for word in words):
            assert not self.terminal.ended, f"it ended; the screen said\n{self.screen}"
            assert time.monotonic() < end, f"{words} never came; the screen says\n{self.screen}"
            self.terminal._read(0.2)
            self._feed()
        return self.screen

    def press(self, keys: bytes, *words: str) -> str:
        """Type, wait for words, and read on to the end of what came with them: nobody answers within a blink."""
        self.terminal.send(keys)
        self.shows(*words)
        while self.terminal._read(0.1):
            self._feed()
        return self.screen

    def _feed(self) -> None:
        text = self.terminal.output[self._fed :].decode("utf-8", "surrogateescape")
        torn = _TORN.search(text)
        whole = text[: torn.start()] if torn else text
        self._fed += len(whole.encode("utf-8", "surrogateescape"))
        self._emulated.feed(_NOT_DRAWN.sub("", whole).replace("\r\n", "\n"))
