"""The list of every screen: any number of rows, drawn a line at a time, its cursor held by key.

Every change - a new view, a move, a filter, a sort - ends in `_sync`, which compares what each visible line would say
with what it says and repaints the lines that differ. So one changed row repaints one row, whatever caused it.
"""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style
from edgeconsole.tui.filtering import Filter, positions, understood
from edgeconsole.tui.order import Sort, arranged
from edgeconsole.tui.strips import blank, fit, strip_of, wrap
from edgeconsole.tui.widgets.columns import GAP, MARK, Place, placed
from edgeconsole.tui.widgets.span_widget import SpanWidget

WIDE = 100
"""Columns of the terminal from which wide-only columns are shown."""
_LARGE = 5_000
"""Rows above which a list whose keys stay the same is not sorted again by itself: sorting 100,000 takes a key press."""

NO_VIEW = ListView((), (), (), lambda _: Row("", ()), lambda _column, _place: 0, "")


class _Kind(Enum):
    HEADER = "header"
    ROW = "row"
    CURSOR = "cursor"
    TEXT = "text"
    BLANK = "blank"


class _Drawn(NamedTuple):
    """What one line says; two that are equal look the same."""

    kind: _Kind
    content: object = None


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
        self._view = NO_VIEW
        self._search: Sequence[str] = ()
        self._order: Sequence[int] = range(0)
        self._filter = ""
        self._wanted = Filter((), ())
        self._sort: Sort | None = None
        self._sort_stale = False
        self._cursor = 0
        self._key: str | None = None
        self._announced: str | None = None
        self._top = 0
        self._places: tuple[Place, ...] = ()
        self._drawn: list[_Drawn] = []
        self._drawn_size = Size(0, 0)

    @property
    def cursor_key(self) -> str | None:
        """Key of the row under the cursor; None where no row is shown."""
        return self._key if self._order else None

    @property
    def filter_text(self) -> str:
        """The filter in force."""
        return self._filter

    @property
    def sort_text(self) -> str:
        """The sort in force, in words for the crumb bar."""
        if self._sort is None:
            return ""
        title = next((c.title for c in self._view.columns if c.id == self._sort.column), self._sort.column)
        return f"sort {title}{'v' if self._sort.reverse else '^'}{' (s again)' if self._sort_stale else ''}"

    @property
    def counts(self) -> tuple[int, int]:
        """Rows shown, rows in all."""
        return len(self._order), len(self._view.keys)

    def set_view(self, view: ListView, *, other: bool = False) -> None:
        """Show another state of the list: cursor, place, filter and sort stay; with `other` it is another list."""
        if other:
            self._view, self._search, self._order = NO_VIEW, (), range(0)
            self._filter, self._sort, self._key, self._cursor, self._top = "", None, None, 0, 0
        same_keys = len(view.keys) == len(self._view.keys) and view.keys == self._view.keys
        keep = same_keys and self._sort is not None and not self._filter and len(view.keys) > _LARGE
        self._view = view
        self._search = view.search
        if keep:
            self._sort_stale = True
            self._settle()
        else:
            self._arrange()

    def filter_by(self, text: str) -> None:
        """Show only the rows that match; an empty text shows all."""
        if text != self._filter:
            self._filter = text
            self._arrange(lost=0)

    def sort_next(self) -> None:
        """Sort by the next column, after the last by none; a stale sort is renewed first."""
        ids = [place.column.id for place in self._places]
        if self._sort_stale or not ids:
            self._arrange()
            return
        at = ids.index(self._sort.column) + 1 if self._sort is not None and self._sort.column in ids else 0
        self._sort = Sort(ids[at]) if at < len(ids) else None
        self._arrange()

    def sort_reverse(self) -> None:
        """Turn the order round."""
        if self._sort is None and self._view.columns:
            self._sort = Sort(self._view.columns[0].id)
        if self._sort is not None:
            self._sort = self._sort._replace(reverse=not self._sort.reverse)
            self._arrange()

    def move(self, by: int) -> None:
        """Move the cursor by rows. At the edge the list jumps half a page: one repaint for many steps."""
        self._place_cursor(self._cursor + by)
        height = self._body
        if self._cursor < self._top or self._cursor >= self._top + height:
            self._top = self._cursor - height // 2
        self._sync()

    def page(self, by: float) -> None:
        """Move cursor and list by a share of a page."""
        step = int(by * self._body) or (1 if by > 0 else -1)
        self._place_cursor(self._cursor + step)
        self._top += step
        self._sync()

    def to_end(self, last: bool) -> None:
        """Move the cursor to the first or the last row."""
        self._place_cursor(len(self._order) - 1 if last else 0)
        self._sync()

    def to_key(self, key: str) -> bool:
        """Move the cursor to a row by its key; whether it is shown."""
        at = self._find(key)
        if at is None:
            return False
        self._place_cursor(at)
        self._sync()
        return True

    def on_resize(self, _event: events.Resize) -> None:
        self._sync()

    def render_line(self, y: int) -> Strip:
        if self._drawn_size != self.size:
            self._draw()
        kind, content = self._drawn[y] if y < len(self._drawn) else _BLANK
        if kind is _Kind.ROW and isinstance(content, Row):
            return strip_of(self._row_spans(content, " "), self.size.width, self.looks)
        if kind is _Kind.CURSOR and isinstance(content, Row):
            return self._one_look("".join(span.text for span in self._row_spans(content, ">")), "table--cursor")
        if kind is _Kind.HEADER:
            return self._one_look(self._header(), "table--header")
        if kind is _Kind.TEXT and isinstance(content, Line):
            return self.strip(content.spans)
        return blank(self.size.width, self.looks)

    @property
    def _body(self) -> int:
        return max(1, self.size.height - 1)

    def _arrange(self, lost: int | None = None) -> None:
        self._wanted = wanted = understood(self._filter, self._view.columns)
        if self._filter and not isinstance(self._search, list):
            # A presenter may make these texts as they are asked for; the second key of a filter shall not pay again.
            self._search = list(self._search)
        self._order = arranged(self._view, positions(self._view, self._search, wanted), self._sort)
        self._sort_stale = False
        self._settle(lost)

    def _settle(self, lost: int | None = None) -> None:
        """Put the cursor back on its key. A row that is gone leaves it to its neighbour, or to the row `lost`."""
        on_screen = self._cursor - self._top
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
        if self._cursor < len(self._order) and self._view.keys[self._order[self._cursor]] == key:
            return self._cursor
        try:
            return self._order.index(self._view.keys.index(key))
        except ValueError:
            return None

    def _place_cursor(self, at: int) -> None:
        self._cursor = max(0, min(at, len(self._order) - 1))
        if self._order:
            self._key = self._view.keys[self._order[self._cursor]]
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
        self._places = placed(self._view.columns, width, wide=self.screen.size.width >= WIDE)
        lines = [_Drawn(_Kind.HEADER, (self._places, self._sort))]
        if self._order:
            for at in range(self._top, min(self._top + height - 1, len(self._order))):
                row = self._view.row(self._order[at])
                lines.append(_Drawn(_Kind.CURSOR if at == self._cursor else _Kind.ROW, row))
        else:
            lines += [_Drawn(_Kind.TEXT, line) for line in wrap(self._nothing(), max(1, width - 1), MARK)]
        self._drawn = [*lines, *[_BLANK] * (height - len(lines))][:height]

    def _nothing(self) -> Line:
        if self._filter and self._view.keys:
            said = f" {self._wanted.problem}." if self._wanted.problem else ""
            text = f"0 of {len(self._view.keys)} match /{self._filter}.{said} esc clears the filter."
        else:
            text = self._view.empty
        return Line((Span(" " * MARK), Span(text, Style.MUTED)))

    def _row_spans(self, row: Row, mark: str) -> list[Span]:
        spans = [Span(mark.ljust(MARK))]
        for index, column, width in self._places:
            text, style = row.cells[index]
            spans.append(Span(fit(text, width, right=column.right) + " " * GAP, style))
        return spans

    def _header(self) -> str:
        return " " * MARK + "".join(
            fit(self._titled(column), width, right=column.right) + " " * GAP for _, column, width in self._places
        )

    def _titled(self, column: Column) -> str:
        if self._sort is None or self._sort.column != column.id:
            return column.title
        return column.title + ("v" if self._sort.reverse else "^")

    def _one_look(self, text: str, component: str) -> Strip:
        width = self.size.width
        return Strip([Segment(fit(text, width), self.screen.get_component_rich_style(component))], width)
