"""The help: every key that means something here, what it does, and why it cannot be used where it cannot."""

from collections.abc import Iterable
from typing import ClassVar, NamedTuple

from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.widgets.detail_pane import DetailPane

_KEYS, _TITLE = 16, 18
"""Cells for the keys of one action, and for its name."""


class HelpRow(NamedTuple):
    """One action in the help."""

    keys: str
    title: str
    help: str
    reason: str | None = None
    """Why it cannot be used now."""


class HelpOverlay(DetailPane):
    """In place of the list while it is open; no modal, so the bars and the prompt row stay as they are."""

    INDENT: ClassVar[int] = _KEYS + _TITLE

    def show_keys(self, rows: Iterable[HelpRow]) -> None:
        """Show what the keys do."""
        self.show(Line((Span("KEYS   esc closes", Style.STRONG),)), [_line(row) for row in rows])


def _line(row: HelpRow) -> Line:
    keys, title = f"{row.keys:<{_KEYS}}", f"{row.title:<{_TITLE}}"
    if row.reason is None:
        return Line((Span(keys, Style.STRONG), Span(title), Span(row.help, Style.MUTED)))
    return Line((Span(f"{keys}{title}", Style.OFF), Span(f"{row.reason}. ", Style.WARN), Span(row.help, Style.OFF)))
