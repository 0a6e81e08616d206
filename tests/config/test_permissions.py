"""Files that others could read or replace are refused with the command to run, as ssh does: a table of 52 cells."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeconsole.backends.remote import _private_text
from edgeconsole.config import audit, bearer_tokens
from edgeconsole.config.save import NotSaved, save
from edgeconsole.model.errors import BadInput
from edgeconsole.model.revision import WriteOutcome


def read_audit_key(path: Path) -> None:
    audit._read_key(path)


def read_tokens(path: Path) -> None:
    bearer_tokens._read(path)


def read_credential(path: Path) -> None:
    _private_text(path)


SECRETS: dict[str, tuple[Callable[[Path], None], str]] = {
    "audit key": (read_audit_key, "ab" * 32),
    "bearer tokens": (read_tokens, '{"version":1,"tokens":[]}'),
    "credential of a context": (read_credential, "ec1_secret"),
}
MODES = {
    0o400: True, 0o600: True, 0o700: True,
    0o610: False, 0o620: False, 0o640: False, 0o660: False, 0o601: False, 0o602: False, 0o604: False, 0o644: False,
    0o666: False,
}  # fmt: skip
"""Whether a secret of that mode is believed: never where anybody but its owner may do anything with it."""


@pytest.mark.parametrize("mode", MODES, ids=oct)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_read_only_where_nobody_else_may_use_the_file(tmp_path: Path, secret: str, mode: int) -> None:
    read, content = SECRETS[secret]
    path = tmp_path / "secret"
    path.write_text(content)
    path.chmod(mode)
    if MODES[mode]:
        read(path)
        return
    with pytest.raises(BadInput) as caught:
        read(path)
    remedies = (caught.value.remedy, *(each.remedy for each in caught.value.problems))
    assert any(f"chmod 0600 {path}" in each for each in remedies)


def link(path: Path) -> None:
    path.rename(path.with_name("real.toml"))
    path.symlink_to("real.toml")


def second_name(path: Path) -> None:
    os.link(path, path.with_name("other name.toml"))


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


KINDS: dict[str, tuple[Callable[[Path], None], str]] = {
    "regular file": (lambda path: None, ""),
    "symbolic link": (link, "symbolic link"),
    "hard link": (second_name, ""),
    "fifo": (fifo, "not a regular file"),
    "directory": (directory, "not a regular file"),
    "nothing": (Path.unlink, ""),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_configuration_replaces_regular_files_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "federation.toml"
    path.write_text("version = 1\n")
    make, why = KINDS[kind]
    make(path)
    if why:
        with pytest.raises(NotSaved, match=why):
            save(path, b"version = 1 # new\n", previous_link=None)
        return
    assert save(path, b"version = 1 # new\n", previous_link=None) is WriteOutcome.COMMITTED
    others = [each for each in tmp_path.iterdir() if each != path]
    assert all(each.read_text() == "version = 1\n" for each in others), "another name keeps the former text"


PLACES = {0o700: True, 0o750: True, 0o755: True, 0o775: True, 0o777: False}


@pytest.mark.parametrize(("above", "sticky"), [(0, 0), (0, stat.S_ISVTX), (1, 0), (1, stat.S_ISVTX)])
def test_a_directory_that_everybody_may_write_to_is_refused_at_any_height(
    tmp_path: Path, above: int, sticky: int
) -> None:
    path = tmp_path / "etc" / "edgeconsole" / "federation.toml"
    path.parent.mkdir(parents=True)
    path.write_text("version = 1\n")
    held = path.parents[above]
    for mode, is_fit in PLACES.items():
        held.chmod(mode | sticky)
        if is_fit or (above and sticky):
            # Above its own directory a sticky one is fit: nobody renames there what is another's.
            assert save(path, b"version = 1\n", previous_link=None) is WriteOutcome.COMMITTED
            continue
        with pytest.raises(NotSaved, match="everybody may write") as caught:
            save(path, b"version = 1\n", previous_link=None)
        assert str(held) in str(caught.value)


def test_the_table_has_at_least_48_cells() -> None:
    assert len(SECRETS) * len(MODES) + len(KINDS) + 2 * len(PLACES) >= 48
