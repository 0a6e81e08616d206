"""A listening socket for streams: accepts within bounds, tells direct TLS by its first byte, names whom it refused."""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from functools import partial

from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import HostPort
from edgeconsole.model.observed import Listener, PlaneState
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.alerts import shake_hands
from edgeconsole.proxy.arrivals import Turns
from edgeconsole.proxy.sip.connection import Side
from edgeconsole.proxy.sip.door import bind_problem
from edgeconsole.proxy.xmpp.greeting import Greeting, first_byte
from edgeconsole.proxy.xmpp.situation import Situation
from edgeconsole.proxy.xmpp.stream import StreamFault, XmppStream, tls_fault

_BACKLOG = 128
_PAUSE_SECONDS = 1.0
_HANDSHAKE = b"\x16"
"""The first byte of a TLS record that begins a handshake (RFC 8446, 5.1)."""


class StreamDoor:
    """One listener; hands over streams that are authenticated."""

    def __init__(
        self, name: str, side: Side, situation: Situation, greeting: Greeting, established: Callable[[XmppStream], None]
    ) -> None:
        self.name = name
        self._side = side
        self._situation = situation
        self._greeting = greeting
        self._established = established
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._greetings: set[asyncio.Task[None]] = set()
        self._half_open: Counter[str] = Counter()
        self._turns: Turns | None = None
        """Taken outside alone."""
        self._address = ""

    async def open(self, address: HostPort, field: str) -> None:
        """Bind and listen. Raises BadInput naming the address and what to look for."""
        self._address = address.with_port()
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        try:
            self._socket = socket.create_server((address.host, address.port), family=family, backlog=_BACKLOG)
        except OSError as error:
            raise BadInput(
                f"the edge cannot listen on {self._address}", problems=(bind_problem(error, address, field),)
            ) from None
        self._socket.setblocking(False)
        self._address = HostPort(address.host, int(self._socket.getsockname()[1])).with_port()
        loop, limits = asyncio.get_running_loop(), self._situation.limits
        if self._side is Side.OUTSIDE:
            self._turns = Turns(limits.arrivals, limits.arrivals_per_address, loop.time)
        self._accepting = loop.create_task(self._accept(self._socket))

    def listener(self) -> Listener:
        """Return its state."""
        serving = self._accepting is not None and not self._accepting.done()
        return Listener(name=self.name, address=self._address, state=PlaneState.UP if serving else PlaneState.DOWN)

    async def close(self) -> None:
        """Stop accepting; streams that are negotiated end."""
        tasks = [*self._greetings, *((self._accepting,) if self._accepting is not None else ())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                plain, address = await loop.sock_accept(listening)
            except OSError as error:
                self._told("connect", f"a connection could not be accepted: {error.strerror or error}", "")
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            host, port = str(address[0]), int(address[1])
            problem = self._too_many(host)
            if problem:
                self._told("connect", problem, HostPort(host, port).with_port())
                plain.close()
                # A connection that waits is accepted without a turn of the loop: one in each is enough.
                await asyncio.sleep(0)
                continue
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            task = loop.create_task(self._greet(plain, HostPort(host, port)))
            self._greetings.add(task)
            self._half_open[host] += 1
            task.add_done_callback(partial(self._greeted, host))

    def _greeted(self, host: str, task: asyncio.Task[None]) -> None:
        self._greetings.discard(task)
        self._half_open[host] -= 1
        if not self._half_open[host]:
            del self._half_open[host]

    def _too_many(self, host: str) -> str:
        limits = self._situation.limits
        if len(self._greetings) >= limits.half_open:
            return f"{limits.half_open} streams are being negotiated already"
        if self._half_open[host] >= limits.half_open_per_address:
            return f"{limits.half_open_per_address} streams with this address are being negotiated already"
        if self._side is Side.OUTSIDE:
            open_now = list(self._situation.outside())
            if len(open_now) >= self._situation.gateway.connection_limit:
                return f"{self._situation.gateway.connection_limit} connections with partners are open already"
            if sum(1 for each in open_now if each.host == host) >= limits.connections_per_address:
                return f"{limits.connections_per_address} connections from this address are open already"
        return ""

    async def _greet(self, plain: socket.socket, address: HostPort) -> None:
        situation = self._situation
        stream = situation.make_stream(self._side, Direction.INBOUND)
        try:
            if self._turns is not None:
                await self._turns.take(address.host)
            async with asyncio.timeout(situation.gateway.stream_establishment.total_seconds()):
                direct = await self._is_handshake(plain)
                await self._take(stream, plain, direct=direct)
                await self._greeting.receive(stream, direct_tls=direct)
        except StreamFault as fault:
            if not (stream.asked_for_keys and fault.stage == "relay" and not fault.condition):
                self._told(fault.stage, str(fault), address.with_port(), stream.claimed)
            _end(stream, plain, fault.condition, str(fault))
        except TimeoutError:
            self._told("connect", "the stream was not established in time", address.with_port(), stream.claimed)
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

    def _told(self, stage: str, text: str, peer: str, domain: str = "") -> None:
        direction = Direction.INBOUND if self._side is Side.OUTSIDE else Direction.OUTBOUND
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
