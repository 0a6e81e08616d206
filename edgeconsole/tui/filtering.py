"""What is typed after `/`: words, "quoted words", -without, column:text, column<number, column>number."""

import re
import shlex
from collections.abc import Callable, Sequence
from typing import NamedTuple

from edgeconsole.present.table import Column, ListView
from edgeconsole.tui.order import matching

_FIELD = re.compile(r"(?P<not>[-!]?)(?P<field>[a-z][a-z-]*)(?P<how>[:<>])(?P<value>.*)", re.DOTALL)
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)\s*([smhdw]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Field(NamedTuple):
    """A term about one column."""

    column: int
    how: str
    value: str
    negated: bool


class Filter(NamedTuple):
    """A typed filter, understood for one list."""

    words: tuple[str, ...]
    fields: tuple[Field, ...]
    problem: str = ""
    """What could not be understood, and what to type; such a term is looked for as a word."""


def understood(text: str, columns: Sequence[Column]) -> Filter:
    """Return what a filter asks of a list with these columns; a filter half typed is no error."""
    words: list[str] = []
    fields: list[Field] = []
    problem = ""
    for term in _split(text.lower()):
        found = _FIELD.fullmatch(term)
        if found is None:
            words.append(f"!{term[1:]}" if term.startswith("-") else term)
            continue
        place = _column(found["field"], columns)
        if place is None:
            words.append(f"!{term[1:]}" if found["not"] else term)
            named = ", ".join(column.id for column in columns)
            problem = f"no column is named {found['field']}: there are {named}"
        elif found["how"] != ":" and found["value"] and _NUMBER.fullmatch(found["value"]) is None:
            problem = f"{found['field']}{found['how']} needs a number, with m, h or d where it is a time"
        elif found["value"]:
            fields.append(Field(place, found["how"], found["value"], bool(found["not"])))
    return Filter(tuple(words), tuple(fields), problem)


def positions(view: ListView, search: Sequence[str], wanted: Filter) -> Sequence[int]:
    """Return the positions of the rows that match; rows are made only where a column is asked about."""
    found = matching(search, wanted.words)
    return [place for place in found if _holds(view, place, wanted.fields)] if wanted.fields else found


def _split(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.commenters, lexer.escape = True, '"', "", ""
    try:
        return list(lexer)
    except ValueError:
        # A quote that is not closed yet.
        return text.replace('"', " ").split()


def _column(name: str, columns: Sequence[Column]) -> int | None:
    """Return the column that is named so, by its id or the start of its title."""
    tests: tuple[Callable[[Column], bool], ...] = (
        lambda column: column.id.lower() == name,
        lambda column: column.title.lower().startswith(name),
    )
    for test in tests:
        for place, column in enumerate(columns):
            if test(column):
                return place
    return None


def _holds(view: ListView, place: int, fields: Sequence[Field]) -> bool:
    cells = view.row(place).cells
    return all(_one(cells[field.column].text.lower(), field) is not field.negated for field in fields)


def _one(text: str, field: Field) -> bool:
    if field.how == ":":
        return field.value in text
    here, limit = _NUMBER.search(text), _NUMBER.fullmatch(field.value)
    if here is None or limit is None:
        return False
    value, bound = (float(each[1]) * _SECONDS[each[2]] for each in (here, limit))
    return value < bound if field.how == "<" else value > bound
