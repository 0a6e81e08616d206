"""DNS questions of probes, asked at once over few sockets; TCP where UDP does not carry the answer."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from typing import cast

from edgeconsole.probes.dns import make_resolver
from edgeconsole.probes.dns_message import Answer, Malformed, answers, make_query, read_answer
from edgeconsole.rules.probing.facts import Lookup, LookupStatus
from edgeconsole.rules.requirements.records import RecordType

TRY_SECONDS = 1.0
"""Wait for one try."""
TRIES = 2
_QUERIES_PER_SOCKET = 200
"""After so many a new source port is drawn, so that nobody off the path can guess both port and number (RFC 5452)."""
_MAX_WIRE = 65535

_BY_RCODE = {0: LookupStatus.FOUND, 2: LookupStatus.SERVER_FAILURE, 3: LookupStatus.NO_NAME, 5: LookupStatus.REFUSED}


class _Lost(Exception):
    """The server's host says that nothing listens."""


class _Socket(asyncio.DatagramProtocol):
    """One connected UDP socket with the questions that wait on it."""

    def __init__(self) -> None:
        self.waiting: dict[int, tuple[bytes, asyncio.Future[bytes]]] = {}
        self.asked = 0
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        waiting = self.waiting.get(int.from_bytes(data[:2], "big")) if len(data) >= 12 else None
        # What answers another question is dropped, and the wait goes on: it may be forged.
        if waiting is not None and answers(data, waiting[0]) and not waiting[1].done():
            waiting[1].set_result(data)

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002
        for _, future in self.waiting.values():
            if not future.done():
                future.set_exception(_Lost())


class DnsClient:
    """Asks the servers of resolv.conf (`system`) or one server; keeps no cache, since a probe shows what is now."""

    def __init__(self, server: str, *, seconds: float = TRY_SECONDS, time: Callable[[], float] = time.perf_counter):
        self.name = server
        resolver = make_resolver(server)
        self._servers = [(str(address), resolver.port) for address in resolver.nameservers]
        self._seconds = seconds
        self._time = time
        self._sockets: dict[tuple[str, int], _Socket] = {}

    async def ask(self, name: str, kind: RecordType) -> Lookup:
        """Return what DNS says now; every trouble is a status, nothing is raised."""
        started = self._time()
        try:
            status, answer, over_tcp = await self._ask(name, kind)
        except ValueError:
            status, answer, over_tcp = LookupStatus.MALFORMED, None, False
        if status is LookupStatus.FOUND and answer is not None and not (answer.srv or answer.addresses):
            status = LookupStatus.NO_DATA
        return Lookup(
            name=name,
            kind=kind,
            status=status,
            srv=answer.srv if answer else (),
            addresses=answer.addresses if answer else (),
            aliases=answer.aliases if answer else (),
            ttl=answer.ttl if answer else None,
            milliseconds=(self._time() - started) * 1000,
            over_tcp=over_tcp,
        )

    async def _ask(self, name: str, kind: RecordType) -> tuple[LookupStatus, Answer | None, bool]:
        last: tuple[LookupStatus, Answer | None, bool] = (LookupStatus.TIMEOUT, None, False)
        for attempt in range(max(TRIES, len(self._servers))):
            server = self._servers[attempt % len(self._servers)]
            query = make_query(secrets.randbelow(65536), name, kind)
            try:
                async with asyncio.timeout(self._seconds):
                    wire = await self._over_udp(server, query)
            except (TimeoutError, OSError, _Lost):
                continue
            answer = read_answer(wire, query)
            over_tcp = answer.truncated
            if over_tcp:
                try:
                    answer = read_answer(await self._over_tcp(server, query), query)
                except (TimeoutError, OSError, EOFError):
                    last = (LookupStatus.TCP_BLOCKED, None, True)
                    continue
            status = _BY_RCODE.get(answer.rcode, LookupStatus.SERVER_FAILURE)
            if status.told:
                return status, answer, over_tcp
            last = (status, answer, over_tcp)
        return last

    async def _over_udp(self, server: tuple[str, int], query: bytes) -> bytes:
        socket = await self._socket(server)
        number = int.from_bytes(query[:2], "big")
        while number in socket.waiting:
            number = secrets.randbelow(65536)
            query = number.to_bytes(2, "big") + query[2:]
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        socket.waiting[number] = (query, future)
        socket.asked += 1
        try:
            cast(asyncio.DatagramTransport, socket.transport).sendto(query)
            return await future
        finally:
            del socket.waiting[number]
            if socket.asked >= _QUERIES_PER_SOCKET and not socket.waiting:
                self._close(socket)

    async def _socket(self, server: tuple[str, int]) -> _Socket:
        socket = self._sockets.get(server)
        if socket is None or socket.asked >= _QUERIES_PER_SOCKET:
            made = _Socket()
            await asyncio.get_running_loop().create_datagram_endpoint(lambda: made, remote_addr=server)
            meanwhile = self._sockets.get(server)
            if meanwhile is not None and meanwhile is not socket:
                self._close(made)
                return meanwhile
            self._sockets[server] = socket = made
        return socket

    @staticmethod
    def _close(socket: _Socket) -> None:
        if socket.transport is not None:
            socket.transport.close()

    async def _over_tcp(self, server: tuple[str, int], query: bytes) -> bytes:
        async with asyncio.timeout(self._seconds):
            reader, writer = await asyncio.open_connection(*server)
            try:
                writer.write(len(query).to_bytes(2, "big") + query)
                size = int.from_bytes(await reader.readexactly(2), "big")
                wire = await reader.readexactly(min(size, _MAX_WIRE))
            finally:
                writer.close()
                with contextlib.suppress(OSError, TimeoutError):
                    await writer.wait_closed()
        if not answers(wire, query):
            raise Malformed("the answer is to another question")
        return wire

    async def close(self) -> None:
        """Close the sockets; questions under way end as unanswered."""
        for socket in self._sockets.values():
            self._close(socket)
        self._sockets.clear()
