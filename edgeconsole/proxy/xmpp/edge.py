"""The XMPP edge: its listeners, its streams and their time-outs, behind the calls the whole edge makes."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.names import HostPort
from edgeconsole.model.observed import Listener, Plane, Session
from edgeconsole.model.text import Untrusted
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.record import Record
from edgeconsole.proxy.resolver import Resolver
from edgeconsole.proxy.revocation import Revocations
from edgeconsole.proxy.session_choice import SessionChoice
from edgeconsole.proxy.sip.connection import Side
from edgeconsole.proxy.tls import Contexts
from edgeconsole.proxy.xmpp.booking import Booking
from edgeconsole.proxy.xmpp.connector import Connector
from edgeconsole.proxy.xmpp.dialback import Keys, load_secret
from edgeconsole.proxy.xmpp.door import StreamDoor
from edgeconsole.proxy.xmpp.greeting import Greeting
from edgeconsole.proxy.xmpp.limits import XmppLimits
from edgeconsole.proxy.xmpp.relay import Relay
from edgeconsole.proxy.xmpp.situation import Situation, load_xmpp_contexts
from edgeconsole.proxy.xmpp.stream import XmppStream
from edgeconsole.rules.addresses import read_networks
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.negotiation import Method

_SWEEPS = 10.0
"""How often streams are looked at within the shortest of the gateway's times."""
_CLOSE_SECONDS = 2.0


class XmppEdge:
    """Started and used on one event loop."""

    def __init__(
        self,
        configuration: Configuration,
        index: RuleIndex,
        *,
        base_directory: Path,
        resolver: Resolver,
        record: Record,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        limits: XmppLimits | None = None,
        revocations: Revocations | None = None,
    ) -> None:
        """Read certificates and the dialback secret. Raises BadInput for what cannot be used."""
        self._loop = asyncio.get_running_loop()
        self._situation = Situation(
            configuration=configuration,
            index=index,
            contexts=load_xmpp_contexts(configuration, base_directory, clock()),
            resolver=resolver,
            allowed=read_networks(configuration.proxy.allow_addresses),
            booking=Booking(record, clock),
            keys=Keys(load_secret(configuration.xmpp_gateway.dialback_secret, base_directory)),
            limits=limits or XmppLimits(),
            time=self._loop.time,
            now=clock,
            new_id=new_id,
            revocations=revocations,
        )
        self._configuration = configuration
        self._base_directory = base_directory
        self._now = clock
        connector = Connector(self._situation)
        self._greeting = Greeting(self._situation, connector)
        self._relay = Relay(self._situation, connector, self._greeting, record.events)
        self._doors: list[StreamDoor] = []
        self._sweeping: asyncio.TimerHandle | None = None

    def renew(self, _: Contexts) -> None:
        """Use the certificates that are on disk now for new streams. Raises BadInput."""
        self._situation.contexts = load_xmpp_contexts(self._configuration, self._base_directory, self._now())

    async def start(self) -> None:
        """Open the listeners. Raises BadInput where one cannot be."""
        edge = self._configuration.edge
        assert edge is not None
        for name, side, place in (
            ("xmpp", Side.OUTSIDE, edge.xmpp_listen),
            ("xmpp_internal", Side.INSIDE, edge.xmpp_internal_listen),
        ):
            if place is not None:
                await self._open(name, side, place)
        self._sweep_later()

    async def _open(self, name: str, side: Side, place: HostPort) -> None:
        door = StreamDoor(name, side, self._situation, self._greeting, self._relay.established)
        self._doors.append(door)
        await door.open(place, f"edge.{name}_listen")

    async def stop(self) -> None:
        """Stop accepting, end every stream, cut those that do not take it."""
        for door in self._doors:
            await door.close()
        if self._sweeping is not None:
            self._sweeping.cancel()
        await self._relay.routes.stop()
        streams = tuple(self._situation.streams)
        for stream in streams:
            stream.fail("system-shutdown", "")
        if streams:
            _, waiting = await asyncio.wait([stream.gone for stream in streams], timeout=_CLOSE_SECONDS)
            if waiting:
                for stream in streams:
                    stream.cut()
                await asyncio.wait(waiting)

    def activate(self, configuration: Configuration, index: RuleIndex) -> int:
        """Decide every stanza from now on by these rules; close the streams they shut out and return how many."""
        situation = self._situation
        situation.index, situation.gateway = index, configuration.xmpp_gateway
        self._relay.routes.retry()
        self._sweep_later()
        doomed = [(stream, why) for stream in situation.outside() if (why := situation.why_end(stream))]
        for stream, why in doomed:
            stream.fail("policy-violation", why)
        return len(doomed)

    def sessions(self) -> tuple[Session, ...]:
        """Return the streams with partners, the oldest first."""
        return tuple(_session(each) for each in sorted(self._situation.outside(), key=lambda each: each.since))

    def open_now(self) -> Iterator[XmppStream]:
        """Yield the streams that a partner's certificate has opened."""
        return (each for each in self._situation.outside() if each.method is Method.SASL_OVER_TLS)

    def close_sessions(self, meant: SessionChoice) -> int:
        """Close the authenticated streams that were named; return how many."""
        doomed = [each for each in self._situation.outside() if meant.names(each.id, each.address, (each.domain,))]
        for stream in doomed:
            stream.close()
        return len(doomed)

    def listeners(self) -> tuple[Listener, ...]:
        """Return the open listeners, `xmpp` and `xmpp_internal`."""
        return tuple(door.listener() for door in self._doors)

    def _sweep_later(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
        gateway = self._situation.gateway
        shortest = min(gateway.keep_alive, gateway.stream_inactivity).total_seconds()
        self._sweeping = self._loop.call_later(max(shortest / _SWEEPS, 0.02), self._sweep)

    def _sweep(self) -> None:
        """Close streams nobody uses or whose peer is silent, keep the others alive (docs/rules.md 1.7)."""
        situation, now = self._situation, self._loop.time()
        keep_alive = situation.gateway.keep_alive.total_seconds()
        idle = situation.gateway.stream_inactivity.total_seconds()
        for stream in tuple(situation.streams):
            partner = situation.partner(stream.domain) if stream.side is Side.OUTSIDE else None
            if now - stream.last_stanza > idle:
                stream.close()
            elif stream.direction is Direction.OUTBOUND:
                if now - stream.last_sent > keep_alive / 2:
                    stream.write(b" ")
            elif partner is not None and partner.keep_alive and now - stream.last_received > keep_alive:
                stream.fail("connection-timeout", "no keep-alive came in time")
        self._sweep_later()


def _session(stream: XmppStream) -> Session:
    return Session(
        id=stream.id,
        plane=Plane.XMPP,
        direction=stream.direction,
        peer=stream.address,
        names=tuple(Untrusted(name) for name in stream.shown_names),
        domains=(stream.domain,),
        since=stream.since,
        tls=stream.tls or f"none ({stream.method.value if stream.method else ''})",
        messages=stream.messages,
    )
