"""Sentences that name a key ask the key map what it is called: no letter of the default map stands in one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import edgeconsole
from edgeconsole.config.key_choices import KeyChoice
from edgeconsole.present.legend import Legend, keycap, offer
from edgeconsole.present.overview import overview
from edgeconsole.tui.keys import DEFAULT_KEYS, KeyMap, in_force, labels
from edgeconsole.tui.remap import remapped
from tests.tui.console_world import NOW, EdgeInMemory, configuration, console, shows, text_of

PACKAGE = Path(edgeconsole.__file__).parent
MODULES = [path for name in ("tui", "present", "actions", "store") for path in sorted((PACKAGE / name).rglob("*.py"))]

_LABELS = sorted({shown for entry in DEFAULT_KEYS for shown in labels(entry).split()}, key=len, reverse=True)
_NAMED = re.compile(
    rf"(?:^|(?<=[ (]))(?:{'|'.join(map(re.escape, _LABELS))})(?: again)?"
    r" (?!(?:days|its|this|has|as|was|is)\b)[a-z]{2,}(?<!s)s\b"
)
_STATE = re.compile(r"(?:[^\w ]|X|o) [a-z]+")
"""A glyph and its word, not a key and what it does."""
_OF_THE_ROW = {
    "tab completes", "tab lists", "enter does", "enter goes", "enter keeps", "enter runs", "enter takes", "esc closes",
    "esc drops", "esc leaves", "esc stays", "backspace takes", "ctrl+r looks", "ctrl+c leaves", "s stages",
}  # fmt: skip
"""What the bottom row says of keys that are its own while something is typed, asked or waited for."""


def said(tree: ast.Module) -> Iterator[str]:
    """Yield every text of a module but its docstrings; a NUL stands for what an f-string puts in."""
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    texts = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts | texts:
            yield node.value


def fixed_keys(text: str) -> list[str]:
    """Return what a text says that a key of the default map does."""
    if _STATE.fullmatch(text):
        return []
    return [found.group() for found in _NAMED.finditer(text) if found.group() not in _OF_THE_ROW]


def test_no_sentence_names_a_key_by_itself() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}: {named!r} in {text!r}"
        for path in MODULES
        for text in said(ast.parse(path.read_text()))
        for named in fixed_keys(text)
    ]
    assert found == [], "ask edgeconsole.present.legend for the label of the key"


@pytest.mark.parametrize("text", ["left out; u undoes", "u undoes", "esc clears the filter", "T again gives up"])
def test_the_scan_finds_what_it_is_for(text: str) -> None:
    assert fixed_keys(text)


def test_a_key_without_a_label_is_reached_from_the_palette() -> None:
    entries = [entry._replace(keys=()) if entry.id == "history.undo" else entry for entry in DEFAULT_KEYS]
    in_force(KeyMap(entries))
    assert keycap("history.undo") == "ctrl+p Undo"


def test_a_command_names_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    assert offer("{} blocks", "domain.block") == "b blocks"
    monkeypatch.setattr(Legend, "labels", {})
    seen = msgspec.structs.replace(EdgeInMemory().seen, taken_at=NOW, configuration=configuration())
    work = overview(seen, NOW).work
    told = " ".join(cell.text for place in range(len(work.keys)) for cell in work.row(place).cells)
    assert "12 messages refused " in told


async def test_sentences_follow_a_remapped_key() -> None:
    keys = remapped([KeyChoice("history.undo", ("Z",), 1)], "x").keys
    app = console(EdgeInMemory(), keys=keys)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "sip.contoso.example")
        await pilot.press("D")
        await shows(pilot, "y apply")
        await pilot.press("y")
        await shows(pilot, "Z undoes")
        assert "u undoes" not in text_of(app)
