"""JSON in and out: strict, typed, bounded by the caller; errors name the field."""

import json
import re
from typing import Any, TypeVar

import msgspec

from edgeconsole.model.errors import BadInput, Problem

Value = TypeVar("Value")

DEEPEST = 32
"""Objects and arrays within one another that a request may have (reliability A4)."""

_SMALL = 256 * 1024
"""Bytes up to which a body may be built as plain objects before its shape is known."""

MOST_CONTAINERS = 1_000_000
"""Objects and arrays of one request; a plan of 250,000 changes with two lists each has as many."""

# The closing quote is optional: a string that never ends is passed over once, not once for each quote in it.
_STRINGS = re.compile(rb'"[^"]*+"?')
_PIECE = 1024 * 1024
_BRACKETS = b"[]{}"
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in _BRACKETS)


def encode(value: object) -> bytes:
    """Return a value as JSON."""
    return msgspec.json.encode(value, order="deterministic")


def decode(body: bytes, kind: type[Value]) -> Value:
    """Read a value; raises BadInput that names the field."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        message, _, path = str(error).partition(" - at ")
        raise BadInput(
            "the body is not what this route takes", problems=(Problem(message=message, field=path.strip("`")),)
        ) from None
    except UnicodeDecodeError:
        raise BadInput("the body is not UTF-8") from None


def decode_request(body: bytes, kind: type[Value]) -> Value:
    """Read a request; a key given twice is refused, since parsers differ in which one they keep."""
    _check_depth(body)
    if len(body) > _SMALL:
        # The typed reader stops where the shape is wrong, so that a large body of another shape costs nothing.
        decode(body, kind)
    try:
        json.loads(body, object_pairs_hook=_unique, parse_constant=_no_constant)
    except ValueError as error:
        raise BadInput("the body is not JSON this API takes", problems=(Problem(message=str(error)),)) from None
    except RecursionError:
        raise BadInput("the body is nested too deeply") from None
    return decode(body, kind)


def _check_depth(body: bytes) -> None:
    brackets = _brackets(body)
    if brackets.count(b"[") + brackets.count(b"{") > MOST_CONTAINERS:
        raise BadInput(f"the body has more than {MOST_CONTAINERS:,} objects and arrays", remedy="Send it in parts")
    depth = 0
    for byte in brackets:
        depth += 1 if byte in b"[{" else -1
        if depth > DEEPEST:
            raise BadInput(f"the body is nested too deeply; {DEEPEST} levels are the most")


def _brackets(body: bytes) -> bytes:
    """Return the brackets outside strings, in order."""
    # Escapes first, so that every quote left begins or ends a string.
    unescaped = body.replace(rb"\\", b"").replace(rb"\"", b"")
    found = bytearray()
    inside = False
    # In pieces: taking millions of strings out at once would hold each of them in memory.
    for start in range(0, len(unescaped), _PIECE):
        piece = b'"' * inside + unescaped[start : start + _PIECE]
        inside = piece.count(b'"') % 2 == 1
        found += _STRINGS.sub(b"", piece).translate(None, _NOT_BRACKETS)
    return bytes(found)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    """Refuse a key given twice; the object itself is read by the typed reader."""
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} is given twice")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
