"""The edges an operator can go to, as a list: where each is, how careful to be there, and whether it answers."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from edgeconsole.model.durations import write_duration
from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style, eager


class ContextRow(NamedTuple):
    """One edge by name."""

    name: str
    backend: str
    """`file`, `local` or `remote`."""
    address: str
    readonly: bool = False
    confirm: timedelta | None = None
    """How long a change waits there to be kept."""
    theme: str = ""
    here: bool = False
    """Whether this console is on it."""


class Answered(NamedTuple):
    """What came of asking an edge whether it is there."""

    milliseconds: int = 0
    problem: str = ""
    """Why there was no answer; empty where there was one."""


class ContextsView(NamedTuple):
    """What the list shows."""

    rows: Sequence[ContextRow] = ()
    answers: Mapping[str, Answered] = {}
    """By name; one that is missing is still being asked."""


NO_CONTEXTS = ContextsView()
_COLUMNS = (
    Column("state", "STATE", 11),
    Column("name", "CONTEXT", 18),
    Column("backend", "BACKEND", 7),
    Column("care", "CARE", 12),
    Column("address", "ADDRESS", 0),
)
_EMPTY = "No contexts yet: edgeconsole context add NAME --address ADDRESS makes one."


def list_view(view: ContextsView) -> ListView:
    """Return the edges in the order of the file."""
    return eager(_COLUMNS, [_row(row, view.answers.get(row.name)) for row in view.rows], _EMPTY)


def _row(row: ContextRow, answered: Answered | None) -> Row:
    return Row(
        row.name,
        (
            _state(row, answered),
            Span(row.name, Style.STRONG if row.here else Style.PLAIN),
            Span(row.backend),
            Span(care(row), Style.WARN if row.readonly else Style.PLAIN),
            Span(row.address),
        ),
    )


def _state(row: ContextRow, answered: Answered | None) -> Span:
    if answered is None:
        return Span("? asking…", Style.STALE)
    if answered.problem:
        return Span("X no answer", Style.FAIL)
    return Span(". here" if row.here else f". {answered.milliseconds} ms", Style.OK)


def care(row: ContextRow) -> str:
    """Return how careful to be there, in a word or two."""
    if row.readonly:
        return "read-only"
    return f"confirm {write_duration(row.confirm)}" if row.confirm is not None else "-"


def detail(view: ContextsView, key: str) -> tuple[Line, ...]:
    """Return all that is known of one of them."""
    row = next((each for each in view.rows if each.name == key), None)
    if row is None:
        return ()
    answered = view.answers.get(key)
    lines = [
        ("backend", f"{row.backend}  {row.address}"),
        ("care", care(row)),
        ("theme", row.theme or "the usual one"),
    ]
    if answered is not None and not answered.problem:
        lines.append(("answers", f"in {answered.milliseconds} ms"))
    told = [Line((Span(f"{label:<9}", Style.MUTED), Span(text))) for label, text in lines]
    if answered is not None and answered.problem:
        told.append(Line((Span("no answer ", Style.FAIL), Span(answered.problem))))
    return tuple(told)
