"""A listening socket of one side: accepts within bounds, admits by certificate, and says whom it turned away."""

import asyncio
import errno
import socket
import ssl
from collections import Counter
from collections.abc import Callable

from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.names import HostPort
from edgeconsole.model.observed import Listener, PlaneState
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.arrivals import Turns
from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.observed import Failures
from edgeconsole.proxy.revocation import Revocations
from edgeconsole.proxy.sip.connection import Side, SipConnection
from edgeconsole.proxy.sip.handshake import HandshakeFault, check_revocation, peer_of, plain_address, shake_hands
from edgeconsole.proxy.sip.live import LiveConnections
from edgeconsole.proxy.transports import abort

_BACKLOG = 128
_PAUSE_SECONDS = 1.0
"""Before accepting again when the system could not give us a connection."""


class Door:
    """One listener."""

    def __init__(
        self,
        name: str,
        side: Side,
        context: ssl.SSLContext,
        *,
        peers: frozenset[str] | None,
        make: Callable[[Side, Direction], SipConnection],
        live: LiveConnections,
        failures: Failures,
        limits: Limits,
        revocations: Revocations | None = None,
    ) -> None:
        self.name = name
        self.side = side
        self.context = context
        """For the next handshakes; may be exchanged at any time."""
        self._peers = peers
        """DNS names of which a peer's certificate must carry one; None lets every verified certificate in, since what
        it may say is decided for each message."""
        self._make = make
        self._live = live
        self._failures = failures
        self._limits = limits
        self._revocations = revocations
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._handshakes: set[asyncio.Task[None]] = set()
        self._half_open: Counter[str] = Counter()
        self._turns: Turns | None = None
        """Taken outside alone."""
        self._address = ""

    async def open(self, address: HostPort, field: str) -> None:
        """Bind and listen. Raises BadInput naming the address and what to look for."""
        self._address = address.with_port()
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        try:
            # create_server sets SO_REUSEADDR: a restart need not wait for connections of the last run to time out.
            self._socket = socket.create_server(
                (address.host, address.port), family=family, backlog=_BACKLOG, dualstack_ipv6=address.host == "::"
            )
        except OSError as error:
            raise BadInput(
                f"the edge cannot listen on {self._address}", problems=(bind_problem(error, address, field),)
            ) from None
        self._socket.setblocking(False)
        self._address = HostPort(address.host, self.port).with_port()
        loop, limits = asyncio.get_running_loop(), self._limits
        if self.side is Side.OUTSIDE:
            self._turns = Turns(limits.arrivals, limits.arrivals_per_address, loop.time)
        self._accepting = loop.create_task(self._accept(self._socket))

    @property
    def port(self) -> int:
        """The bound port."""
        assert self._socket is not None
        return int(self._socket.getsockname()[1])

    def listener(self) -> Listener:
        """Return its state."""
        serving = self._accepting is not None and not self._accepting.done()
        return Listener(name=self.name, address=self._address, state=PlaneState.UP if serving else PlaneState.DOWN)

    async def close(self) -> None:
        """Stop accepting; handshakes under way end."""
        tasks = [*self._handshakes, *((self._accepting,) if self._accepting is not None else ())]
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
                # Out of files, or a connection gone before it was taken: neither ends the listener.
                self._refused(("", 0), f"a connection could not be accepted: {error.strerror or error}")
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            self._arrived(plain, (plain_address(address[0]), address[1]))
            # A connection that waits is accepted without a turn of the loop: one in each is enough.
            await asyncio.sleep(0)

    def _arrived(self, plain: socket.socket, address: tuple[str, int]) -> None:
        """Take a new TCP connection, or turn it away when there are too many."""
        problem = self._too_many(address[0])
        if problem:
            self._refused(address, problem)
            plain.close()
            return
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        handshake = asyncio.get_running_loop().create_task(self._shake(plain, address))
        self._handshakes.add(handshake)
        self._half_open[address[0]] += 1
        handshake.add_done_callback(lambda task: self._shaken(task, address[0]))

    def _shaken(self, handshake: asyncio.Task[None], host: str) -> None:
        self._handshakes.discard(handshake)
        self._half_open[host] -= 1
        if not self._half_open[host]:
            del self._half_open[host]

    def _too_many(self, host: str) -> str:
        limits = self._limits
        if len(self._handshakes) >= limits.half_open:
            return f"{limits.half_open} handshakes are under way already"
        if self._half_open[host] >= limits.half_open_per_address:
            return f"{limits.half_open_per_address} handshakes with this address are under way already"
        if self._live.count(self.side) >= limits.connections:
            return f"{limits.connections} connections are open already"
        if self._live.count(self.side, host) >= limits.connections_per_address:
            return f"{limits.connections_per_address} connections from this address are open already"
        return ""

    async def _shake(self, plain: socket.socket, address: tuple[str, int]) -> None:
        connection = self._make(self.side, Direction.INBOUND)
        transport = None
        try:
            if self._turns is not None:
                await _take_turn(self._turns, plain, address[0])
            transport = await shake_hands(plain, connection, self.context, self._limits)
            connection.peer = peer_of(transport)
            await check_revocation(transport, connection.peer, self._revocations)
            if self._peers is not None and self._peers.isdisjoint(connection.peer.names):
                shown = ", ".join(connection.peer.shown_names[:5]) or "no DNS name"
                raise HandshakeFault(f"the certificate carries {shown}, none of edge.internal_peers", trust=True)
        except HandshakeFault as fault:
            self._refused(address, str(fault))
            if transport is not None:
                abort(transport)
            return
        except BaseException:
            # Nobody else knows of it yet: it would stay open, and count nowhere.
            if transport is not None:
                abort(transport)
            raise
        self._live.add(connection)
        connection.attach(transport)

    def _refused(self, address: tuple[str, int], text: str) -> None:
        direction = Direction.INBOUND if self.side is Side.OUTSIDE else Direction.OUTBOUND
        self._failures.add(direction, "tls", text, peer=HostPort(address[0], address[1]).with_port())


async def _take_turn(turns: Turns, plain: socket.socket, host: str) -> None:
    try:
        await turns.take(host)
    except asyncio.CancelledError:
        plain.close()
        raise


def bind_problem(error: OSError, address: HostPort, field: str) -> Problem:
    """Return what kept a listener from its address."""
    if error.errno == errno.EADDRINUSE:
        remedy = f"See who has it: ss -ltnp 'sport = :{address.port}'"
        return Problem(field=field, message=f"{address.with_port()} is in use by another process", remedy=remedy)
    if error.errno == errno.EADDRNOTAVAIL:
        return Problem(field=field, message=f"{address.host} is no address of this host", remedy="See: ip address")
    if error.errno in (errno.EACCES, errno.EPERM):
        return Problem(field=field, message=f"this user may not listen on port {address.port}")
    return Problem(field=field, message=f"{address.with_port()}: {error.strerror or error}")
