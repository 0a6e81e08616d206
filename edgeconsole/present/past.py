"""The past as lists: revisions, restore points and the audit; and what one revision, or two, have in them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from edgeconsole.model.audit import AuditRecord, AuditVerification
from edgeconsole.model.change import Difference
from edgeconsole.model.revision import Author, Origin, RestorePoint, RevisionRecord
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.model.text import clean
from edgeconsole.present import audit as audit_words
from edgeconsole.present import diff
from edgeconsole.present.ages import age, plural, stamp
from edgeconsole.present.facets import of_numbers
from edgeconsole.present.history import describe, summary
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Column, Facet, Line, ListView, Row, Span, Style, eager


class Tab(Enum):
    """The lists of the History screen."""

    REVISIONS = "revisions"
    POINTS = "restore points"
    AUDIT = "audit"


class Comparison(NamedTuple):
    """What differs from one revision to another."""

    older: int
    newer: int
    differences: tuple[Difference, ...] | None = None
    """None while it is being worked out."""
    error: tuple[Line, ...] = ()


class Past(NamedTuple):
    """Everything the History screen shows."""

    tab: Tab = Tab.REVISIONS
    read: bool = False
    """Whether the edge has answered."""
    error: tuple[Line, ...] = ()
    """Why it did not, the last time it was asked."""
    records: tuple[RevisionRecord, ...] = ()
    points: tuple[RestorePoint, ...] = ()
    audit: tuple[AuditRecord, ...] = ()
    verified: AuditVerification | None = None
    not_verified: str = ""
    """Why the audit could not be checked."""
    marked: int | None = None
    compared: Comparison | None = None


NO_PAST = Past()

_REVISIONS = (
    Column("revision", "REV", 5),
    Column("when", "WHEN", 20, wide_only=True),
    Column("age", "AGE", 4, right=True),
    Column("who", "WHO", 12),
    Column("what", "WHAT", 0),
    Column("how", "HOW", 17),
)
_POINTS = (
    Column("name", "NAME", 24),
    Column("revision", "REV", 5),
    Column("age", "AGE", 4, right=True),
    Column("who", "WHO", 12),
    Column("why", "WHY", 0),
)
_AUDIT = (
    Column("seq", "SEQ", 6, right=True),
    Column("age", "AGE", 4, right=True),
    Column("who", "WHO", 12),
    Column("revision", "REV", 5),
    Column("what", "WHAT", 0),
    Column("end", "END", 10),
)

_HOW = {
    Origin.CREATED: Span("created", Style.MUTED),
    Origin.APPLIED: Span("applied"),
    Origin.UNDONE: Span("undo"),
    Origin.ROLLED_BACK: Span("rolled back", Style.WARN),
    Origin.EXTERNAL: Span("! edited by hand", Style.WARN),
}


def revision_key(number: int) -> str:
    """Return the key of a revision's row."""
    return f"#{number}"


def list_view(past: Past, snapshot: Snapshot, now: datetime) -> ListView:
    """Return the list of the tab that is shown."""
    match past.tab:
        case Tab.REVISIONS:
            return _revisions(past, snapshot, now)
        case Tab.POINTS:
            rows = [_point(point, now) for point in past.points]
            return eager(
                _POINTS,
                rows,
                _nothing(past, snapshot, f"No revision has a name. {keycap('history.point')} on a revision gives one."),
            )
        case Tab.AUDIT:
            rows = [_audit(record, now) for record in past.audit]
            ages = of_numbers("age", lambda: [(now - record.at).total_seconds() for record in past.audit])
            why = Facet("why", lambda: [clean(record.why).lower() for record in past.audit])
            return eager(_AUDIT, rows, _nothing(past, snapshot, "The audit is empty."), (ages, why))


def _nothing(past: Past, snapshot: Snapshot, otherwise: str) -> str:
    if past.read:
        return otherwise
    if past.error:
        return "".join(span.text for span in past.error[0].spans)
    if snapshot.connection is Connection.DOWN:
        return snapshot.problem or "the backend does not answer"
    return f"loading {past.tab.value}…"


