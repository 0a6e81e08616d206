"""Changes with a way back, driven in tmux against a real edge: staged, applied, the console lost, kept by the next."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import EDGECONSOLE, Lab
from tests.e2e.test_console import Terminal, pytestmark

__all__ = ["pytestmark"]


@pytest.fixture
def open_console(lab: Lab, tmp_path: Path) -> Iterator["Consoles"]:
    consoles = Consoles(lab, tmp_path)
    yield consoles
    consoles.end()


class Consoles:
    """Consoles on one edge, one after another or side by side, all of one operator."""

    def __init__(self, lab: Lab, state: Path) -> None:
        self._lab = lab
        self._state = state
        self._terminals: list[Terminal] = []

    def __call__(self, width: int = 80, height: int = 24) -> Terminal:
        command = ("env", f"XDG_STATE_HOME={self._state}", *EDGECONSOLE, "--socket", self._lab.at.socket)
        self._terminals.append(Terminal(*command, width=width, height=height))
        return self._terminals[-1]

    def end(self) -> None:
        for terminal in self._terminals:
            terminal.end()


def kill(terminal: Terminal) -> None:
    """Let the console die without a word, as a lost host does it."""
    pane = terminal._tmux("list-panes", "-F", "#{pane_pid}").strip()
    os.kill(int(pane), signal.SIGKILL)


async def stage_two(terminal: Terminal) -> None:
    await terminal.shows("sip.contoso.example", "disc OFF")
    terminal.keys("2")
    await terminal.shows("fabrikam.example", "DOMAIN")
    terminal.keys("b")
    await terminal.shows("block fabrikam.example", "s stage")
    terminal.keys("s")
    await terminal.shows("Review(1)", "* staged")
    terminal.keys("D")
    await terminal.shows("OFF -> ON", "s stage")
    terminal.keys("s")
    await terminal.shows("Review(2)")


async def test_a_change_survives_its_console_and_is_kept_from_the_next_one(lab, open_console) -> None:
    first = open_console()
    await stage_two(first)
    first.keys("6")
    await first.shows("closes", "fabrikam.example", "it must be kept by hand")
    first.keys("a")
    await first.shows("y apply", "2m unless kept")
    first.keys("y")
    await first.shows('type "apply"')
    first.keys("apply")
    await first.shows("reverting in 1:", "disc ON")
    assert lab("--json", "domains", "show", "fabrikam.example").json["class"] == "blocked"
    kill(first)
    second = open_console()
    await second.shows("reverting in", "disc ON", "keep / roll back now")
    second.keys("!")
    await second.shows("y keep", "r roll back now")
    second.keys("Enter")
    await second.shows("nothing changed", "reverting in")
    second.keys("!")
    await second.shows("y keep")
    second.keys("y")
    await second.shows("stays")
    await second.until(lambda screen: "reverting" not in screen)
    history = lab("--json", "history").json["history"]
    assert history[0]["origin"] == "applied"
    assert lab("--json", "discovery", "status").code == 0


async def test_what_was_staged_is_offered_after_the_console_was_killed(lab, open_console) -> None:
    first = open_console()
    await stage_two(first)
    kill(first)
    second = open_console()
    await second.shows("A console left a draft", "y take it up")
    second.keys("y")
    await second.shows("taken up", "Review(2)")
    assert len(lab("--json", "history").json["history"]) == 1


async def test_two_consoles_see_each_other_and_settle_a_conflict(lab, open_console) -> None:
    mine, theirs = open_console(), open_console(120, 40)
    await mine.shows("disc OFF")
    mine.keys("2")
    await mine.shows("northwind.example", "DOMAIN")
    for key in ("/", "n", "o", "r", "Enter", "b"):
        mine.keys(key)
    await mine.shows("s stage")
    mine.keys("s")
    await theirs.shows("disc OFF")
    await theirs.until(lambda screen: "here too" in screen or "edits domain northwind.example" in screen)
    done = lab("domains", "allow", "northwind.example", "--access-edge", "sip2.northwind.example")
    assert done.code == 0, done.err
    mine.keys("6")
    await mine.shows("! choose", "theirs", "sip2.northwind.example")
    mine.keys("c")
    await mine.shows("m mine", "t theirs")
    mine.keys("m")
    await mine.shows("which is what is saved")
    mine.keys("-")
    mine.keys("-")
    mine.keys("-")
    await mine.shows("no timer")
    mine.keys("a")
    await mine.shows("y apply")
    mine.keys("y")
    await mine.shows("done #3: block northwind.example")
    theirs.keys("7")
    await theirs.shows("block northwind.example", ". running")
    assert lab("--json", "domains", "show", "northwind.example").json["class"] == "blocked"


@pytest.mark.slow
async def test_the_timer_takes_back_what_nobody_kept_and_the_console_says_so(lab, open_console) -> None:
    terminal = open_console()
    await terminal.shows("disc OFF")
    done = lab("discovery", "on", "--confirm", "10s")
    assert done.code == 0, done.err
    await terminal.shows("reverting in 0:0", "disc ON")
    await terminal.until(lambda screen: "nobody confirmed" in screen and "disc OFF" in screen, seconds=25.0)
    terminal.keys("!")
    await terminal.until(lambda screen: "nobody confirmed" not in screen)


async def test_the_last_change_goes_back_in_two_keys_and_who_made_it_is_one(lab, open_console) -> None:
    assert lab("domains", "block", "fabrikam.example", "--why", "INC-7").code == 0
    terminal = open_console()
    await terminal.shows("sip.contoso.example")
    terminal.keys("2")
    await terminal.shows("fabrikam.example", "- blocked")
    for key in ("/", "f", "a", "b", "Enter", "h"):
        terminal.keys(key)
    await terminal.shows("WHO CHANGED fabrikam.example", "INC-7")
    terminal.keys("u")
    await terminal.shows("allow fabrikam.example", "y apply")
    terminal.keys("y")
    await terminal.shows("done #")
    assert lab("--json", "domains", "show", "fabrikam.example").json["class"] == "allowed-domain"
