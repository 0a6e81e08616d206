"""One edge with its file in this process: its clocks move when a test says so, and it can be started again."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edgeconsole.config.confirm import BootClock
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.observed import EventKind
from edgeconsole.model.plan import ApplyResult
from edgeconsole.model.revision import Author
from edgeconsole.proxy.confirmation import Confirmation, settle_overdue
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.service import EdgeService

ALICE, BOB = Author("alice", "console"), Author("bob", "command")

TEXT = """\
version = 1

[edge]
fqdn = "sip.contoso.example"

[access_edge]
federation = true
partner_discovery = false

[[sip_domain]]
name = "contoso.example"

[[domain]]
name = "fabrikam.example"
action = "allow"
"""

DISCOVERY_ON = Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": True})

SOON = timedelta(milliseconds=60)
LATER = timedelta(minutes=5)


class RunningEdge:
    """The service over a real file; `restart` is what a process that died leaves to the next one."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "federation.toml"
        self.path.write_text(TEXT)
        self.wall = timedelta()
        """By how much somebody moved the wall clock."""
        self.boot = 0.0
        """Seconds by which the host has run for longer than it has."""
        self.boot_id = "first"
        self._since = 0
        self._ids = itertools.count(1)

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.wall

    @property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def discovery(self) -> bool:
        """Whether the edge lets strangers in, as it runs."""
        return self.edge.configuration.access_edge.partner_discovery

    async def start(self) -> None:
        boot = BootClock(lambda: time.clock_gettime(time.CLOCK_BOOTTIME) + self.boot, lambda: self.boot_id)
        self.revisions = Revisions.open(self.path, clock=self.clock, new_id=self._new_id, boot=boot)
        settle_overdue(self.revisions)
        self.edge = FederationEdge(
            self.revisions.loaded.configuration,
            base_directory=self.path.parent,
            clock=self.clock,
            new_id=self._new_id,
        )
        self.service = EdgeService(self.revisions, self.edge, path=self.path, instance="one", clock=self.clock)
        self.confirmation: Confirmation = self.service.confirmation
        await self.confirmation.resume()

    async def stop(self) -> None:
        await self.confirmation.stop()
        await self.edge.stop(0)
        self.revisions.close()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    def _new_id(self) -> str:
        return f"id-{next(self._ids)}"

    async def apply(self, *changes: Change, confirm: timedelta | None = None, author: Author = ALICE) -> ApplyResult:
        plan = await self.service.plan(changes or (DISCOVERY_ON,), None)
        return await self.service.apply(plan.plan_id, author=author, why="", confirm=confirm)

    async def pending(self, length: timedelta = LATER) -> str:
        """Apply a change that waits; return its token."""
        self._since = self.edge.events.last_id
        result = await self.apply(confirm=length)
        assert result.pending is not None
        assert self.discovery
        return result.pending.token

    async def settled(self) -> None:
        """Wait until what was applied last is confirmed or has gone back."""
        await self._heard(EventKind.CONFIRM_DONE, EventKind.CONFIRM_REVERTED)

    async def alarmed(self) -> None:
        """Wait for the alarm of an attempt that failed."""
        await self._heard(EventKind.ALARM)

    async def _heard(self, *kinds: EventKind) -> None:
        """Wait for an event since the last change that waits."""
        cursor = self._since
        async with asyncio.timeout(20):
            while not any(event.kind in kinds for event in self.edge.events.after(cursor)):
                cursor = self.edge.events.last_id
                await self.edge.events.wait(cursor)

    def check_back(self) -> None:
        """Check that file, edge and audit agree that the change is gone."""
        assert self.text == TEXT
        assert not self.discovery
        health = self.service.health()
        assert health.pending is None
        assert health.running == health.saved
        assert self.revisions.trail.verify(health.audit_head).intact

    def check_kept(self) -> None:
        """Check that file, edge and audit agree that the change stays."""
        assert self.text == TEXT.replace("partner_discovery = false", "partner_discovery = true")
        assert self.discovery
        health = self.service.health()
        assert health.pending is None
        assert health.running == health.saved
        assert self.revisions.trail.verify(health.audit_head).intact


@contextlib.asynccontextmanager
async def running_edge(directory: Path) -> AsyncIterator[RunningEdge]:
    edge = RunningEdge(directory)
    await edge.start()
    try:
        yield edge
    finally:
        with contextlib.suppress(EdgeconsoleError):
            await edge.stop()
