"""Files that operators name are read within a limit, and written whole, private, and over nothing unasked."""

import errno
import os
import stat
from pathlib import Path

import pytest

from edgeconsole.model.errors import BadInput
from edgeconsole.transfer import files


def test_a_file_is_written_for_its_owner_alone_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = files.write_private(tmp_path / "out", b"one", replace=False)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"one", 0o600)
    with pytest.raises(BadInput, match="exists and is left as it is"):
        files.write_private(path, b"two", replace=False)
    assert files.write_private(path, b"three").read_bytes() == b"three"
    assert os.listdir(tmp_path) == ["out"]


def test_a_link_that_stands_there_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("mine")
    (tmp_path / "out").symlink_to(tmp_path / "target")
    with pytest.raises(BadInput, match="exists"):
        files.write_private(tmp_path / "out", b"x", replace=False)
    files.write_private(tmp_path / "out", b"x")
    assert (tmp_path / "target").read_text() == "mine"


def test_a_file_system_without_second_names_is_written_to_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_given: object, **_more: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    path = files.write_private(tmp_path / "out", b"one", replace=False)
    assert path.read_bytes() == b"one"
    with pytest.raises(BadInput, match="exists"):
        files.write_private(path, b"two", replace=False)
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("name", ["folder", "missing", "pipe", "nul\x00"])
def test_what_is_no_file_to_read_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput):
        files.read_file(f"{tmp_path}/{name}", 10)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written: No such file or directory"):
        files.write_private(tmp_path / "none" / "out", b"x")
