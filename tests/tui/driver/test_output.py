"""The writing side on real file descriptors: it never makes its caller wait, and sends state instead of old frames."""

import os
import pty
import threading

import pytest

from edgeconsole.tui.driver import controls
from edgeconsole.tui.driver.output import Asked, Output
from edgeconsole.tui.driver.terminal import Terminal, terminal_of
from tests.tui.driver.emulated import Emulated

PLAIN = Terminal(answers=False)


class Line:
    """A pipe in place of a terminal's line; its reader decides when to read."""

    def __init__(self, terminal: Terminal = PLAIN) -> None:
        self.reader, self.writer = os.pipe()
        self.lost = threading.Event()
        self.now = 100.0
        self.output = Output(self.writer, terminal, self.lost.set, clock=lambda: self.now)
        self.output.start()

    def read_until(self, wanted: bytes) -> bytes:
        """Read until something came."""
        received = b""
        while wanted not in received:
            part = os.read(self.reader, 65536)
            assert part, received
            received += part
        return received

    def close(self) -> None:
        self.output.stop()
        for descriptor in (self.reader, self.writer):
            os.close(descriptor)


@pytest.fixture
def line() -> "Line":
    line = Line()
    yield line
    line.close()


def test_a_frame_is_sent_as_what_it_changes(line: Line) -> None:
    line.output.frame("\x1b[1;1Hhello\x1b[1;1H", 80, 24)
    line.read_until(b"hello")
    line.output.frame("\x1b[1;1Hhullo\x1b[1;1H", 80, 24)
    assert line.read_until(b"u") == b"hu\x1b[H"


def test_a_terminal_that_does_not_read_holds_nobody_up_and_gets_the_last_state() -> None:
    line = Line()
    try:
        for number in range(3_000):
            rows = "".join(f"\x1b[{row + 1};1H{number:06} " + f"{row * number:070}" for row in range(24))
            line.output.frame(f"{rows}\x1b[1;1H", 80, 24)
            if number == 0:
                line.output.control("\x07")
        screen, received = Emulated(80, 24), 0
        while not screen.screen.display[0].startswith("002999"):
            part = os.read(line.reader, 65536)
            received += len(part)
            screen.feed(part.decode())
        # 3,000 frames of 1.9 kB were drawn; what did not fit the line was never sent.
        assert received < 500_000
    finally:
        line.close()


def test_commands_keep_their_place_among_frames(line: Line) -> None:
    line.output.control("\x1b[?1049h")
    line.output.frame("\x1b[1;1Hfirst\x1b[1;1H", 80, 24)
    line.output.control("\x1b[?25h")
    received = line.read_until(b"\x1b[?25h")
    assert received.index(b"\x1b[?1049h") < received.index(b"first") < received.index(b"\x1b[?25h")


@pytest.mark.parametrize(
    "forbidden",
    [
        "\x1b]0;title\x07",
        "\x1b[2J",
        "hello",
        "\x1b]52;c;@@\x07",
        "\x1b]52;p;aGE=\x07",
        "\x1b[?1049h\x1b[5i",
        "\x1bc",
        "",
    ],
)
def test_only_listed_commands_pass(line: Line, forbidden: str) -> None:
    line.output.control(forbidden)
    line.output.control("\x07")
    assert line.read_until(b"\x07") == b"\x07"


def test_a_terminal_that_cannot_answer_is_not_asked() -> None:
    silent = Line(terminal_of("linux"))
    try:
        for question in ("\x1b[6n", "\x1b[?2026$p", "\x1b[>25u"):
            silent.output.control(question)
        silent.output.control("\x1b[?25l")
        assert silent.read_until(b"l") == b"\x1b[?25l"
    finally:
        silent.close()


def test_large_frames_in_a_burst_wait_for_the_terminal_and_melt_into_one() -> None:
    def frame(letter: str) -> None:
        rows = "".join(f"\x1b[{row + 1};1H{letter * 79}" for row in range(12))
        line.output.frame(f"{rows}\x1b[1;1H", 80, 24)

    line = Line(Terminal())
    try:
        received = b""
        for letter in "NOQ":
            frame(letter)
            received += line.read_until(f"{letter * 79}\x1b".encode())
        received += line.read_until(controls.WHERE.encode()) if received.count(controls.WHERE.encode()) < 2 else b""
        assert received.count(controls.WHERE.encode()) == 2
        # Two are under way: what comes now is kept until the terminal says that it has drawn one.
        for letter in "UVWYZI":
            frame(letter)
        assert line.output.answered() is Asked.PACE
        sent = line.read_until(b"I")
        assert not set(b"UVWYZ") & set(sent)
    finally:
        line.close()


def test_small_frames_go_on_while_answers_are_on_their_way() -> None:
    line = Line(Terminal())
    try:
        for number in range(9):
            line.output.frame(f"\x1b[1;1Hframe{number}\x1b[1;1H", 80, 24)
            line.read_until(str(number).encode())
    finally:
        line.close()


def test_answers_go_to_who_asked() -> None:
    line = Line(Terminal())
    try:
        line.output.frame("\x1b[1;1Ha\x1b[1;1H", 80, 24)
        line.read_until(b"a")
        line.output.control("\x1b[6n")
        line.read_until(b"\x1b[6n")
        assert line.output.answered() is Asked.APP
        line.output.frame("\x1b[1;1Hb\x1b[1;1H", 80, 24)
        line.read_until(b"\x1b[6n")
        assert line.output.answered() is Asked.PACE
    finally:
        line.close()


def test_a_closed_terminal_is_reported_once_and_output_ends() -> None:
    master, terminal = pty.openpty()
    lost = threading.Event()
    output = Output(terminal, PLAIN, lost.set)
    output.start()
    os.close(master)
    output.frame("\x1b[1;1Hanyone\x1b[1;1H", 80, 24)
    assert lost.wait(10)
    output.frame("\x1b[1;1Hthere\x1b[1;1H", 80, 24)
    output.stop()
    os.close(terminal)


def test_stopping_writes_what_waits(line: Line) -> None:
    line.output.frame("\x1b[1;1Hlast words\x1b[1;1H", 80, 24)
    line.output.control("\x1b[?1049l")
    line.output.stop()
    assert line.read_until(b"\x1b[?1049l").endswith(b"\x1b[?1049l")


def test_stopping_leaves_a_stuck_terminal_after_its_time() -> None:
    line = Line()
    for number in range(3_000):
        rows = "".join(f"\x1b[{row + 1};1H{number + row:079}" for row in range(24))
        line.output.frame(f"{rows}\x1b[1;1H", 80, 24)
    line.output.stop(0.05)
    os.read(line.reader, 1_000_000)


def test_after_the_other_screen_everything_is_drawn_again(line: Line) -> None:
    line.output.frame("\x1b[1;1Hhello\x1b[1;1H", 80, 24)
    line.read_until(b"hello")
    line.output.control("\x1b[?1049h")
    line.output.redraw()
    assert b"\x1b[2J" in line.read_until(b"hello")
