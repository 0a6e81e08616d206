"""Plain text and JSON: what every command prints, with no terminal library."""

import sys
from collections.abc import Iterable, Sequence

import msgspec

from edgeconsole.model.text import clean
from edgeconsole.present.table import Line, ListView

_LONGEST = 16_384
"""Characters of one line; the longest are sentences with many names."""


def json_text(value: object) -> str:
    """Return a value as one JSON document."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def text_of(line: Line) -> str:
    """Return a presented line without its looks; what a terminal could act on is made visible."""
    return printable("".join(span.text for span in line.spans)).rstrip()


def printable(text: str) -> str:
    """Return a line with every character that is not seen written as an escape: the last door before a terminal.

    A file may hold such text, since emoji and languages are written with joiners; a comment must not move anybody's
    cursor or forge a line all the same.
    """
    text = text.expandtabs()
    return text if text.isprintable() else clean(text, _LONGEST)


def print_lines(lines: Iterable[Line]) -> None:
    """Print presented lines."""
    for line in lines:
        print(text_of(line))


def print_list(view: ListView) -> None:
    """Print a whole list as aligned columns, or the sentence that says why it is empty."""
    if not view.keys:
        print(view.empty)
        return
    rows = [[cell.text for cell in view.row(position).cells] for position in range(len(view.keys))]
    print_columns(
        [column.title for column in view.columns],
        rows,
        right={place for place, column in enumerate(view.columns) if column.right},
    )


def print_columns(
    titles: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int] | set[int] = frozenset()
) -> None:
    """Print rows under their titles; columns in `right` are aligned to the right."""
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(titles[place]), *(len(row[place]) for row in rows)) for place in range(len(titles))]
    for row in (titles, *rows):
        cells = (
            f"{text:>{width}}" if place in right else f"{text:<{width}}"
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(cells).rstrip())


def say(text: str) -> None:
    """Print to standard output, line by line."""
    for line in text.split("\n"):
        print(printable(line))


def complain(text: str) -> None:
    """Print to standard error, line by line."""
    for line in text.split("\n"):
        print(printable(line), file=sys.stderr)
