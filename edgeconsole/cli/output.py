"""Plain text and JSON: what every command prints, with no terminal library."""

import sys
from collections.abc import Iterable, Sequence

import msgspec

from edgeconsole.present.table import Line, ListView


def json_text(value: object) -> str:
    """Return a value as one JSON document."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def text_of(line: Line) -> str:
    """Return a presented line without its looks."""
    return "".join(span.text for span in line.spans).rstrip()


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
    widths = [max(len(titles[place]), *(len(row[place]) for row in rows)) for place in range(len(titles))]
    for row in (titles, *rows):
        cells = (
            f"{text:>{width}}" if place in right else f"{text:<{width}}"
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(cells).rstrip())


def complain(text: str) -> None:
    """Print to standard error."""
    print(text, file=sys.stderr)
