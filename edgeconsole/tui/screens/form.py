"""A record as a form: its fields in a list, meaning, reasons and checks in the pane beside it."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from edgeconsole.model.configuration import Table
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import form
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen, Subject


class FormScreen(ConsoleScreen):
    """One record at a time; the pane is always open, since a name alone explains no field."""

    NAME: ClassVar[str] = "form"
    TITLE: ClassVar[str] = "Form"
    PANE: ClassVar[bool] = True
    OPENS: ClassVar[str] = "row.edit"

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Table | None, str] = (None, "")

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        del snapshot, now
        record = (desk.form.table, desk.form.key)
        self.table.set_view(form.list_view(desk.form), other=record != self._shown)
        self._shown = record

    def _detail(self, key: str, now: datetime) -> tuple[Line, Sequence[Line]]:
        del now
        return Line((Span(key, Style.STRONG),)), form.pane(self._desk.form, key)

    def subject(self, key: str) -> Subject:
        return Subject(self._desk.form.table, self._desk.form.key, key)

    @property
    def _where(self) -> str:
        view = self._desk.form
        return f"{self.TITLE} > {'new ' if view.new else ''}{view.title}" if view.table else self.TITLE

    def _right_end(self) -> Line:
        return form.crumb(self._desk.form)
