"""What is done to a federation.toml while something goes wrong: save, apply, confirm, revert and their kin."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from edgeconsole.config.confirm import TIMER
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import Conflict
from edgeconsole.model.revision import Author, WriteOutcome
from tests.config.federation_files import SAMPLE

ALICE = Author("alice", "test")
OLD, NEW = SAMPLE.encode(), SAMPLE.replace("partner_discovery = false", "partner_discovery = true").encode()


class Told(NamedTuple):
    """What somebody was told was done, and with which head of the audit."""

    what: str
    """`old` or `new`: that text is committed; `waits`: the new one, to be confirmed; `confirmed`; `point`."""
    head: str

    @property
    def line(self) -> bytes:
        return f"{self.what} {self.head}\n".encode()

    @classmethod
    def last_in(cls, lines: bytes) -> "Told | None":
        whole = lines.decode().splitlines()
        return cls(*whole[-1].split()) if whole else None


Telling = Callable[[Told], None]


def opened(path: Path) -> Revisions:
    return Revisions.open(path, clock=lambda: datetime.now(UTC), new_id=lambda: uuid4().hex)


def commit(revisions: Revisions, length: timedelta | None = None) -> WriteOutcome:
    plan = revisions.plan([Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": True})])
    return revisions.commit(plan.plan_id, author=ALICE, confirm=length).outcome


def _save(revisions: Revisions, tell: Telling) -> None:
    if commit(revisions) is WriteOutcome.COMMITTED:
        tell(Told("new", revisions.trail.head))


def _apply(revisions: Revisions, tell: Telling) -> None:
    if commit(revisions, timedelta(minutes=5)) is WriteOutcome.COMMITTED:
        tell(Told("waits", revisions.trail.head))


def _confirm(revisions: Revisions, tell: Telling) -> None:
    pending = revisions.confirming.pending
    if pending is None:
        raise Conflict("nothing waits any more")
    revisions.confirming.confirm(pending.token, ALICE)
    tell(Told("confirmed", revisions.trail.head))


def _revert(revisions: Revisions, tell: Telling) -> None:
    if revisions.confirming.pending is None:
        raise Conflict("nothing waits any more")
    if revisions.confirming.roll_back(TIMER, "nobody confirmed") is WriteOutcome.COMMITTED:
        tell(Told("old", revisions.trail.head))


def _rollback(revisions: Revisions, tell: Telling) -> None:
    plan = revisions.plan_rollback(1)
    if revisions.commit(plan.plan_id, author=ALICE).outcome is WriteOutcome.COMMITTED:
        tell(Told("old", revisions.trail.head))


def _undo(revisions: Revisions, tell: Telling) -> None:
    plan = revisions.plan_undo(2)
    if revisions.commit(plan.plan_id, author=ALICE).outcome is WriteOutcome.COMMITTED:
        tell(Told("old", revisions.trail.head))


def _take_back(revisions: Revisions, tell: Telling) -> None:
    first = revisions.history(10)[-1].revision
    if revisions.confirming.take_back(first, ALICE, "it could not be enforced") is WriteOutcome.COMMITTED:
        tell(Told("old", revisions.trail.head))


def _name_a_point(revisions: Revisions, tell: Telling) -> None:
    revisions.points.add("good", 1, author=ALICE)
    tell(Told("point", revisions.trail.head))


class Scenario(NamedTuple):
    prepare: Callable[[Revisions], object] | None
    act: Callable[[Revisions, Telling], None]
    opening: bool = False
    """Whether opening the file is part of it."""
    guarded: bool = False
    """Whether the new text may stay only where somebody confirmed it."""


def _saved(revisions: Revisions) -> None:
    commit(revisions)


def _pending(revisions: Revisions) -> None:
    commit(revisions, timedelta(minutes=5))


SCENARIOS = {
    "first open and save": Scenario(None, _save, opening=True),
    "save": Scenario(lambda _: None, _save),
    "open and save": Scenario(lambda _: None, _save, opening=True),
    "apply": Scenario(lambda _: None, _apply, guarded=True),
    "open and apply": Scenario(lambda _: None, _apply, guarded=True, opening=True),
    "confirm": Scenario(_pending, _confirm, guarded=True),
    "open and confirm": Scenario(_pending, _confirm, guarded=True, opening=True),
    "revert": Scenario(_pending, _revert, guarded=True),
    "open and revert": Scenario(_pending, _revert, guarded=True, opening=True),
    "rollback": Scenario(_saved, _rollback),
    "undo": Scenario(_saved, _undo),
    "take back": Scenario(_saved, _take_back),
    "restore point": Scenario(_saved, _name_a_point),
}


def prepare(directory: Path, scenario: Scenario) -> Path:
    """Make the file that a scenario starts from."""
    directory.mkdir(mode=0o700)
    path = directory / "federation.toml"
    path.write_bytes(OLD)
    if scenario.prepare is not None:
        revisions = opened(path)
        scenario.prepare(revisions)
        revisions.close()
    return path
