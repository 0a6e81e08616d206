"""Drafts as values: what staged changes do to each record together, and stage, undo and redo on them.

Laws: undo after stage, and redo after undo, give back the same draft; the edits make of a configuration what the staged
changes make of it one after the other, the order of records aside.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from edgeconsole.config import schema
from edgeconsole.config.edit import changed_records
from edgeconsole.config.schema import Shape
from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.draft import Draft, Fields, RecordEdit, StagedChange

RecordName = tuple[Table, str]

NO_EDITS: Mapping[RecordName, RecordEdit] = MappingProxyType({})


def written(value: Any) -> FieldValue:
    """Return a raw TOML value as a change carries it: a moment as text."""
    text: FieldValue = value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
    return text


def whole_record(shape: Shape, record: Any) -> Fields | None:
    """Return every field of a record, defaults included and absent ones left out; None for no record."""
    if record is None:
        return None
    return {name: written(value) for name, value in shape.raw_fields(record).items() if value is not None}


def default_of(shape: Shape, name: str) -> FieldValue:
    """Return what a field is where a record does not set it."""
    field = shape.fields.get(name)
    if field is None or field.default is msgspec.NODEFAULT:
        return None
    return written(field.raw(field.default))


def changes_between(
    before: Configuration, after: Configuration, tables: Iterable[Table], *, step: int, at: datetime
) -> tuple[StagedChange, ...]:
    """Return what was done to the records of some tables, as one step."""
    shapes = [schema.shape_of(table) for table in dict.fromkeys(tables)]
    return tuple(
        StagedChange(change=_change(shape, key, was, now), before=whole_record(shape, was), step=step, at=at)
        for shape in shapes
        for key, was, now in changed_records(shape, before, after)
    )


def _change(shape: Shape, key: str, was: Any, now: Any) -> Change:
    if now is None:
        return Change(table=shape.table, key=key)
    if was is None:
        fields = {name: written(value) for name, value in schema.to_raw(now).items() if name != shape.key}
        return Change(table=shape.table, key=key, fields=fields)
    old, new = shape.raw_fields(was), shape.raw_fields(now)
    return Change(
        table=shape.table, key=key, fields={name: written(new[name]) for name in new if new[name] != old[name]}
    )


def edits_of(
    staged: Sequence[StagedChange], onto: Mapping[RecordName, RecordEdit] = NO_EDITS
) -> dict[RecordName, RecordEdit]:
    """Return what the staged changes do to each record together, on top of earlier edits where there are some.

    Records that end as they were are left out.
    """
    edits = dict(onto)
    for item in staged:
        name = (item.change.table, item.change.key)
        edit = _folded(edits.get(name), item)
        if edit is None:
            edits.pop(name, None)
        else:
            edits[name] = edit
    return edits


def _folded(edit: RecordEdit | None, item: StagedChange) -> RecordEdit | None:
    shape, fields = schema.shape_of(item.change.table), item.change.fields
    before, after = item.before, fields
    if edit is not None and not _starts_anew(edit, item):
        before = edit.before
        if item.chosen and before is not None and item.before is not None:
            before = _present({**before, **{name: item.before.get(name) for name in fields or ()}})
        if fields is not None and edit.after is None:
            made_again = {*(before or ()), *fields} - {shape.key}
            after = {name: fields.get(name, default_of(shape, name)) for name in sorted(made_again)}
        elif fields is not None and edit.after is not None:
            after = {**edit.after, **fields}
    if before is None:
        after = None if after is None else _present(after)
    elif after is not None:
        after = {name: value for name, value in after.items() if value != before.get(name)}
    if (before is None and after is None) or (before is not None and after == {}):
        return None
    return RecordEdit(
        table=item.change.table, key=item.change.key, before=before, after=after, step=item.step, at=item.at
    )


def _starts_anew(edit: RecordEdit, item: StagedChange) -> bool:
    """Return whether a choice is about the record as a whole, so that nothing staged before it counts."""
    if not item.chosen:
        return False
    return (edit.before is None) != (item.before is None) or edit.after is None or item.change.fields is None


def _present(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}


def reverse(edit: RecordEdit, field: str | None) -> Change | None:
    """Return the change that takes an edit back, or one field of it; None where it has no such field."""
    if field is None or field == "":
        if edit.before is None:
            return Change(table=edit.table, key=edit.key)
        if edit.after is None:
            return Change(table=edit.table, key=edit.key, fields=_without_key(edit, edit.before))
        names: Iterator[str] = iter(edit.after)
    elif edit.after is None or field not in edit.after:
        return None
    else:
        names = iter((field,))
    before = edit.before or {}
    return Change(table=edit.table, key=edit.key, fields={name: before.get(name) for name in names})


def _without_key(edit: RecordEdit, fields: Fields) -> Fields:
    key = schema.shape_of(edit.table).key
    return {name: value for name, value in fields.items() if name != key}


def as_left(edit: RecordEdit) -> Fields | None:
    """Return the whole record as the draft leaves it; None where it removes it."""
    if edit.after is None:
        return None
    return _present({**(edit.before or {}), **edit.after})


def next_step(draft: Draft) -> int:
    """Return a number no step of the draft has."""
    return max((item.step for item in (*draft.staged, *draft.undone)), default=0) + 1


def staged(draft: Draft, items: tuple[StagedChange, ...], at: datetime) -> Draft:
    """Return the draft with a further step; what was undone can then not be redone."""
    return msgspec.structs.replace(draft, staged=draft.staged + items, undone=(), updated=at)


def undone(draft: Draft, at: datetime) -> Draft:
    """Return the draft without its last step; the same draft where there is none."""
    kept, moved = _last_step(draft.staged)
    if not moved:
        return draft
    return msgspec.structs.replace(draft, staged=kept, undone=draft.undone + moved, updated=at)


def redone(draft: Draft, at: datetime) -> Draft:
    """Return the draft with the step that was undone last; the same draft where there is none."""
    kept, moved = _last_step(draft.undone)
    if not moved:
        return draft
    return msgspec.structs.replace(draft, staged=draft.staged + moved, undone=kept, updated=at)


def _last_step(items: tuple[StagedChange, ...]) -> tuple[tuple[StagedChange, ...], tuple[StagedChange, ...]]:
    start = len(items)
    while start and items[start - 1].step == items[-1].step:
        start -= 1
    return items[:start], items[start:]
