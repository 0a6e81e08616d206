"""The trail of one file: what is noted stands in it with its head, and what could not be noted may not be done."""

import errno
import os
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from edgeconsole.config.revisions import Revisions
from edgeconsole.model.audit import AuditAct
from edgeconsole.model.errors import BadInput, NotSaved
from edgeconsole.model.revision import Author
from tests.config.counted_os import CountedOs
from tests.config.federation_files import SAMPLE

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE = Author("alice", "test")


def opened(path: Path, *, writer: bool = True) -> Revisions:
    ids = count(1)
    return Revisions.open(path, clock=lambda: NOW, new_id=lambda: f"id-{next(ids)}", writer=writer)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    path = tmp_path / "federation.toml"
    path.write_text(SAMPLE)
    return path


def test_what_is_noted_is_read_back_and_its_head_verifies(path: Path) -> None:
    revisions = opened(path)
    before = revisions.trail.head
    revisions.trail.note(AuditAct.CONFIRMED, ALICE, number=3, subject="token", why="asked")
    revisions.trail.note(AuditAct.CONFIRMED, ALICE)
    last, first = revisions.trail.records(2)
    assert (first.act, first.by, first.at, first.revision, first.subject) == (
        AuditAct.CONFIRMED, ALICE, NOW, 3, "token",
    )  # fmt: skip
    assert last.revision is None
    found = revisions.trail.verify(revisions.trail.head)
    assert found.intact
    assert found.head == revisions.trail.head != before
    revisions.close()


def test_a_file_without_an_audit_has_an_empty_one_that_verifies_and_no_key_is_made_to_look(path: Path) -> None:
    reader = opened(path, writer=False)
    found = reader.trail.verify()
    assert (found.lines, found.head, found.intact) == (0, "", True)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    opened(path).close()
    (path.parent / "federation.history" / "audit.key").unlink()
    with pytest.raises(BadInput, match="does not exist"):
        reader.trail.verify()
    assert not (path.parent / "federation.history" / "audit.key").exists()


def test_what_cannot_be_noted_is_refused_with_the_file_and_the_reason(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revisions = opened(path)

    def fail(*_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        broken = CountedOs()
        broken.write = fail  # type: ignore[attr-defined]
        patch.setattr("edgeconsole.config.save.os", broken)
        with pytest.raises(NotSaved, match=r"journal\.jsonl cannot be written \(Input/output error\)"):
            revisions.trail.note(AuditAct.CONFIRMED, ALICE)
    revisions.close()
