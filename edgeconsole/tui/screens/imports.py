"""A file of rules under review: each row with its verdict, taken or left out, before anything is staged."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import imports
from edgeconsole.present.import_standing import NO_IMPORT
from edgeconsole.present.table import Line
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen, Subject


class ImportScreen(ConsoleScreen):
    """One file at a time; a move of the draft or of the edge redraws nothing that did not change."""

    NAME: ClassVar[str] = "import"
    TITLE: ClassVar[str] = "Import"

    def __init__(self) -> None:
        super().__init__()
        self._shown = NO_IMPORT
        self._first = True

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        del snapshot, now
        standing = desk.imports
        if self._first or standing is not self._shown:
            other = standing.name != self._shown.name
            self._shown, self._first = standing, False
            self.table.set_view(imports.list_view(standing), other=other)

    def _detail(self, key: str, now: datetime) -> tuple[Line, Sequence[Line]]:
        del now
        return imports.pane(self._desk.imports, key)

    def subject(self, key: str) -> Subject:
        review = self._desk.imports.review
        if review is None or not key.isdigit() or int(key) >= len(review.rows):
            return Subject()
        row = review.rows[int(key)]
        return Subject(row.table, row.key)

    @property
    def _where(self) -> str:
        name = self._desk.imports.name
        return f"{self.TITLE} > {name}" if name else self.TITLE

    def _right_end(self) -> Line:
        return imports.crumb(self._desk.imports)
