"""The directory a lab lives in."""

import os
from pathlib import Path

import pytest

from edgeconsole.lab.federation_file import Places
from edgeconsole.lab.home import MAX_SOCKET_PATH, Home, Memory
from edgeconsole.model.errors import BadInput, Conflict


def test_without_a_directory_a_private_one_is_made_and_removed_at_the_end(temporary_root: Path) -> None:
    home = Home.open(None)
    assert home.path.parent == temporary_root
    assert home.path.stat().st_mode & 0o777 == 0o700
    home.configuration.write_text("version = 1")
    home.close()
    assert list(temporary_root.iterdir()) == []


def test_a_given_directory_is_made_private_and_kept(tmp_path: Path) -> None:
    place = tmp_path / "some" / "lab"
    home = Home.open(place)
    home.configuration.write_text("version = 1")
    home.close()
    assert place.stat().st_mode & 0o777 == 0o700
    again = Home.open(place)
    assert again.configuration.read_text() == "version = 1"
    again.close()


def test_a_relative_directory_becomes_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = Home.open(Path("lab"))
    assert home.path == (tmp_path / "lab").resolve()
    home.close()


def test_two_labs_cannot_run_in_one_directory_and_the_lock_ends_with_the_first(tmp_path: Path) -> None:
    first = Home.open(tmp_path / "lab")
    with pytest.raises(Conflict, match="another lab runs"):
        Home.open(tmp_path / "lab")
    first.close()
    Home.open(tmp_path / "lab").close()


def test_a_directory_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "federation.toml").write_text("precious")
    with pytest.raises(BadInput, match="no lab made it"):
        Home.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["federation.toml"]


def test_a_file_in_place_of_the_directory_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be the lab's directory"):
        Home.open(tmp_path / "file")


def test_the_socket_of_a_long_path_goes_to_a_short_one_that_is_removed_at_the_end(tmp_path: Path) -> None:
    short, long = Home.open(tmp_path / "a"), Home.open(tmp_path / ("long" * 30))
    assert long.admin_socket() == long.admin_socket()
    assert len(os.fsencode(long.admin_socket())) <= MAX_SOCKET_PATH
    assert long.admin_socket().parent.stat().st_mode & 0o777 == 0o700
    place = long.admin_socket().parent
    short.close()
    long.close()
    assert not place.exists()


def test_what_was_remembered_is_recalled_and_damage_is_the_same_as_nothing(tmp_path: Path) -> None:
    home = Home.open(tmp_path / "lab")
    assert home.recall() is None
    places = Places(resolver="127.0.0.1:1", next_hop="p:2", admin_socket="/s", certificates="/c", pinned={"a": "b:3"})
    home.remember(Memory(places=places, ports={"dns": 1}))
    assert home.recall() == Memory(places=places, ports={"dns": 1})
    (home.path / "lab.json").write_text("{")
    assert home.recall() is None
    home.close()
