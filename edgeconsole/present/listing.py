"""A list as it is shown - filtered, sorted, its chosen columns - as text, CSV or JSON for a file or another window."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from edgeconsole.model.text import clean
from edgeconsole.present.table import Column, Line, ListView
from edgeconsole.transfer.cells import harmless

_LONGEST = 4_000
"""Characters of one cell."""


class Listing(NamedTuple):
    """What a list shows, all of its rows and not only those that fit the screen."""

    view: ListView
    columns: tuple[tuple[int, Column], ...]
    """The columns that are shown: the cell of a row, and what it is."""
    order: Sequence[int]
    """The rows that are shown, as places of the view."""

    def rows(self) -> Iterator[list[str]]:
        """Yield what stands in each row, inert and not cut to any width."""
        for place in self.order:
            cells = self.view.row(place).cells
            yield [str(clean(cells[cell].text, _LONGEST)) for cell, _ in self.columns]

    def row(self, key: str) -> list[tuple[str, str]]:
        """Return the title and the cell of every column of one row, of those that are not shown too."""
        cells = self.view.row(self.view.keys.index(key)).cells
        return [
            (column.title, str(clean(cell.text, _LONGEST)))
            for column, cell in zip(self.view.columns, cells, strict=True)
        ]


def text(listing: Listing) -> str:
    """Return a table of words, each column as wide as its longest cell."""
    rows = [[column.title for _, column in listing.columns], *listing.rows()]
    widths = [max(len(row[place]) for row in rows) for place in range(len(listing.columns))]
    rights = [column.right for _, column in listing.columns]
    lines = (
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, rights, strict=True)
        ).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n"


def comma_separated(listing: Listing) -> str:
    """Return CSV with the columns' ids on top; no cell runs as a formula in a spreadsheet."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([column.id for _, column in listing.columns])
    writer.writerows([harmless(cell) for cell in row] for row in listing.rows())
    return written.getvalue()


def objects(listing: Listing) -> str:
    """Return a JSON list, an object a row, by the columns' ids."""
    ids = [column.id for _, column in listing.columns]
    found = [dict(zip(ids, row, strict=True)) for row in listing.rows()]
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def row_text(row: Sequence[tuple[str, str]]) -> str:
    """Return one row in one line."""
    return "  ".join(cell for _, cell in row if cell)


def row_lines(row: Sequence[tuple[str, str]]) -> list[str]:
    """Return one row with a line for each column."""
    width = max((len(title) for title, _ in row), default=0)
    return [f"{title:<{width}}  {cell}".rstrip() for title, cell in row]


def plain_lines(lines: Sequence[Line]) -> list[str]:
    """Return lines of a pane as plain text."""
    return ["".join(str(clean(span.text, _LONGEST)) for span in line.spans).rstrip() for line in lines]
