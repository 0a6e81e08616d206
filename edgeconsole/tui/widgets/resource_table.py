"""The list of every screen: any number of rows, drawn a line at a time, its cursor held by key.

Every change - a new view, a move, a filter, a sort - ends in `_sync`, which compares what each visible line would say
with what it says and repaints the lines that differ. So one changed row repaints one row, whatever caused it.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from edgeconsole.present.filtering import Filter, narrows, positions, understood
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style
from edgeconsole.tui.order import Sort, arranged
from edgeconsole.tui.strips import blank, fit, strip_of, wrap
from edgeconsole.tui.widgets.columns import GAP, MARK, NO_CHOICE, Choice, Place, placed
from edgeconsole.tui.widgets.marks import Marks, Rows
from edgeconsole.tui.widgets.span_widget import SpanWidget

WIDE = 100
"""Columns of the terminal from which wide-only columns are shown."""
_LARGE = 5_000
"""Rows above which a list whose keys stay the same is not sorted again by itself: sorting 100,000 takes a key press."""

_MARKED = "+"
"""Stands beside a marked row; a staged one has its mark among the states."""

NO_VIEW = ListView((), (), (), lambda _: Row("", ()), lambda _column, _place: 0, "")


class _Kind(Enum):
    HEADER = "header"
    ROW = "row"
    CURSOR = "cursor"
    TEXT = "text"
    BLANK = "blank"


class _Drawn(NamedTuple):
    """What one line says and where; two that are equal look the same."""

    kind: _Kind
    content: object = None
    places: tuple[Place, ...] = ()
    """The columns of a header or a row."""
    marked: bool = False


_BLANK = _Drawn(_Kind.BLANK)


class ResourceTable(SpanWidget):
    """A header and rows. Give it a view; it asks for the rows that are visible and for no others."""

    class CursorMoved(Message):
        """The cursor stands on another row, or on none."""

        def __init__(self, table: "ResourceTable", key: str | None) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> "ResourceTable":
            return self.table

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, ResourceTable.CursorMoved) and message.table is self.table

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self.view = NO_VIEW
        """The list as it was given."""
        self._search: Sequence[str] = ()
        self._order: Sequence[int] = range(0)
        self.positions: Callable[[], Sequence[int]] = lambda: self._order
        """The rows that are shown, in order, as places of the view."""
        self.filter_text = ""
        """The filter in force."""
        self._wanted = Filter()
        self._matching: Sequence[int] | None = None
        """The rows of this view that match `_wanted`, in its own order; None before they are looked for."""
        self._sort: Sort | None = None
        self._sort_stale = False
        self._cursor = 0
        self._key: str | None = None
        self._announced: str | None = None
        self._top = 0
        self.resting = True
        """Whether nobody has pressed a key on this list yet: the cursor waits at the top, where the worst comes up."""
        self.places: tuple[Place, ...] = ()
        """The columns that are shown, and where."""
        self._choice = NO_CHOICE
        self.marks = self._unmarked()
        self._marks_of: dict[tuple[str, ...], Marks] = {}
        """The marks of the other lists this table shows in turn, by the ids of their columns."""
        self._drawn: list[_Drawn] = []
        self._drawn_size = Size(0, 0)

    @property
    def cursor_key(self) -> str | None:
        """Key of the row under the cursor; None where no row is shown."""
        return self._key if self._order else None

    @property
    def sort_text(self) -> str:
        """The sort in force, in words for the crumb bar."""
        if self._sort is None:
            return ""
        title = next((c.title for c in self.view.columns if c.id == self._sort.column), self._sort.column)
        again = f" ({keycap('list.sort')} again)" if self._sort_stale else ""
        return f"sort {title}{'v' if self._sort.reverse else '^'}{again}"

    @property
    def counts(self) -> tuple[int, int]:
        """Rows shown, rows in all."""
        return len(self._order), len(self.view.keys)

    def set_view(self, view: ListView, *, other: bool = False) -> None:
        """Show another state of the list: cursor, place, filter and sort stay; with `other` it is another list."""
        if other:
            self._become_other(view)
            self.view, self._search, self._order = NO_VIEW, (), range(0)
            self.filter_text, self._sort, self._key, self._cursor, self._top = "", None, None, 0, 0
            self.resting = True
        same_keys = len(view.keys) == len(self.view.keys) and view.keys == self.view.keys
        keep = same_keys and self._sort is not None and not self.filter_text and len(view.keys) > _LARGE
        self.view = view
        self._search = view.search
        self._matching = None
        if keep:
            self._sort_stale = True
            self._settle()
        else:
            self._arrange()

    def _unmarked(self) -> Marks:
        return Marks(lambda: Rows(self.view.keys, self._order), self._sync)

    def _become_other(self, view: ListView) -> None:
        """Take up the marks of another list; where its columns are the same it has other records, and none."""
        before, after = (tuple(column.id for column in each.columns) for each in (self.view, view))
        self._marks_of[before] = self.marks
        self.marks = self._unmarked() if before == after else self._marks_of.get(after, self._unmarked())

    def filter_by(self, text: str) -> None:
        """Show only the rows that match; an empty text shows all."""
        if text != self.filter_text:
            self.filter_text = text
            self._arrange(lost=0)

    def choose_columns(self, choice: Choice) -> None:
        """Show or hide columns as the operator chose."""
        if choice != self._choice:
            self._choice = choice
            self._sync()

    def sort_next(self) -> None:
        """Sort by the next column, after the last by none; a stale sort is renewed first."""
        ids = [place.column.id for place in self.places]
        if self._sort_stale or not ids:
            self._arrange()
            return
        at = ids.index(self._sort.column) + 1 if self._sort is not None and self._sort.column in ids else 0
        self._sort = Sort(ids[at]) if at < len(ids) else None
        self._arrange()

    def sort_reverse(self) -> None:
        """Turn the order round."""
        if self._sort is None and self.view.columns:
            self._sort = Sort(self.view.columns[0].id)
        if self._sort is not None:
            self._sort = self._sort._replace(reverse=not self._sort.reverse)
            self._arrange()

    def move(self, by: int) -> None:
        """Move the cursor by rows. At the edge the list jumps half a page: one repaint for many steps."""
        self.resting = False
        self._place_cursor(self._cursor + by)
        height = self._body
        if self._cursor < self._top or self._cursor >= self._top + height:
            self._top = self._cursor - height // 2
        self._sync()

    def page(self, by: float) -> None:
        """Move cursor and list by a share of a page."""
        step = int(by * self._body) or (1 if by > 0 else -1)
        self.resting = False
        self._place_cursor(self._cursor + step)
        self._top += step
        self._sync()

    def to_end(self, last: bool) -> None:
        """Move the cursor to the first or the last row."""
        self.resting = False
        self._place_cursor(len(self._order) - 1 if last else 0)
        self._sync()

    def to_key(self, key: str) -> bool:
        """Move the cursor to a row by its key; whether it is shown."""
        at = self._find(key)
        if at is None:
            return False
        self.resting = False
        self._place_cursor(at)
        self._sync()
        return True

    def on_resize(self, _event: events.Resize) -> None:
        self._sync()

    def render_line(self, y: int) -> Strip:
        if self._drawn_size != self.size:
            self._draw()
        kind, content, places, marked = self._drawn[y] if y < len(self._drawn) else _BLANK
        if kind is _Kind.ROW and isinstance(content, Row):
            return strip_of(_row_spans(content, places, " ", marked), self.size.width, self.looks)
        if kind is _Kind.CURSOR and isinstance(content, Row):
            spans = _row_spans(content, places, ">", marked)
            return self._one_look("".join(span.text for span in spans), "table--cursor")
        if kind is _Kind.HEADER:
            return self._one_look(self._header(places), "table--header")
        if kind is _Kind.TEXT and isinstance(content, Line):
            return self.strip(content.spans)
        return blank(self.size.width, self.looks)

    @property
    def _body(self) -> int:
        return max(1, self.size.height - 1)

    def _arrange(self, lost: int | None = None) -> None:
        wanted = understood(self.filter_text, self.view)
        if self.filter_text and not isinstance(self._search, list):
            # A presenter may make these texts as they are asked for; the second key of a filter shall not pay again.
            self._search = list(self._search)
        within = self._matching if narrows(wanted, self._wanted) else None
        self._wanted, self._matching = wanted, positions(self.view, self._search, wanted, within)
        self._order = arranged(self.view, self._matching, self._sort)
        self._sort_stale = False
        self._settle(lost)

    def _settle(self, lost: int | None = None) -> None:
        """Put the cursor back on its key. A row that is gone leaves it to its neighbour, or to the row `lost`."""
        on_screen = self._cursor - self._top
        if self.resting:
            self._key = None
            self._cursor = self._top = 0
        at = self._find(self._key) if self._key is not None else None
        if at is None and lost is not None:
            self._cursor = lost
        elif at is not None and at != self._cursor:
            # At the top of the list new rows may appear above; further down what is being read must not move.
            if self._top > 0 or at >= self._body:
                self._top = at - on_screen
            self._cursor = at
        self._place_cursor(self._cursor)
        self._sync()

    def _find(self, key: str | None) -> int | None:
        if self._cursor < len(self._order) and self.view.keys[self._order[self._cursor]] == key:
            return self._cursor
        try:
            return self._order.index(self.view.keys.index(key))
        except ValueError:
            return None

    def _place_cursor(self, at: int) -> None:
        self._cursor = max(0, min(at, len(self._order) - 1))
        if self._order:
            self._key = self.view.keys[self._order[self._cursor]]
        # Where a filter leaves no row the key is remembered: it is where the cursor returns to.
        if self.cursor_key != self._announced:
            self._announced = self.cursor_key
            self.post_message(self.CursorMoved(self, self.cursor_key))

    def _sync(self) -> None:
        """Work out what every line says and repaint those that say something else."""
        before = self._drawn
        self._draw()
        self.refresh_rows(y for y, line in enumerate(self._drawn) if y >= len(before) or before[y] != line)

    def _draw(self) -> None:
        width, height = self._drawn_size = self.size
        if self._cursor < self._top:
            self._top = self._cursor
        self._top = max(self._top, self._cursor - self._body + 1)
        self._top = max(0, min(self._top, len(self._order) - self._body))
        places = placed(self.view.columns, width, wide=self.screen.size.width >= WIDE, choice=self._choice)
        if places != self.places:
            # The same object while nothing moves: lines are compared by it.
            self.places = places
        lines = [_Drawn(_Kind.HEADER, self._sort, self.places)]
        if self._order:
            for at in range(self._top, min(self._top + height - 1, len(self._order))):
                row = self.view.row(self._order[at])
                kind = _Kind.CURSOR if at == self._cursor else _Kind.ROW
                lines.append(_Drawn(kind, row, self.places, row.key in self.marks))
        else:
            lines += [_Drawn(_Kind.TEXT, line) for line in wrap(self._nothing(), max(1, width - 1), MARK)]
        self._drawn = [*lines, *[_BLANK] * (height - len(lines))][:height]

    def _nothing(self) -> Line:
        if self.filter_text and self.view.keys:
            said = f" {self._wanted.problem}." if self._wanted.problem else ""
            text = (
                f"0 of {len(self.view.keys)} match /{self.filter_text}.{said} {keycap('app.back')} clears the filter."
            )
        else:
            text = self.view.empty
        return Line((Span(" " * MARK), Span(text, Style.MUTED)))

    def _header(self, places: Sequence[Place]) -> str:
        return " " * MARK + "".join(self._titled(column, width) + " " * GAP for _, column, width in places)

    def _titled(self, column: Column, width: int) -> str:
        """Return a title with the arrow of the sort, which stays where the title has to give way."""
        if self._sort is None or self._sort.column != column.id:
            return fit(column.title, width, right=column.right)
        arrow = "v" if self._sort.reverse else "^"
        title = column.title if len(column.title) < width else column.title[: max(0, width - 1)]
        return fit(title + arrow, width, right=column.right)

    def _one_look(self, text: str, component: str) -> Strip:
        width = self.size.width
        return Strip([Segment(fit(text, width), self.screen.get_component_rich_style(component))], width)


def _row_spans(row: Row, places: Sequence[Place], cursor: str, marked: bool) -> list[Span]:
    spans = [Span(cursor), Span(_MARKED if marked else " ", Style.STRONG if marked else Style.PLAIN)]
    for index, column, width in places:
        text, style = row.cells[index]
        spans.append(Span(fit(text, width, right=column.right) + " " * GAP, style))
    return spans
