"""Overview: the fleet in numbers, what needs attention worst first, and who changed what."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar

from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import attention
from edgeconsole.present.overview import overview
from edgeconsole.present.staged import marked
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.present.watch import asked_of
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen, Subject
from edgeconsole.tui.widgets.detail_pane import DetailPane, Panel
from edgeconsole.tui.widgets.resource_table import ResourceTable
from edgeconsole.tui.widgets.span_widget import OneLine

_OPENED = {
    attention.WAITS: "change.decide",
    attention.DRAFT: "go.review",
    attention.CERTIFICATE: "go.probes",
    f"{attention.LINT} errors": "app.help",
    f"{attention.LINT} warnings": "app.help",
    f"{attention.LINT} not": "app.help",
}
"""What Enter starts on a row that is about no partner."""
_NO_TARGETS = frozenset(key.partition(" ")[0] for key in (*_OPENED, attention.UNNAMED))


class OverviewScreen(ConsoleScreen):
    """Counts, the work list and the recent changes."""

    NAME: ClassVar[str] = "overview"
    TITLE: ClassVar[str] = "Overview"

    def __init__(self) -> None:
        super().__init__()
        self.counts = Panel(id="counts")
        self.changes = Panel(id="changes")

    def body(self) -> Iterable[OneLine | DetailPane | ResourceTable]:
        return (self.counts, self.table, self.changes)

    def subject(self, key: str) -> Subject:
        # A target that is no federated domain stands here by its kind and name.
        return Subject() if " " in key else super().subject(key)

    def probed(self, key: str) -> str:
        if " " not in key:
            return super().probed(key)
        return "" if key.partition(" ")[0] in _NO_TARGETS else asked_of(key)

    @property
    def opens(self) -> str:
        key = self.table.cursor_key or ""
        return "app.help" if attention.code_of(key) else _OPENED.get(key, "")

    def taught(self) -> Sequence[Line]:
        code = attention.code_of(self.table.cursor_key or "")
        if not code:
            return ()
        # Late: the table of lint rules costs the start 15 ms.
        from edgeconsole.present.topics import lint_lines

        return tuple(lint_lines(code, self._desk.findings))

    def _detail(self, key: str, now: datetime) -> tuple[Line, Sequence[Line]]:
        if attention.code_of(key):
            return Line((Span(key, Style.STRONG),)), self.taught()
        if key in _OPENED or key.partition(" ")[0] in _NO_TARGETS:
            row = self.table.view.row(self.table.view.keys.index(key))
            return Line((Span(row.cells[1].text, Style.STRONG),)), (Line((row.cells[2],)),)
        return super()._detail(key, now)

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        shown = overview(snapshot, now, staged=len(desk.standing.edits), findings=desk.findings)
        # Before the first answer nothing is known; noughts would say that nothing is there.
        known = snapshot.taken_at is not None
        self.counts.show(Line((Span("FLEET", Style.STRONG),)), shown.counts if known else ())
        self.table.set_view(marked(shown.work, desk.staged, column="state", with_new=False))
        self.changes.show(Line((Span("RECENT CHANGES", Style.STRONG),)), shown.changes if known else ())
