"""CSV of outside files: delimiter found, header matched by name, strict quoting, each row with its line."""

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from edgeconsole.transfer.parsed import MAX_ROWS, Format, damaged, too_many_rows

DELIMITERS = ",;\t"
"""`;` is what Export-Csv -UseCulture writes in much of Europe; tabs come from spreadsheets."""

MAX_COLUMNS = 100


class Row(NamedTuple):
    """One row: its line, and its cells by column name."""

    line: int
    cells: dict[str, str]


class Sheet(NamedTuple):
    """A CSV file: the .NET type its #TYPE line names, its columns, its rows as they are read."""

    type_name: str
    columns: tuple[str, ...]
    rows: Iterator[Row]


def header_of(text: str) -> tuple[str, ...]:
    """Return the column names of what may be a CSV file."""
    line = next((line for line in text[:20_000].split("\n") if line.strip() and not line.startswith("#TYPE")), "")
    delimiter = _delimiter(line)
    try:
        row = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return ()
    return tuple(cell.strip() for cell in row)


def _delimiter(line: str) -> str:
    outside = "".join(part for place, part in enumerate(line.split('"')) if place % 2 == 0)
    return max(DELIMITERS, key=outside.count) if any(mark in outside for mark in DELIMITERS) else ","


def read(text: str, form: Format) -> Sheet:
    """Return a sheet. Raises BadInput, naming the line, for broken quoting, rows of the wrong width, too many rows."""
    body = text.lstrip("\n")
    skipped = len(text) - len(body)
    type_name = ""
    first, _, rest = body.partition("\n")
    if first.startswith("#TYPE"):
        type_name = first.removeprefix("#TYPE").strip()
        body, skipped = rest, skipped + 1
    if not body.strip():
        raise damaged(form, "there is no header row")
    delimiter = _delimiter(body.partition("\n")[0])
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    columns = _header(reader, form, skipped)
    return Sheet(type_name, columns, _rows(reader, columns, form, skipped))


def _header(reader: "csv.Reader", form: Format, skipped: int) -> tuple[str, ...]:  # type: ignore[name-defined]
    try:
        columns = tuple(cell.strip() for cell in next(reader))
    except (csv.Error, StopIteration) as error:
        raise damaged(form, f"the header cannot be read: {error}", 1 + skipped) from None
    lower = [name.lower() for name in columns]
    twice = next((name for name in lower if name and lower.count(name) > 1), None) if len(lower) <= MAX_COLUMNS else ""
    if twice is not None:
        raise damaged(form, f"column {twice!r} stands twice" if twice else "too many columns", 1 + skipped)
    return columns


def _rows(reader: Iterator[list[str]], columns: tuple[str, ...], form: Format, skipped: int) -> Iterator[Row]:
    count = 0
    while True:
        line = reader.line_num + 1 + skipped  # type: ignore[attr-defined]
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise damaged(form, f"{error}: a quotation mark is not closed or stands alone", line) from None
        if not cells or not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            raise damaged(form, f"the row has {len(cells)} cells, the header {len(columns)}", line)
        count += 1
        if count > MAX_ROWS:
            raise too_many_rows()
        yield Row(line, dict(zip(columns, cells, strict=True)))
