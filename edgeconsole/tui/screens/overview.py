"""Overview: the fleet in numbers, what needs attention worst first, and who changed what."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present.overview import overview
from edgeconsole.present.staged import marked
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.present.watch import asked_of
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen, Subject
from edgeconsole.tui.widgets.detail_pane import DetailPane, Panel
from edgeconsole.tui.widgets.resource_table import ResourceTable
from edgeconsole.tui.widgets.span_widget import OneLine


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
        return asked_of(key) if " " in key else super().probed(key)

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        shown = overview(snapshot, now)
        # Before the first answer nothing is known; noughts would say that nothing is there.
        known = snapshot.taken_at is not None
        self.counts.show(Line((Span("FLEET", Style.STRONG),)), shown.counts if known else ())
        self.table.set_view(marked(shown.work, desk.staged, column="state", with_new=False))
        self.changes.show(Line((Span("RECENT CHANGES", Style.STRONG),)), shown.changes if known else ())
