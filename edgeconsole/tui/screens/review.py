"""Review: what is staged, record by record; below or beside it checks, impact and the diff to be written."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from edgeconsole.model.configuration import Table
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import review
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen, Subject


class ReviewScreen(ConsoleScreen):
    """The draft; its pane is always open, since nobody should apply what they did not see."""

    NAME: ClassVar[str] = "review"
    TITLE: ClassVar[str] = "Review"
    PANE: ClassVar[bool] = True

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        self.table.set_view(review.list_view(desk.standing, snapshot, now))

    def _detail(self, key: str, now: datetime) -> tuple[Line, Sequence[Line]]:
        del now
        return Line((Span(key, Style.STRONG),)), review.pane(self._desk.standing, self._snapshot, key)

    def subject(self, key: str) -> Subject:
        edit = next((each for each in self._desk.standing.edits if review.key_of(each.table, each.key) == key), None)
        if edit is None:
            return Subject()
        return Subject(edit.table, edit.key, domain=edit.key if edit.table is Table.DOMAIN else None)

    def _right_end(self) -> Line:
        text = review.crumb(self._desk.standing)
        return Line((Span(text, Style.WARN if self._desk.standing.stale else Style.PLAIN),))
