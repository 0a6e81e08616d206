"""Plain text over the whole screen, for the terminal's own selection: no bars, nothing that moves by itself."""

from collections.abc import Sequence

from textual import events
from textual.strip import Strip

from edgeconsole.present.table import Line
from edgeconsole.tui.strips import blank, plain, wrap
from edgeconsole.tui.widgets.span_widget import SpanWidget


class RawView(SpanWidget):
    """Lines broken at the edge of the terminal."""

    DEFAULT_CSS = """
    RawView {
        height: 1fr;
        width: 1fr;
    }
    """

    def __init__(self, lines: Sequence[str], *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._told = lines
        self._broken: list[Line] = []
        self._top = 0

    def on_resize(self, _event: events.Resize) -> None:
        width = max(1, self.size.width)
        self._broken = [part for line in self._told for part in wrap(plain(line), width)]
        self.move(0)
        self.refresh()

    def move(self, by: float) -> None:
        """Scroll by lines; infinitely many lead to an end."""
        last = max(0, len(self._broken) - self.size.height)
        top = int(max(0, min(last, self._top + by)))
        if top != self._top:
            self._top = top
            self.refresh()

    def page(self, by: float) -> None:
        """Scroll by a share of the screen."""
        self.move(by * max(1, self.size.height - 1))

    def render_line(self, y: int) -> Strip:
        place = self._top + y
        if place >= len(self._broken):
            return blank(self.size.width, self.looks)
        return self.strip(self._broken[place].spans)
