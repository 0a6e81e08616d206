"""The review of an import: every row with its verdict, worst first, and what the one under the cursor would do."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from edgeconsole.model.text import clean
from edgeconsole.present import diff, facets
from edgeconsole.present.ages import plural
from edgeconsole.present.import_standing import ImportStanding
from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style
from edgeconsole.transfer.review import Review, ReviewRow, State

COLUMNS = (
    Column("record", "RECORD", 30),
    Column("take", "TAKE", 4),
    Column("line", "LINE", 6, right=True),
    Column("why", "WHY", 0),
    Column("verdict", "VERDICT", 11),
)

_VERDICTS = {
    State.INVALID: Span("X invalid", Style.FAIL),
    State.CONFLICT: Span("! conflict", Style.WARN),
    State.NEEDS_REVIEW: Span("? decide", Style.WARN),
    State.PROPOSAL: Span("? proposal", Style.WARN),
    State.CHANGED: Span("~ changes", Style.STRONG),
    State.NEW: Span("+ new", Style.OK),
    State.DUPLICATE: Span("= duplicate", Style.MUTED),
    State.SAME: Span(". same", Style.MUTED),
}
"""Verdicts as they are shown, in the order of the list: what wants an eye first, what changes nothing last."""

_RANKS = {state: rank for rank, state in enumerate(_VERDICTS)}

_MEANINGS = {
    State.INVALID: "The row cannot be taken; accepting leaves it out.",
    State.CONFLICT: "The file and the configuration, or two rows, contradict each other.",
    State.NEEDS_REVIEW: "Its meaning differs here or is not certain; it is taken only if you take it in.",
    State.PROPOSAL: "Evidence of a partner, not a rule; it is taken only if you take it in.",
    State.CHANGED: "It changes a record that is there.",
    State.NEW: "It adds a record.",
    State.DUPLICATE: "An earlier row says the very same; nothing to do.",
    State.SAME: "The configuration, with what is staged, says so already; nothing to do.",
}
_DOUBTFUL = frozenset({State.INVALID, State.CONFLICT, State.NEEDS_REVIEW, State.PROPOSAL})
_BLANK = Line(())
_MOST = 40
"""Fields and warnings told one by one."""


def list_view(standing: ImportStanding) -> ListView:
    """Return the list of rows by verdict, then in the order of the file; a row's key is its place there."""
    if standing.review is None:
        return ListView(COLUMNS, (), (), lambda _: Row("", ()), lambda _column, _place: 0, _empty(standing))
    rows = _Rows(standing, standing.review)
    return ListView(
        columns=COLUMNS,
        keys=rows.keys,
        search=rows,
        row=rows.row,
        order=rows.order,
        empty="The file states no rule.",
        facets=(
            facets.of_words("verdict", rows.verdicts, [span.text.partition(" ")[2] for span in _VERDICTS.values()]),
            facets.of_words("take", rows.choices, ("take",)),
        ),
    )


class _Rows(Sequence[str]):
    """Rows in the order of the list, made when they are shown; as a sequence, what a filter looks in."""

    def __init__(self, standing: ImportStanding, review: Review) -> None:
        self._rows = review.rows
        self._taken = standing.taken
        self._places = sorted(range(len(review.rows)), key=lambda place: _RANKS[review.rows[place].state])
        self.keys = [str(place) for place in self._places]

    @property
    def arranged(self) -> Iterator[ReviewRow]:
        """The rows in the order of the list."""
        return (self._rows[place] for place in self._places)

    @cached_property
    def _texts(self) -> list[str]:
        return [
            f"{_VERDICTS[row.state].text} {row.table.value} {row.key} {row.reason}".lower() for row in self.arranged
        ]

    def verdicts(self) -> list[str]:
        """Return the verdict of each row as a filter asks for it."""
        return [_VERDICTS[row.state].text.partition(" ")[2] for row in self.arranged]

    def choices(self) -> list[str]:
        """Return whether each row is taken."""
        return ["take" if place in self._taken else "" for place in self._places]

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __getitem__(self, place: Any) -> Any:
        return self._texts[place]

    def row(self, index: int) -> Row:
        """Return what one line says."""
        place = self._places[index]
        row = self._rows[place]
        return Row(
            self.keys[index],
            (
                Span(record_of(row)),
                Span("take" if place in self._taken else "", Style.OK),
                Span(str(row.line) if row.line else "-", Style.MUTED),
                Span(row.reason, Style.FAIL if row.state is State.INVALID else Style.PLAIN),
                _VERDICTS[row.state],
            ),
        )

    def order(self, column: str, index: int) -> Any:
        """Return what a column sorts a row by."""
        place = self._places[index]
        row = self._rows[place]
        match column:
            case "take":
                return place not in self._taken
            case "line":
                return row.line
            case "verdict":
                return _RANKS[row.state]
            case "record":
                return (row.key, row.table.value)
            case _:
                return row.reason.lower()


