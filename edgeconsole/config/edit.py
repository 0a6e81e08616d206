"""Changes of a configuration as values: apply them, tell two configurations apart, turn a change round."""

from collections.abc import Iterator, Sequence
from operator import is_not
from typing import Any

import msgspec

from edgeconsole.config import schema
from edgeconsole.config.schema import FieldProblem, Shape
from edgeconsole.config.values import BadValue, suggestion
from edgeconsole.model.change import Change, Difference
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import BadInput, Problem

_FEW_ENOUGH_TO_COMPARE = 2_000
"""Records among which a mistyped name is searched for; more would take longer than the operator's patience."""


def apply_changes(configuration: Configuration, changes: Sequence[Change]) -> Configuration:
    """Return the configuration with the changes made, in order; new records come last of their kind.

    Records that no change names are the same objects as before. Raises BadInput with every problem found: an unknown
    record to remove, bad fields, a renamed natural key, a broken rule between records.
    """
    if not changes:
        return configuration
    tables: dict[str, _Table] = {}
    problems: list[Problem] = []
    for change in changes:
        shape = schema.shape_of(change.table)
        table = tables.get(shape.name)
        if table is None:
            table = tables[shape.name] = _Table(shape, configuration)
        problems += table.make(change)
    if problems:
        raise _bad(problems)
    after = msgspec.structs.replace(
        configuration, **{table.shape.attribute: table.result() for table in tables.values()}
    )
    for clash in schema.clashes(after):
        key = clash.shape.key_of(clash.shape.records(after)[clash.ordinal])
        problems.append(_problem(clash.shape, key, clash.problem))
    if problems:
        raise _bad(problems)
    return after


class _Table:
    """The records of one table while changes are made to them."""

    def __init__(self, shape: Shape, configuration: Configuration) -> None:
        self.shape = shape
        self.records: dict[str, Any] = {shape.key_of(record): record for record in shape.records(configuration)}

    def make(self, change: Change) -> list[Problem]:
        """Make one change and return what is wrong with it."""
        shape = self.shape
        try:
            key = self._key(change.key)
        except BadValue as error:
            return [_problem(shape, change.key[:80], FieldProblem(shape.key, error.message, error.remedy))]
        existing = self.records.get(key)
        if change.fields is None:
            return self._remove(key, existing)
        raw: dict[str, Any] = {} if existing is None else schema.to_raw(existing)
        renamed = change.fields.get(shape.key, key) if shape.key else key
        for name, value in change.fields.items():
            if value is None:
                if name not in shape.fields:
                    return [_problem(shape, key, schema.unknown_key(name, shape.fields))]
                raw.pop(name, None)
            else:
                raw[name] = value
        if shape.key:
            if not self._names_same(renamed, key):
                remedy = "Remove the record and create another one"
                return [_problem(shape, key, FieldProblem(shape.key, "names the record and cannot be changed", remedy))]
            raw[shape.key] = key
        made = schema.check(shape, raw)
        if isinstance(made, list):
            return [_problem(shape, key, found) for found in made]
        # An unchanged record stays the object it was, so that later steps see at a glance that nothing happened.
        if made != existing:
            self.records[key] = made
        return []

    def _key(self, key: str) -> str:
        if not self.shape.key:
            if key:
                raise BadValue(f"there is one table {self.shape.name}; it has no key {key[:60]!r}")
            return ""
        return str(self.shape.fields[self.shape.key].kind.read(key))

    def _names_same(self, raw: Any, key: str) -> bool:
        try:
            return self._key(raw) == key
        except BadValue:
            return False

    def _remove(self, key: str, existing: Any) -> list[Problem]:
        if existing is not None:
            del self.records[key]
            return []
        remedy = ""
        if self.shape.key and len(self.records) <= _FEW_ENOUGH_TO_COMPARE:
            close = suggestion(key, list(self.records))
            remedy = f"Did you mean {close[0]}?" if close else ""
        return [_problem(self.shape, key, FieldProblem("", "does not exist, so it cannot be removed", remedy))]

    def result(self) -> Any:
        """Return the value of Configuration's attribute; a table that was removed is back at its defaults."""
        if self.shape.key:
            return tuple(self.records.values())
        return self.records.get("", getattr(Configuration(), self.shape.attribute))


