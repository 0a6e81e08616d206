"""The connections that are open now: sessions as the console sees them, and who is closed when."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator

from edgeconsole.model.observed import EventKind, Plane, Session
from edgeconsole.model.text import Untrusted
from edgeconsole.proxy.observed import EventJournal
from edgeconsole.proxy.sip.connection import Side, SipConnection

_SWEEP_SECONDS = 30.0


class LiveConnections:
    """Every attached connection of both sides; those outside are the sessions."""

    def __init__(self, journal: EventJournal, idle_seconds: float) -> None:
        self._journal = journal
        self._idle_seconds = idle_seconds
        self._open: set[SipConnection] = set()
        self._addresses: Counter[tuple[Side, str]] = Counter()
        self._accepted: Counter[Side] = Counter()
        self._empty = asyncio.Event()
        self._empty.set()
        self._timer: asyncio.TimerHandle | None = None

    def __iter__(self) -> Iterator[SipConnection]:
        return iter(tuple(self._open))

    def add(self, connection: SipConnection) -> None:
        """Take in a connection that knows its peer."""
        self._open.add(connection)
        self._addresses[connection.side, connection.peer.host] += 1
        self._accepted[connection.side] += 1
        self._empty.clear()
        if connection.side is Side.OUTSIDE:
            self._journal.add(EventKind.SESSION_OPENED, subject=connection.id, detail=connection.peer.address)

    def remove(self, connection: SipConnection) -> None:
        """Let go of a connection that is lost."""
        if connection not in self._open:
            return
        self._open.discard(connection)
        self._accepted[connection.side] -= 1
        key = connection.side, connection.peer.host
        self._addresses[key] -= 1
        if not self._addresses[key]:
            del self._addresses[key]
        if not self._open:
            self._empty.set()
        if connection.side is Side.OUTSIDE:
            self._journal.add(EventKind.SESSION_CLOSED, subject=connection.id, detail=connection.peer.address)

    def count(self, side: Side, host: str | None = None) -> int:
        """Return how many connections a side has, all together or with one address."""
        return self._accepted[side] if host is None else self._addresses[side, host]

    def sessions(self) -> tuple[Session, ...]:
        """Return the connections with partners, the oldest first."""
        outside = (each for each in self._open if each.side is Side.OUTSIDE and not each.closing)
        return tuple(_session(each) for each in sorted(outside, key=lambda each: (each.since, each.id)))

    def close_where(self, lost: Callable[[SipConnection], bool]) -> int:
        """Close the partner connections a condition names; return how many."""
        doomed = [each for each in self if each.side is Side.OUTSIDE and not each.closing and lost(each)]
        for connection in doomed:
            connection.close()
        return len(doomed)

    def start(self) -> None:
        """Begin to close partner connections that have been silent too long."""
        self._timer = asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        oldest = asyncio.get_running_loop().time() - self._idle_seconds
        self.close_where(lambda each: each.last_received < oldest and not each.pending and not each.waiting)
        self.start()

    async def stop(self, seconds: float) -> None:
        """Close everything; cut what is still there after `seconds`."""
        if self._timer is not None:
            self._timer.cancel()
        for connection in self:
            connection.close()
        try:
            await asyncio.wait_for(self._empty.wait(), seconds)
        except TimeoutError:
            for connection in self:
                connection.cut()
            await self._empty.wait()


def _session(connection: SipConnection) -> Session:
    peer = connection.peer
    return Session(
        id=connection.id,
        plane=Plane.SIP,
        direction=connection.direction,
        peer=peer.address,
        names=tuple(Untrusted(name) for name in peer.shown_names),
        domains=tuple(sorted(connection.domains)),
        since=connection.since,
        tls=peer.tls,
        messages=connection.messages,
    )
