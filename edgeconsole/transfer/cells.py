"""One value in a cell of our own CSV: told apart from absence, and harmless to a spreadsheet.

A cell that a spreadsheet would run as a formula gets a `'` in front, and so does one that starts with `'` itself; the
empty text is a lone `'`, and an empty cell is an absent value. Reading takes one `'` off again.
"""

import json
from typing import Any, get_origin

from edgeconsole.transfer.records import WrongValue, shown

_MARKED = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(_MARKED) else text


def write(value: Any) -> str:
    """Return the cell of a raw value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    return "'" if not text else harmless(text)


def read(cell: str, kind: Any) -> Any:
    """Return the raw value of a cell for a field of that Python type. Raises WrongValue."""
    if not cell:
        return None
    text = cell.removeprefix("'")
    if kind is bool:
        words = {"true": True, "false": False}
        if text.lower() not in words:
            raise WrongValue(f"needs true or false, not {shown(cell)}")
        return words[text.lower()]
    if kind is int:
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise WrongValue(f"needs a whole number, not {shown(cell)}")
        return int(text)
    if get_origin(kind) is tuple:
        return _list(cell)
    return text


def _list(cell: str) -> list[str]:
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(element, str) for element in found):
        raise WrongValue(f'needs a list such as ["a", "b"], not {shown(cell)}')
    return found
