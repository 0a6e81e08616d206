"""A draft as lines for Review: what is staged, what others changed meanwhile, what has to be chosen."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from edgeconsole.model.change import Difference
from edgeconsole.model.draft import FieldConflict, Fields, RecordEdit
from edgeconsole.model.errors import Problem
from edgeconsole.model.text import clean
from edgeconsole.present import diff
from edgeconsole.present.ages import age
from edgeconsole.present.history import describe
from edgeconsole.present.table import Line, Span, Style


def summary(edits: Sequence[RecordEdit]) -> str:
    """Return a draft in one line: `block litware.example`, `3 changes: …`."""
    return clean(describe([step for edit in edits for step in edit.differences]), diff.LINE_LIMIT)


def staged_lines(edits: Sequence[RecordEdit], now: datetime) -> Iterator[Line]:
    """Yield each staged record with its fields and its age."""
    if not edits:
        yield Line((Span("nothing is staged", Style.MUTED),))
        return
    for edit in edits:
        name = diff.record_name(edit.table, edit.key)
        yield Line((Span(f"{_does(edit)} {name}", Style.STRONG), Span(f"  {age(now, edit.at)}", Style.MUTED)))
        yield from list(diff.field_lines(edit.differences))[1:]


def _does(edit: RecordEdit) -> str:
    if edit.before is None:
        return "+"
    return "-" if edit.after is None else "~"


def taken_over_lines(taken_over: Sequence[Difference]) -> Iterator[Line]:
    """Yield what only others changed since the draft was made."""
    if taken_over:
        yield Line((Span("changed by others, taken over:", Style.STRONG),))
        yield from diff.field_lines(taken_over)


def conflict_lines(conflicts: Sequence[FieldConflict]) -> Iterator[Line]:
    """Yield each conflict as three facts: what it was, mine, theirs."""
    for conflict in conflicts:
        name = diff.record_name(conflict.table, conflict.key)
        field = f".{clean(conflict.field)}" if conflict.field else ""
        yield Line((Span(f"! {name}{field}", Style.WARN), Span(f"  {_why(conflict)}")))
        for word, value in (("was", conflict.base), ("mine", conflict.mine), ("theirs", conflict.theirs)):
            told = diff.value(value) if conflict.field else _record(value, conflict)
            yield Line((Span(f"    {word:<6}  ", Style.MUTED), Span(told)))


def _why(conflict: FieldConflict) -> str:
    if conflict.field:
        return "changed by both"
    if conflict.theirs is None:
        return "changed here, removed by others"
    return "removed here, changed by others" if conflict.mine is None else "both together make no valid record"


def _record(record: object, conflict: FieldConflict) -> str:
    """Return a whole record by the fields in which the three are not the same."""
    if not isinstance(record, dict):
        return "no record"
    fields: Fields = record
    others = [other for other in (conflict.base, conflict.mine, conflict.theirs) if isinstance(other, dict)]
    names = dict.fromkeys(name for other in others for name in other)
    told = [name for name in names if any(other.get(name) != others[0].get(name) for other in others)]
    return ", ".join(f"{clean(name)} {diff.value(fields.get(name))}" for name in told) or "a record"


def problem_lines(problems: Sequence[Problem]) -> Iterator[Line]:
    """Yield what the disk refused and what cannot be read, each with what to do."""
    for problem in problems:
        yield Line((Span(f"! {clean(str(problem), diff.LINE_LIMIT)}", Style.WARN),))
