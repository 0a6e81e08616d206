"""One record as a text for an editor, and the record that a text says, or the line that cannot be taken."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from edgeconsole.config.render import line_text, table_text
from edgeconsole.config.schema import Shape, shape_of
from edgeconsole.model.configuration import Table
from edgeconsole.present.form import FormField
from edgeconsole.tui.fields import Raw, carried, wrong

_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


class Unfit(Exception):
    """A text that is no such record: the line, 0 where none is to blame, and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}" if self.line else self.why


def fragment(table: Table, raw: Mapping[str, Any], fields: Sequence[FormField]) -> str:
    """Return a record as TOML, with the fields it does not set as comments below."""
    text = table_text(shape_of(table).header, raw, "\n")
    unset = [field for field in fields if field.name not in raw]
    if not unset:
        return text
    lines = ["", "# Not set; each stands at its default:"]
    for field in unset:
        value = field.default if field.default is not None else ("" if field.words == () else field.words[0])
        lines.append(f"# {line_text(field.name, value)}    # {field.form}")
    return text + "\n".join(lines) + "\n"


def read(table: Table, key: str, text: str) -> Raw:
    """Return the record that a text says. Raises Unfit."""
    shape = shape_of(table)
    try:
        every = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _AT_LINE.search(str(error))
        raise Unfit(int(found[1]) if found else 0, str(error).partition(" (at ")[0]) from None
    record = _only(shape, every, text)
    raw = {name: carried(value) for name, value in record.items()}
    for field, why in wrong(shape, raw):
        raise Unfit(_line_of(text, field), f"{field} {why}" if field else why)
    named = shape.key_of(_made(shape, raw)) if shape.key else ""
    if named != key:
        raise Unfit(_line_of(text, shape.key), f"{shape.key} names the record and cannot be changed; it is {key}")
    return raw


def _only(shape: Shape, every: Mapping[str, Any], text: str) -> Mapping[str, Any]:
    others = [name for name in every if name != shape.name]
    if others:
        raise Unfit(_line_of(text, others[0]), f"{others[0]} does not belong here; one {shape.header} is expected")
    found = every.get(shape.name)
    records = found if isinstance(found, list) else [found]
    if len(records) != 1 or not isinstance(records[0], dict) or isinstance(found, list) != shape.repeats:
        raise Unfit(0, f"one table {shape.header} is expected")
    return records[0]


def _made(shape: Shape, raw: Mapping[str, Any]) -> Any:
    return shape.record(**{name: shape.readers[name](value) for name, value in raw.items()})


def _line_of(text: str, name: str) -> int:
    """Return the line that sets a field, 0 where none does."""
    wanted = re.compile(rf"\s*(?:\[+\s*)?{re.escape(name)}\b")
    return next((number for number, line in enumerate(text.split("\n"), 1) if name and wanted.match(line)), 0)
