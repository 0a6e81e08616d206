"""`KEY=VALUE` words of a command turned into fields of a record, by what the table's fields are."""

import tomllib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from edgeconsole.config.schema import Shape, shape_of
from edgeconsole.config.values import suggestion
from edgeconsole.model.change import FieldValue
from edgeconsole.model.configuration import Table
from edgeconsole.model.durations import InvalidDuration, parse_duration
from edgeconsole.model.errors import BadInput


def parse_fields(table: Table, words: Sequence[str]) -> dict[str, FieldValue]:
    """Read `enabled=true`, `tags=a,b`, `comment=` (which clears); raises BadInput that names the word."""
    shape = shape_of(table)
    return dict(_field(shape, word) for word in words)


def _field(shape: Shape, word: str) -> tuple[str, FieldValue]:
    name, equals, text = word.partition("=")
    name = name.strip().replace("-", "_")
    field = shape.fields.get(name)
    known = ", ".join(sorted(set(shape.fields) - {shape.key}))
    if not equals:
        raise BadInput(f"{word!r} is not KEY=VALUE", remedy=f"Known keys of {shape.name} are: {known}")
    if field is None:
        close = suggestion(name, sorted(shape.fields))
        raise BadInput(
            f"{shape.name} has no key {name!r}", remedy=f"Did you mean {close[0]}?" if close else f"Known are: {known}"
        )
    if not text.strip():
        return name, None
    return name, _value(field.default, text.strip())


def _value(default: Any, text: str) -> FieldValue:
    """Read a value as the field's default tells: a switch, a number, a list, else text."""
    if isinstance(default, bool):
        words = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
        return words.get(text.lower(), text)
    if isinstance(default, int):
        return int(text) if text.isascii() and text.isdigit() else text
    if isinstance(default, tuple):
        if text.startswith("["):
            try:
                found: list[str] = tomllib.loads(f"value = {text}")["value"]
            except tomllib.TOMLDecodeError:
                return text
            return found
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def moment(text: str, now: datetime) -> str:
    """Return a moment as the file writes it, from `2h`, `7d` or a date and time."""
    try:
        return (now + parse_duration(text)).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    except InvalidDuration:
        return text
