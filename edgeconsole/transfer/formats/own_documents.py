"""federation.toml and our own JSON: whole records, so that a key which is absent is at its default; lossless."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from edgeconsole.model.configuration import FORMAT_VERSION, Table
from edgeconsole.transfer import records
from edgeconsole.transfer.formats import json_text
from edgeconsole.transfer.parsed import Entry, Format, Gathering, Parsed, Standing, damaged
from edgeconsole.transfer.records import KEPT, Kept, shown

MARK = "edgeconsole"
"""The key of our JSON that tells it apart, with the format version as its value."""

MAX_DOTS = 32
"""Dots of one TOML key; tomllib takes quadratic time over more (reliability W4)."""

_TABLES = {table.value: table for table in Table}
_STRINGS = re.compile(r"""\"(?>(?:[^"\\\n]|\\.)*)"|'[^'\n]*+'""")


def read_json(text: str) -> Parsed:
    """Return the entries of our own JSON. Raises BadInput."""
    document = json_text.load(text, Format.JSON)
    if not isinstance(document, dict) or document.get(MARK) != FORMAT_VERSION:
        raise damaged(Format.JSON, f'there is no "{MARK}": {FORMAT_VERSION} at the top')
    gathered = Gathering(Format.JSON, unit="item")
    _gather({name: value for name, value in document.items() if name != MARK}, {}, gathered, Format.JSON)
    return gathered.parsed()


def read_toml(text: str) -> Parsed:
    """Return the entries of a federation.toml. Raises BadInput."""
    for number, line in enumerate(text.split("\n"), 1):
        key = _STRINGS.sub("", line).partition("=")[0]
        if key.count(".") > MAX_DOTS and "#" not in key:
            raise damaged(Format.TOML, f"a key with more than {MAX_DOTS} dots", number)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise damaged(Format.TOML, str(error)) from None
    if document.pop("version", FORMAT_VERSION) != FORMAT_VERSION:
        raise damaged(Format.TOML, f"its version is not {FORMAT_VERSION}")
    gathered = Gathering(Format.TOML)
    _gather(document, _lines(text), gathered, Format.TOML)
    return gathered.parsed()


def _lines(text: str) -> dict[str, list[int]]:
    """Return the lines of the headers of each table."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        header = re.match(r"[ \t]*\[\[?[ \t]*([A-Za-z_]+)[ \t]*\]", line)
        if header:
            found.setdefault(header[1], []).append(number)
    return found


def _gather(document: Mapping[str, Any], lines: Mapping[str, list[int]], gathered: Gathering, form: Format) -> None:
    place = 0
    for name, value in document.items():
        table = _TABLES.get(name)
        if table is None:
            raise damaged(form, f"there is no table {shown(name)}")
        if table not in KEPT:
            gathered.warn(f"[{name}] describes one host and is not imported")
            continue
        kept = KEPT[table]
        rows = value if kept.key else [value]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise damaged(form, f"{name} is not written as a {'list of tables' if kept.key else 'table'}")
        known = lines.get(name, [])
        for ordinal, row in enumerate(rows):
            place += 1
            # A header line inside a multi-line text would shift the count; then no line is better than a wrong one.
            line = known[ordinal] if len(known) == len(rows) else (0 if form is Format.TOML else place)
            gathered.add(_entry(kept, row, line))


def _entry(kept: Kept, row: Mapping[str, Any], line: int) -> Entry:
    fields = records.fields_of(kept.table)
    unknown = next((name for name in row if name not in fields), None)
    key = row.get(kept.key) if kept.key else ""
    if unknown is not None or not isinstance(key, str):
        reason = f"the key {shown(unknown)} is not known" if unknown is not None else f"{kept.key} is missing"
        return Entry(
            table=kept.table, key=str(key or ""), fields={}, line=line, standing=Standing.INVALID, reason=reason
        )
    whole = {name: row.get(name) for name in fields if name != kept.key}
    return Entry(table=kept.table, key=key, fields=whole, line=line)