def record_of(row: ReviewRow) -> str:
    """Return how the record of a row is called; what is no record says what the file has there."""
    return diff.record_name(row.table, row.key) if row.key and row.key != "-" else row.table.value


def _empty(standing: ImportStanding) -> str:
    if standing.working:
        return standing.working
    return f"Nothing is under review. {standing.keys.open} reads a file of rules; nothing changes before you accept it."


def counts(review: Review) -> str:
    """Return how many rows there are of each verdict, worst first: `2 invalid, 498 new`."""
    found = Counter(row.state for row in review.rows)
    told = (f"{found[state]} {span.text.partition(' ')[2]}" for state, span in _VERDICTS.items() if found[state])
    return ", ".join(told) or "no rows"


def crumb(standing: ImportStanding) -> Line:
    """Return what stands at the right of the crumb bar: what is worked out, else what would be staged."""
    if standing.working:
        return Line((Span(standing.working, Style.STALE),))
    if standing.review is None:
        return _BLANK
    doubtful = sum(row.state in _DOUBTFUL for row in standing.review.rows)
    doubt = Span(f", {doubtful} to look at", Style.WARN) if doubtful else Span("")
    return Line((Span(f"{len(standing.taken)} taken", Style.STRONG), doubt))


def pane(standing: ImportStanding, key: str) -> tuple[Line, Sequence[Line]]:
    """Return title and lines about a row: what is wrong with it or what it would do, then about the file."""
    review = standing.review
    if review is None or not key.isdigit() or int(key) >= len(review.rows):
        return _BLANK, ()
    row = review.rows[int(key)]
    title = f"{review.unit} {row.line}  {record_of(row)}" if row.line else record_of(row)
    return Line((Span(title, Style.STRONG),)), (*_about_row(standing, row, int(key)), _BLANK, *_about_file(standing))


def _about_row(standing: ImportStanding, row: ReviewRow, place: int) -> Iterator[Line]:
    yield Line((_VERDICTS[row.state], Span(f"  {_MEANINGS[row.state]}")))
    if row.reason:
        yield Line((Span("  "), Span(row.reason, Style.FAIL if row.state is State.INVALID else Style.PLAIN)))
    if row.change is None:
        return
    keys = standing.keys
    if place in standing.taken:
        yield Line((Span("taken", Style.OK), Span(f"   {keys.leave_out} leaves it out", Style.MUTED)))
    else:
        choice = f", {keys.choose} decides all conflicts at once" if row.state is State.CONFLICT else ""
        yield Line((Span("left out", Style.WARN), Span(f"   {keys.leave_out} takes it in{choice}", Style.MUTED)))
    yield Line((Span("IT WOULD REMOVE THE RECORD" if row.change.fields is None else "IT WOULD SET", Style.STRONG),))
    for name, value in tuple((row.change.fields or {}).items())[:_MOST]:
        yield Line((Span(f"  {clean(name):<20} "), Span(diff.value(value), Style.OK)))


def _about_file(standing: ImportStanding) -> Iterator[Line]:
    review, keys = standing.review, standing.keys
    assert review is not None
    yield Line((Span("THE FILE  ", Style.STRONG), Span(f"{standing.name}: {review.format}, {review.encoding}")))
    yield Line((Span(f"  {plural(len(review.rows), 'row')}: {counts(review)}"),))
    for warning in review.warnings[:_MOST]:
        yield Line((Span(f"  ! {clean(warning, diff.LINE_LIMIT)}", Style.WARN),))
    yield Line(
        (
            Span("NEXT  ", Style.STRONG),
            Span(f"{keys.accept} stages what is taken, as one step; {keys.again} reads the file again.", Style.MUTED),
        )
    )
