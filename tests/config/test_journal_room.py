"""The journal on a disk that is full or hangs: the reserve is given up for what must be written, and comes back."""

import errno
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeconsole.config import journal as journalling
from edgeconsole.config.journal import RESERVE, Journal
from edgeconsole.model.audit import AuditAct
from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord, WriteOutcome
from tests.config.counted_os import CountedOs

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE = Author("alice", "console")
RECORD = RevisionRecord(revision=Revision("lineage", 1, "etag1"), at=NOW, by=ALICE, origin=Origin.APPLIED)


class FullDisk(CountedOs):
    """Refuses to write while a reserve stands there."""

    def __init__(self, reserve: Path, code: int = errno.ENOSPC) -> None:
        super().__init__()
        self.reserve, self.code = reserve, code

    def write(self, descriptor: int, content: bytes) -> int:
        if self.reserve.exists():
            raise OSError(self.code, os.strerror(self.code))
        return os.write(descriptor, content)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def reserve(path: Path) -> Path:
    return path.with_suffix(".reserve")


def note(journal: Journal, subject: str) -> None:
    journal.note(AuditAct.CONFIRMED, ALICE, NOW, number=3, subject=subject, why="asked")


def subjects(path: Path) -> list[str]:
    return [each.subject for each in Journal.open(path, writer=False).audit(50)]


def test_a_reserve_is_set_aside_that_nobody_else_reads(path: Path, reserve: Path) -> None:
    journal = Journal.open(path, writer=True)
    assert (reserve.stat().st_size, reserve.stat().st_mode & 0o777) == (RESERVE, 0o600)
    assert RESERVE == 65_536
    journal.close()


def test_a_reserve_that_is_a_link_is_not_followed(path: Path, reserve: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"")
    reserve.symlink_to(elsewhere)
    Journal.open(path, writer=True).close()
    assert elsewhere.stat().st_size == 0


def test_on_a_full_disk_the_reserve_makes_room_for_what_must_be_written_and_comes_back(
    path: Path, reserve: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.open(path, writer=True)
    with monkeypatch.context() as patch:
        patch.setattr("edgeconsole.config.save.os", FullDisk(reserve))
        note(journal, "first")
        assert not reserve.exists()
    note(journal, "second")
    assert reserve.stat().st_size == RESERVE
    reserve.unlink()
    note(journal, "third")
    assert not reserve.exists(), "it is set aside again only where it was given up"
    journal.close()
    assert subjects(path) == ["third", "second", "first"]


def test_for_what_may_be_refused_the_reserve_is_not_given_up(
    path: Path, reserve: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.open(path, writer=True)
    with monkeypatch.context() as patch:
        patch.setattr("edgeconsole.config.save.os", FullDisk(reserve))
        with pytest.raises(OSError, match="No space left"):
            journal.intend("t1", RECORD, "")
        assert reserve.exists()
        journal.intend("t2", RECORD, "", urgent=True)
        assert not reserve.exists()
    journal.close()


def test_an_error_that_room_does_not_mend_leaves_the_reserve(
    path: Path, reserve: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.open(path, writer=True)
    monkeypatch.setattr("edgeconsole.config.save.os", FullDisk(reserve, errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        note(journal, "first")
    assert reserve.exists()
    journal.conclude("t", WriteOutcome.COMMITTED, NOW)
    assert reserve.exists()
    journal.close()


def test_without_a_reserve_a_full_disk_refuses(path: Path, reserve: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal.open(path, writer=True)
    disk = FullDisk(reserve)
    disk.reserve = path
    monkeypatch.setattr("edgeconsole.config.save.os", disk)
    reserve.unlink()
    with pytest.raises(OSError, match="No space left"):
        note(journal, "first")
    journal.close()


def test_a_disk_that_hangs_is_given_up_and_what_comes_through_later_does_not_count(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.open(path, writer=True)
    note(journal, "before")
    goes_on, slow = threading.Event(), CountedOs()

    def fsync(descriptor: int) -> None:
        goes_on.wait(20)

    slow.fsync = fsync  # type: ignore[attr-defined]
    monkeypatch.setattr(journalling, "SINK_SECONDS", 0.02)
    with monkeypatch.context() as patch:
        patch.setattr(journalling, "os", slow)
        with pytest.raises(OSError, match="timed out"):
            note(journal, "late")
    monkeypatch.setattr(journalling, "SINK_SECONDS", 20.0)
    with pytest.raises(OSError, match="timed out"):
        note(journal, "meanwhile")
    late = journal._late
    assert late is not None
    goes_on.set()
    late.join(20)
    note(journal, "after")
    journal.close()
    assert subjects(path) == ["after", "before"]
    assert Journal.open(path, writer=False).damaged == 0


def test_a_reopened_journal_has_the_head_that_was_noted(path: Path) -> None:
    journal = Journal.open(path, writer=True)
    assert journal.head == ""
    note(journal, "first")
    head = journal.head
    assert head.startswith("1:")
    journal.close()
    assert Journal.open(path, writer=False).head == head


def test_what_somebody_did_is_told_with_all_its_words(path: Path) -> None:
    journal = Journal.open(path, writer=True)
    note(journal, "token")
    (told,) = journal.audit(1)
    assert (told.seq, told.at, told.by, told.act) == (1, NOW, ALICE, AuditAct.CONFIRMED)
    assert (told.revision, told.subject, told.why) == (3, "token", "asked")
    journal.note(AuditAct.CONFIRMED, ALICE, NOW)
    assert journal.audit(1)[0].revision is None
    assert journal.noted(AuditAct.CONFIRMED, "token")
    assert not journal.noted(AuditAct.CONFIRMED, "other")
    journal.close()
