"""A listening socket: bound or told why not, accepting within bounds, each arrival met by a task of its own."""

import asyncio
import errno
import socket
from abc import ABC, abstractmethod
from collections import Counter
from typing import Protocol

from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.names import HostPort
from edgeconsole.model.observed import Listener, PlaneState
from edgeconsole.proxy.arrivals import Turns

_BACKLOG = 128
_PAUSE_SECONDS = 1.0
"""Before accepting again when the system could not give us a connection."""


class Bounds(Protocol):
    """What of a plane's limits counts before a connection is anybody's."""

    @property
    def half_open(self) -> int: ...
    @property
    def half_open_per_address(self) -> int: ...
    @property
    def arrivals(self) -> float: ...
    @property
    def arrivals_per_address(self) -> float: ...


class Listening(ABC):
    """One listener; who may in, and what is made of a connection, is for the planes to say."""

    UNDER_WAY: str
    """What a connection goes through before it is anybody's, as an operator reads it: `handshakes`."""

    def __init__(self, name: str, bounds: Bounds, *, in_turn: bool) -> None:
        self.name = name
        self._bounds = bounds
        self._in_turn = in_turn
        """Whether strangers connect here, so that arrivals take turns."""
        self._turns: Turns | None = None
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._arriving: set[asyncio.Task[None]] = set()
        self._half_open: Counter[str] = Counter()
        self._address = ""

    @abstractmethod
    def _full(self, host: str) -> str:
        """Return why no further connection from an address is taken now; empty where one is."""

    @abstractmethod
    async def _receive(self, plain: socket.socket, address: HostPort) -> None:
        """Meet who has connected; the socket is the receiver's to close."""

    @abstractmethod
    def _turned_away(self, text: str, address: HostPort | None) -> None:
        """Tell the operator who was not taken and why."""

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
                f"the edge cannot listen on {self._address}", problems=(_bind_problem(error, address, field),)
            ) from None
        self._socket.setblocking(False)
        self._address = HostPort(address.host, self.port).with_port()
        loop = asyncio.get_running_loop()
        if self._in_turn:
            self._turns = Turns(self._bounds.arrivals, self._bounds.arrivals_per_address, loop.time)
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
        """Stop accepting; what is half open ends."""
        tasks = [*self._arriving, *((self._accepting,) if self._accepting is not None else ())]
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
                self._turned_away(f"a connection could not be accepted: {error.strerror or error}", None)
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            self._arrived(plain, HostPort(plain_address(address[0]), address[1]))
            # A connection that waits is accepted without a turn of the loop: one in each is enough.
            await asyncio.sleep(0)

    def _arrived(self, plain: socket.socket, address: HostPort) -> None:
        """Take a new TCP connection, or turn it away when there are too many."""
        host = address.host
        problem = self._too_many(host) or self._full(host)
        if problem:
            self._turned_away(problem, address)
            plain.close()
            return
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        task = asyncio.get_running_loop().create_task(self._meet(plain, address))
        self._arriving.add(task)
        self._half_open[host] += 1
        task.add_done_callback(lambda task: self._met(task, host))

    async def _meet(self, plain: socket.socket, address: HostPort) -> None:
        if self._turns is not None:
            try:
                await self._turns.take(address.host)
            except asyncio.CancelledError:
                plain.close()
                raise
        await self._receive(plain, address)

    def _met(self, task: asyncio.Task[None], host: str) -> None:
        self._arriving.discard(task)
        self._half_open[host] -= 1
        if not self._half_open[host]:
            del self._half_open[host]

    def _too_many(self, host: str) -> str:
        bounds = self._bounds
        if len(self._arriving) >= bounds.half_open:
            return f"{bounds.half_open} {self.UNDER_WAY} are under way already"
        if self._half_open[host] >= bounds.half_open_per_address:
            return f"{bounds.half_open_per_address} {self.UNDER_WAY} with this address are under way already"
        return ""


def plain_address(host: str) -> str:
    """Return an address as it was dialled: a listener for both families shows IPv4 peers inside IPv6."""
    return host.removeprefix("::ffff:") if host.startswith("::ffff:") and "." in host else host


def _bind_problem(error: OSError, address: HostPort, field: str) -> Problem:
    """Return what kept a listener from its address."""
    if error.errno == errno.EADDRINUSE:
        remedy = f"See who has it: ss -ltnp 'sport = :{address.port}'"
        return Problem(field=field, message=f"{address.with_port()} is in use by another process", remedy=remedy)
    if error.errno == errno.EADDRNOTAVAIL:
        return Problem(field=field, message=f"{address.host} is no address of this host", remedy="See: ip address")
    if error.errno in (errno.EACCES, errno.EPERM):
        return Problem(field=field, message=f"this user may not listen on port {address.port}")
    return Problem(field=field, message=f"{address.with_port()}: {error.strerror or error}")
