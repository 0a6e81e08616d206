"""One table's text changed in place: values replaced, keys added and removed, everything else kept."""

import tomllib
from typing import Any

from edgeconsole.config import schema
from edgeconsole.config.list_text import changed_list
from edgeconsole.config.render import line_text, table_text, value_text
from edgeconsole.config.scan import PREAMBLE, Header, Statement, header_end, header_start, own_end, scan, statements
from edgeconsole.config.schema import Shape


def changed_table(shape: Shape, piece: str, was: Any, now: Any, newline: str) -> str | None:
    """Return the piece so changed that it says `now`; None when that cannot be done safely."""
    for attempt in (_in_place, _rendered):
        changed = attempt(shape, piece, was, now, newline)
        if says(shape, changed, now):
            return changed
    return None


def says(shape: Shape, piece: str, record: Any) -> bool:
    """Return whether a piece, read by itself, is exactly this one table with the given record's values."""
    alone = scan(piece)
    if alone.headers != [PREAMBLE, Header((shape.name,), shape.repeats)] or alone.pieces[0]:
        return False
    try:
        raw = tomllib.loads(piece)[shape.name]
    except ValueError:
        return False
    return bool(schema.check(shape, raw[0] if shape.repeats else raw) == record)


def _in_place(shape: Shape, piece: str, was: Any, now: Any, newline: str) -> str:
    before, after = shape.raw_fields(was), shape.raw_fields(now)
    lines = {entry.key[0]: entry for entry in statements(piece) if len(entry.key) == 1}
    edits: list[tuple[int, int, str]] = []
    added: dict[int, list[str]] = {}
    for name, value in after.items():
        if value == before[name]:
            continue
        entry = lines.get(name)
        if entry is None:
            if value is not None:
                anchor = _anchor(shape, piece, name, lines)
                added.setdefault(anchor, []).append(line_text(name, value))
        elif value is None:
            edits.append((entry.start, entry.end, ""))
        else:
            shown = piece[entry.value_start : entry.value_end]
            text = changed_list(shown, before[name], value, newline) if isinstance(value, list) else None
            edits.append((entry.value_start, entry.value_end, text or value_text(value)))
    edits += [(anchor, anchor, _new_lines(piece, anchor, texts, newline)) for anchor, texts in added.items()]
    # Stable: at one place, a key that is removed goes before the key that is added behind it.
    for start, end, text in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        piece = piece[:start] + text + piece[end:]
    return piece


def _anchor(shape: Shape, piece: str, name: str, lines: dict[str, Statement]) -> int:
    """Return where a new key goes: behind the last key that a new file would write before it."""
    order = list(shape.fields)
    above = [lines[other].end for other in order[: order.index(name)] if other in lines]
    return max(above) if above else header_end(piece)


def _new_lines(piece: str, anchor: int, texts: list[str], newline: str) -> str:
    above = piece[piece.rfind("\n", 0, max(anchor - 1, 0)) + 1 : anchor]
    indent = above[: len(above) - len(above.lstrip(" \t"))]
    if above.endswith("\n"):
        return "".join(f"{indent}{text}{newline}" for text in texts)
    return "".join(f"{newline}{indent}{text}" for text in texts)


def _rendered(shape: Shape, piece: str, was: Any, now: Any, newline: str) -> str:
    """Write the table anew, with the comments above it and what follows it."""
    del was
    text = table_text(shape.header, schema.to_raw(now), newline)
    tail = piece[own_end(piece) :]
    if not piece.endswith("\n"):
        text = text.removesuffix(newline)
    return piece[: header_start(piece)] + text + tail
