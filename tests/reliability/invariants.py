"""I1 to I6 of the reliability reference: what must be true after any crash, checked in one place."""

import hashlib
import os
from pathlib import Path

from edgeconsole.config.confirm import FORMER_FILE, PENDING_FILE, TIMER
from edgeconsole.config.read import parse_bytes
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.audit import AuditAct
from edgeconsole.model.revision import Origin, WriteOutcome
from tests.reliability.scenarios import NEW, OLD, TOLD_NEW, TOLD_OLD, TOLD_WAITS, opened


def check(path: Path, told: bytes | None = None) -> bytes:
    """Open a file as the next start does, check I1 to I6, and return its text.

    `told` is what somebody was told last, before the crash.
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
        _check_promise(revisions, now, told)
        return now
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
    if any(each.act is AuditAct.CONFIRMED for each in records):
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


def _check_promise(revisions: Revisions, now: bytes, told: bytes | None) -> None:
    waits = revisions.confirming.pending is not None
    if told == TOLD_WAITS:
        assert waits, "I6: nothing takes back what should go back"
        assert now == NEW, "I6: what was told as committed is gone"
    elif told in (TOLD_NEW, TOLD_OLD):
        assert now == (NEW if told == TOLD_NEW else OLD), "I6: what was told as committed is gone"
        assert not waits, "I6: what was told as settled still waits"
