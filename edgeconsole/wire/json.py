"""JSON in and out: strict, typed, bounded by the caller; errors name the field."""

import json
from typing import Any, TypeVar

import msgspec

from edgeconsole.model.errors import BadInput, Problem

Value = TypeVar("Value")


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


def decode_request(body: bytes, kind: type[Value]) -> Value:
    """Read a request; a key given twice is refused, since parsers differ in which one they keep."""
    try:
        json.loads(body, object_pairs_hook=_unique, parse_constant=_no_constant)
    except ValueError as error:
        raise BadInput("the body is not JSON this API takes", problems=(Problem(message=str(error)),)) from None
    except RecursionError:
        raise BadInput("the body is nested too deeply") from None
    return decode(body, kind)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} is given twice")
    return dict(pairs)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
