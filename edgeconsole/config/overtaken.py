"""The conflict of a change that was made on a revision somebody has changed since: who, when, and which fields."""

from collections.abc import Iterator, Sequence

from edgeconsole.config import schema
from edgeconsole.model.errors import Conflict, Problem
from edgeconsole.model.revision import Origin, Revision, RevisionRecord
from edgeconsole.model.text import clean

_STEPS_TOLD = 20
"""Fields listed one by one; the sentence counts the others."""


def overtaken(base: Revision, records: Sequence[RevisionRecord]) -> Conflict:
    """Return the conflict of a change made on `base`, each field that others changed since as a problem of its own."""
    newer = [record for record in records if record.revision.number > base.number]
    return Conflict(
        _sentence(base, newer), remedy="Read the new revision and plan again", problems=tuple(_steps(newer))
    )


def _steps(newer: Sequence[RevisionRecord]) -> Iterator[Problem]:
    """Yield field by field what others changed meanwhile, the newest last; who and when stand in the sentence."""
    every = [(record, step) for record in newer for step in record.differences]
    for record, step in every[-_STEPS_TOLD:]:
        yield Problem(
            field=schema.shape_of(step.table).label(step.key, field=step.field),
            message=f"{_told(step.before)} -> {_told(step.after)} ({record.revision}, {_who(record)})",
        )


def _who(record: RevisionRecord) -> str:
    return "a hand edit" if record.origin is Origin.EXTERNAL else record.by.name


def _told(value: object) -> str:
    return "unset" if value is None else clean(str(value).lower() if isinstance(value, bool) else str(value), 80)


def _sentence(base: Revision, newer: Sequence[RevisionRecord]) -> str:
    """Say who overtook a base, when, and in which fields; what counts most comes first, a console has one line."""
    if not newer:
        return f"revision {base} is not the one that is saved"
    told: list[str] = []
    for record in reversed(newer[-3:]):
        names = [schema.shape_of(step.table).label(step.key, field=step.field) for step in record.differences]
        fields = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        when = f"{record.revision}, {record.at:%Y-%m-%d %H:%M:%S %Z}"
        told.append(f"{_who(record)} changed {fields or 'comments'} ({when})")
    return f"{'; '.join(told)}; yours was made on {base}"
