"""What a list shows: columns, rows and styled spans, for the console and for plain text alike."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple


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
    """One row: its stable key, a cell for each column, and the text a filter searches."""

    key: str
    cells: tuple[Span, ...]
    search: str
    """Lower-cased."""


class ListView(NamedTuple):
    """A whole list ready to draw."""

    columns: tuple[Column, ...]
    rows: Sequence[Row]
    empty: str
    """What to say, and which key to press, when there are no rows."""


class Line(NamedTuple):
    """One line of a detail or why pane."""

    spans: tuple[Span, ...]
