"""Which revision an undo means, and whether later ones stand in its way."""

from collections.abc import Sequence

from edgeconsole.config import schema
from edgeconsole.config.edit import is_gone, is_new
from edgeconsole.model.change import Difference
from edgeconsole.model.errors import BadInput, Conflict
from edgeconsole.model.revision import Origin, RevisionRecord


def in_effect(records: Sequence[RevisionRecord]) -> list[RevisionRecord]:
    """Return the revisions that no later one has undone, oldest first; an undone undo counts as never made."""
    undone: set[int] = set()
    kept: list[RevisionRecord] = []
    for record in reversed(records):
        if record.revision.number in undone:
            continue
        if record.undoes is not None:
            undone.add(record.undoes)
        kept.append(record)
    kept.reverse()
    return kept


def to_undo(records: Sequence[RevisionRecord], number: int | None) -> RevisionRecord:
    """Return the revision to undo.

    Without a number it is the newest one in effect that changed a field and is no undo itself, so that asking twice
    undoes two changes and never redoes the first. Raises BadInput when there is none, Conflict when it was undone
    already.
    """
    effective = in_effect(records)
    if number is None:
        for record in reversed(effective):
            if record.undoes is None and record.origin is not Origin.CREATED and record.differences:
                return record
        raise BadInput("there is nothing left to undo", remedy="See: edgeconsole history")
    known = {record.revision.number: record for record in records}
    chosen = known.get(number)
    if chosen is None:
        raise BadInput(f"there is no revision #{number} in the history", remedy="See: edgeconsole history")
    if chosen.origin is Origin.CREATED:
        raise BadInput(
            f"revision #{number} is the first one; there is nothing before it", remedy="See: edgeconsole history"
        )
    if chosen not in effective:
        by = next((f" by {record.revision}" for record in effective if record.undoes == number), "")
        raise Conflict(
            f"revision #{number} was undone already{by}",
            remedy="edgeconsole history says how it stands",
        )
    return chosen


def check_unhindered(records: Sequence[RevisionRecord], chosen: RevisionRecord) -> None:
    """Raise Conflict when a later revision in effect touched what the chosen one touched."""
    number = chosen.revision.number
    for later in in_effect(records):
        if later.revision.number <= number or (later.undoes is not None and later.undoes > number):
            continue
        both = _overlap(chosen.differences, later.differences)
        if both is not None:
            where = schema.shape_of(both.table).label(both.key, field=both.field)
            raise Conflict(
                f"{later.revision} by {later.by.name} changed {where} after revision #{number}",
                remedy=f"Undo {later.revision} first, or set the value as it should be",
            )


def _overlap(earlier: Sequence[Difference], later: Sequence[Difference]) -> Difference | None:
    """Return the first later difference in a field, or a whole record, that the earlier ones touched too."""
    fields = {(step.table, step.key, step.field) for step in earlier}
    records = {(step.table, step.key) for step in earlier}
    whole = {(step.table, step.key) for step in earlier if is_new(step) or is_gone(step)}
    for step in later:
        record = (step.table, step.key)
        if (*record, step.field) in fields or record in whole:
            return step
        if record in records and (is_new(step) or is_gone(step)):
            return step
    return None
