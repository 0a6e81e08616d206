"""The console on an edge in memory, as a process of its own: DOMAINS SECONDS-BETWEEN-CHANGES [waits]."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from edgeconsole.tui.launch import prepare, run

prepare(os.environ)

from edgeconsole.model.configuration import Action, FederatedDomain  # noqa: E402
from edgeconsole.model.observed import Event, EventKind, PartnerCounters  # noqa: E402
from edgeconsole.model.plan import PendingConfirm  # noqa: E402
from edgeconsole.store.store import Store  # noqa: E402
from tests.tui.console_world import ALICE, EdgeInMemory, configuration, name  # noqa: E402


class TickingEdge(EdgeInMemory):
    """Many domains, of which one counter moves at a steady pace."""

    def __init__(self, domains: int, seconds: float) -> None:
        listed = [FederatedDomain(name=name(f"partner{n:06d}.example"), action=Action.ALLOW) for n in range(domains)]
        super().__init__(configuration(domains=listed), {})
        self._seconds = seconds or 3600
        self._ticks = 0

    async def counters(self) -> tuple[PartnerCounters, ...]:
        return (PartnerCounters(domain="partner000003.example", received=100 + self._ticks),)

    async def events(self, after: int | None = None) -> AsyncIterator[Event]:
        while True:
            await asyncio.sleep(self._seconds)
            self._ticks += 1
            yield Event(id=self._ticks, at=datetime.now(UTC), kind=EventKind.TRAFFIC)


def main(domains: str, seconds: str, waits: str = "") -> int:
    """Run the console until it is told to quit; with `waits` a change waits to be kept."""
    edge = TickingEdge(int(domains), float(seconds)) if int(domains) else EdgeInMemory()
    if waits:
        until = datetime.now(UTC) + timedelta(seconds=600)
        edge.waiting = PendingConfirm(
            token="t1", by=ALICE, before=edge.revision, after=edge.revision, timeout=600, seconds_left=600,
            deadline=until,
        )  # fmt: skip
    return run(lambda: Store(edge, clock=lambda: datetime.now(UTC)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
