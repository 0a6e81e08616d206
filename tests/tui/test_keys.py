"""The key map: one meaning a key, none that terminals mangle, every action with help."""

import pytest

from edgeconsole.actions.registry import ACTIONS
from edgeconsole.tui.keys import DEFAULT_KEYS, KeyEntry, KeyMap, problems, typed


def test_the_default_key_map_is_valid() -> None:
    assert problems(DEFAULT_KEYS) == []


@pytest.mark.parametrize("entry", DEFAULT_KEYS, ids=lambda entry: entry.id)
def test_every_key_has_an_id_that_is_an_action_or_says_itself_what_it_does(entry: KeyEntry) -> None:
    assert entry.id in ACTIONS or entry.own != ("", "")
    assert entry.help
    assert entry.title


@pytest.mark.parametrize(
    "key",
    ["ctrl+i", "ctrl+m", "ctrl+j", "ctrl+h", "ctrl+a", "ctrl+b", "ctrl+q", "alt+x", "ctrl+1", "ctrl+shift+x", "f5"],
)
def test_keys_that_terminals_mangle_are_refused(key: str) -> None:
    assert any(key in problem for problem in problems((*DEFAULT_KEYS, KeyEntry("go.x", (key,), own=("X", "x.")))))


def test_a_key_that_means_two_things_is_refused() -> None:
    assert any("Q means app.quit" in text for text in problems((*DEFAULT_KEYS, KeyEntry("go.x", ("Q",)))))


def test_a_map_without_a_way_out_is_refused() -> None:
    assert "app.quit has no key" in problems([entry for entry in DEFAULT_KEYS if entry.id != "app.quit"])


def test_enter_changes_nothing() -> None:
    assert not KeyMap().find("enter", "\r").danger  # type: ignore[union-attr]


def test_every_key_that_changes_the_edge_is_known_here() -> None:
    asks = {entry.keys[0] for entry in DEFAULT_KEYS if entry.danger and not entry.id.startswith("draft.")}
    assert asks == {
        "D",
        "b",
        "u",
        "!",
        "R",
        "B",
        "P",
        "n",
        "e",
        "E",
        "delete",
        "d",
        "N",
        "F",
        "w",
        "i",
        "K",
        "p",
        "ctrl+r",
    }


def test_a_key_of_one_screen_means_nothing_on_another() -> None:
    keys = KeyMap()
    assert not keys.of("draft.apply").means_something_on("domains")
    assert not keys.of("domain.block").means_something_on("history")
    assert keys.of("change.decide").means_something_on("overview")


@pytest.mark.parametrize(
    ("key", "character", "expected"),
    [
        ("question_mark", "?", "?"),
        ("D", "D", "D"),
        ("space", " ", "space"),
        ("enter", "\r", "enter"),
        ("f1", None, "f1"),
    ],
)
def test_printable_keys_go_by_their_character(key: str, character: str | None, expected: str) -> None:
    assert typed(key, character) == expected
