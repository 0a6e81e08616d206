"""Rows of a list that the draft changes, marked by a glyph and a word; records that would be new stand on top."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from edgeconsole.model.change import Difference
from edgeconsole.model.configuration import Table
from edgeconsole.model.draft import RecordEdit
from edgeconsole.model.text import clean
from edgeconsole.present import diff
from edgeconsole.present.filtering import worded
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Facet, Line, ListView, Row, Span, Style

STAGED = Span("* staged", Style.WARN)

Staged = Mapping[str, tuple[Difference, ...]]
"""What is staged about a record, by the key of its row; a domain's is its name."""


def by_row(edits: Sequence[RecordEdit], row_key: Callable[[Table, str], str | None]) -> Staged:
    """Return what is staged about each row of a list whose rows are no domains."""
    found: dict[str, tuple[Difference, ...]] = {}
    for edit in edits:
        key = row_key(edit.table, edit.key)
        if key is not None:
            found[key] = edit.differences
    return found


def marked(view: ListView, staged: Staged, *, column: str = "state", with_new: bool = True) -> ListView:
    """Return the list with the rows of staged records marked in a column."""
    if not staged:
        return view
    known = set(view.keys)
    new = [key for key in staged if key not in known] if with_new else []
    place = next(place for place, each in enumerate(view.columns) if each.id == column)

    def row(position: int) -> Row:
        if position < len(new):
            key = new[position]
            return _with_mark(Row(key, (Span(key), *(Span("-", Style.MUTED) for _ in view.columns[1:]))), place)
        listed = view.row(position - len(new))
        return _with_mark(listed, place) if listed.key in staged else listed

    def order(column: str, position: int) -> Any:
        # A record that is not there yet has nothing to sort by but its name; it stays on top.
        return (0, new[position]) if position < len(new) else (1, view.order(column, position - len(new)))

    search = _Search(view, staged, new)
    keys: Sequence[str] = view.keys if not new else [*new, *view.keys]
    facets = tuple(_shifted(facet, keys, staged if facet.id == column else {}, new) for facet in view.facets)
    made = view._replace(keys=keys, search=search, row=row, facets=facets)
    return made._replace(order=order, ranks=None) if new else made


def _shifted(facet: Facet, keys: Sequence[str], staged: Staged, new: Sequence[str]) -> Facet:
    """Return what the list is filtered by with nothing to say of new records, and the mark in its column."""
    texts, numbers, mark = facet.texts, facet.numbers, worded(STAGED.text)

    def told() -> Sequence[str]:
        every = [*("" for _ in new), *texts()]
        return [mark if key in staged else text for key, text in zip(keys, every, strict=True)] if staged else every

    def counted() -> Sequence[float | None]:
        return [*(None for _ in new), *(numbers() if numbers is not None else ())]

    return facet._replace(texts=told, numbers=counted if numbers is not None else None)


class _Search(Sequence[str]):
    """What the filter looks in, the mark with it; made when the first filter asks."""

    def __init__(self, view: ListView, staged: Staged, new: Sequence[str]) -> None:
        self._view = view
        self._staged = staged
        self._new = new

    @cached_property
    def _texts(self) -> list[str]:
        listed = zip(self._view.keys, self._view.search, strict=True)
        told = (f"{text} staged" if key in self._staged else text for key, text in listed)
        return [*(f"{key} staged" for key in self._new), *told]

    def __len__(self) -> int:
        return len(self._new) + len(self._view.keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __getitem__(self, position: Any) -> Any:
        return self._texts[position]


def _with_mark(row: Row, place: int) -> Row:
    return Row(row.key, (*row.cells[:place], STAGED, *row.cells[place + 1 :]))


def lines(staged: Staged, key: str) -> tuple[Line, ...]:
    """Return what is staged about a record, for its pane; nothing where nothing is."""
    if key not in staged:
        return ()
    told = (f"{clean(step.field)} {diff.value(step.before)} -> {diff.value(step.after)}" for step in staged[key])
    return (Line((STAGED, Span(f"   {', '.join(told)}; {keycap('go.review')} reviews", Style.WARN))),)
