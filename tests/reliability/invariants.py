"""I1 to I6 of the reliability reference: what must be true after any crash, checked in one place."""

import hashlib
import os
from pathlib import Path

from edgeconsole.config.confirm import FORMER_FILE, PENDING_FILE, TIMER
from edgeconsole.config.read import parse_bytes
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.audit import AuditAct
from edgeconsole.model.revision import Origin, WriteOutcome
from tests.reliability.scenarios import NEW, OLD, Told, opened


def check(path: Path, told: Told | None = None, *, guarded: bool = False) -> None:
    """Open a file as the next start does, and check I1 to I6.

    `told` is what somebody was told last, before the crash. `guarded`: the new text may stay only where it waits, or
    was confirmed.
    """
    found = path.read_bytes()
    parse_bytes(found, str(path))
    assert found in (OLD, NEW), "I1: the file is neither the old text nor the new one"
    revisions = opened(path)
    try:
        pending = revisions.confirming.pending
        if pending is not None and revisions.confirming.remaining() <= 0:
            revisions.confirming.roll_back(TIMER, "overdue at the start")
        now = path.read_bytes()
        assert now in (OLD, NEW), "I1: what came back is no text that was there"
        _check_audit(revisions, now)
        assert revisions.loaded.etag == revisions.head.etag == hashlib.sha256(now).hexdigest(), "I4: saved is not run"
        _check_nothing_left(path, revisions)
        if told is not None:
            _check_promise(revisions, now, told)
        if guarded and now == NEW and revisions.confirming.pending is None:
            assert _confirmed(revisions), "I6: what nobody confirmed stays"
    finally:
        revisions.close()


def _check_audit(revisions: Revisions, now: bytes) -> None:
    verified = revisions.trail.verify(revisions.trail.head)
    assert verified.intact, f"I2: {verified.problems}"
    last = revisions.history(1)[0]
    assert last.revision.etag == hashlib.sha256(now).hexdigest(), "I3: the audit says another text"
    assert last.origin is not Origin.EXTERNAL, "I3: the audit blames a hand edit"
    records = revisions.trail.records(1000)
    acts = [each for each in records if each.act is AuditAct.REVISION]
    assert all(each.outcome for each in acts), "I3: an intent is open"
    numbers = [each.revision for each in reversed(acts) if each.outcome is not WriteOutcome.NOT_COMMITTED]
    assert numbers == sorted(set(numbers), key=lambda number: number or 0), "I3: revision numbers go back"
    if _confirmed(revisions):
        assert revisions.confirming.pending is None, "I3: what was confirmed still waits"
        assert now == NEW, "I3: what was confirmed is gone"


def _check_nothing_left(path: Path, revisions: Revisions) -> None:
    history = path.with_name("federation.history")
    for directory in (path.parent, history):
        left = [name for name in os.listdir(directory) if name.endswith(".tmp")]
        assert not left, f"I5: {left}"
    pending = revisions.confirming.pending
    assert (history / PENDING_FILE).exists() == (pending is not None), "I5: a timer without its file, or the reverse"
    if pending is None:
        assert not (history / FORMER_FILE).exists(), "I5: the way back of a change that does not wait"
    else:
        assert revisions.head.etag == pending.to_rev.etag, "I5: a timer for a change that is not there"
        assert revisions.confirming.way_back(pending.from_rev).content == OLD, "I5: a timer without a way back"


def _confirmed(revisions: Revisions) -> bool:
    return any(each.act is AuditAct.CONFIRMED for each in revisions.trail.records(1000))


def _check_promise(revisions: Revisions, now: bytes, told: Told) -> None:
    verified = revisions.trail.verify(told.head or None)
    assert verified.intact, f"I6: the audit lost what was noted as its head: {verified.problems}"
    waits = revisions.confirming.pending is not None
    if told.what == "waits":
        assert waits, "I6: nothing takes back what should go back"
    elif told.what == "point":
        (point,) = revisions.points.all()
        assert revisions.plan_rollback(point.name).base == revisions.head, "I6: the restore point brings nothing back"
        return
    else:
        assert not waits, "I6: what was told as settled still waits"
    if told.what == "confirmed":
        assert _confirmed(revisions), "I6: the audit does not know of a confirmation"
    assert now == (OLD if told.what == "old" else NEW), "I6: what was told as committed is gone"
