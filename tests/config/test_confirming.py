"""A change that waits, on the file alone: what is told of it, what is kept, and what a way back leaves behind."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from edgeconsole.config.confirm import FORMER_FILE, PENDING_FILE, TIMER, BootClock, rescue
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import ConfirmPending, Conflict
from edgeconsole.model.revision import Author, Origin, WriteOutcome
from tests.config.federation_files import SAMPLE

ALICE = Author("alice", "test")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LENGTH = timedelta(minutes=5)


class Held:
    """A file whose clocks a test moves."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "federation.toml"
        self.path.write_text(SAMPLE)
        self.now, self.boot, self.start = NOW, 1_000.0, "first"
        self._ids = count(1)
        self.open()

    def open(self) -> None:
        boot = BootClock(lambda: self.boot, lambda: self.start)
        ids = self._ids
        self.revisions = Revisions.open(self.path, clock=lambda: self.now, new_id=lambda: f"id-{next(ids)}", boot=boot)
        self.confirming = self.revisions.confirming

    def reopen(self) -> None:
        self.revisions.close()
        self.open()

    def apply(self, *, discovery: bool = True, confirm: timedelta | None = LENGTH) -> None:
        change = Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": discovery})
        plan = self.revisions.plan([change])
        self.revisions.commit(plan.plan_id, author=ALICE, why="try it", confirm=confirm)

    @property
    def left(self) -> set[str]:
        """Names beside the history of revisions and the audit that a way back leaves."""
        names = {path.name for path in (self.path.parent / "federation.history").iterdir()}
        return {name for name in names if name in (PENDING_FILE, FORMER_FILE) or name.endswith(".overwritten")}


@pytest.fixture
def held(tmp_path: Path):
    tmp_path.chmod(0o700)
    held = Held(tmp_path)
    yield held
    held.revisions.close()


def test_what_waits_is_told_with_who_why_and_until_when(held: Held) -> None:
    held.apply()
    told = held.confirming.told()
    assert told is not None
    assert (told.by, told.why, told.before.number, told.after.number) == (ALICE, "try it", 1, 2)
    assert (told.deadline, told.timeout, told.seconds_left) == (NOW + LENGTH, 300.0, 300.0)
    held.boot += 100
    assert held.confirming.remaining() == 200.0
    held.boot += 300
    assert held.confirming.told().seconds_left == 0.0


def test_beside_a_change_that_waits_nobody_makes_another_until_it_is_confirmed(held: Held) -> None:
    held.apply()
    with pytest.raises(ConfirmPending, match="by alice waits to be confirmed; it goes back in 300 seconds"):
        held.confirming.refuse_others()
    held.confirming.confirm(held.confirming.pending.token, ALICE)
    held.confirming.refuse_others()
    assert held.left == set()
    with pytest.raises(Conflict, match="no change waits"):
        held.confirming.match("token")


def test_another_token_confirms_nothing(held: Held) -> None:
    held.apply()
    with pytest.raises(Conflict, match="another token"):
        held.confirming.confirm("00000000x", ALICE)
    assert held.confirming.pending is not None
    assert held.left == {PENDING_FILE, FORMER_FILE}


def test_what_was_never_applied_leaves_nothing(held: Held) -> None:
    held.confirming.arm(held.revisions.head, LENGTH, ALICE, "")
    assert held.left == {PENDING_FILE, FORMER_FILE}
    held.confirming.disarm()
    assert held.left == set()
    assert held.confirming.pending is None


def test_a_way_back_is_a_new_revision_with_the_old_text_and_leaves_nothing_aside(held: Held) -> None:
    held.apply()
    assert held.confirming.roll_back(TIMER, "nobody confirmed") is WriteOutcome.COMMITTED
    assert held.path.read_text() == SAMPLE
    last = held.revisions.history(1)[0]
    assert (last.revision.number, last.by, last.origin) == (3, TIMER, Origin.ROLLED_BACK)
    assert last.why == "nobody confirmed"
    assert held.left == set()