def _revisions(past: Past, snapshot: Snapshot, now: datetime) -> ListView:
    undone: dict[int | None, RevisionRecord] = {each.undoes: each for each in past.records if each.undoes}
    names: dict[int, str] = {point.revision.number: point.name for point in past.points}
    rows = [_revision(record, past, snapshot, undone, names, now) for record in past.records]
    view = eager(_REVISIONS, rows, _nothing(past, snapshot, "There is no history yet."))
    search = [
        f"{text} {clean(record.why).lower()} {names.get(record.revision.number, '')}"
        for text, record in zip(view.search, past.records, strict=True)
    ]
    return view._replace(
        search=search,
        order=lambda column, place: _order(past.records[place], column, view, place),
        facets=_facets(past.records, now),
    )


def _facets(records: Sequence[RevisionRecord], now: datetime) -> tuple[Facet, ...]:
    """Return what revisions are filtered by beside their columns: the records they changed, and why."""

    def changed(record: RevisionRecord) -> str:
        return ", ".join(dict.fromkeys(step.key.lower() or step.table.value for step in record.differences))

    return (
        of_numbers("age", lambda: [(now - record.at).total_seconds() for record in records]),
        Facet("when", lambda: [f"{record.at:%Y-%m-%d %H:%M:%S}" for record in records]),
        Facet("record", lambda: [changed(record) for record in records], several=True),
        Facet("why", lambda: [clean(record.why).lower() for record in records]),
    )


def _order(record: RevisionRecord, column: str, view: ListView, place: int) -> object:
    return -record.revision.number if column in ("revision", "when", "age") else view.order(column, place)


def _revision(
    record: RevisionRecord,
    past: Past,
    snapshot: Snapshot,
    undone: Mapping[int | None, RevisionRecord],
    names: Mapping[int, str],
    now: datetime,
) -> Row:
    number = record.revision.number
    mark = "*" if past.marked == number else ""
    name = f"[{names[number]}] " if number in names else ""
    return Row(
        revision_key(number),
        (
            Span(f"{record.revision}{mark}", Style.WARN if mark else Style.STRONG),
            Span(stamp(record.at), Style.MUTED),
            Span(age(now, record.at), Style.MUTED),
            Span(clean(record.by.name, 40)),
            Span(clean(f"{name}{summary(record)}", 200)),
            _how(record, snapshot, undone.get(number)),
        ),
    )


def _how(record: RevisionRecord, snapshot: Snapshot, undone: RevisionRecord | None) -> Span:
    health = snapshot.health
    if health is not None and health.pending is not None and health.pending.after == record.revision:
        return Span("! waits", Style.WARN)
    if undone is not None:
        return Span(f"- undone {undone.revision}", Style.OFF)
    if record.origin is Origin.ROLLED_BACK and record.by.via == "timer":
        return Span("X by timer", Style.FAIL)
    if health is not None and health.running == record.revision:
        return Span(". running", Style.OK)
    return _HOW[record.origin]


def _point(point: RestorePoint, now: datetime) -> Row:
    return Row(
        f"point {point.name}",
        (
            Span(clean(point.name, 64), Style.STRONG),
            Span(str(point.revision)),
            Span(age(now, point.at), Style.MUTED),
            Span(clean(point.by.name, 40)),
            Span(clean(point.why, 200)),
        ),
    )


def _audit(record: AuditRecord, now: datetime) -> Row:
    end = audit_words.outcome(record)
    return Row(
        f"audit {record.seq}",
        (
            Span(str(record.seq), Style.MUTED),
            Span(age(now, record.at), Style.MUTED),
            Span(clean(record.by.name, 40)),
            Span(f"#{record.revision}" if record.revision else "-"),
            Span(clean(audit_words.act(record), 200)),
            Span(end, Style.PLAIN if end == "done" else Style.WARN),
        ),
    )


def crumb(past: Past) -> Line:
    """Return what stands at the right of the crumb bar: the lists, the one that is shown in brackets."""
    here, there = Style.STRONG, Style.MUTED
    tabs = (Span(f"[{tab.value}]", here) if tab is past.tab else Span(f" {tab.value} ", there) for tab in Tab)
    return Line((Span(f"{keycap('view.tab')} ", Style.MUTED), *tabs))


def pane(past: Past, key: str) -> tuple[Line, Sequence[Line]]:
    """Return the title and the lines about the row under the cursor."""
    record = find(past, key)
    if past.tab is Tab.AUDIT:
        return Line((Span(key, Style.STRONG),)), [*_verification(past), *_audit_lines(past, key, record)]
    compared = past.compared
    if past.tab is Tab.REVISIONS and past.marked is not None and compared is not None and record is not None:
        title = f"#{compared.older} -> #{compared.newer}"
        return Line((Span(title, Style.STRONG),)), list(_comparison(compared))
    point = point_at(past, key)
    lines = list(_about(record)) if record is not None else []
    if point is not None:
        lines = [_field("point", Span(f"{clean(point.name)} is {point.revision}")), *lines]
    return Line((Span(key, Style.STRONG),)), lines


