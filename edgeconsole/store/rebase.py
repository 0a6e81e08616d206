"""A draft and a newer saved configuration side by side: what both can have, and what somebody has to choose.

A field the draft sets is compared three ways: what the draft saw, what it sets, what is saved now. Nothing is chosen
here, and nothing is forgotten: a field in conflict keeps what the draft saw until the operator chooses.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from edgeconsole.config import schema
from edgeconsole.config.schema import Shape
from edgeconsole.model.change import Change, Difference
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.draft import Draft, FieldConflict, Fields, RecordEdit, Side, StagedChange
from edgeconsole.store.draft import RecordName, as_left, default_of, reverse, whole_record


class Compared(NamedTuple):
    """One edit beside the saved record."""

    kept: RecordEdit | None
    """What the edit changes of the saved record, conflicts aside."""
    settled: RecordEdit | None
    """The edit as if it had been made on the saved record; its conflicts are still in it."""
    taken_over: tuple[Difference, ...] = ()
    conflicts: tuple[FieldConflict, ...] = ()


class SavedRecords:
    """The records of a saved configuration by name; indexes a table when it is first asked for."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._tables: dict[str, dict[str, Any]] = {}

    def record(self, name: RecordName) -> Fields | None:
        """Return the whole record, None where there is none."""
        shape = schema.shape_of(name[0])
        table = self._tables.get(shape.name)
        if table is None:
            table = {shape.key_of(record): record for record in shape.records(self.configuration)}
            self._tables[shape.name] = table
        return whole_record(shape, table.get(name[1]))


def compare(edit: RecordEdit, now: Fields | None) -> Compared:
    """Compare an edit with the record as it is saved now."""
    if edit.before == now:
        return Compared(edit, edit)
    if edit.after is None:
        # Removed by both, or removed here and changed there.
        return Compared(None, None) if now is None else _whole(edit, now)
    if now is None:
        return _whole(edit, now)
    return _by_field(edit, now)


def _by_field(edit: RecordEdit, now: Fields) -> Compared:
    shape = schema.shape_of(edit.table)
    # Where both sides made the record, a record of defaults is what they have in common.
    base = _defaults(shape) if edit.before is None else edit.before
    kept: Fields = {}
    conflicts: list[FieldConflict] = []
    for name, mine in (edit.after or {}).items():
        was, theirs = base.get(name), now.get(name)
        if mine in (was, theirs):
            continue
        if theirs != was:
            conflicts.append(
                FieldConflict(table=edit.table, key=edit.key, field=name, base=was, mine=mine, theirs=theirs)
            )
        else:
            kept[name] = mine
    left = {conflict.field for conflict in conflicts}
    pending: Fields = {**kept, **{name: (edit.after or {})[name] for name in sorted(left)}}
    # Whichever side is chosen, the record has to be one that can be; else it is chosen as a whole.
    if not all(_possible(shape, now, fields) for fields in (kept, pending) if fields):
        return _whole(edit, now)
    seen = {
        name: value for name, value in {**now, **{name: base.get(name) for name in left}}.items() if value is not None
    }
    agreed = {name for name, mine in (edit.after or {}).items() if mine == now.get(name)}
    ours = left | kept.keys() | agreed | {shape.key}
    taken_over = _differences(edit, base, now, sorted((base.keys() | now.keys()) - ours))
    return Compared(
        msgspec.structs.replace(edit, before=now, after=kept) if kept else None,
        msgspec.structs.replace(edit, before=seen, after=pending) if pending else None,
        taken_over,
        tuple(conflicts),
    )


def _whole(edit: RecordEdit, now: Fields | None) -> Compared:
    conflict = FieldConflict(table=edit.table, key=edit.key, field="", base=edit.before, mine=as_left(edit), theirs=now)
    return Compared(None, edit, (), (conflict,))


def _defaults(shape: Shape) -> Fields:
    named = {name: default_of(shape, name) for name in shape.fields}
    return {name: value for name, value in named.items() if value is not None}


def _possible(shape: Shape, now: Fields, kept: Fields) -> bool:
    merged = {name: value for name, value in {**now, **kept}.items() if value is not None}
    return not isinstance(schema.check(shape, merged), list)


def _differences(edit: RecordEdit, was: Fields, now: Fields, names: Iterable[str]) -> tuple[Difference, ...]:
    return tuple(
        Difference(table=edit.table, key=edit.key, field=name, before=was.get(name), after=now.get(name))
        for name in names
        if was.get(name) != now.get(name)
    )


def settle(draft: Draft, compared: Mapping[RecordName, Compared], edits: Mapping[RecordName, RecordEdit]) -> Draft:
    """Return the draft with each edit put onto the saved record, in the place of the last change to that record.

    Earlier changes to a record that moved become one with it, so that undo takes them back together; records that did
    not move keep every step.
    """
    moved = {name: found.settled for name, found in compared.items() if found.settled is not edits[name]}
    if not moved:
        return draft
    staged: list[StagedChange] = []
    for item in reversed(draft.staged):
        name = (item.change.table, item.change.key)
        if name not in moved:
            staged.append(item)
            continue
        edit = moved.get(name)
        if edit is not None:
            staged.append(StagedChange(change=edit.change, before=edit.before, step=item.step, at=item.at))
            moved[name] = None
    return msgspec.structs.replace(draft, staged=tuple(reversed(staged)))


def choice(edit: RecordEdit, conflict: FieldConflict, side: Side, now: Fields | None) -> tuple[Change, Fields | None]:
    """Return the change that settles a conflict, and what its author has seen of the record."""
    if side is Side.THEIRS:
        taken_back = reverse(edit, conflict.field)
        assert taken_back is not None  # a conflict is about a field that the edit sets
        return taken_back, as_left(edit)
    if conflict.field:
        fields: Fields | None = {conflict.field: (edit.after or {})[conflict.field]}
    else:
        mine = as_left(edit)
        fields = None if mine is None else _towards(schema.shape_of(edit.table), mine, now or {})
    return Change(table=edit.table, key=edit.key, fields=fields), now


def _towards(shape: Shape, mine: Fields, now: Fields) -> Fields:
    names = sorted((mine.keys() | now.keys()) - {shape.key})
    return {name: mine.get(name) for name in names if mine.get(name) != now.get(name)}
