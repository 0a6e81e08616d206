"""Drafts on disk: private, whole after any end of the console, never lost by a disk that refuses."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edgeconsole.config import lock as locking
from edgeconsole.config import save
from edgeconsole.config.lock import Lock
from edgeconsole.model.errors import BadInput, Conflict
from edgeconsole.store import autosave
from edgeconsole.store.autosave import DraftFiles, context_of, directory_for
from tests.config.counted_os import CountedOs
from tests.drafts.worlds import Box, domain, files_in, switches

REPOSITORY = Path(__file__).parents[2]
SEAMS = (save, autosave, locking)
CHANGE = domain("fabrikam.example", comment="mine")


@pytest.fixture
def files(tmp_path: Path) -> DraftFiles:
    return files_in(tmp_path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(files: DraftFiles) -> list[str]:
    return sorted(path.name for path in files.directory.iterdir())


def started(directory: Path, what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.drafts.staging_process", what, str(directory)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def other_console(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A console in a process of its own that holds a draft."""
    process = started(tmp_path, "hold")
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    yield process
    process.kill()
    process.communicate()


def test_every_act_is_on_disk_when_it_returns(tmp_path: Path, files: DraftFiles) -> None:
    box = Box(files=files)
    box.stage([CHANGE])
    path = files.directory / "d1.json"
    assert json.loads(path.read_text())["staged"][0]["change"]["fields"] == {"comment": "mine"}
    box.undo()
    assert json.loads(path.read_text())["staged"] == []
    box.redo()
    assert len(json.loads(path.read_text())["staged"]) == 1


def test_drafts_are_for_their_owner_only(tmp_path: Path) -> None:
    former = os.umask(0)
    try:
        files = DraftFiles(tmp_path / "state" / "edgeconsole" / "drafts" / "abc")
        Box(files=files).stage([CHANGE])
    finally:
        os.umask(former)
    assert {mode(path) for path in files.directory.iterdir()} == {0o600}
    places = (files.directory, *list(files.directory.parents)[:3])
    assert [mode(place) for place in places] == [0o700] * 4


def test_a_directory_that_others_could_read_is_closed(files: DraftFiles) -> None:
    files.directory.mkdir(parents=True, mode=0o755)
    Box(files=files).stage([CHANGE])
    assert mode(files.directory) == 0o700


def test_a_console_that_staged_nothing_leaves_nothing(files: DraftFiles) -> None:
    box = Box(files=files)
    assert box.orphans() == ()
    box.close()
    assert not files.directory.exists()


def test_a_draft_that_was_discarded_or_undone_leaves_no_file(files: DraftFiles) -> None:
    box = Box(files=files)
    box.stage([CHANGE])
    box.discard()
    assert names(files) == []
    box.stage([CHANGE])
    box.undo()
    box.close()
    assert names(files) == []


def test_a_console_that_leaves_with_changes_leaves_an_orphan(tmp_path: Path, files: DraftFiles) -> None:
    box = Box(files=files)
    box.stage([CHANGE])
    box.stage([switches(partner_discovery=True)])
    staged = box.view.draft.staged
    box.close()
    later = Box(files=files_in(tmp_path), name="later")
    (orphan,) = later.orphans()
    assert orphan.staged == staged
    later.adopt(orphan.id)
    assert later.view.changes == (CHANGE, switches(partner_discovery=True))
    assert later.orphans() == ()
    later.undo()
    assert later.view.changes == (CHANGE,)


def test_a_moment_and_a_list_come_back_as_they_were(tmp_path: Path, files: DraftFiles) -> None:
    box = Box(files=files)
    box.stage([domain("fabrikam.example", expires="2030-01-01T00:00:00+02:00", tags=["a", "b"])])
    configuration = box.view.configuration
    box.close()
    later = Box(files=files_in(tmp_path))
    later.adopt("d1")
    assert later.view.configuration == configuration
    assert later.view.conflicts == ()


@pytest.mark.parametrize("after", [1, 2, 7])
def test_a_killed_console_loses_nothing_it_had_staged(tmp_path: Path, files: DraftFiles, after: int) -> None:
    process = started(tmp_path, "loop")
    assert process.stdout is not None
    for _ in range(after):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    # Through the same reader: communicate() would pass over what it has read ahead.
    with process, process.stdout:
        told = process.stdout.read().split()
    last = int(told[-1]) if told else after
    box = Box(files=files)
    (orphan,) = box.orphans()
    assert len(orphan.staged) in (last, last + 1)
    box.adopt(orphan.id)
    assert box.view.problems == ()
    assert box.view.configuration.domains[0].comment == f"change {len(orphan.staged)}"
    assert names(files) == ["loop-1.json", "loop-1.lock"]


def calls_of_a_save(directory: Path) -> list[str]:
    counted = CountedOs()
    with pytest.MonkeyPatch.context() as patch:
        for module in SEAMS:
            patch.setattr(module, "os", counted)
        box = Box(files=files_in(directory))
        box.stage([CHANGE])
    return counted.calls