def find(past: Past, key: str) -> RevisionRecord | None:
    """Return the revision a row is about, where the history has it."""
    number = number_of(past, key)
    return next((record for record in past.records if record.revision.number == number), None)


def number_of(past: Past, key: str) -> int | None:
    """Return the number of the revision a row is about."""
    match past.tab:
        case Tab.REVISIONS:
            return int(key[1:]) if key[1:].isdigit() else None
        case Tab.POINTS:
            point = point_at(past, key)
            return point.revision.number if point else None
        case Tab.AUDIT:
            return next((record.revision for record in past.audit if f"audit {record.seq}" == key), None)


def point_at(past: Past, key: str) -> RestorePoint | None:
    """Return the restore point of a row: the row itself, or the name its revision has."""
    if past.tab is Tab.POINTS:
        return next((point for point in past.points if f"point {point.name}" == key), None)
    number = number_of(past, key)
    return next((point for point in past.points if point.revision.number == number), None)


def _comparison(compared: Comparison) -> Iterator[Line]:
    if compared.error:
        yield from compared.error
    elif compared.differences is None:
        yield Line((Span("comparing…", Style.STALE),))
    elif not compared.differences:
        yield Line((Span("they say the same", Style.MUTED),))
    else:
        yield from diff.field_lines(compared.differences)


def _about(record: RevisionRecord) -> Iterator[Line]:
    yield _field("by", Span(_who(record.by)), Span(stamp(record.at), Style.MUTED))
    if record.why:
        yield _field("why", Span(clean(record.why, 1000)))
    if record.undoes is not None:
        yield _field("undoes", Span(f"#{record.undoes}"))
    if record.origin is Origin.EXTERNAL and not record.differences:
        yield _field("what", Span("edited by hand; what it changed is not known field by field"))
    yield from diff.field_lines(record.differences)


def _who(author: Author) -> str:
    return clean(f"{author.name} via {author.via}" if author.via else author.name, 200)


def _audit_lines(past: Past, key: str, record: RevisionRecord | None) -> Iterator[Line]:
    shown = next((each for each in past.audit if f"audit {each.seq}" == key), None)
    if shown is None:
        return
    yield _field("by", Span(_who(shown.by)), Span(stamp(shown.at), Style.MUTED))
    yield _field("what", Span(clean(audit_words.act(shown))), Span(audit_words.outcome(shown)))
    if shown.why:
        yield _field("why", Span(clean(shown.why, 1000)))
    if record is not None:
        yield from diff.field_lines(record.differences)


def _verification(past: Past) -> Iterator[Line]:
    found = past.verified
    if found is None:
        text = f"not checked: {past.not_verified}" if past.not_verified else "checking every line…"
        yield _field("audit", Span(text, Style.WARN if past.not_verified else Style.STALE))
        return
    first, *rest = audit_words.verified(found)
    yield _field("audit", Span(f"{'. ' if found.intact else 'X '}{first}", Style.OK if found.intact else Style.FAIL))
    for line in rest:
        yield Line((Span(f"  {clean(line, 300)}", Style.FAIL),))


def changed_by(records: Sequence[RevisionRecord], now: datetime) -> tuple[Line, ...]:
    """Return who changed one record, newest first; `records` are cut down to it."""
    if not records:
        return (Line((Span("nobody, as far as the history goes", Style.MUTED),)),)
    lines: list[Line] = [Line((Span(plural(len(records), "change"), Style.MUTED),))]
    for record in records:
        head = f"{record.revision} {stamp(record.at)} ({age(now, record.at)}) "
        lines.append(Line((Span(head, Style.MUTED), Span(_who(record.by), Style.STRONG))))
        lines.append(Line((Span(f"  {clean(describe(record.differences), 300)}"),)))
        if record.why:
            lines.append(Line((Span(f"  {clean(record.why, 300)}", Style.MUTED),)))
    return tuple(lines)


def _field(name: str, *spans: Span) -> Line:
    parts: list[Span] = [Span(f"{name:<8}", Style.MUTED)]
    for place, span in enumerate(spans):
        parts += [Span("  "), span] if place else [span]
    return Line(tuple(parts))
