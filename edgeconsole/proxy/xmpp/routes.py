"""Streams the edge sends on: one for each pair of domains and side, opened when it is needed, with a bounded queue."""

import asyncio
import logging
from collections.abc import Callable

from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.sip.connection import Side
from edgeconsole.proxy.xmpp.connector import Connector
from edgeconsole.proxy.xmpp.parser import Element
from edgeconsole.proxy.xmpp.situation import Situation
from edgeconsole.proxy.xmpp.stream import StreamFault, XmppStream

log = logging.getLogger(__name__)

Waiting = tuple[bytes, Element | None]
"""Bytes to send, and the stanza to answer where they cannot be; None for an error of the edge's own."""


class Route:
    """One pair of domains in one direction."""

    __slots__ = ("closed_until", "fault", "flight", "size", "stream", "waiting")

    def __init__(self) -> None:
        self.stream: XmppStream | None = None
        self.flight: asyncio.Task[None] | None = None
        self.waiting: list[Waiting] = []
        self.size = 0
        self.fault: StreamFault | None = None
        self.closed_until = 0.0
        """Loop time before which nothing is tried again."""


Key = tuple[Side, str, str]
"""Side, our end's domain, the other's; inside, our end speaks for the partner."""


class Routes:
    """Every route of one edge."""

    def __init__(
        self,
        situation: Situation,
        connector: Connector,
        established: Callable[[XmppStream], None],
        bounce: Callable[[Key, Element, StreamFault], None],
    ) -> None:
        self._situation = situation
        self._connector = connector
        self._established = established
        self._bounce = bounce
        self._routes: dict[Key, Route] = {}
        self._loop = asyncio.get_running_loop()

    def send(self, key: Key, data: bytes, stanza: Element | None, source: XmppStream | None) -> None:
        """Send now, or when the stream is there; what cannot be sent is given to `bounce`."""
        route = self._routes.get(key)
        if route is not None and route.stream is not None and route.stream.usable:
            stream = route.stream
            stream.write(data)
            stream.messages += 1
            stream.last_stanza = self._loop.time()
            if stream.congested and source is not None:
                stream.hold(source)
            return
        if route is None:
            route = self._make(key)
            if route is None:
                self._return(
                    key, stanza, StreamFault("relay", "too many streams are open", condition="resource-constraint")
                )
                return
        if route.flight is None and route.closed_until > self._loop.time():
            assert route.fault is not None
            self._return(key, stanza, route.fault)
            return
        limits = self._situation.limits
        if len(route.waiting) >= limits.queue or route.size + len(data) > limits.queue_bytes:
            fault = StreamFault("relay", "too many stanzas wait for the stream", condition="resource-constraint")
            self._return(key, stanza, fault)
            return
        route.waiting.append((data, stanza))
        route.size += len(data)
        if route.flight is None:
            route.flight = self._loop.create_task(self._open(key, route))

    def _make(self, key: Key) -> Route | None:
        if len(self._routes) >= self._situation.limits.routes:
            now = self._loop.time()
            for other, each in tuple(self._routes.items()):
                if each.stream is None and each.flight is None and each.closed_until <= now:
                    del self._routes[other]
            if len(self._routes) >= self._situation.limits.routes:
                return None
        route = self._routes[key] = Route()
        return route

    async def _open(self, key: Key, route: Route) -> None:
        side, local, remote = key
        try:
            if side is Side.OUTSIDE:
                stream = await self._connector.outside(local, remote)
            else:
                stream = await self._connector.inside(local, remote)
        except StreamFault as fault:
            self._failed(key, route, fault)
            return
        except Exception:
            log.exception("a stream to %s was lost to a fault of the edge itself", remote)
            self._failed(key, route, StreamFault("relay", "a fault of the edge itself; see its log"))
            return
        route.flight = None
        route.stream, route.fault = stream, None
        waiting, route.waiting, route.size = route.waiting, [], 0
        self._established(stream)
        if not stream.usable:
            for _, stanza in waiting:
                self._return(key, stanza, StreamFault("decide", "the stream ended as it began"))
            return
        for data, _ in waiting:
            stream.write(data)
            stream.messages += 1

    def _failed(self, key: Key, route: Route, fault: StreamFault) -> None:
        route.flight = None
        route.fault = fault
        route.closed_until = self._loop.time() + self._situation.limits.retry_seconds
        waiting, route.waiting, route.size = route.waiting, [], 0
        direction = Direction.OUTBOUND if key[0] is Side.OUTSIDE else Direction.INBOUND
        partner = key[2] if key[0] is Side.OUTSIDE else key[1]
        self._situation.booking.stream(direction, partner, fault.stage, str(fault), "")
        for _, stanza in waiting:
            self._return(key, stanza, fault)

    def _return(self, key: Key, stanza: Element | None, fault: StreamFault) -> None:
        if stanza is not None:
            self._bounce(key, stanza, fault)

    def forget(self, stream: XmppStream) -> None:
        """Let go of a stream that is lost."""
        for key, route in tuple(self._routes.items()):
            if route.stream is stream:
                route.stream = None
                # One that is being opened anew has stanzas waiting.
                if route.flight is None:
                    del self._routes[key]

    def retry(self) -> None:
        """Try everything anew, since the rules have changed."""
        for route in self._routes.values():
            route.closed_until = 0.0

    async def stop(self) -> None:
        """Give up streams that are not open yet."""
        flights = [route.flight for route in self._routes.values() if route.flight is not None]
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
