"""What is known of all targets: what moved, what a network of ours that is down means, what comes back."""

from pathlib import Path
from random import Random

import msgspec
import pytest

from edgeconsole.model.probe import ProbeKind, Severity
from edgeconsole.model.probe_settings import ProbeSettings
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.probes.book import Book
from edgeconsole.probes.history import History
from edgeconsole.probes.notify import Kind, Notices
from edgeconsole.probes.schedule import Pace, Schedule
from edgeconsole.probes.vantage import VantageGuard
from tests.probes.results import START, at, certificate, result

NAMES = [f"p{number}.example" for number in range(6)]
TARGETS = [ProbeTarget(name=name, kind=ProbeKind.SIP) for name in NAMES]


class Desk:
    def __init__(self, path: Path) -> None:
        self.history = History(path, lambda: START)
        self.book = Book(self.history, VantageGuard())
        self.notices = Notices(ProbeSettings(), "edge test", self.history.told)
        self.schedule = Schedule(Pace(300.0, 0.0, 8, 5.0), random=Random(7).random)

    def take(self, name: str, *codes: str, seconds: float = 0):
        shown = result(*codes, target=name, seconds=seconds, chain=(certificate(),))
        taken = self.book.take(f"sip {name}", shown, self.notices, seconds)
        assert taken is not None
        return taken

    def moved(self) -> list[str]:
        statuses, _ = self.book.moved(self.schedule, 0.0, START)
        return [each.target for each in statuses]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "probes.sqlite")
    made.book.set_targets(TARGETS)
    return made


def test_what_moved_is_told_once_and_without_addresses(desk: Desk) -> None:
    assert sorted(desk.moved()) == NAMES, "that they are known at all"
    assert desk.moved() == []
    desk.take("p1.example")
    statuses, _ = desk.book.moved(desk.schedule, 0.0, START)
    (status,) = statuses
    assert status.last is not None
    assert status.last.endpoints == ()


def test_new_changed_and_removed_targets_are_told_apart(desk: Desk) -> None:
    changed = msgspec.structs.replace(TARGETS[1], options=False)
    new = ProbeTarget(name="new.example", kind=ProbeKind.SIP)
    assert desk.book.set_targets([TARGETS[0], changed, new]) == (["sip new.example"], ["sip p1.example"])
    _, removed = desk.book.moved(desk.schedule, 0.0, START)
    assert sorted(removed) == [f"sip p{number}.example" for number in range(2, 6)]


def test_what_the_history_remembers_comes_back(desk: Desk, tmp_path: Path) -> None:
    desk.take("p1.example", "cert.expired")
    desk.history.close()
    again = Desk(tmp_path / "probes.sqlite")
    again.book.set_targets(TARGETS)
    assert again.book.known["sip p1.example"].state.belief.shown is Severity.CRITICAL
    again.history.close()


def test_while_it_is_us_nothing_is_believed_of_others_and_it_is_told_once(desk: Desk) -> None:
    for name in NAMES:
        desk.take(name)
    told = []
    for number, name in enumerate(NAMES):
        told += desk.take(name, "tcp.timeout", seconds=100 + number).notices
    for number, name in enumerate(NAMES):
        told += desk.take(name, "tcp.timeout", seconds=130 + number).notices
    for number, name in enumerate(NAMES):
        told += desk.take(name, "tcp.timeout", seconds=150 + number).notices
    assert [each.kind for each in told] == [Kind.VANTAGE_DOWN]
    last = desk.book.known["sip p5.example"]
    assert last.last is not None
    assert last.last.findings[0].code == "probe.vantage_down"
    assert last.state.belief.shown is Severity.OK, "frozen as it was"


def test_what_is_not_the_network_is_believed_even_then(desk: Desk) -> None:
    for name in NAMES:
        desk.take(name)
    for number, name in enumerate(NAMES):
        desk.take(name, "tcp.timeout", seconds=100 + number)
    taken = desk.take("p0.example", "cert.expired", seconds=120)
    assert taken.state.belief.shown is Severity.CRITICAL


def test_a_target_without_a_recent_result_is_told_as_stale(desk: Desk) -> None:
    desk.take("p1.example")
    desk.moved()
    desk.book.mark_stale(lambda _: 300.0, at(3600))
    statuses, _ = desk.book.moved(desk.schedule, 0.0, at(3600))
    assert [(each.target, each.stale) for each in statuses] == [("p1.example", True)]
