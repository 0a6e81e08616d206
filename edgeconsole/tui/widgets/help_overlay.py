"""The help: every key that means something here, what it does, and why it cannot be used where it cannot."""

from collections.abc import Iterable
from typing import NamedTuple

from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.widgets.detail_pane import DetailPane

_KEYS = 22
"""Cells for the keys of one action."""


class HelpRow(NamedTuple):
    """One action in the help."""

    keys: str
    help: str
    reason: str | None = None
    """Why it cannot be used now."""


class HelpOverlay(DetailPane):
    """In place of the list while it is open; no modal, so the bars and the prompt row stay as they are."""

    def show_keys(self, rows: Iterable[HelpRow]) -> None:
        """Show what the keys do."""
        self.show(Line((Span("KEYS   esc closes", Style.STRONG),)), [_line(row) for row in rows])


def _line(row: HelpRow) -> Line:
    keys = f"{row.keys:<{_KEYS}} "
    if row.reason is None:
        return Line((Span(keys, Style.STRONG), Span(row.help)))
    return Line((Span(f"{keys}{row.help}", Style.OFF), Span(f"  ({row.reason})", Style.WARN)))
