"""A listener for streams: tells direct TLS by its first byte, hands over the authenticated, names the refused."""

import asyncio
import socket
import ssl
from collections.abc import Callable

from edgeconsole.model.names import HostPort
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.alerts import shake_hands
from edgeconsole.proxy.listening import Listening
from edgeconsole.proxy.sip.connection import Side
from edgeconsole.proxy.xmpp.greeting import Greeting, first_byte
from edgeconsole.proxy.xmpp.situation import Situation
from edgeconsole.proxy.xmpp.stream import StreamFault, XmppStream, tls_fault

_HANDSHAKE = b"\x16"
"""The first byte of a TLS record that begins a handshake (RFC 8446, 5.1)."""


class StreamDoor(Listening):
    """One listener of the XMPP plane."""

    UNDER_WAY = "negotiations"

    def __init__(
        self, name: str, side: Side, situation: Situation, greeting: Greeting, established: Callable[[XmppStream], None]
    ) -> None:
        super().__init__(name, situation.limits, in_turn=side is Side.OUTSIDE)
        self._side = side
        self._situation = situation
        self._greeting = greeting
        self._established = established

    def _full(self, host: str) -> str:
        if self._side is not Side.OUTSIDE:
            return ""
        most, share = self._situation.gateway.connection_limit, self._situation.limits.connections_per_address
        open_now = list(self._situation.outside())
        if len(open_now) >= most:
            return f"{most} connections with partners are open already"
        if sum(1 for each in open_now if each.host == host) >= share:
            return f"{share} connections from this address are open already"
        return ""

    async def _receive(self, plain: socket.socket, address: HostPort) -> None:
        situation = self._situation
        stream = situation.make_stream(self._side, Direction.INBOUND)
        try:
            async with asyncio.timeout(situation.gateway.stream_establishment.total_seconds()):
                direct = await self._is_handshake(plain)
                await self._take(stream, plain, direct=direct)
                await self._greeting.receive(stream, direct_tls=direct)
        except StreamFault as fault:
            if not (stream.asked_for_keys and fault.stage == "relay" and not fault.condition):
                self._told(fault.stage, str(fault), address, stream.claimed)
            _end(stream, plain, fault.condition, str(fault))
        except TimeoutError:
            self._told("connect", "the stream was not established in time", address, stream.claimed)
            _end(stream, plain, "connection-timeout", "the stream was not established in time")
        except BaseException:
            _end(stream, plain, "", "")
            raise
        else:
            if stream.closing:
                return
            self._established(stream)

    async def _is_handshake(self, plain: socket.socket) -> bool:
        loop = asyncio.get_running_loop()
        readable: asyncio.Future[None] = loop.create_future()
        loop.add_reader(plain.fileno(), _set, readable)
        try:
            await first_byte(readable, self._situation.limits.silence_seconds)
        finally:
            loop.remove_reader(plain.fileno())
        try:
            return plain.recv(1, socket.MSG_PEEK) == _HANDSHAKE
        except OSError as error:
            raise StreamFault("connect", error.strerror or str(error)) from None

    async def _take(self, stream: XmppStream, plain: socket.socket, *, direct: bool) -> None:
        """Make the socket the stream's transport, through a handshake where one has begun."""
        loop = asyncio.get_running_loop()
        contexts, limits = self._situation.contexts, self._situation.limits
        if not direct:
            transport, _ = await loop.connect_accepted_socket(lambda: stream, plain)
            stream.attach(transport)
            return
        context = contexts.accept if self._side is Side.OUTSIDE else contexts.inside_accept
        assert context is not None
        seconds = limits.handshake_seconds
        try:
            began = loop.connect_accepted_socket(
                lambda: stream, plain, ssl=context, ssl_handshake_timeout=seconds, ssl_shutdown_timeout=seconds
            )
            transport, _ = await shake_hands(began)
        except OSError as error:
            raise tls_fault(error, limits) from None
        stream.attach(transport, verified=context.verify_mode is not ssl.CERT_NONE)

    def _turned_away(self, text: str, address: HostPort | None) -> None:
        self._told("connect", text, address)

    def _told(self, stage: str, text: str, address: HostPort | None, domain: str = "") -> None:
        direction = Direction.INBOUND if self._side is Side.OUTSIDE else Direction.OUTBOUND
        peer = address.with_port() if address is not None else ""
        self._situation.booking.stream(direction, domain, stage, text, peer)


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _end(stream: XmppStream, plain: socket.socket, condition: str, text: str) -> None:
    if not stream.attached:
        plain.close()
    elif condition:
        stream.fail(condition, text)
    else:
        stream.close()
