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

TOLD_OLD, TOLD_NEW, TOLD_WAITS = b"O", b"N", b"W"
"""What somebody was told is committed: the old text, the new one, or the new one as long as nobody takes it back."""

Telling = Callable[[bytes], None]


def opened(path: Path) -> Revisions:
    return Revisions.open(path, clock=lambda: datetime.now(UTC), new_id=lambda: uuid4().hex)


def commit(revisions: Revisions, length: timedelta | None = None) -> WriteOutcome:
    plan = revisions.plan([Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": True})])
    return revisions.commit(plan.plan_id, author=ALICE, confirm=length).outcome


def _save(revisions: Revisions, tell: Telling) -> None:
    if commit(revisions) is WriteOutcome.COMMITTED:
        tell(TOLD_NEW)


def _apply(revisions: Revisions, tell: Telling) -> None:
    if commit(revisions, timedelta(minutes=5)) is WriteOutcome.COMMITTED:
        tell(TOLD_WAITS)


def _confirm(revisions: Revisions, tell: Telling) -> None:
    pending = revisions.confirming.pending
    if pending is None:
        raise Conflict("nothing waits any more")
    revisions.confirming.confirm(pending.token, ALICE)
    tell(TOLD_NEW)


def _revert(revisions: Revisions, tell: Telling) -> None:
    if revisions.confirming.pending is None:
        raise Conflict("nothing waits any more")
    if revisions.confirming.roll_back(TIMER, "nobody confirmed") is WriteOutcome.COMMITTED:
        tell(TOLD_OLD)


def _rollback(revisions: Revisions, tell: Telling) -> None:
    plan = revisions.plan_rollback(1)
    if revisions.commit(plan.plan_id, author=ALICE).outcome is WriteOutcome.COMMITTED:
        tell(TOLD_OLD)


def _undo(revisions: Revisions, tell: Telling) -> None:
    plan = revisions.plan_undo(2)
    if revisions.commit(plan.plan_id, author=ALICE).outcome is WriteOutcome.COMMITTED:
        tell(TOLD_OLD)


def _take_back(revisions: Revisions, tell: Telling) -> None:
    first = revisions.history(10)[-1].revision
    if revisions.confirming.take_back(first, ALICE, "it could not be enforced") is WriteOutcome.COMMITTED:
        tell(TOLD_OLD)


def _name_a_point(revisions: Revisions, tell: Telling) -> None:
    revisions.points.add(f"point{len(revisions.points.all())}", author=ALICE)


class Scenario(NamedTuple):
    prepare: Callable[[Revisions], object] | None
    act: Callable[[Revisions, Telling], None]
    opening: bool = False
    """Whether opening the file is part of it."""


def _saved(revisions: Revisions) -> None:
    commit(revisions)


def _pending(revisions: Revisions) -> None:
    commit(revisions, timedelta(minutes=5))


SCENARIOS = {
    "first open and save": Scenario(None, _save, opening=True),
    "save": Scenario(lambda _: None, _save),
    "open and save": Scenario(lambda _: None, _save, opening=True),
    "apply": Scenario(lambda _: None, _apply),
    "open and apply": Scenario(lambda _: None, _apply, opening=True),
    "confirm": Scenario(_pending, _confirm),
    "open and confirm": Scenario(_pending, _confirm, opening=True),
    "revert": Scenario(_pending, _revert),
    "open and revert": Scenario(_pending, _revert, opening=True),
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
