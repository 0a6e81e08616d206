"""Rewrites of a text that touch only what changed: every other line stays as it is, byte for byte.

Sound without reading the whole text again: the text as it stands was parsed before, untouched pieces are the same
characters, and each piece that was touched is parsed by itself and compared with the record it must say, so no string
or bracket can reach across a cut. Short texts are read again whole as well.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from edgeconsole.config import schema
from edgeconsole.config.draft import Draft
from edgeconsole.config.edit import changed_span
from edgeconsole.config.read import parse
from edgeconsole.config.render import line_text, table_text
from edgeconsole.config.scan import Header, Layout, scan, statements
from edgeconsole.config.schema import Shape
from edgeconsole.config.table_text import changed_table
from edgeconsole.model.configuration import FORMAT_VERSION, Configuration
from edgeconsole.model.errors import BadInput

_READ_AGAIN = 64 * 1024
"""Characters up to which the result is read again whole; a few milliseconds of parsing."""


class SpliceRefused(BadInput):
    """A layout in which one table cannot be changed safely; `rewrite` can, at the price of the comments."""


def splice(layout: Layout, before: Configuration, after: Configuration) -> Layout:
    """Return the text, which says `before`, so changed that it says `after`. Raises SpliceRefused with the reason."""
    draft = Draft(layout)
    for shape in schema.SHAPES:
        was, now = shape.records(before), shape.records(after)
        if was is now or was == now:
            continue
        if shape.repeats:
            _splice_list(draft, shape, was, now)
        else:
            _splice_single(draft, shape, was[0] if was else None, now[0] if now else None)
    result = draft.layout()
    if sum(map(len, result.pieces)) <= _READ_AGAIN:
        _read_again(result.text, after)
    return result


def _read_again(text: str, after: Configuration) -> None:
    try:
        said = parse(text, "the rewritten text").configuration
    except BadInput as error:
        raise _refused(f"the rewritten text would not be valid: {error.message}") from error
    if said != after:
        raise _refused("the rewritten text would not say what was asked for")


def _refused(message: str) -> SpliceRefused:
    return SpliceRefused(
        message, remedy="Change the file by hand, or have it written anew without its comments: --rewrite"
    )


def _splice_single(draft: Draft, shape: Shape, was: Any, now: Any) -> None:
    layout = draft.base
    indexes = layout.under(shape.name)
    _check_layout(layout, shape, indexes, expected=None)
    if not indexes:
        if now is not None:
            raw = schema.to_raw(now)
            draft.put_in(_place_for(layout, shape), _header(shape), table_text(shape.header, raw, draft.newline))
    elif now is None:
        draft.remove(indexes[0])
    else:
        _change(draft, shape, indexes[0], was, now)


def _splice_list(draft: Draft, shape: Shape, was: Sequence[Any], now: Sequence[Any]) -> None:
    layout = draft.base
    indexes = layout.under(shape.name)
    _check_layout(layout, shape, indexes, expected=len(was))
    start, was_end, now_end = changed_span(was, now)
    ordinals = {shape.key_of(record): ordinal for ordinal, record in enumerate(was[start:was_end], start)}
    kept = start - 1
    behind = _first_place(draft, shape, indexes, kept, any(shape.key_of(r) in ordinals for r in now[start:now_end]))
    left = set(range(start, was_end))
    for record in now[start:now_end]:
        ordinal = ordinals.get(shape.key_of(record))
        if ordinal is None:
            table = table_text(shape.header, schema.to_raw(record), draft.newline)
            draft.put_in(behind, _header(shape), table)
            continue
        if ordinal <= kept:
            raise _refused(f"the {shape.header} tables would change their order")
        kept, behind = ordinal, indexes[ordinal]
        left.discard(ordinal)
        if record is not was[ordinal] and record != was[ordinal]:
            _change(draft, shape, behind, was[ordinal], record)
    for ordinal in left:
        draft.remove(indexes[ordinal])


def _first_place(draft: Draft, shape: Shape, indexes: list[int], kept: int, survives: bool) -> int:
    """Return the piece behind which a record goes that no kept record precedes."""
    if kept >= 0:
        return indexes[kept]
    if not indexes:
        return _place_for(draft.base, shape)
    return indexes[0] - 1 if survives else indexes[-1]


def _change(draft: Draft, shape: Shape, index: int, was: Any, now: Any) -> None:
    piece = changed_table(shape, draft.base.pieces[index], was, now, draft.newline)
    if piece is None:
        line = draft.base.first_lines[index]
        raise _refused(f"the table {shape.header} near line {line} is written in a way that cannot be changed in place")
    draft.replace(index, piece)


def _header(shape: Shape) -> Header:
    return _made_header(shape.name, shape.repeats)


@lru_cache(maxsize=64)
def _made_header(name: str, repeats: bool) -> Header:
    """Return the one header of a table: a hundred thousand new records share it."""
    return Header((name,), repeats)


def _check_layout(layout: Layout, shape: Shape, indexes: list[int], expected: int | None) -> None:
    """Raise SpliceRefused unless each record of the table has a header of its own."""
    inline = [entry for entry in statements(layout.pieces[0]) if entry.key[0] == shape.name]
    if inline:
        line = layout.pieces[0].count("\n", 0, inline[0].start) + 1
        shown = ".".join(inline[0].key)
        raise _refused(f"{shown} is written as a key on line {line}, not under {shape.header}")
    header = _header(shape)
    if any(layout.headers[index] != header for index in indexes):
        raise _refused(f"{shape.name} has tables of its own below it")
    if (expected is not None and len(indexes) != expected) or (expected is None and len(indexes) > 1):
        raise _refused(f"the {shape.header} headers found do not match the records read")


def _place_for(layout: Layout, shape: Shape) -> int:
    """Return the piece behind which the first table of a kind goes: the last of the kinds written before it."""
    for other in reversed(schema.SHAPES[: schema.SHAPES.index(shape)]):
        indexes = layout.under(other.name)
        if indexes:
            return indexes[-1]
    return 0


def rewrite(text: str, after: Configuration) -> str:
    """Return the whole file written anew; of the comments only the block at the very start is kept."""
    newline = scan(text).newline
    lead = ""
    for line in text.split("\n"):
        if not line.strip().startswith("#"):
            break
        lead += line.strip() + newline
    parts = [lead, line_text("version", FORMAT_VERSION) + newline]
    for shape in schema.SHAPES:
        for record in shape.records(after):
            raw = schema.to_raw(record)
            if raw or shape.repeats:
                parts.append(table_text(shape.header, raw, newline))
    result = newline.join(part for part in parts if part)
    _read_again(result, after)
    return result
