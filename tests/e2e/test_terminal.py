"""The console with our terminal driver on a pty: the screen Textual meant, and an end when the terminal is lost."""

import fcntl
import json
import os
import random
import signal
import struct
import sys
import termios
import time
from pathlib import Path

import pytest

from edgeconsole.tui.driver import controls
from edgeconsole.tui.driver.driver import HUNG_UP, TERMINATED
from edgeconsole.tui.driver.grid import Grid
from edgeconsole.tui.driver.paint import Painter
from edgeconsole.tui.driver.terminal import terminal_of
from tests.bench.pty_terminal import PtyTerminal
from tests.tui.driver.emulated import Emulated

CHILD = str(Path(__file__).with_name("recording_child.py"))
KEYS = (
    b"j",
    b"j",
    b"k",
    b" ",
    b"G",
    b"g",
    b"2",
    b"1",
    b"/",
    b"0",
    b"3",
    b"\r",
    b"\x1b",
    b"?",
    b"s",
    b"S",
    b"x",
    b"w",
    b"-",
)


def start(tmp_path: Path, **options) -> PtyTerminal:
    terminal = PtyTerminal(
        [sys.executable, CHILD, str(tmp_path / "written.json")],
        env={"XDG_STATE_HOME": str(tmp_path), **options.pop("env", {})},
        **options,
    )
    terminal.wait_for(b"FLEET")
    return terminal


def ended(terminal: PtyTerminal, seconds: float = 15.0) -> int:
    """Wait for the program's end without closing anything; return its exit status."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        pid, status = os.waitpid(terminal.pid, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        terminal.run_for(0.05)
    os.kill(terminal.pid, signal.SIGKILL)
    os.waitpid(terminal.pid, 0)
    pytest.fail(f"it did not end within {seconds:.0f} s")


@pytest.mark.parametrize(
    ("term", "size"),
    [
        ("xterm-256color", (80, 24)),
        pytest.param("tmux-256color", (120, 40), marks=pytest.mark.slow),
        pytest.param("linux", (60, 15), marks=pytest.mark.slow),
    ],
)
def test_a_session_shows_the_same_as_with_textuals_own_output(tmp_path: Path, term: str, size: tuple[int, int]) -> None:
    columns, rows = size
    terminal = start(tmp_path, columns=columns, rows=rows, env={"TERM": term})
    chance = random.Random(columns)
    for _ in range(60):
        terminal.send(chance.choice(KEYS))
        terminal.run_for(0.02)
    fcntl.ioctl(terminal._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows + 6, columns + 20, 0, 0))
    for _ in range(40):
        terminal.send(chance.choice(KEYS))
        terminal.run_for(0.02)
    terminal.send(b"\x1b")
    terminal.settle()
    terminal.send(b"\x1b")
    terminal.settle()
    terminal.send(b"Q")
    assert ended(terminal) == 0
    os.close(terminal._fd)
    shown = 0
    grid, painter = Grid(columns, rows), Painter(terminal_of(term))
    plain, ours = Emulated(columns, rows), Emulated(columns, rows)
    for width, height, text in json.loads((tmp_path / "written.json").read_text()):
        if (width, height) != (grid.width, grid.height):
            grid, plain, ours = Grid(width, height), Emulated(width, height), Emulated(width, height)
        if controls.is_frame(text):
            grid.draw(text)
            plain.feed(text)
            ours.feed(painter.paint(grid))
            assert ours.cells() == plain.cells()
            shown += 1
    assert shown > 20


@pytest.mark.parametrize("wrapper", [[], ["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh"]], ids=["hup", "hup-ignored"])
def test_a_lost_terminal_ends_the_console(tmp_path: Path, wrapper: list[str]) -> None:
    terminal = PtyTerminal(
        [*wrapper, sys.executable, CHILD, str(tmp_path / "written.json")], env={"XDG_STATE_HOME": str(tmp_path)}
    )
    terminal.wait_for(b"FLEET")
    terminal.settle()
    os.close(terminal._fd)
    limit = time.monotonic() + 15
    while not (done := os.waitpid(terminal.pid, os.WNOHANG))[0]:
        if time.monotonic() > limit:
            os.kill(terminal.pid, signal.SIGKILL)
            os.waitpid(terminal.pid, 0)
            pytest.fail("the console outlived its terminal")
        time.sleep(0.02)
    assert os.waitstatus_to_exitcode(done[1]) == HUNG_UP


def test_a_suspended_console_draws_everything_again(tmp_path: Path) -> None:
    terminal = start(tmp_path)
    terminal.settle()
    os.kill(terminal.pid, signal.SIGTSTP)
    limit = time.monotonic() + 15
    while not (done := os.waitpid(terminal.pid, os.WNOHANG | os.WUNTRACED))[0]:
        assert time.monotonic() < limit, "it was not suspended"
        terminal.run_for(0.05)
    assert os.WIFSTOPPED(done[1])
    terminal.run_for(0.1)
    assert b"\x1b[?1049l" in terminal.output
    terminal.output = b""
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.wait_for(b"FLEET")
    assert b"\x1b[?1049h" in terminal.output
    terminal.close()


def test_sigterm_ends_the_console_and_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    terminal = start(tmp_path)
    os.kill(terminal.pid, signal.SIGTERM)
    assert ended(terminal) == TERMINATED
    terminal.run_for(0.1)
    assert terminal.output.rindex(b"\x1b[?1049l") > terminal.output.rindex(b"\x1b[?1049h")
    os.close(terminal._fd)


def test_textuals_own_driver_can_be_asked_for(tmp_path: Path) -> None:
    child = str(Path(__file__).parents[1] / "bench" / "console_child.py")
    written = {}
    for driver in ("textual", "delta"):
        terminal = PtyTerminal(
            [sys.executable, child, "5", "0"], env={"XDG_STATE_HOME": str(tmp_path), "EDGECONSOLE_DRIVER": driver}
        )
        terminal.wait_for(b"FLEET")
        terminal.settle()
        written[driver] = len(terminal.output)
        terminal.close()
    assert written["textual"] > 2 * written["delta"]
