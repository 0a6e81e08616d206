"""Review: what is staged, record by record, how it stands to what is saved, its checks, impact and diff."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from edgeconsole.model.change import Difference
from edgeconsole.model.configuration import Table
from edgeconsole.model.draft import FieldConflict, RecordEdit
from edgeconsole.model.durations import write_duration
from edgeconsole.model.errors import EdgeconsoleError, Problem
from edgeconsole.model.plan import Plan
from edgeconsole.model.revision import Revision, RevisionRecord
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.model.text import clean
from edgeconsole.present import diff, errors
from edgeconsole.present import draft as drafts
from edgeconsole.present.ages import age, minute, plural
from edgeconsole.present.history import summary
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style, eager
from edgeconsole.present.waiting import waiting

if TYPE_CHECKING:
    from edgeconsole.rules.lint import Finding

COLUMNS = (
    Column("record", "RECORD", 30),
    Column("what", "WHAT", 0),
    Column("age", "AGE", 4, right=True),
    Column("state", "STATE", 10),
)

_BLANK = Line(())
_FEW = 20
"""Findings and foreign changes that are told one by one."""


class Checked(NamedTuple):
    """What checking the draft found; of a draft that moved on since, nothing is kept."""

    plan: Plan | None = None
    error: EdgeconsoleError | None = None
    new: "tuple[Finding, ...]" = ()
    """Lint findings the draft brings."""
    solved: int = 0
    """Lint findings it does away with."""


class Standing(NamedTuple):
    """The draft beside the saved configuration, as Review shows it."""

    edits: tuple[RecordEdit, ...] = ()
    """What the draft does to each record, as it would be applied where nothing is in conflict."""
    conflicts: tuple[FieldConflict, ...] = ()
    taken_over: tuple[Difference, ...] = ()
    problems: tuple[Problem, ...] = ()
    base: Revision | None = None
    stale: bool = False
    checked: Checked | None = None
    """None while it is being worked out."""
    time: timedelta | None = None
    timed: bool = False
    """Whether anything would take back what nobody keeps."""
    message: str = ""
    without: str = ""
    """Why nothing can be staged here."""
    left_behind: int = 0
    """Drafts of consoles that are gone."""
    taken_back: str = ""
    """The change that the timer took back, in words."""


NO_STANDING = Standing()


def key_of(table: Table, key: str) -> str:
    """Return the key of a record's row."""
    return diff.record_name(table, key)


def list_view(standing: Standing, snapshot: Snapshot, now: datetime) -> ListView:
    """Return the list of staged records."""
    torn = {(conflict.table, conflict.key) for conflict in standing.conflicts}
    rows = [_row(edit, (edit.table, edit.key) in torn, now) for edit in standing.edits]
    return eager(COLUMNS, rows, _empty(standing, snapshot))


def _row(edit: RecordEdit, torn: bool, now: datetime) -> Row:
    if torn:
        state = Span("! choose", Style.WARN)
    elif edit.before is None:
        state = Span("+ add", Style.OK)
    else:
        state = Span("- remove", Style.FAIL) if edit.after is None else Span("~ change")
    name = key_of(edit.table, edit.key)
    return Row(name, (Span(name), Span(_what(edit)), Span(age(now, edit.at), Style.MUTED), state))


def _what(edit: RecordEdit) -> str:
    shown = (f"{step.field} {diff.value(step.before)} -> {diff.value(step.after)}" for step in edit.differences)
    if edit.before is None:
        shown = (f"{step.field} {diff.value(step.after)}" for step in edit.differences if step.after is not None)
    elif edit.after is None:
        return "the whole record"
    return ", ".join(shown)


def _empty(standing: Standing, snapshot: Snapshot) -> str:
    if unread := waiting(snapshot):
        return unread
    if standing.without:
        return f"Nothing is staged, and nothing can be: {standing.without}."
    if standing.left_behind:
        left = f"{plural(standing.left_behind, 'draft')} left behind by a console"
        return f"{_nothing_staged()} {left}: {keycap('draft.adopt')} takes the latest up."
    if standing.taken_back:
        return (
            f"Nothing is staged. The timer took back: {standing.taken_back}. {keycap('draft.adopt')} stages it again."
        )
    return _nothing_staged()


def _nothing_staged() -> str:
    return (
        "Nothing is staged. Where a change is asked about, s stages it instead of y applying it; "
        f"{keycap('history.reverse')} on {keycap('go.history')} History stages the reverse of a revision."
    )


def crumb(standing: Standing) -> str:
    """Return what stands at the right of the crumb bar: the base, and how long the change will wait."""
    if not standing.edits or standing.base is None:
        return ""
    moved = " (moved)" if standing.stale else ""
    if not standing.timed:
        return f"on {standing.base}{moved}"
    timer = f"back in {write_duration(standing.time)} unless kept" if standing.time else "no timer"
    return f"on {standing.base}{moved}  {timer} {keycap('draft.longer')} {keycap('draft.shorter')}"


