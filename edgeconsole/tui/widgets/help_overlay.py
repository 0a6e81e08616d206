"""The help: what is under the cursor, then every key that means something here; searched, scrolled, keys run."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.strips import wrap
from edgeconsole.tui.widgets.detail_pane import DetailPane

_KEYS, _TITLE = 16, 18
"""Cells for the keys of one action, and for its name."""
_TAUGHT = 11
"""Cells that the rest of a taught line starts in."""


class HelpRow(NamedTuple):
    """One action in the help."""

    keys: str
    title: str
    help: str
    reason: str | None = None
    """Why it cannot be used now."""


class HelpOverlay(DetailPane):
    """In place of the list while it is open; no modal, so the bars and the prompt row stay as they are."""

    INDENT: ClassVar[int] = 2 + _KEYS + _TITLE

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._taught = 0

    def show_help(self, title: Line, taught: Sequence[Line], keys: Sequence[Line]) -> None:
        """Show what is under the cursor, then the keys."""
        self._taught = len(taught)
        super().show(title, (*taught, *keys))

    def show(self, title: Line, lines: Sequence[Line]) -> None:
        self._taught = 0
        super().show(title, lines)

    def broken(self, place: int) -> list[Line]:
        return wrap(self._lines[place], self.size.width, _TAUGHT if place < self._taught else self.INDENT)

    def hides_below(self, lines: int) -> bool:
        """Return whether the end of the first so many lines is below the last row that is shown."""
        return self._height(lines) > self._top + max(1, self.size.height - 1)

    def bring_into_view(self, line: int) -> None:
        """Scroll as little as shows a line whole; one that is longer than the help from its start."""
        start, end = self._height(line), self._height(line + 1)
        room = max(1, self.size.height - 1)
        if start < self._top:
            self.move(start - self._top)
        elif end > self._top + room:
            self.move(min(end - room, start) - self._top)

    def _height(self, lines: int) -> int:
        return sum(len(self.broken(place)) for place in range(min(lines, len(self._lines))))


def key_line(row: HelpRow, *, chosen: bool) -> Line:
    """Return the line of one action."""
    mark = "> " if chosen else "  "
    keys, title = f"{mark}{row.keys:<{_KEYS}}", f"{row.title:<{_TITLE}}"
    if row.reason is None:
        return Line((Span(keys, Style.STRONG), Span(title), Span(row.help, Style.MUTED)))
    return Line((Span(f"{keys}{title}", Style.OFF), Span(f"{row.reason}. ", Style.WARN), Span(row.help, Style.OFF)))


def matching(rows: Sequence[HelpRow], text: str) -> list[int]:
    """Return the places of the actions that contain every word."""
    words = text.lower().split()
    told = (f"{row.keys} {row.title} {row.help}".lower() for row in rows)
    return [place for place, each in enumerate(told) if all(word in each for word in words)]
