"""The operator's own keys: the `[keys]` table of console.toml as it was written, with the line of each entry.

    [keys]
    domain.block = "%"
    list.page-down = ["pagedown", "ctrl+f"]

What an entry means is judged where the key map is; here only its form is, and a bad entry never hides the good ones.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from edgeconsole.config.limits import OverLimit
from edgeconsole.config.scan import line_of, scan, statements
from edgeconsole.config.settings import read_text
from edgeconsole.model.errors import EdgeconsoleError, Problem

TABLE = "keys"
_MOST = 200
"""Entries that are read; there are fewer actions."""


class KeyChoice(NamedTuple):
    """One action and the keys that are wanted for it."""

    id: str
    keys: tuple[str, ...]
    line: int | None = None


class KeyChoices(NamedTuple):
    """All entries that have the form of one, and what is wrong with the others."""

    choices: tuple[KeyChoice, ...] = ()
    problems: tuple[Problem, ...] = ()


def load_key_choices(path: Path) -> KeyChoices:
    """Return the keys a file asks for; a missing file asks for none. A file that cannot be read is one problem."""
    try:
        text = read_text(path)
    except EdgeconsoleError as error:
        return KeyChoices(problems=error.problems or (Problem(file=str(path), message=error.message),))
    return parse_key_choices(text, path)


def parse_key_choices(text: str, path: Path) -> KeyChoices:
    """Return the keys a text asks for."""
    try:
        # The scanner first: it refuses what would take the parser's time and memory.
        lines = _lines(text)
        table = tomllib.loads(text).get(TABLE, {})
    except OverLimit as error:
        line = line_of(text, error.offset)
        return KeyChoices(problems=(Problem(file=str(path), line=line, message=error.message),))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        line_number = int(found[1]) if found else None
        return KeyChoices(problems=(Problem(file=str(path), line=line_number, message=str(error)),))
    if not isinstance(table, dict):
        wrong = Problem(
            file=str(path), line=lines.get(TABLE), field=TABLE, message="needs a table", remedy="Write [keys]"
        )
        return KeyChoices(problems=(wrong,))
    choices: list[KeyChoice] = []
    problems: list[Problem] = []
    for name, value in list(_flat(table).items())[:_MOST]:
        keys = (value,) if isinstance(value, str) else value
        if isinstance(keys, (list, tuple)) and all(isinstance(key, str) for key in keys):
            choices.append(KeyChoice(name, tuple(keys), lines.get(name)))
        else:
            problems.append(
                Problem(
                    file=str(path),
                    line=lines.get(name),
                    field=f"{TABLE}.{name}"[:80],
                    message="needs a key or a list of keys",
                    remedy=f'Write {name[:40]} = "x" or ["x", "ctrl+x"]',
                )
            )
    return KeyChoices(tuple(choices), tuple(problems))


def _flat(table: Mapping[str, object], above: str = "") -> dict[str, object]:
    """Return the entries by id: `go.domains = "2"` is a table within a table to TOML, and one id to us."""
    found: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{above}{name}.")
        else:
            found[f"{above}{name}"] = value
    return found


def _lines(text: str) -> dict[str, int]:
    layout = scan(text)
    found: dict[str, int] = {}
    start = 0
    for piece, header in zip(layout.pieces, layout.headers, strict=True):
        for statement in statements(piece):
            first, *rest = (*header.path, *statement.key)
            if first == TABLE:
                found.setdefault(".".join(rest) or TABLE, line_of(text, start + statement.start))
        start += len(piece)
    return found
