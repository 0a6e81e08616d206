"""Partners: XMPP partners, hosting providers, public IM providers, and the services that have ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import partners, staged
from edgeconsole.present.staged import Staged, marked
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen, Subject


class PartnersScreen(ConsoleScreen):
    """The list of all that federate otherwise than by a domain's record, and a pane about one of them."""

    NAME: ClassVar[str] = "partners"
    TITLE: ClassVar[str] = "Partners"

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        here = staged.by_row(desk.standing.edits, partners.row_key)
        self.table.set_view(marked(partners.list_view(snapshot, now, history=True), here))

    @property
    def _staged_here(self) -> Staged:
        return staged.by_row(self._desk.standing.edits, partners.row_key)

    def _detail(self, key: str, now: datetime) -> tuple[Line, Sequence[Line]]:
        partner = partners.find(self._snapshot.configuration, key)
        told = partners.ended_detail(key, now.date()) if partner is None else ()
        if partner is not None:
            told = partners.detail(partner, now, self._snapshot)
        lines = (*staged.lines(self._staged_here, key), *told)
        return Line((Span(key.partition(":")[2], Style.STRONG),)), lines

    def subject(self, key: str) -> Subject:
        record = partners.record_of(key)
        return Subject(*record, domain=partners.why_domain(self._snapshot.configuration, key)) if record else Subject()
