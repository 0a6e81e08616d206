"""JSON of outside files: bounded before it is parsed, duplicate keys and NaN refused, nesting limited."""

import json
import re
from collections.abc import Mapping
from typing import Any

from edgeconsole.model.errors import BadInput
from edgeconsole.transfer.parsed import Format, damaged

MAX_DEPTH = 24
"""Nesting taken; ConvertTo-Json -Depth 5 makes 12 at most."""

MAX_CONTAINERS = 200_000
"""Objects and lists of one file: two for each of 100,000 rows. `[[],[],…` would otherwise cost 25 bytes for one."""

MAX_VALUES = 1_500_000
"""Commas and colons of one file; bounds the memory of the parsed values."""


_STRUCTURE = re.compile(r'"(?>(?:[^"\\]|\\.)*)"|[\[\]{}]', re.DOTALL)
"""Whole strings, so that brackets inside them do not count, and brackets; possessive, so never backtracking."""


def load(text: str, form: Format) -> Any:
    """Return the parsed document. Raises BadInput that names line and column."""
    if text.count("[") + text.count("{") > MAX_CONTAINERS or text.count(",") + text.count(":") > MAX_VALUES:
        raise BadInput("the file has more JSON values than an import may have", remedy="Split it and import the parts")
    _check_depth(text, form)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise damaged(form, f"column {error.colno}: {error.msg}", error.lineno) from None
    except (ValueError, RecursionError) as error:
        raise damaged(form, str(error)) from None


def _check_depth(text: str, form: Format) -> None:
    """Refuse deep nesting before the parser recurses into it."""
    depth = 0
    for found in _STRUCTURE.finditer(text):
        mark = found[0]
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise damaged(form, f"nested deeper than {MAX_DEPTH} levels", text.count("\n", 0, found.start()) + 1)
        elif mark in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} is given twice")
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def objects(document: Any, form: Format) -> list[Mapping[str, Any]]:
    """Return the objects of an array, or the single one that ConvertTo-Json prints when there was one row."""
    rows = document if isinstance(document, list) else [document]
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise damaged(form, f"item {number} is no object")
    return rows
