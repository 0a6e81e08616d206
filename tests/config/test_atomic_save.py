"""Whatever call fails during a save, the file is the old text or the new, and the answer says which."""

import errno
import os
import stat
from pathlib import Path

import pytest

from edgeconsole.config import save as saving
from edgeconsole.config.save import save, sweep
from edgeconsole.model.errors import NotSaved
from edgeconsole.model.revision import WriteOutcome
from tests.config.counted_os import CountedOs

OLD, NEW = b"old = 1\n", b"new = 1\n" * 100


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "federation.toml"
    path.write_bytes(OLD)
    return path


def test_a_save_replaces_the_bytes_and_keeps_the_old_text_under_its_link(path: Path) -> None:
    link = path.with_name("000001.toml")
    before = path.stat().st_ino
    assert save(path, NEW, previous_link=link) is WriteOutcome.COMMITTED
    assert path.read_bytes() == NEW
    assert link.read_bytes() == OLD
    assert link.stat().st_ino == before


def test_mode_and_owner_are_kept(path: Path) -> None:
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 12345, 23456)
    before = path.stat()
    save(path, NEW, previous_link=None)
    after = path.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)


def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    save(tmp_path / "new.toml", NEW, previous_link=None)
    assert stat.S_IMODE((tmp_path / "new.toml").stat().st_mode) == 0o600


def test_short_writes_are_continued(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class ShortWrites(CountedOs):
        @staticmethod
        def write(descriptor: int, content: memoryview) -> int:
            return os.write(descriptor, bytes(content)[:7])

    monkeypatch.setattr(saving, "os", ShortWrites())
    save(path, NEW, previous_link=None)
    assert path.read_bytes() == NEW


def calls_of_a_save(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    counted = CountedOs()
    with monkeypatch.context() as patch:
        patch.setattr(saving, "os", counted)
        save(path, OLD, previous_link=path.with_name("000001.toml"))
    return counted.calls


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_every_call_may_fail_and_the_file_is_what_the_answer_says(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    calls = calls_of_a_save(path, monkeypatch)
    assert {"open", "write", "fsync", "link", "replace"} <= set(calls)

    def fail(_: str) -> None:
        raise OSError(number, os.strerror(number))

    outcomes = set()
    for place in range(1, len(calls) + 1):
        path.write_bytes(OLD)
        with monkeypatch.context() as patch:
            patch.setattr(saving, "os", CountedOs(place, fail, half=True))
            try:
                outcome = save(path, NEW, previous_link=path.with_name("000001.toml"))
            except NotSaved:
                outcome = WriteOutcome.NOT_COMMITTED
            except OSError as error:
                pytest.fail(f"call {place} ({calls[place - 1]}) let a bare {error!r} through")
        expected = OLD if outcome is WriteOutcome.NOT_COMMITTED else NEW
        assert path.read_bytes() == expected, f"call {place}, {calls[place - 1]}"
        assert not [name for name in os.listdir(path.parent) if name.endswith(".tmp")], f"call {place}"
        outcomes.add(outcome)
    assert WriteOutcome.NOT_COMMITTED in outcomes
    assert WriteOutcome.INDETERMINATE in outcomes


def test_a_full_disk_is_told_with_the_file_and_what_to_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(CountedOs):
        @staticmethod
        def write(*_: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(saving, "os", Full())
    with pytest.raises(NotSaved, match=r"No space left on device\); it is unchanged") as caught:
        save(path, NEW, previous_link=None)
    assert str(path.parent) in caught.value.remedy


def test_a_directory_that_cannot_be_synced_is_an_outcome_of_its_own(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unsynced(CountedOs):
        @staticmethod
        def fsync(descriptor: int) -> None:
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(saving, "os", Unsynced())
    assert save(path, NEW, previous_link=None) is WriteOutcome.INDETERMINATE
    assert path.read_bytes() == NEW


def test_a_rename_that_happened_though_it_failed_counts_as_done(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class LostAnswer(CountedOs):
        @staticmethod
        def replace(source: Path, target: Path) -> None:
            os.replace(source, target)
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(saving, "os", LostAnswer())
    assert save(path, NEW, previous_link=None) is WriteOutcome.COMMITTED
    assert path.read_bytes() == NEW


def test_a_file_system_without_hard_links_keeps_a_copy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoLinks(CountedOs):
        @staticmethod
        def link(*_: object, **__: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(saving, "os", NoLinks())
    save(path, NEW, previous_link=path.with_name("000001.toml"))
    assert path.with_name("000001.toml").read_bytes() == OLD


def test_a_file_whose_owner_cannot_be_kept_is_not_saved(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(CountedOs):
        @staticmethod
        def fchown(*_: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        @staticmethod
        def fstat(descriptor: int) -> os.stat_result:
            found = list(os.fstat(descriptor))
            found[4] += 1
            return os.stat_result(found)

    monkeypatch.setattr(saving, "os", Other())
    with pytest.raises(NotSaved) as caught:
        save(path, NEW, previous_link=None)
    assert "owner" in caught.value.remedy
    assert path.read_bytes() == OLD


# Places


def test_a_symbolic_link_is_refused(path: Path) -> None:
    link = path.with_name("link.toml")
    link.symlink_to(path)
    with pytest.raises(NotSaved, match="symbolic link") as caught:
        save(link, NEW, previous_link=None)
    assert str(path) in caught.value.remedy
    assert link.is_symlink()


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "federation.toml")
    with pytest.raises(NotSaved, match="not a regular file"):
        save(tmp_path / "federation.toml", NEW, previous_link=None)


def test_a_directory_that_everybody_may_write_to_is_refused_with_the_command_to_run(path: Path) -> None:
    path.parent.chmod(0o777)
    with pytest.raises(NotSaved, match="everybody may write") as caught:
        save(path, NEW, previous_link=None)
    assert caught.value.remedy == f"Run: chmod o-w {path.parent}"
    path.parent.chmod(0o1777)
    with pytest.raises(NotSaved) as caught:
        save(path, NEW, previous_link=None)
    assert "directory of its own" in caught.value.remedy


def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotSaved, match="no directory"):
        save(tmp_path / "none" / "federation.toml", NEW, previous_link=None)


def test_what_an_interrupted_save_left_is_swept_and_nothing_else(path: Path) -> None:
    stale = path.with_name(f".{path.name}.0123456789ab.tmp")
    others = [path.with_name(".other.toml.0123456789ab.tmp"), path.with_name("federation.toml.tmp")]
    for file in (stale, *others):
        file.write_bytes(b"")
    sweep(path.parent, path.name)
    assert not stale.exists()
    assert all(file.exists() for file in (path, *others))
