"""The journal tells what was meant and what became of it, also after a crash or a full disk."""

import errno
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeconsole.config import journal as journalling
from edgeconsole.config.journal import MAX_DIFFERENCES, Journal
from edgeconsole.model.change import Difference
from edgeconsole.model.configuration import Table
from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord, WriteOutcome
from tests.config.counted_os import CountedOs

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def record(number: int, *, steps: int = 1, why: str = "") -> RevisionRecord:
    step = Difference(table=Table.DOMAIN, key="a.example", field="comment", before=None, after="x")
    return RevisionRecord(
        revision=Revision("lineage", number, f"etag{number}"),
        at=NOW,
        by=Author("alice", "console"),
        origin=Origin.APPLIED,
        why=why,
        differences=(step,) * steps,
    )


def commit(journal: Journal, number: int) -> None:
    journal.intend(f"t{number}", record(number), f"etag{number - 1}")
    journal.conclude(f"t{number}", WriteOutcome.COMMITTED, NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_what_was_committed_is_read_back_as_it_was(path: Path) -> None:
    journal = Journal.open(path, writer=True)
    commit(journal, 1)
    commit(journal, 2)
    journal.close()
    again = Journal.open(path, writer=False)
    assert [intent.record() for intent in again.committed()] == [record(1), record(2)]
    assert [json.loads(line)["seq"] for line in path.read_text().splitlines()] == [1, 2, 3, 4]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_intent_is_on_disk_before_anything_else_happens(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal.open(path, writer=True)
    counted = CountedOs()
    monkeypatch.setattr(journalling, "os", counted)
    journal.intend("t1", record(1), "")
    assert counted.calls[-1] == "fsync"
    assert [entry.txn for entry in [Journal.open(path, writer=False).open_intent()] if entry] == ["t1"]


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_torn_last_line_is_cut_off_by_a_writer_and_stepped_over_by_a_reader(path: Path, cut: int) -> None:
    journal = Journal.open(path, writer=True)
    commit(journal, 1)
    whole = path.read_bytes()
    journal.intend("t2", record(2), "etag1")
    journal.close()
    path.write_bytes(path.read_bytes()[:-cut])
    assert Journal.open(path, writer=False).open_intent() is None
    assert path.read_bytes() != whole
    again = Journal.open(path, writer=True)
    assert path.read_bytes() == whole
    commit(again, 2)
    again.close()
    assert len(Journal.open(path, writer=False).committed()) == 2


def test_a_line_that_cannot_be_read_is_counted_and_does_not_hide_the_others(path: Path) -> None:
    journal = Journal.open(path, writer=True)
    commit(journal, 1)
    journal.close()
    with path.open("ab") as file:
        file.write(b"\0\0\0\n{}\n")
    again = Journal.open(path, writer=True)
    commit(again, 2)
    assert (len(again.committed()), again.damaged) == (2, 2)


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_an_intent_that_cannot_be_written_leaves_no_trace(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    journal = Journal.open(path, writer=True)
    commit(journal, 1)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        broken = CountedOs()
        setattr(broken, call, fail)
        patch.setattr(journalling, "os", broken)
        patch.setattr("edgeconsole.config.save.os", broken)
        with pytest.raises(OSError, match="No space"):
            journal.intend("t2", record(2), "etag1")
    assert path.read_bytes() == before
    assert journal.open_intent() is None
    commit(journal, 2)
    assert len(Journal.open(path, writer=False).committed()) == 2


def test_a_result_that_cannot_be_written_goes_before_the_next_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal.open(path, writer=True)
    journal.intend("t1", record(1), "")

    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        broken = CountedOs()
        broken.write = fail  # type: ignore[attr-defined]
        patch.setattr("edgeconsole.config.save.os", broken)
        journal.conclude("t1", WriteOutcome.COMMITTED, NOW)
    assert [intent.number for intent in journal.committed()] == [1]
    commit(journal, 2)
    kinds = [json.loads(line)["kind"] for line in path.read_text().splitlines()]
    assert kinds == ["intent", "result", "intent", "result"]


def test_lines_are_printable_ascii_whatever_stands_in_them(path: Path) -> None:
    journal = Journal.open(path, writer=True)
    journal.intend("t1", record(1, why="über\x1b[2J\n\x7f\u202e\u2028"), "")
    content = path.read_bytes()
    assert content.count(b"\n") == 1
    assert all(0x20 <= byte < 0x7F for byte in content.rstrip(b"\n"))
    found = Journal.open(path, writer=False).open_intent()
    assert found is not None
    assert found.why == "über\x1b[2J\n\x7f\u202e\u2028"


def test_very_many_differences_are_cut_short_and_counted(path: Path) -> None:
    journal = Journal.open(path, writer=True)
    intent = journal.intend("t1", record(1, steps=MAX_DIFFERENCES + 5), "")
    assert (len(intent.differences), intent.left_out) == (MAX_DIFFERENCES, 5)


def test_only_the_end_of_a_very_long_journal_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal.open(path, writer=True)
    for number in range(1, 30):
        commit(journal, number)
    journal.close()
    monkeypatch.setattr(journalling, "READ_BACK", 2000)
    again = Journal.open(path, writer=True)
    assert 0 < len(again.committed()) < 10
    assert again.last_number() == 29
    size = os.path.getsize(path)
    commit(again, 30)
    assert os.path.getsize(path) > size
    assert again.damaged == 0


def test_a_reader_adds_in_memory_only(path: Path) -> None:
    journal = Journal.open(path, writer=False)
    commit(journal, 1)
    assert len(journal.committed()) == 1
    assert not path.exists()


def test_a_journal_that_is_a_symbolic_link_is_not_followed(path: Path) -> None:
    target = path.with_name("elsewhere")
    path.symlink_to(target)
    with pytest.raises(OSError, match="symbolic links"):
        Journal.open(path, writer=True)
    assert not target.exists()