def _problem(shape: Shape, key: str, found: FieldProblem) -> Problem:
    return Problem(field=shape.label(key, None, found.field), message=found.message, remedy=found.remedy)


def _bad(problems: list[Problem]) -> BadInput:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return BadInput(f"{problems[0]}{more}", problems=tuple(problems[:50]))


def changed_records(shape: Shape, before: Configuration, after: Configuration) -> Iterator[tuple[str, Any, Any]]:
    """Yield natural key, record before and record after, None where there is none, of each record that differs."""
    was, now = shape.records(before), shape.records(after)
    if was is now:
        return
    start, was_end, now_end = changed_span(was, now)
    old = {shape.key_of(record): record for record in was[start:was_end]}
    new = {shape.key_of(record): record for record in now[start:now_end]}
    for key, record in old.items():
        if key not in new:
            yield key, record, None
    for key, record in new.items():
        existing = old.get(key)
        if existing is not record and existing != record:
            yield key, existing, record


def changed_span(was: Sequence[Any], now: Sequence[Any]) -> tuple[int, int, int]:
    """Return what is left between the records both have in common at the start and at the end.

    The answer is the start in both, the end in `was` and the end in `now`; records count as common by identity, which
    costs milliseconds at 100,000.
    """
    shorter = min(len(was), len(now))
    start = next((place for place, differs in enumerate(map(is_not, was, now)) if differs), shorter)
    pairs = map(is_not, reversed(was), reversed(now))
    tail = next((place for place, differs in enumerate(pairs) if differs), shorter)
    tail = min(tail, shorter - start)
    return start, len(was) - tail, len(now) - tail


def differences(before: Configuration, after: Configuration) -> tuple[Difference, ...]:
    """Return the fields that differ, as TOML carries them; None means absent.

    A record that is new or gone is told by all the fields it sets, its natural key first.
    """
    found: list[Difference] = []
    for shape in schema.SHAPES:
        for key, was, now in changed_records(shape, before, after):
            old, new = _told(shape, was, now), _told(shape, now, was)
            found += [
                Difference(table=shape.table, key=key, field=name, before=old.get(name), after=new.get(name))
                for name in shape.fields
                if old.get(name) != new.get(name)
            ]
    return tuple(found)


def _told(shape: Shape, record: Any, other: Any) -> dict[str, Any]:
    """Return the raw fields to compare: all of them beside another record, only those that are set without one."""
    if record is None:
        return {}
    return schema.to_raw(record) if other is None else shape.raw_fields(record)


def turned(steps: Sequence[Difference]) -> tuple[Change, ...]:
    """Return the changes that bring about the given differences."""
    records: dict[tuple[str, str], list[Difference]] = {}
    for step in steps:
        records.setdefault((step.table.value, step.key), []).append(step)
    changes = [_change(group) for group in records.values()]
    return tuple(sorted(changes, key=lambda change: change.fields is not None))


def _change(group: list[Difference]) -> Change:
    table, key = group[0].table, group[0].key
    if any(is_gone(step) for step in group):
        return Change(table=table, key=key)
    return Change(table=table, key=key, fields={step.field: step.after for step in group})


def is_gone(step: Difference) -> bool:
    """Return whether a difference tells that its whole record is removed: a required field has no value any more."""
    return step.after is None and schema.shape_of(step.table).fields[step.field].required


def is_new(step: Difference) -> bool:
    """Return whether a difference tells that its whole record is created."""
    return step.before is None and schema.shape_of(step.table).fields[step.field].required
