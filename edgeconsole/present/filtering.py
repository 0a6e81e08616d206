"""What a list can be filtered by: words, "quoted words", -without, field:text, field:none, field<30d, field>number.

One language for the console and the commands. A field is a facet of the list, or one of its columns by id or title.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from edgeconsole.present.table import Column, Facet, ListView

NONE = "none"
"""The value that finds rows which have nothing there."""

_FIELD = re.compile(r"(?P<not>[-!]?)(?P<field>[a-z][a-z-]*)(?P<how>[:<>])(?P<value>.*)", re.DOTALL)
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)\s*([smhdwk]?)")
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?-?")
_TIMES = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "k": 1000}
_NOTHING = ("", "-")
_GLYPHS = ".!X?~+=*-"
"""What states begin with."""
_OFFERED = 50
"""Values that are offered at most, and looked for at most."""


class Term(NamedTuple):
    """A term about one field."""

    facet: Facet
    how: str
    value: str
    negated: bool


class Filter(NamedTuple):
    """A typed filter, understood for one list."""

    words: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    problem: str = ""
    """What could not be understood, and what to type; a term about no field is looked for as a word."""


def understood(text: str | Sequence[str], view: ListView) -> Filter:
    """Return what a filter asks of a list; a filter half typed is no error. Several texts are terms already split."""
    words: list[str] = []
    terms: list[Term] = []
    problem = ""
    for term in _split(text.lower()) if isinstance(text, str) else [each.lower() for each in text]:
        found = _FIELD.fullmatch(term)
        if found is None:
            words.append(f"!{term[1:]}" if term.startswith("-") else term)
            continue
        facet = _facet(found["field"], view)
        if facet is None:
            words.append(f"!{term[1:]}" if found["not"] else term)
            problem = f"no field is named {found['field']}: there are {', '.join(fields_of(view))}"
        elif found["value"]:
            terms.append(Term(facet, found["how"], found["value"], bool(found["not"])))
            problem = _against(terms[-1]) or problem
    return Filter(tuple(words), tuple(terms), problem)


def _against(term: Term) -> str:
    """Return what is wrong with the value of a term."""
    name, value = term.facet.id, term.value
    if term.how == ":":
        if term.facet.words and value != NONE and not any(value in word for word in term.facet.words):
            return f"{name} is one of {', '.join(term.facet.words)}"
        return ""
    if _NUMBER.fullmatch(value) is None and _DATE.fullmatch(value) is None:
        return f"{name}{term.how} needs a number, with m, h or d where it is a time"
    return ""


def positions(
    view: ListView, search: Sequence[str], wanted: Filter, within: Sequence[int] | None = None
) -> Sequence[int]:
    """Return the positions of the rows that match everything that is asked for, of all rows or of some."""
    found = matching(search, wanted.words, within)
    for term in wanted.terms:
        found = _kept(found, term, len(view.keys))
    return found


def narrows(wanted: Filter, before: Filter) -> bool:
    """Return whether every row that matches also matched before, as with each key of a word that is typed on."""
    words = len(before.words) <= len(wanted.words) and all(
        new == old or (old in new and old[:1] != "!" and new[:1] != "!")
        for new, old in zip(wanted.words, before.words, strict=False)
    )
    return words and wanted.terms[: len(before.terms)] == before.terms


def matching(search: Sequence[str], wanted: Sequence[str], within: Sequence[int] | None = None) -> Sequence[int]:
    """Return the positions of the rows that match every word; one that starts with ! must not be there."""
    found: Sequence[int] = range(len(search)) if within is None else within
    for term in wanted:
        if term == "!":
            continue
        if term.startswith("!"):
            found = [place for place in found if term[1:] not in search[place]]
        elif len(found) == len(search):
            # Measured: enumerate over the strings is a third faster than indexing 100,000 of them.
            found = [place for place, text in enumerate(search) if term in text]
        else:
            found = [place for place in found if term in search[place]]
    return found


def _kept(found: Sequence[int], term: Term, count: int) -> Sequence[int]:
    if term.how != ":":
        return _compared(found, term)
    texts, value, negated = term.facet.texts(), term.value, term.negated
    if value == NONE:
        return [place for place in found if (texts[place] in _NOTHING) is not negated]
    if len(found) == count and not negated:
        return [place for place, text in enumerate(texts) if value in text]
    return [place for place in found if (value in texts[place]) is not negated]


def _compared(found: Sequence[int], term: Term) -> Sequence[int]:
    """Return the rows whose number, or date, is smaller or larger; a row that has none is neither."""
    below, negated, limit = term.how == "<", term.negated, _NUMBER.fullmatch(term.value)
    if limit is None:
        texts, date = term.facet.texts(), term.value
        return [place for place in found if texts[place] and ((texts[place] < date) is below) is not negated]
    bound = float(limit[1]) * _TIMES[limit[2]]
    numbers = [_number(text) for text in term.facet.texts()] if term.facet.numbers is None else term.facet.numbers()
    if below:
        return [at for at in found if (number := numbers[at]) is not None and (number < bound) is not negated]
    return [at for at in found if (number := numbers[at]) is not None and (number > bound) is not negated]


def _number(text: str) -> float | None:
    found = _NUMBER.search(text)
    return None if found is None else float(found[1]) * _TIMES[found[2]]


def fields_of(view: ListView) -> tuple[str, ...]:
    """Return the names of all fields of a list, its columns first."""
    return tuple(dict.fromkeys([*(column.id for column in view.columns), *(facet.id for facet in view.facets)]))


def completions(text: str, view: ListView) -> list[str]:
    """Return the filters that this one may become by its last term: names of fields, then values of one."""
    head, term = _last_term(text)
    found = _FIELD.fullmatch(term.lower())
    mark = term[:1] if term[:1] in ("-", "!") else ""
    if found is None:
        begun = term[len(mark) :].lower()
        return [f"{head}{mark}{name}:" for name in fields_of(view) if name.startswith(begun)]
    facet = _facet(found["field"], view)
    if facet is None or found["how"] != ":":
        return []
    begun = found["value"].lstrip('"').rstrip('"')
    told = f"{head}{mark}{found['field']}:"
    return [told + (f'"{value}"' if " " in value else value) for value in _values(facet, begun)]


def _last_term(text: str) -> tuple[str, str]:
    """Return what stands before the term that is being typed, and that term; a quote that is open belongs to it."""
    start = text.rfind(" ") + 1
    if text.count('"') % 2:
        start = text.rfind(" ", 0, text.rfind('"')) + 1
    return text[:start], text[start:]


def _values(facet: Facet, begun: str) -> list[str]:
    """Return values of a field that begin as typed, else those that contain it."""
    known = facet.words or tuple(sorted(_seen(facet, begun)))
    first = [value for value in known if value.startswith(begun)]
    return (first or [value for value in known if begun in value])[:_OFFERED]


def _seen(facet: Facet, begun: str) -> set[str]:
    values: set[str] = set()
    # Each text once: the owners of 100,000 records are a few.
    for text in dict.fromkeys(facet.texts()):
        for value in text.split(", ") if facet.several else (text,):
            if begun in value and value not in _NOTHING:
                values.add(value)
        if len(values) >= _OFFERED:
            break
    return values


def _split(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.commenters, lexer.escape = True, '"', "", ""
    try:
        return list(lexer)
    except ValueError:
        # A quote that is not closed yet.
        return text.replace('"', " ").split()


def _facet(name: str, view: ListView) -> Facet | None:
    """Return the field that is named so: by its id, by the start of a column's title, by the start of its id."""
    for each in (*view.facets, *_columns(view)):
        if name in (each.id, f"{each.id}s"):
            return each
    titled = next((column.id for column in view.columns if column.title.lower().startswith(name)), None)
    begun = (each.id for each in view.facets if each.id.startswith(name))
    wanted = titled or next(begun, None)
    return None if wanted is None else _facet(wanted, view)


def _columns(view: ListView) -> Iterator[Facet]:
    for place, column in enumerate(view.columns):
        yield of_column(view, column, place)


def of_column(view: ListView, column: Column, place: int) -> Facet:
    """Return a column as a field by what its cells say; every row is made for that."""
    return Facet(column.id, lambda: [worded(view.row(at).cells[place].text) for at in range(len(view.keys))])


def worded(text: str) -> str:
    """Return what a cell says, lower-cased, a state without its glyph."""
    return text[2:].lower() if text[1:2] == " " and text[0] in _GLYPHS and len(text) > 2 else text.lower()
