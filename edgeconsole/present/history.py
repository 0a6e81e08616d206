"""Revisions in words: who changed what, one line each."""

from collections.abc import Sequence

import msgspec

from edgeconsole.model.change import Difference
from edgeconsole.model.configuration import Table
from edgeconsole.model.revision import Origin, RevisionRecord


def summary(record: RevisionRecord) -> str:
    """Return one line that says what a revision did."""
    what = describe(record.differences)
    match record.origin:
        case Origin.CREATED:
            return "first revision"
        case Origin.EXTERNAL:
            return f"file edited by hand: {what}" if record.differences else "file edited by hand"
        case Origin.UNDONE:
            return f"undid #{record.undoes}: {what}"
        case Origin.ROLLED_BACK:
            return f"rolled back: {what}"
        case _:
            return what


def again(record: RevisionRecord) -> str:
    """Return what doing it again would do: what a revision changed, or what it took back where it did that."""
    if record.origin not in (Origin.ROLLED_BACK, Origin.UNDONE):
        return describe(record.differences)
    return describe(
        [msgspec.structs.replace(step, before=step.after, after=step.before) for step in record.differences]
    )


def describe(differences: Sequence[Difference]) -> str:
    """Return a change in words: `block litware.example`, `partner_discovery off -> on`, `3 changes: …`."""
    sentences = _sentences(differences)
    if not sentences:
        return "no change"
    if len(sentences) == 1:
        return sentences[0]
    return f"{len(sentences)} changes: {sentences[0]}, …"


def _sentences(differences: Sequence[Difference]) -> list[str]:
    sentences: list[str] = []
    records: dict[tuple[Table, str], list[Difference]] = {}
    for difference in differences:
        records.setdefault((difference.table, difference.key), []).append(difference)
    for (table, key), fields in records.items():
        if table is Table.DOMAIN:
            sentences.append(_domain(key, fields))
        else:
            sentences.append(_record(table, key, fields))
    return sentences


def _record(table: Table, key: str, fields: Sequence[Difference]) -> str:
    """Say what became of a record: added or removed as a whole, or each field."""
    place = f"{table.value} {key}" if key else table.value
    # A record that comes or goes does so with the field that names it.
    named = next((item for item in fields if key and key in (item.before, item.after)), None)
    if named is not None and named.field == _NAMES.get(table, "name"):
        if named.before is None:
            told = ", ".join(f"{item.field} {_value(item.after)}" for item in fields if item is not named)
            return f"add {place}" + (f": {told}" if told else "")
        return f"remove {place}"
    told = ", ".join(f"{item.field} {_value(item.before)} -> {_value(item.after)}" for item in fields)
    return f"{place} {told}" if key else told


_NAMES = {Table.POLICY: "id", Table.POLICY_GRANT: "user"}
"""Fields that name a record, where it is not `name`."""


def _domain(name: str, fields: Sequence[Difference]) -> str:
    by_field = {item.field: item for item in fields}
    action = by_field.get("action")
    if action is not None and action.after is None:
        return f"remove {name} ({action.before})"
    edge = by_field.get("access_edge")
    pinned = f" at {edge.after}" if edge is not None and edge.after else ""
    unpinned = edge is not None and edge.before and edge.after is None
    lost = f" and forget its Access Edge {edge.before}" if edge is not None and unpinned else ""
    if action is not None:
        return f"{action.after} {name}{pinned}{lost}"
    return f"{name} " + ", ".join(f"{item.field} {_value(item.before)} -> {_value(item.after)}" for item in fields)


def _value(value: object) -> str:
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(str(part) for part in value) + "]"
    return str(value)
