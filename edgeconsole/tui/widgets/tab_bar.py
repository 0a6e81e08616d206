"""The screens and the digits that lead to them."""

from collections.abc import Sequence
from typing import NamedTuple

from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.widgets.span_widget import OneLine


class ScreenTab(NamedTuple):
    """A screen as the bar names it."""

    key: str
    title: str
    active: bool


class TabBar(OneLine):
    """One line; the active screen stands in brackets, so that no colour is needed to see it."""

    def show_tabs(self, tabs: Sequence[ScreenTab]) -> None:
        """Name the screens."""
        spans: list[Span] = []
        for tab in tabs:
            label = f"{tab.key} {tab.title}"
            spans.append(Span(f"[{label}]", Style.STRONG) if tab.active else Span(f" {label} ", Style.MUTED))
        self.show(Line(tuple(spans)))
