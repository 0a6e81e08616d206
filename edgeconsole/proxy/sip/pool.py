"""Connections the edge opens: a few for each host and port, to vetted addresses, reused while they last."""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable

from edgeconsole.model.names import HostPort
from edgeconsole.model.verdict import Direction
from edgeconsole.probes.dns import is_literal
from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.resolver import Resolver
from edgeconsole.proxy.revocation import Revocations
from edgeconsole.proxy.sip.answers import CONNECT_FAILED, INSIDE_FAILED, NO_ADDRESS, NO_TRUST, TLS_FAILED
from edgeconsole.proxy.sip.connection import Side, SipConnection
from edgeconsole.proxy.sip.handshake import HandshakeFault, check_revocation, peer_of, shake_hands
from edgeconsole.proxy.sip.live import LiveConnections
from edgeconsole.proxy.transports import abort
from edgeconsole.rules.addresses import Network, why_denied
from edgeconsole.rules.diagnostics import Answer

_MAX_TRIES = 16
"""Addresses of one host that are tried; an edge pool has twelve members at most (SFB-EDGE)."""
_BUSY = 64
"""Requests without an answer on every connection to a next hop from which another is opened."""
_REST_SECONDS = 10.0
"""How long a next hop that could not be reached is passed over where there is another."""


_MAX_FAILED = 1_000


class ConnectFault(Exception):
    """No connection to a next hop: what to answer and what to tell the operator."""

    def __init__(self, answer: Answer, stage: str, detail: str) -> None:
        super().__init__(detail)
        self.answer = answer
        self.stage = stage
        """As in model.observed.Failure."""


