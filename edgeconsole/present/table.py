"""What a list shows: columns, rows and styled spans, for the console and for plain text alike."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, NamedTuple


class Style(Enum):
    """Names of looks; a theme gives each its colour, plain text ignores them."""

    PLAIN = "plain"
    MUTED = "muted"
    STRONG = "strong"
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    OFF = "off"
    STALE = "stale"
    REVERSE = "reverse"
    """What must not be overlooked while it holds, as that nothing on screen moves."""


class Span(NamedTuple):
    """A stretch of text in one style; the text is clean() already."""

    text: str
    style: Style = Style.PLAIN


class Column(NamedTuple):
    """One column of a list."""

    id: str
    title: str
    width: int
    """Cells; 0 takes what is left over."""
    right: bool = False
    wide_only: bool = False
    """Shown only where the terminal has 100 columns or more."""


class Row(NamedTuple):
    """One row: its stable key and a cell for each column."""

    key: str
    cells: tuple[Span, ...]


class Facet(NamedTuple):
    """Something of every row that a filter can ask for by name, beside the words that stand in it."""

    id: str
    texts: Callable[[], Sequence[str]]
    """The lower-cased text of each row by position, empty where it has none; made when a filter asks for it.

    Each key of a filter asks again: where making it takes long it is kept (`functools.cache`).
    """
    numbers: Callable[[], Sequence[float | None]] | None = None
    """What `<` and `>` compare, seconds where it is a time. None: the number that the text begins with."""
    words: tuple[str, ...] = ()
    """Every value there can be, lower-cased; empty where any text may stand there."""
    several: bool = False
    """Whether a text is several values joined by a comma and a blank."""


class ListView(NamedTuple):
    """A whole list ready to draw; rows are made when they are shown, since 100,000 of them would take a second."""

    columns: tuple[Column, ...]
    keys: Sequence[str]
    """The key of each row, unique, in the list's natural order."""
    search: Sequence[str]
    """For each row the lower-cased text a filter looks in."""
    row: Callable[[int], Row]
    """Makes the row at an index of `keys`."""
    order: Callable[[str, int], Any]
    """The value of (column id, index) to sort by."""
    empty: str
    """What to say, and which key to press, when there are no rows."""
    facets: tuple[Facet, ...] = ()
    """What can be filtered by that is no column, and columns whose cells would be slow to make or say too little."""
    ranks: Callable[[str], Sequence[Any]] | None = None
    """What `order` says of every row at once, where that is made faster; asked again with each key, so it is kept."""


def eager(columns: tuple[Column, ...], rows: Sequence[Row], empty: str, facets: Sequence[Facet] = ()) -> ListView:
    """Make a view of rows that exist already; sorted by the cells' text."""
    position = {column.id: place for place, column in enumerate(columns)}
    return ListView(
        columns=columns,
        keys=[row.key for row in rows],
        search=[" ".join(cell.text for cell in row.cells).lower() for row in rows],
        row=rows.__getitem__,
        order=lambda column, index: rows[index].cells[position[column]].text.lower(),
        empty=empty,
        facets=tuple(facets),
    )


class Line(NamedTuple):
    """One line of a detail or why pane."""

    spans: tuple[Span, ...]
