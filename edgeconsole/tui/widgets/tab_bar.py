"""The screens and the digits that lead to them."""

from collections.abc import Sequence
from typing import NamedTuple

from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.widgets.span_widget import NOTHING, OneLine


class ScreenTab(NamedTuple):
    """A screen as the bar names it."""

    key: str
    title: str
    active: bool


class TabBar(OneLine):
    """One line; the active screen stands in brackets, so that no colour is needed to see it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._tight: Line = NOTHING
        self._digits: Line = NOTHING

    def show_tabs(self, tabs: Sequence[ScreenTab]) -> None:
        """Name the screens."""
        self._tight = Line(tuple(_tight(tab) for tab in tabs))
        self._digits = Line(tuple(_span(tab, short=not tab.active) for tab in tabs))
        self.show(Line(tuple(_span(tab) for tab in tabs)))

    def spans(self, width: int) -> Sequence[Span]:
        whole = self.line.spans
        # Where not every name fits with two blanks between, with one; then each digit, and the screen in front.
        fitting = (each for each in (whole, self._tight.spans) if sum(len(span.text) for span in each) <= width)
        return next(fitting, self._digits.spans)


def _span(tab: ScreenTab, *, short: bool = False) -> Span:
    """Return a tab as drawn; a short one keeps the number its title may end in."""
    label = f"{tab.key}{''.join(tab.title.partition('(')[1:])}" if short else f"{tab.key} {tab.title}"
    return Span(f"[{label}]", Style.STRONG) if tab.active else Span(f" {label} ", Style.MUTED)


def _tight(tab: ScreenTab) -> Span:
    """Return a tab with one blank before it and none behind."""
    label = f"{tab.key} {tab.title}"
    return Span(f"[{label}]", Style.STRONG) if tab.active else Span(f" {label}", Style.MUTED)
