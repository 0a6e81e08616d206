"""Contexts: the edges this operator can go to; enter goes to the one under the cursor."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import contexts
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen, Subject


class ContextsScreen(ConsoleScreen):
    """One list; the pane tells why one does not answer."""

    NAME: ClassVar[str] = "contexts"
    TITLE: ClassVar[str] = "Contexts"
    PANE: ClassVar[bool] = True
    OPENS: ClassVar[str] = "context.go"

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        del snapshot, now
        self.table.set_view(contexts.list_view(desk.contexts))

    def subject(self, key: str) -> Subject:
        del key
        return Subject()

    def _detail(self, key: str, now: datetime) -> tuple[Line, Sequence[Line]]:
        del now
        return Line((Span(key, Style.STRONG),)), contexts.detail(self._desk.contexts, key)

    def _right_end(self) -> Line:
        return Line((Span(f"{keycap('row.open')} goes there, drafts stay with theirs", Style.MUTED),))
