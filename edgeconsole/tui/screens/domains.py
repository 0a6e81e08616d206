"""Domains: what is listed, what was only seen, and how each fares."""

from datetime import datetime
from typing import ClassVar

from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import domains
from edgeconsole.present.staged import marked
from edgeconsole.tui.desk import Desk
from edgeconsole.tui.screens.base import ConsoleScreen


class DomainsScreen(ConsoleScreen):
    """The list of federated and seen domains, and a pane about the one under the cursor."""

    NAME: ClassVar[str] = "domains"
    TITLE: ClassVar[str] = "Domains"

    def draw(self, snapshot: Snapshot, desk: Desk, now: datetime) -> None:
        self.table.set_view(marked(domains.list_view(snapshot, now), desk.staged))