def test_whichever_call_to_the_disk_fails_the_draft_is_kept_and_the_next_act_saves_it(tmp_path: Path) -> None:
    total = len(calls_of_a_save(tmp_path / "count"))
    assert total > 5
    for number in range(1, total + 1):
        hit: list[str] = []

        def refuse(name: str, hit: list[str] = hit) -> None:
            hit.append(name)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        place = tmp_path / str(number)
        box = Box(files=files_in(place))
        with pytest.MonkeyPatch.context() as patch:
            counted = CountedOs(number, refuse)
            for module in SEAMS:
                patch.setattr(module, "os", counted)
            box.stage([CHANGE])
        assert hit
        assert box.view.changes == (CHANGE,)
        box.stage([switches(partner_discovery=True)])
        assert box.view.problems == (), hit
        box.close()
        assert len(Box(files=files_in(place)).orphans()[0].staged) == 2, hit


@pytest.mark.parametrize(
    ("code", "name", "does"),
    [(errno.ENOSPC, "ENOSPC", "Make room"), (errno.EACCES, "EACCES", "access"), (errno.EROFS, "EROFS", "read-only")],
)
def test_a_disk_error_says_file_cause_and_what_to_do(files: DraftFiles, code: int, name: str, does: str) -> None:
    box, heard = Box(files=files), []
    box.subscribe(lambda view: heard.append(view.problems))

    def refuse(_: str) -> None:
        raise OSError(code, os.strerror(code))

    with pytest.MonkeyPatch.context() as patch:
        # The first call looks at what is there, the second opens the new file.
        patch.setattr(save, "os", CountedOs(2, refuse))
        box.stage([CHANGE])
    (problem,) = box.view.problems
    assert heard == [(problem,)]
    assert problem.file == str(files.directory / "d1.json")
    assert name in problem.message
    assert "stays in this console" in problem.message
    assert does in problem.remedy
    box.undo()
    assert box.view.problems == ()


def test_a_place_that_is_no_directory_keeps_the_draft_in_memory(tmp_path: Path) -> None:
    (tmp_path / "drafts").write_text("in the way")
    box = Box(files=files_in(tmp_path))
    box.stage([CHANGE])
    assert "not saved" in box.view.problems[0].message
    assert box.view.changes == (CHANGE,)
    (tmp_path / "drafts").unlink()
    box.close()
    assert len(Box(files=files_in(tmp_path), name="x").orphans()) == 1


def test_a_live_consoles_draft_is_no_orphan_until_it_dies(tmp_path: Path, files: DraftFiles, other_console) -> None:
    box = Box(files=files)
    assert box.orphans() == ()
    (stored,) = files.stored().drafts
    assert stored.holder == other_console.pid
    with pytest.raises(Conflict, match=str(other_console.pid)):
        box.adopt(stored.draft.id)
    with pytest.raises(Conflict):
        box.discard(stored.draft.id)
    other_console.kill()
    other_console.wait()
    assert [draft.id for draft in box.orphans()] == [stored.draft.id]
    box.adopt(stored.draft.id)
    assert box.view.changes == (domain("fabrikam.example", comment="change 1"),)


def test_two_live_consoles_have_a_draft_each(files: DraftFiles, other_console) -> None:
    box = Box(files=files)
    box.stage([CHANGE])
    assert [name for name in names(files) if name.endswith(".json")] == ["d1.json", "hold-1.json"]


def test_an_orphan_can_be_dropped_and_asking_again_says_it_is_gone(tmp_path: Path, files: DraftFiles) -> None:
    first = Box(files=files)
    first.stage([CHANGE])
    first.close()
    box = Box(files=files_in(tmp_path), name="x")
    box.discard("d1")
    assert names(files) == []
    for gone in ("d1", "../../etc/passwd", ""):
        with pytest.raises(BadInput):
            box.adopt(gone)


def test_a_console_with_a_draft_of_its_own_adopts_no_other(tmp_path: Path, files: DraftFiles) -> None:
    first = Box(files=files)
    first.stage([CHANGE])
    first.close()
    box = Box(files=files_in(tmp_path), name="x")
    box.stage([CHANGE])
    with pytest.raises(Conflict, match="of its own"):
        box.adopt("d1")


def test_an_adopted_draft_on_an_older_revision_is_rebased_by_what_it_saw(tmp_path: Path, files: DraftFiles) -> None:
    first = Box(files=files)
    first.stage([CHANGE, switches(partner_discovery=True)])
    first.close()
    box = Box(files=files_in(tmp_path), name="x")
    box.others(domain("fabrikam.example", comment="theirs", owner="them"))
    box.adopt("d1")
    assert box.view.stale
    found = box.rebase()
    assert [(step.field, step.after) for step in found.taken_over] == [("owner", "them")]
    assert [conflict.field for conflict in found.conflicts] == ["comment"]
    assert [edit.change for edit in found.kept] == [switches(partner_discovery=True)]


