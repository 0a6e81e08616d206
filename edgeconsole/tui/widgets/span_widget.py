"""What every widget here is built on: lines of styled spans, drawn by the line API, never by markup."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.style import Style as RichStyle
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.strips import blank, changed_cells, strip_of

NOTHING = Line(())


class SpanScreen(Screen[None]):
    """A screen of span widgets, and the one node that holds their looks.

    Measured: resolved for each widget apart, the looks are a fifth of the start.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"span--{style.value}" for style in Style),
        "table--header",
        "table--cursor",
    }


class SpanWidget(Widget, can_focus=False, inherit_bindings=False):
    """A widget that draws spans; the theme gives each style its look, through the screen it is on."""

    def looks(self, style: Style) -> RichStyle:
        """Return what the theme draws a style with."""
        return self.screen.get_component_rich_style(f"span--{style.value}")

    def strip(self, spans: Iterable[Span]) -> Strip:
        """Return the spans as one line of this widget."""
        return strip_of(spans, self.size.width, self.looks)

    def refresh_rows(self, rows: Iterable[int]) -> None:
        """Repaint single lines."""
        regions = [Region(0, y, self.size.width, 1) for y in rows]
        if regions:
            self.refresh(*regions)


class OneLine(SpanWidget):
    """One line that repaints only when what it says changes, and never asks for a layout."""

    DEFAULT_CSS = """
    OneLine {
        height: 1;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._line = NOTHING

    @property
    def line(self) -> Line:
        """What it says."""
        return self._line

    def show(self, line: Line) -> None:
        """Say something else."""
        if line != self._line:
            width = self.size.width
            before, self._line = self.spans(width), line
            start, end = changed_cells(before, self.spans(width), width)
            # A countdown moves a cell or two each second; the rest of its line need not be sent again.
            self.refresh(Region(start, 0, end - start, 1))

    def spans(self, width: int) -> Sequence[Span]:  # noqa: ARG002 subclasses use it
        """Return what to draw at a width; subclasses fit and align here."""
        return self._line.spans

    def render_line(self, y: int) -> Strip:
        if y:
            return blank(self.size.width, self.looks)
        return self.strip(self.spans(self.size.width))
