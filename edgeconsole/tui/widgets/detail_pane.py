"""The pane beside or under the list: a title, lines that wrap, and a place to scroll them to."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.strip import Strip

from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.strips import blank, wrap
from edgeconsole.tui.widgets.span_widget import NOTHING, SpanWidget


class DetailPane(SpanWidget):
    """Lines about one thing; the first row is a titled rule, which costs no box."""

    INDENT: ClassVar[int] = 2
    """Cells that the rest of a broken line starts in."""
    SCROLLS: ClassVar[bool] = True
    """Whether lines are broken and more of them can be scrolled to; otherwise they are cut."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._title = NOTHING
        self._lines: tuple[Line, ...] = ()
        self._wrapped: list[Line] = []
        self._wrapped_for = 0
        self._top = 0
        self._active = False

    def show(self, title: Line, lines: Sequence[Line]) -> None:
        """Show other lines; the place is kept while the title stays the same."""
        if title != self._title:
            self._title = title
            self._top = 0
            self.refresh_rows([0])
        if tuple(lines) != self._lines:
            self._lines = tuple(lines)
            self._rewrap()

    @property
    def title(self) -> Line:
        """What it is about."""
        return self._title

    @property
    def lines(self) -> tuple[Line, ...]:
        """What it says, not broken to any width."""
        return self._lines

    def mark_active(self, active: bool) -> None:
        """Show whether the movement keys belong to the pane."""
        if active != self._active:
            self._active = active
            self.refresh_rows([0])

    def move(self, by: int) -> None:
        """Scroll by lines."""
        self._scroll(self._top + by)

    def page(self, by: float) -> None:
        """Scroll by a share of the pane."""
        self._scroll(self._top + int(by * max(1, self.size.height - 1)))

    def to_end(self, last: bool) -> None:
        """Scroll to the first or the last line."""
        self._scroll(len(self._wrapped) if last else 0)

    def on_resize(self, _event: events.Resize) -> None:
        self._rewrap()

    def render_line(self, y: int) -> Strip:
        if self._wrapped_for != self.size.width:
            self._wrap()
        if y == 0:
            return self._rule()
        place = self._top + y - 1
        if place >= len(self._wrapped):
            return blank(self.size.width, self.looks)
        return self.strip(self._wrapped[place].spans)

    def _rule(self) -> Strip:
        hidden = len(self._wrapped) - (self._top + self.size.height - 1)
        more = ""
        if hidden > 0 and self.SCROLLS:
            more = f" {hidden} more, {keycap('focus.next')} and {keycap('list.down')} "
        rule = [Span("> " if self._active else "- ", Style.MUTED), *self._title.spans, Span(" ", Style.MUTED)]
        used = sum(len(span.text) for span in rule) + len(more)
        return self.strip([*rule, Span("-" * max(0, self.size.width - used) + more, Style.MUTED)])

    def _rewrap(self) -> None:
        before = self._wrapped
        self._wrap()
        if len(before) != len(self._wrapped):
            self.refresh()
        else:
            pairs = enumerate(zip(before, self._wrapped, strict=True))
            self.refresh_rows(place - self._top + 1 for place, (old, new) in pairs if old != new)

    def _wrap(self) -> None:
        self._wrapped_for = self.size.width
        if not self._wrapped_for:
            self._wrapped = []
            return
        if self.SCROLLS:
            self._wrapped = [part for place in range(len(self._lines)) for part in self.broken(place)]
        else:
            self._wrapped = list(self._lines)
        self._top = min(self._top, self._last_top())

    def broken(self, place: int) -> list[Line]:
        """Return a line as it is broken to fit."""
        return wrap(self._lines[place], self.size.width, self.INDENT)

    def _last_top(self) -> int:
        return max(0, len(self._wrapped) - max(1, self.size.height - 1))

    def _scroll(self, top: int) -> None:
        top = max(0, min(top, self._last_top()))
        if top != self._top:
            self._top = top
            self.refresh()


class Panel(DetailPane):
    """A titled block of short lines that stands still."""

    SCROLLS: ClassVar[bool] = False