BROKEN = {
    "empty": b"",
    "cut short": None,
    "not JSON": b"\x00\xff\xfe",
    "another shape": b'{"id": "d1"}',
    "deep": b'{"x": ' + b"[" * 100_000,
    "an unknown table": b"table",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_corrupt_draft_is_set_aside_and_told_never_dropped(tmp_path: Path, files: DraftFiles, kind: str) -> None:
    first = Box(files=files)
    first.stage([CHANGE])
    first.close()
    path = files.directory / "d1.json"
    whole = path.read_bytes()
    content = BROKEN[kind] if BROKEN[kind] is not None else whole[:-9]
    if content == b"table":
        content = whole.replace(b'"domain"', b'"d\xc3\xb6main"')
    path.write_bytes(content)
    for _ in range(2):
        box = Box(files=files_in(tmp_path), name="x")
        assert box.orphans() == ()
        (problem,) = box.view.problems
        assert problem.file == str(path) + ".broken"
        assert Path(problem.file).read_bytes() == content
        assert problem.remedy


def test_a_corrupt_draft_that_cannot_be_moved_is_still_told(tmp_path: Path, files: DraftFiles) -> None:
    files.directory.mkdir(parents=True)
    (files.directory / "d1.json").write_text("{")

    def refuse(*_: object) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(autosave.os, "replace", refuse)
        stored = files.stored()
    assert stored.drafts == ()
    assert "EACCES" in stored.problems[0].message
    assert (files.directory / "d1.json").exists()


def test_a_draft_of_a_newer_release_is_left_where_it_is(files: DraftFiles) -> None:
    box = Box(files=files)
    box.stage([CHANGE])
    box.close()
    path = files.directory / "d1.json"
    newer = {**json.loads(path.read_bytes()), "format": 2, "colour": "red"}
    path.write_text(json.dumps(newer))
    (problem,) = files.stored().problems
    assert "newer release" in problem.message
    assert json.loads(path.read_bytes()) == newer


def test_a_draft_that_is_a_link_is_not_followed(tmp_path: Path, files: DraftFiles) -> None:
    secret = tmp_path / "secret"
    secret.write_text("{}")
    files.directory.mkdir(parents=True)
    (files.directory / "d1.json").symlink_to(secret)
    stored = files.stored()
    assert stored.drafts == ()
    assert "symbolic link" in stored.problems[0].message


def test_fields_of_a_draft_that_this_release_does_not_know_are_told_and_change_nothing(files: DraftFiles) -> None:
    box = Box(files=files)
    box.stage([CHANGE])
    box.close()
    path = files.directory / "d1.json"
    draft = json.loads(path.read_bytes())
    draft["staged"][0]["change"]["fields"] = {"colour": "red"}
    path.write_text(json.dumps(draft))
    later = Box(files=files_in(path.parents[2]), name="x")
    later.adopt("d1")
    assert "colour" in str(later.view.problems[0])
    assert later.view.configuration is later.view.saved.configuration


def test_a_lock_left_by_a_console_that_wrote_no_draft_is_swept_up_after_a_minute(files: DraftFiles) -> None:
    files.directory.mkdir(parents=True)
    lock = files.directory / "d1.lock"
    Lock.take(lock, lock).release()
    made = lock.stat().st_mtime
    DraftFiles(files.directory, wall=lambda: made + 59).stored()
    assert lock.exists()
    DraftFiles(files.directory, wall=lambda: made + 61).stored()
    assert not lock.exists()


def test_a_draft_too_large_to_be_read_again_is_said_to_be_unsaved(files: DraftFiles) -> None:
    box = Box(files=files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(autosave, "MAX_BYTES", 10)
        box.stage([CHANGE])
    assert "bytes" in box.view.problems[0].message


@pytest.mark.parametrize(
    ("environ", "root"),
    [
        ({"XDG_STATE_HOME": "/state", "HOME": "/home/op"}, "/state"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/home/op"}, "/home/op/.local/state"),
        ({"HOME": "/home/op"}, "/home/op/.local/state"),
    ],
)
def test_drafts_live_where_the_environment_says_one_directory_a_context(environ, root) -> None:
    one, other = directory_for("file:/a", environ), directory_for("file:/b", environ)
    assert one != other
    assert str(one.parent) == f"{root}/edgeconsole/drafts"


def test_an_edge_has_the_same_drafts_however_its_file_is_spelled(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert context_of("federation.toml", None) == context_of(tmp_path / "x" / ".." / "federation.toml", None)
    assert len({context_of("a", None), context_of(None, "a"), context_of(None, None, "a")}) == 3


def test_what_is_written_is_what_is_read(files: DraftFiles) -> None:
    box = Box(files=files)
    box.stage([CHANGE])
    box.stage([switches(partner_discovery=True)])
    box.undo()
    draft = box.view.draft
    assert msgspec.json.decode((files.directory / "d1.json").read_bytes(), type=type(draft)) == draft
