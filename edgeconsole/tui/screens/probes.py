"""Probes: every target with its state, every certificate by days left, and the ladder and the past of one of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from edgeconsole.model.configuration import Table
from edgeconsole.model.probe import ProbeKind
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import watch
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.present.watch import Tab
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen, Subject, Why


class ProbesScreen(ConsoleScreen):
    """Two lists, one shown at a time; the pane is always open."""

    NAME: ClassVar[str] = "probes"
    TITLE: ClassVar[str] = "Probes"
    PANE: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._tab = Tab.TARGETS
        self._told_at = 0

    def _show_pane(self) -> None:
        super()._show_pane()
        # The first time the pane has no size yet, and what it says is broken to fit.
        if self.pane_width != self._told_at:
            self._told_at = self.pane_width
            self.call_after_refresh(self._show_pane)

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        before, self._tab = self._tab, desk.watch.tab
        self.table.set_view(watch.list_view(desk.watch, snapshot, now), other=before is not self._tab)

    def _detail(self, key: str, now: datetime) -> tuple[Line, Sequence[Line]]:
        title = "certificate" if self._tab is Tab.CERTIFICATES else key.partition(" ")[2]
        lines = watch.pane(self._desk.watch, self._snapshot, key, now, self.pane_width)
        return Line((Span(title, Style.STRONG),)), lines

    def subject(self, key: str) -> Subject:
        if self._tab is Tab.CERTIFICATES:
            return Subject()
        kind, _, name = key.partition(" ")
        configuration = self._snapshot.configuration
        if kind == ProbeKind.XMPP.value and any(each.name == name for each in configuration.xmpp_partners):
            return Subject(Table.XMPP_PARTNER, name, domain=name)
        if any(each.name == name for each in configuration.domains):
            return Subject(Table.DOMAIN, name, domain=name)
        return Subject(domain=name if kind == ProbeKind.SIP.value else None)

    def probed(self, key: str) -> str:
        return "" if self._tab is Tab.CERTIFICATES else watch.asked_of(key)

    def show_why(self, why: Why) -> None:
        """Tell it in the pane, which is there already: the list stays beside it."""
        self._why = why
        self._show_pane()

    def _right_end(self) -> Line:
        return watch.crumb(self._desk.watch, self._snapshot.probes)
