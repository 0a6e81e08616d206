"""The key map as an operator wants it: every entry of `[keys]` is taken or told why not, and a bad one costs nothing.

A key has one meaning on all screens, so two actions never share one. Free of Textual: `edgeconsole keys` uses it too.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from edgeconsole.config.key_choices import KeyChoice, load_key_choices
from edgeconsole.config.values import shown, suggestion
from edgeconsole.model.errors import Problem
from edgeconsole.tui.keys import DEFAULT_KEYS, KeyEntry, KeyMap, is_forbidden

ESSENTIAL = ("app.quit", "app.back", "app.help", "app.command", "change.decide")
"""What must keep a key: the ways out, the ways to find the others, and the answer to a change that waits."""
_FIXED = ("app.cancel",)
_OTHER_NAMES = {"esc": "escape", "del": "delete", "pgup": "pageup", "pgdn": "pagedown", "return": "enter", " ": "space"}
_NAMED = frozenset(
    {"enter", "tab", "escape", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown", "up", "down",
     "left", "right", "space", "shift+tab"}
)  # fmt: skip
_CTRL = re.compile(r"ctrl\+[a-z]")
_FUNCTION = re.compile(r"f([1-9]|1[0-2])")


class Remapped(NamedTuple):
    """The map in force, which ids of it are the operator's own, and what could not be taken."""

    keys: KeyMap
    own: frozenset[str]
    problems: tuple[Problem, ...]


def load(path: Path) -> Remapped:
    """Return the key map that a console.toml leads to; a missing file leads to the default one."""
    if not path.exists():
        return Remapped(KeyMap(), frozenset(), ())
    read = load_key_choices(path)
    found = remapped(read.choices, str(path))
    return found._replace(problems=(*read.problems, *found.problems))


def remapped(choices: Sequence[KeyChoice], file: str, entries: Sequence[KeyEntry] = DEFAULT_KEYS) -> Remapped:
    """Return the map with every choice that can be taken; where two want one key, neither gets it."""
    known = {entry.id: entry for entry in entries}
    problems: list[Problem] = []

    def refuse(choice: KeyChoice, message: str, remedy: str) -> None:
        remedy = f"{remedy}; its default stays" if choice.id in known else remedy
        problems.append(
            Problem(file=file, line=choice.line, field=f"keys.{choice.id}"[:80], message=message, remedy=remedy)
        )

    taken: dict[str, KeyChoice] = {}
    for choice in choices:
        wanted = choice._replace(keys=tuple(dict.fromkeys(_spelled(key) for key in choice.keys)))
        against = _against(wanted, known)
        if against is None:
            taken[choice.id] = wanted
        else:
            refuse(choice, *against)
    while clash := _clash(entries, taken):
        key, first, second = clash
        for one, other in ((first, second), (second, first)):
            if one in taken:
                title = f"{other} ({known[other].title})"
                refuse(taken.pop(one), f"{shown(key)} means {title}", f"Choose another key, or give {other} one too")
    return Remapped(
        KeyMap([entry._replace(keys=taken[entry.id].keys) if entry.id in taken else entry for entry in entries]),
        frozenset(taken),
        tuple(sorted(problems, key=lambda problem: problem.line or 0)),
    )


def notice(problems: Sequence[Problem]) -> str:
    """Return what the prompt row says of them: the first one without the long path, and how to see them whole."""
    if not problems:
        return ""
    first = problems[0]
    line = f":{first.line}" if first.line is not None else ""
    more = f" (+{len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{Path(first.file or '').name}{line}{more}: {first.message}; edgeconsole keys says all"


def _spelled(key: str) -> str:
    if len(key) == 1:
        return _OTHER_NAMES.get(key, key)
    lower = key.strip().lower()
    lower = re.sub(r"^(ctrl-|c-|\^)(?=[a-z]$)", "ctrl+", lower)
    return _OTHER_NAMES.get(lower, lower)


def _against(choice: KeyChoice, known: Mapping[str, KeyEntry]) -> tuple[str, str] | None:
    """Return what is wrong with a choice by itself, and what to do."""
    entry = known.get(choice.id)
    if entry is None:
        close = suggestion(choice.id, list(known))
        hint = f"Did you mean {close[0]}? " if close else ""
        return f"there is no action {shown(choice.id)}", f"{hint}edgeconsole keys lists the ids"
    if choice.id in _FIXED:
        return "cannot be given another key", "Remove the entry"
    if not choice.keys and choice.id in ESSENTIAL:
        return "must keep a key: without it there is no way out, or none to be found", "Name a key"
    for key in choice.keys:
        if not _is_key(key):
            return f"{shown(key)} is no key", "Write a character, a name such as pagedown, or ctrl+x"
        if is_forbidden(key):
            return f"{key} cannot be used: terminals, or screen and tmux, make something else of it", "Choose another"
        if key == "ctrl+c":
            return "ctrl+c leaves what is asked and nothing else", "Choose another"
        if key == "enter" and entry.danger:
            return "enter never changes anything", "Choose another"
    if choice.keys and all(_FUNCTION.fullmatch(key) for key in choice.keys):
        return f"{choice.keys[0]} alone does not reach us on every terminal", "Add a letter beside it"
    return None


def _is_key(key: str) -> bool:
    if len(key) == 1:
        return key.isprintable()
    return key in _NAMED or bool(_CTRL.fullmatch(key) or _FUNCTION.fullmatch(key)) or is_forbidden(key)


def _clash(entries: Sequence[KeyEntry], taken: Mapping[str, KeyChoice]) -> tuple[str, str, str] | None:
    """Return a key that would mean two things, with both ids."""
    means: dict[str, str] = {}
    for entry in entries:
        for key in taken[entry.id].keys if entry.id in taken else entry.keys:
            if key in means:
                return key, means[key], entry.id
            means[key] = entry.id
    return None
