"""Verbs on the past: what differs between two revisions, who changed a record, a change or a revision taken back."""

import asyncio
import contextlib
from collections.abc import Sequence

import msgspec

from edgeconsole.backends.base import Saved
from edgeconsole.model.change import Change, Difference
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.errors import BadInput
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.model.revision import Origin, RestorePoint, Revision, RevisionRecord
from edgeconsole.store.store import Store

HISTORY_READ = 1000
"""Revisions asked for when an old one is put together again; the edge keeps fewer texts than that."""


async def between(store: Store, older: int, newer: int) -> tuple[Difference, ...]:
    """Return what differs between two revisions, by number. Raises BadInput where the history does not reach."""
    # Late, here and below: the schema of the file costs the console's start 60 ms, and most starts never come here.
    from edgeconsole.config.edit import differences

    saved = await store.backend.read()
    before = await configuration_at(store, older, saved)
    return differences(before, await configuration_at(store, newer, saved))


async def configuration_at(store: Store, number: int, saved: Saved) -> Configuration:
    """Return the configuration of a revision: by its text, else put together by taking back what came after it."""
    from edgeconsole.config.edit import apply_changes, turned
    from edgeconsole.config.journal import MAX_DIFFERENCES
    from edgeconsole.config.read import parse_bytes

    head = saved.revision.number
    if not 0 < number <= head:
        raise BadInput(f"there is no revision #{number}", remedy=f"The latest is #{head}; see edgeconsole history")
    if number == head:
        return saved.configuration
    with contextlib.suppress(BadInput):
        text = await store.backend.text(number)
        return (await asyncio.to_thread(parse_bytes, text.encode(), f"revision #{number}")).configuration
    newest = await store.backend.history(min(head - number, HISTORY_READ))
    records = [record for record in newest if number < record.revision.number <= head]
    if not records or records[-1].revision.number != number + 1:
        raise BadInput(f"the history does not reach back to revision #{number}", remedy="See edgeconsole history")
    configuration = saved.configuration
    for record in records:
        unknown = record.origin is Origin.EXTERNAL and not record.differences
        if unknown or len(record.differences) >= MAX_DIFFERENCES:
            raise BadInput(
                f"the history does not keep all that revision {record.revision} changed",
                remedy="Start from a later one; see edgeconsole history",
            )
        configuration = apply_changes(configuration, turned([_back(step) for step in record.differences]))
    return configuration


def _back(step: Difference) -> Difference:
    return msgspec.structs.replace(step, before=step.after, after=step.before)


async def changes_of(store: Store, table: Table, key: str, field: str = "") -> tuple[RevisionRecord, ...]:
    """Return the revisions that changed a record, newest first, each with what it changed of that record only.

    With a `field` it is that one only.
    """
    return of_record(await store.backend.history(HISTORY_READ), table, key, field)


def of_record(records: Sequence[RevisionRecord], table: Table, key: str, field: str = "") -> tuple[RevisionRecord, ...]:
    """Return the revisions among some that changed a record, or one field of it, cut down to that."""
    found: list[RevisionRecord] = []
    for record in records:
        steps = tuple(
            step for step in record.differences if (step.table, step.key) == (table, key) and field in ("", step.field)
        )
        if steps:
            found.append(msgspec.structs.replace(record, differences=steps))
    return tuple(found)


def again(record: RevisionRecord) -> tuple[Change, ...]:
    """Return the changes that bring about again what a revision changed, or what it took back where it did that.

    Raises BadInput where the history does not keep all of it.
    """
    # Late: the schema of the file costs the console's start 60 ms.
    from edgeconsole.config.edit import turned
    from edgeconsole.config.journal import MAX_DIFFERENCES

    steps = record.differences
    if not steps or len(steps) >= MAX_DIFFERENCES:
        raise BadInput(
            f"the history does not keep all that revision {record.revision} changed",
            remedy="edgeconsole rollback REVISION goes back to the whole text before it",
        )
    return turned([_back(step) for step in steps] if took_back(record) else steps)


def took_back(record: RevisionRecord) -> bool:
    """Return whether a revision brought back what was before."""
    return record.origin in (Origin.ROLLED_BACK, Origin.UNDONE)


def by_the_timer(records: Sequence[RevisionRecord]) -> RevisionRecord | None:
    """Return the latest revision among some with which the timer took a change back that nobody kept."""
    timed = (record for record in records if record.origin is Origin.ROLLED_BACK and record.by.via == "timer")
    return next(timed, None)


async def roll_back(store: Store, target: int | str) -> Plan:
    """Plan the whole file of a revision or a restore point."""
    return await store.plan_rollback(target)


async def keep(store: Store, token: str) -> Revision:
    """Keep the change that goes back by itself otherwise."""
    store.require_edit()
    return await store.backend.confirm(token)


async def take_back(store: Store, token: str) -> ApplyResult:
    """Take the change that waits to be kept back now."""
    store.require_edit()
    return await store.backend.take_back(token)


async def name_revision(store: Store, name: str, number: int) -> RestorePoint:
    """Make a restore point of a revision."""
    store.require_edit()
    return await store.backend.add_restore_point(name, number)


async def forget_name(store: Store, name: str) -> RestorePoint:
    """Take a restore point's name away."""
    store.require_edit()
    return await store.backend.remove_restore_point(name)