def test_what_is_in_force_already_is_not_written_again(held: Held) -> None:
    first = held.revisions.head
    assert held.confirming.take_back(first, ALICE, "again") is WriteOutcome.COMMITTED
    assert held.revisions.head == first
    held.apply(confirm=None)
    assert held.confirming.take_back(first, ALICE, "not enforced") is WriteOutcome.COMMITTED
    assert (held.revisions.head.number, held.path.read_text()) == (3, SAMPLE)


def test_a_file_somebody_removed_comes_back_and_nothing_is_kept_of_nothing(held: Held) -> None:
    held.apply()
    held.path.unlink()
    assert held.confirming.roll_back(TIMER, "") is WriteOutcome.COMMITTED
    assert held.path.read_text() == SAMPLE
    assert held.left == set()


def test_after_a_restart_the_wall_clock_shortens_the_time_and_never_lengthens_it(held: Held) -> None:
    held.apply()
    held.now -= timedelta(hours=1)
    held.reopen()
    assert held.confirming.remaining() == 300.0
    held.now = NOW + timedelta(minutes=4)
    assert held.confirming.remaining() == 60.0
    held.start = "second"
    assert held.confirming.remaining() == 0.0


@pytest.mark.parametrize(
    ("field", "value", "left"),
    [
        ("timeout_s", 0.0, 0.0),
        ("timeout_s", 3_601.0, 0.0),
        ("timeout_s", 299.5, 300.0),
        ("timeout_s", 298.0, 0.0),
        ("deadline_boot", 2_000.0, 0.0),
    ],
)
def test_a_deadline_that_cannot_be_counts_as_over(held: Held, field: str, value: float, left: float) -> None:
    held.apply()
    held.revisions.close()
    file = held.path.parent / "federation.history" / PENDING_FILE
    file.write_text(json.dumps(json.loads(file.read_text()) | {field: value, "deadline_wall": "2026-03-01T13:00:00Z"}))
    held.open()
    assert held.confirming.remaining() == left


def test_a_confirmed_change_does_not_come_to_life_again_where_its_files_could_not_be_removed(held: Held) -> None:
    held.apply()
    history = held.path.parent / "federation.history"
    kept = {name: (history / name).read_bytes() for name in (PENDING_FILE, FORMER_FILE)}
    held.confirming.confirm(held.confirming.pending.token, ALICE)
    for name, content in kept.items():
        (history / name).write_bytes(content)
    held.reopen()
    assert held.confirming.pending is None
    assert held.left == set()


def test_a_reader_sees_what_waits(held: Held) -> None:
    held.apply()
    with_others = Revisions.open(
        held.path,
        writer=False,
        clock=lambda: NOW,
        new_id=lambda: "r",
        boot=BootClock(lambda: held.boot, lambda: held.start),
    )
    assert not with_others.writer
    assert with_others.confirming.told() == held.confirming.told()
    with_others.close()


@pytest.mark.parametrize("broken", ["[[[[", None], ids=["no TOML", "gone"])
def test_a_broken_file_under_a_change_that_waits_is_put_back_at_the_start(held: Held, broken: str | None) -> None:
    held.apply()
    held.revisions.close()
    if broken is None:
        held.path.unlink()
    else:
        held.path.write_text(broken)
    assert rescue(held.path)
    assert held.path.read_text() == SAMPLE
    assert not rescue(held.path)
    held.open()


def test_a_file_that_can_be_read_is_left_alone_at_the_start(held: Held) -> None:
    held.apply()
    assert not rescue(held.path), "somebody holds it"
    held.revisions.close()
    before = held.path.read_text()
    assert not rescue(held.path)
    assert held.path.read_text() == before
    held.open()


def test_a_broken_file_with_nothing_that_waits_is_left_alone(held: Held) -> None:
    held.revisions.close()
    held.path.write_text("[[[[")
    assert not rescue(held.path)
    assert held.path.read_text() == "[[[["
    held.path.write_text(SAMPLE)
    held.open()