class Pool:
    """Outgoing connections of one side."""

    def __init__(
        self,
        side: Side,
        context: ssl.SSLContext | None,
        *,
        resolver: Resolver,
        allowed: tuple[Network, ...] | None,
        peers: frozenset[str] | None,
        make: Callable[[Side, Direction], SipConnection],
        live: LiveConnections,
        limits: Limits,
        parallel: int = 1,
        revocations: Revocations | None = None,
    ) -> None:
        self.parallel = parallel
        """Connections to one next hop (OutgoingTlsCountForFederatedPartners)."""
        self._side = side
        self.context = context
        """For the next handshakes; may be exchanged at any time."""
        self._resolver = resolver
        self._allowed = allowed
        """Networks allowed besides public addresses; None vets nothing: our own servers are where we say."""
        self._peers = peers
        """DNS names of which the certificate must carry one; None leaves it to the decision for each message."""
        self._make = make
        self._live = live
        self._limits = limits
        self._revocations = revocations
        self._ready: dict[HostPort, list[SipConnection]] = {}
        self._flights: dict[HostPort, asyncio.Task[SipConnection]] = {}
        self._failed: dict[HostPort, float] = {}

    def ready(self, hop: HostPort, affinity: int = 0) -> SipConnection | None:
        """Return an open connection to a next hop, if there is one; the same for the same `affinity` while they last.

        Where all are busy another one is begun, for those who come later.
        """
        found = self._ready.get(hop)
        if found is None:
            return None
        if len(found) == 1 and self.parallel == 1:
            return found[0] if found[0].usable else None
        usable = found if all(each.usable for each in found) else [each for each in found if each.usable]
        if not usable:
            return None
        if len(usable) < self.parallel and hop not in self._flights and all(_busy(each) for each in usable):
            self._begin(hop)
        return usable[affinity % len(usable)]

    def resting(self, hop: HostPort) -> bool:
        """Return whether a next hop could not be reached a moment ago."""
        until = self._failed.get(hop)
        if until is None:
            return False
        if until > asyncio.get_running_loop().time():
            return True
        del self._failed[hop]
        return False

    async def open(self, hop: HostPort) -> SipConnection:
        """Return a connection to a next hop, opening one where needed. Raises ConnectFault."""
        connection = self.ready(hop)
        if connection is not None:
            return connection
        return await asyncio.shield(self._flights.get(hop) or self._begin(hop))

    def _begin(self, hop: HostPort) -> asyncio.Task[SipConnection]:
        flight = asyncio.get_running_loop().create_task(self._fly(hop))
        self._flights[hop] = flight
        flight.add_done_callback(_look_at)
        return flight

    async def stop(self) -> None:
        """Give up connections that are not open yet."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    async def _fly(self, hop: HostPort) -> SipConnection:
        try:
            connection = await self._connect(hop)
        except ConnectFault:
            if len(self._failed) >= _MAX_FAILED:
                self._failed.clear()
            self._failed[hop] = asyncio.get_running_loop().time() + _REST_SECONDS
            raise
        finally:
            del self._flights[hop]
        self._failed.pop(hop, None)
        return connection

    async def _connect(self, hop: HostPort) -> SipConnection:
        fault: ConnectFault | None = None
        for address in self._in_turn(hop, await self._vetted(hop)):
            try:
                return await self._connect_to(hop, address)
            except ConnectFault as error:
                fault = error
        assert fault is not None
        raise fault

    def _in_turn(self, hop: HostPort, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """Return the addresses in the order DNS gave, those with the fewest connections of ours first."""
        taken = Counter(each.peer.host for each in self._ready.get(hop, ()))
        return tuple(sorted(addresses, key=taken.__getitem__)) if taken else addresses

    async def _vetted(self, hop: HostPort) -> tuple[str, ...]:
        """Resolve once and vet every address; what is connected to is the vetted literal, never the name again."""
        inside = self._side is Side.INSIDE
        addresses = await self._resolver.addresses(hop.host, own=inside)
        if not addresses:
            raise ConnectFault(INSIDE_FAILED if inside else NO_ADDRESS, "dns", f"{hop.host} has no address")
        if self._allowed is not None:
            verdicts = {address: why_denied(address, self._allowed) for address in addresses}
            addresses = tuple(address for address in addresses if verdicts[address] is None)
            if not addresses:
                told = ", ".join(f"{address} ({why})" for address, why in verdicts.items())
                detail = f"{hop.host} leads to {told}, which proxy.allow_addresses does not open"
                raise ConnectFault(CONNECT_FAILED, "connect", detail)
        return addresses[:_MAX_TRIES]

    async def _connect_to(self, hop: HostPort, address: str) -> SipConnection:
        inside = self._side is Side.INSIDE
        if self.context is None:
            raise ConnectFault(INSIDE_FAILED, "connect", "the edge has no inside certificate; restart it")
        where = HostPort(address, hop.port).with_port()
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                plain = await _connected(address, hop.port)
        except TimeoutError:
            detail = f"{hop.host} at {where} does not answer within {self._limits.connect_seconds:g} s"
            raise ConnectFault(INSIDE_FAILED if inside else CONNECT_FAILED, "connect", detail) from None
        except OSError as error:
            detail = f"{hop.host} at {where}: {error.strerror or error}"
            raise ConnectFault(INSIDE_FAILED if inside else CONNECT_FAILED, "connect", detail) from None
        connection = self._make(self._side, Direction.OUTBOUND)
        transport = None
        try:
            transport = await shake_hands(
                plain, connection, self.context, self._limits, server_name=_server_name(hop, address)
            )
            connection.peer = peer_of(transport)
            await check_revocation(transport, connection.peer, self._revocations)
            if self._peers is not None and self._peers.isdisjoint(connection.peer.names):
                raise HandshakeFault("its certificate carries none of edge.internal_peers", trust=True)
        except HandshakeFault as error:
            if transport is not None:
                abort(transport)
            answer = NO_TRUST if error.trust or inside else TLS_FAILED
            raise ConnectFault(answer, "tls", f"{hop.host} at {where}: {error}") from None
        except BaseException:
            # Nobody else knows of it yet: it would stay open, and count nowhere.
            if transport is not None:
                abort(transport)
            raise
        self._ready.setdefault(hop, []).append(connection)
        connection.on_lost(lambda: self._forget(hop, connection))
        self._live.add(connection)
        connection.attach(transport)
        return connection

    def _forget(self, hop: HostPort, connection: SipConnection) -> None:
        left = [each for each in self._ready.get(hop, ()) if each is not connection]
        if left:
            self._ready[hop] = left
        else:
            self._ready.pop(hop, None)


def _busy(connection: SipConnection) -> bool:
    return connection.outstanding >= _BUSY


async def _connected(address: str, port: int) -> socket.socket:
    """Return a TCP socket connected to a literal address; no name is looked up again."""
    plain = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        plain.setblocking(False)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        await asyncio.get_running_loop().sock_connect(plain, (address, port))
    except BaseException:
        plain.close()
        raise
    return plain


def _server_name(hop: HostPort, address: str) -> str:
    """Return the name for SNI; a literal goes as it is and OpenSSL sends none."""
    return address if is_literal(hop.host) else hop.host


def _look_at(flight: asyncio.Task[SipConnection]) -> None:
    """Take the exception of a flight whose callers have all gone."""
    if not flight.cancelled():
        flight.exception()
