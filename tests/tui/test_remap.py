"""The operator's own keys: taken where they can be, told by line where not, and a bad one costs nothing."""

import json
from pathlib import Path

import pytest

from edgeconsole.cli.main import main
from edgeconsole.config.key_choices import parse_key_choices
from edgeconsole.tui import launch, remap
from edgeconsole.tui.app import ConsoleApp
from edgeconsole.tui.keys import KeyMap, problems
from tests.tui.console_world import EdgeInMemory, console, shows

FILE = "/etc/console.toml"


def read(text: str) -> remap.Remapped:
    given = parse_key_choices(text, Path(FILE))
    assert given.problems == ()
    return remap.remapped(given.choices, FILE)


@pytest.mark.parametrize(
    ("line", "identifier", "keys"),
    [
        ('domain.block = "%"', "domain.block", ("%",)),
        ('"domain.block" = "%"', "domain.block", ("%",)),
        ('list.page-down = ["pgdn", "ctrl-f", "f9"]', "list.page-down", ("pagedown", "ctrl+f", "f9")),
        ("view.refresh = []", "view.refresh", ()),
    ],
)
def test_an_entry_gives_an_action_its_keys(line: str, identifier: str, keys: tuple[str, ...]) -> None:
    found = read(f"[keys]\n{line}\n")
    assert found.problems == ()
    assert found.own == {identifier}
    assert found.keys.of(identifier).keys == keys


def test_two_actions_may_change_places() -> None:
    found = read('[keys]\ndomain.block = "D"\naccess-edge.discovery = "b"\n')
    assert found.problems == ()
    assert found.keys.find("D", "D").id == "domain.block"  # type: ignore[union-attr]
    assert problems(found.keys.entries) == []


@pytest.mark.parametrize(
    ("line", "message", "remedy"),
    [
        ('domain.blok = "%"', "no action", "domain.block"),
        ('domain.block = "ctrl+i"', "cannot be used", "default stays"),
        ('domain.block = "alt+b"', "cannot be used", "default stays"),
        ('domain.block = "enter"', "enter never", "default stays"),
        ('domain.block = "f5"', "alone", "letter"),
        ('domain.block = "banana"', "is no key", "ctrl+x"),
        ('domain.block = "ctrl+c"', "ctrl+c", "default stays"),
        ('domain.block = "Q"', "app.quit", "Choose another"),
        ("app.quit = []", "must keep a key", "Name a key"),
        ("app.back = []", "must keep a key", "Name a key"),
        ("app.help = []", "must keep a key", "Name a key"),
        ('app.cancel = "x"', "cannot be given", "Remove"),
    ],
)
def test_a_bad_entry_is_told_by_its_line_and_the_default_stays(line: str, message: str, remedy: str) -> None:
    found = read(f"# mine\n[keys]\n{line}\n")
    (problem,) = found.problems
    assert problem.file == FILE
    assert problem.line == 3
    assert message in problem.message
    assert remedy in problem.remedy
    assert found.keys.entries == KeyMap().entries


def test_of_two_that_want_one_key_neither_gets_it_and_others_are_taken() -> None:
    found = read('[keys]\ndomain.block = "%"\nview.refresh = "%"\ngo.domains = "d"\nlist.sort = "&"\n')
    assert [problem.line for problem in found.problems] == [2, 3, 4]
    assert found.own == {"list.sort"}
    assert problems(found.keys.entries) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [("[keys]\na = 3\n", 2), ("keys = 3\n", 1), ("[keys\n", 1), ('[keys]\n\nx = ["a", 1]\n', 3)],
)
def test_what_is_no_list_of_keys_is_told_by_its_line(text: str, line: int) -> None:
    (problem,) = parse_key_choices(text, Path(FILE)).problems
    assert problem.line == line


def test_the_launcher_reads_the_file_and_says_what_it_could_not_take(tmp_path: Path) -> None:
    path = tmp_path / "console.toml"
    assert launch.own_keys(path) == (None, "")
    path.write_text('[keys]\ndomain.block = "%"\nnothing = "y"\nother = "z"\n')
    keys, told = launch.own_keys(path)
    assert keys is not None
    assert keys.of("domain.block").keys == ("%",)
    assert "no action" in told
    assert told.startswith("console.toml:3 (+1 more): ")


def test_the_command_lists_the_map_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "edgeconsole" / "console.toml"
    path.parent.mkdir()
    path.write_text('[keys]\ndomain.block = "%"\n')
    assert main(["keys"]) == 0
    assert "domain.block" in capsys.readouterr().out
    path.write_text('[keys]\ndomain.block = "%"\nview.refresh = "Q"\n')
    assert main(["keys", "--json"]) == 1
    printed = capsys.readouterr()
    listed = json.loads(printed.out)
    assert next(each for each in listed["keys"] if each["id"] == "domain.block")["own"]
    assert listed["problems"][0]["line"] == 3
    assert "console.toml:3" in printed.err


async def test_the_key_row_the_help_and_the_keys_follow() -> None:
    edge = EdgeInMemory()
    plain = console(edge)
    app = ConsoleApp(plain._store, _theme(), clock=plain._clock, keys=read('[keys]\ndomain.block = "%"\n').keys)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "% block")
        await pilot.press("b")
        await shows(pilot, "b means nothing here")
        await pilot.press("2", "%")
        await shows(pilot, "y apply")


def _theme():  # type: ignore[no-untyped-def]
    from edgeconsole.tui import themes

    return themes.load(themes.DEFAULT)
