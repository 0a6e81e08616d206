"""The log: what this console asked of edges, when, for how long, and the command that does the same."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import calls
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen, Subject


class LogScreen(ConsoleScreen):
    """One list; the pane has one call in full."""

    NAME: ClassVar[str] = "log"
    TITLE: ClassVar[str] = "Log"
    PANE: ClassVar[bool] = True

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        del snapshot, now
        self.table.set_view(calls.list_view(desk.log))

    def subject(self, key: str) -> Subject:
        del key
        return Subject()

    def _detail(self, key: str, now: datetime) -> tuple[Line, Sequence[Line]]:
        del now
        return Line((Span("CALL", Style.STRONG),)), calls.detail(self._desk.log, key)

    def _right_end(self) -> Line:
        return Line((Span("what was done, newest first, then what was read", Style.MUTED),))
