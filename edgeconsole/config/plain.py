"""Long lists of plain tables read without the TOML parser, which stays the judge of everything that is not plain.

Measured at 100,000 domains: with every check, two fifths of what `tomllib` takes to parse alone. The scanner marks a
piece plain only when each of its lines is one that TOML allows and that means what it shows.
"""

import re
import tomllib
from typing import Any

from edgeconsole.config.scan import Header, Layout
from edgeconsole.config.schema import BY_NAME
from edgeconsole.config.values import BadValue

_PAIR = re.compile(
    r"^[ \t]*+([A-Za-z0-9_-]++)[ \t]*+=[ \t]*+(?:\"([^\"\n]*+)\"|'([^'\n]*+)'|(true|false))",
    re.MULTILINE,
)
_FEW = 16
"""Below this many tables the parser alone is as quick."""


def raw_values(layout: Layout) -> dict[str, Any]:
    """Return what `tomllib.loads` returns for the text; raises what it raises."""
    values = _without_lists(layout)
    if values is None:
        return tomllib.loads(layout.text)
    for piece, header, plain in zip(layout.pieces, layout.headers, layout.plain, strict=True):
        if _in_list(header):
            table = _table(piece) if plain else _parsed(piece, header.path[0])
            if table is None:
                return tomllib.loads(layout.text)
            values.setdefault(header.path[0], []).append(table)
    return values


def checked_values(layout: Layout) -> tuple[dict[str, Any], dict[str, list[Any]]] | None:
    """Return the raw values outside of lists of tables, and the records of the lists, made and checked.

    None where a table has a problem, or more to it than can be told here: `raw_values` then has it all.
    """
    values = _without_lists(layout)
    if values is None:
        return None
    records: dict[str, list[Any]] = {}
    current: Header | None = None
    try:
        for piece, header, plain in zip(layout.pieces, layout.headers, layout.plain, strict=True):
            if not _in_list(header):
                continue
            if header is not current:
                current, shape = header, BY_NAME[header.path[0]]
                readers, make, rule = shape.readers, shape.record, shape.rule
                made = records.setdefault(shape.name, [])
            if plain:
                pairs = _PAIR.findall(piece)
                fields = {
                    key: readers[key](basic or literal or (word == "true" if word else ""))
                    for key, basic, literal, word in pairs
                }
                if len(fields) != len(pairs):
                    return None
            else:
                table = _parsed(piece, shape.name)
                if table is None:
                    return None
                fields = {key: readers[key](value) for key, value in table.items()}
            record = make(**fields)
            if not shape.key or (rule is not None and rule(record) is not None):
                return None
            made.append(record)
    except (BadValue, KeyError, TypeError):
        # An unknown key or table, a value that cannot be, a key that is missing: told one by one, by `schema.check`.
        return None
    return values, records


def _in_list(header: Header) -> bool:
    return header.array and len(header.path) == 1


def _without_lists(layout: Layout) -> dict[str, Any] | None:
    """Return what the parser says of everything but lists of tables; None where these cannot be told apart."""
    if len(layout.pieces) <= _FEW:
        return None
    pairs = zip(layout.pieces, layout.headers, strict=True)
    rest = "".join([piece for piece, header in pairs if not _in_list(header)])
    try:
        values = tomllib.loads(rest)
    except (ValueError, RecursionError):
        # The whole text is parsed instead, so that the error names the right line.
        return None
    lists = {header.path[0] for header in layout.distinct_headers if _in_list(header)}
    # Sub-tables, or a name defined twice, are for the parser.
    return values if values.keys().isdisjoint(lists) else None


def _table(piece: str) -> dict[str, Any] | None:
    pairs = _PAIR.findall(piece)
    table: dict[str, Any] = {
        key: basic or literal or (word == "true" if word else "") for key, basic, literal, word in pairs
    }
    return table if len(table) == len(pairs) else None


def _parsed(piece: str, name: str) -> dict[str, Any] | None:
    """Read one table of a list by the parser; None where the piece says more than that, or is broken."""
    try:
        values = tomllib.loads(piece)
    except (ValueError, RecursionError):
        return None
    tables = values.get(name)
    return tables[0] if len(values) == 1 and isinstance(tables, list) and len(tables) == 1 else None
