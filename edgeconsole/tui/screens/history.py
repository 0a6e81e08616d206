"""History: revisions, restore points and the audit, and below or beside them what one of them, or two, have in them."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import past
from edgeconsole.present.past import Tab
from edgeconsole.present.table import Line
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen, Subject


class HistoryScreen(ConsoleScreen):
    """Three lists, one shown at a time; the pane is always open."""

    NAME: ClassVar[str] = "history"
    TITLE: ClassVar[str] = "History"
    PANE: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._tab = Tab.REVISIONS

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        before, self._tab = self._tab, desk.past.tab
        self.table.set_view(past.list_view(desk.past, snapshot, now), other=before is not self._tab)

    def _detail(self, key: str, now: datetime) -> tuple[Line, Sequence[Line]]:
        del now
        return past.pane(self._desk.past, key)

    def subject(self, key: str) -> Subject:
        del key  # A revision changes what it changes; it is about no record alone.
        return Subject()

    def _right_end(self) -> Line:
        return past.crumb(self._desk.past)
