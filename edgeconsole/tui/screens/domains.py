"""Domains: what is listed, what was only seen, what is ours, and how each fares."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from edgeconsole.model.configuration import Table
from edgeconsole.model.probe import ProbeKind
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import domains, seen
from edgeconsole.present.legend import keycap
from edgeconsole.present.seen import Tab
from edgeconsole.present.staged import marked
from edgeconsole.present.table import Line, ListView, Span, Style
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen, Subject


class DomainsScreen(ConsoleScreen):
    """Three lists, one shown at a time, and a pane about the domain under the cursor."""

    NAME: ClassVar[str] = "domains"
    TITLE: ClassVar[str] = "Domains"

    def __init__(self) -> None:
        super().__init__()
        self.tab = Tab.FEDERATED

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        self.table.set_view(self._view(snapshot, desk, now))

    def _view(self, snapshot: Snapshot, desk: Desk, now: datetime) -> ListView:
        if self.tab is Tab.SEEN:
            return marked(seen.seen_view(snapshot, now), desk.staged, with_new=False)
        if self.tab is Tab.OURS:
            return seen.ours_view(snapshot)
        return marked(domains.list_view(snapshot, now), desk.staged)

    def next_tab(self) -> None:
        """Show the next of the three lists."""
        tabs = list(Tab)
        self.tab = tabs[(tabs.index(self.tab) + 1) % len(tabs)]
        if self._now is not None:
            self.table.set_view(self._view(self._snapshot, self._desk, self._now), other=True)
            self._show_pane()

    def _detail(self, key: str, now: datetime) -> tuple[Line, Sequence[Line]]:
        if self.tab is not Tab.OURS:
            return super()._detail(key, now)
        return Line((Span(key, Style.STRONG),)), seen.our_detail(self._snapshot, key, self.pane_width)

    def subject(self, key: str) -> Subject:
        return Subject(Table.SIP_DOMAIN, key) if self.tab is Tab.OURS else super().subject(key)

    def probed(self, key: str) -> str:
        if self.tab is not Tab.OURS:
            return super().probed(key)
        ours = (each.target for each in self._snapshot.probes.targets if each.kind is ProbeKind.OURS)
        return next(ours, "")

    def _right_end(self) -> Line:
        if self.tab is Tab.FEDERATED:
            return Line((Span(f"{keycap('view.tab')} seen, ours", Style.MUTED),))
        return Line(
            tuple(
                Span(
                    f"[{each.value}]" if each is self.tab else f" {each.value} ",
                    Style.STRONG if each is self.tab else Style.MUTED,
                )
                for each in Tab
            )
        )