def pane(standing: Standing, snapshot: Snapshot, key: str) -> tuple[Line, ...]:
    """Return the lines below or beside the list: the record under the cursor, then the whole draft."""
    edit = next((each for each in standing.edits if key_of(each.table, each.key) == key), None)
    if edit is None:
        return ()
    torn = [each for each in standing.conflicts if (each.table, each.key) == (edit.table, edit.key)]
    lines = list(drafts.conflict_lines(torn))
    if torn:
        lines.append(Line((Span(f"  {keycap('draft.choose')} chooses", Style.MUTED),)))
    lines += list(diff.field_lines(edit.differences))[1:]
    lines += [_BLANK, *_effect(standing), *_checks(standing, snapshot)]
    plan = standing.checked.plan if standing.checked else None
    if plan is not None and plan.toml_diff:
        lines += [_BLANK, Line((Span("AS IT WILL BE WRITTEN", Style.STRONG),)), *diff.toml_lines(plan.toml_diff)]
    return tuple(lines)


def _effect(standing: Standing) -> Iterator[Line]:
    checked = standing.checked
    if checked is None:
        yield Line((Span("EFFECT  ", Style.STRONG), Span("working it out…", Style.STALE)))
        return
    if checked.plan is None:
        return
    plan = checked.plan
    yield Line((Span("EFFECT  ", Style.STRONG), *_opened_and_closed(plan)))
    for reason in plan.guard:
        said = f"! {clean(reason, diff.LINE_LIMIT)}: it must be kept by hand after it is applied"
        yield Line((Span(said, Style.WARN),))
    for warning in plan.warnings:
        yield Line((Span(f"! {clean(warning, diff.LINE_LIMIT)}", Style.WARN),))
    if standing.message:
        yield Line((Span("why     ", Style.STRONG), Span(clean(standing.message, diff.LINE_LIMIT))))


def _opened_and_closed(plan: Plan) -> Iterator[Span]:
    impact = plan.impact
    parts = [
        ("opens to any domain with SRV", Style.WARN) if impact.opens_to_strangers else None,
        (f"opens {_names(impact.opened)}", Style.OK) if impact.opened else None,
        (f"closes {_names(impact.closed)}", Style.FAIL) if impact.closed else None,
        (f"re-routes {_names(impact.moved)}", Style.WARN) if impact.moved else None,
        (f"drops {plural(impact.sessions, 'live session')}", Style.FAIL) if impact.sessions else None,
    ]
    told = [part for part in parts if part is not None]
    if not told:
        yield Span("no partner seen so far is affected")
    for place, (text, style) in enumerate(told):
        yield Span(f"{', ' if place else ''}{text}", style)


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _checks(standing: Standing, snapshot: Snapshot) -> Iterator[Line]:
    yield Line((Span("CHECKS", Style.STRONG),))
    yield from _base(standing, snapshot)
    yield from drafts.problem_lines(standing.problems)
    checked = standing.checked
    if checked is None:
        return
    if checked.error is not None:
        yield from errors.lines(checked.error)
        return
    if checked.plan is None:
        return
    yield _good("parses, and the backend accepts it")
    if not checked.new:
        less = f", {plural(checked.solved, 'finding')} less" if checked.solved else ""
        yield _good(f"lint finds nothing new{less}")
        return
    yield Line((Span(f"! lint finds {len(checked.new)} more than before", Style.WARN),))
    # Late: the table of lint rules costs the start 15 ms, and most starts never come here.
    from edgeconsole.present import lint as findings_as_lines

    for finding in checked.new[:_FEW]:
        yield from findings_as_lines.finding_lines(finding)


def _base(standing: Standing, snapshot: Snapshot) -> Iterator[Line]:
    if standing.base is None:
        return
    if not standing.stale:
        yield _good(f"made on {standing.base}, which is what is saved")
        return
    yield Line(
        (
            Span("! ", Style.WARN),
            Span(f"made on {standing.base}; {snapshot.revision} is saved now. ", Style.WARN),
            Span(f"{keycap('draft.rebase')} takes over what only others changed"),
        )
    )
    for record in _since(standing.base, snapshot.history):
        text = f"  {record.revision} {minute(record.at)} by {clean(record.by.name)}: {summary(record)}"
        yield Line((Span(clean(text, diff.LINE_LIMIT), Style.MUTED),))
    yield from drafts.taken_over_lines(standing.taken_over[:_FEW])


def _since(base: Revision, history: Sequence[RevisionRecord]) -> Sequence[RevisionRecord]:
    return [record for record in history if record.revision.number > base.number]


def _good(text: str) -> Line:
    return Line((Span(". ", Style.OK), Span(text)))


def staged_words(edits: Sequence[RecordEdit]) -> Mapping[str, tuple[Difference, ...]]:
    """Return for each domain what is staged about it: lists mark those rows."""
    return {edit.key: edit.differences for edit in edits if edit.table is Table.DOMAIN}
