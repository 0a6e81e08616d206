"""The console 300 ms away in each direction: tasks reach the edge once, and nothing typed is lost or done twice."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.slow_line import SlowLine
from tests.e2e.conftest import EDGECONSOLE, Lab
from tests.e2e.watched import Watched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


class FarAway(SlowLine):
    """A program at the far end of a line that holds every byte for 300 ms each way."""

    round_trip = 0.6


@pytest.fixture
def far(lab: Lab, tmp_path: Path) -> Iterator[Watched]:
    argv = [sys.executable, *EDGECONSOLE[1:], "--socket", lab.at.socket]
    terminal = FarAway(argv, env={"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)})
    yield Watched(terminal)
    terminal.close()


def saved(lab: Lab) -> int:
    """Return how many revisions the edge has."""
    return len(lab("--json", "history").json["history"])


async def test_t1_and_t2_reach_the_edge_once_each(lab: Lab, far: Watched) -> None:
    far.shows("sip.contoso.example", "disc OFF")
    far.press(b"D", "OFF -> ON", "y apply")
    far.press(b"y", "disc ON", "done #2")
    assert lab("discovery", "status").code == 0
    far.press(b"2", "fabrikam.example", "DOMAIN")
    # A whole word typed ahead of the echo arrives letter by letter, each once.
    for letter in b"/fab":
        far.terminal.send(bytes([letter]))
    far.shows("/fab_", "1 of ")
    far.press(b"\r", "> fabrikam.example")
    far.press(b"b", "block fabrikam.example", "y apply")
    far.press(b"y", "done #3", "- blocked")
    assert lab("--json", "domains", "show", "fabrikam.example").json["class"] == "blocked"
    assert saved(lab) == 3


async def test_an_answer_typed_before_the_question_could_be_read_does_nothing(lab: Lab, far: Watched) -> None:
    far.shows("sip.contoso.example", "disc OFF")
    far.terminal.send(b"D")
    far.terminal.send(b"y")
    far.press(b"", "came before", "y apply")
    assert lab("discovery", "status").code == 1
    far.press(b"y", "disc ON", "done #2")
    assert saved(lab) == 2
