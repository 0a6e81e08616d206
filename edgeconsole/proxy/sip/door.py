"""A listener of one side: admits by certificate, and says whom it turned away."""

import socket
import ssl
from collections.abc import Callable

from edgeconsole.model.names import HostPort
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.listening import Listening
from edgeconsole.proxy.observed import Failures
from edgeconsole.proxy.revocation import Revocations
from edgeconsole.proxy.sip.connection import Side, SipConnection
from edgeconsole.proxy.sip.handshake import HandshakeFault, check_revocation, peer_of, shake_hands
from edgeconsole.proxy.sip.live import LiveConnections
from edgeconsole.proxy.transports import abort


class Door(Listening):
    """One listener of the SIP plane."""

    UNDER_WAY = "handshakes"

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
        super().__init__(name, limits, in_turn=side is Side.OUTSIDE)
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

    def _full(self, host: str) -> str:
        limits = self._limits
        if self._live.count(self.side) >= limits.connections:
            return f"{limits.connections} connections are open already"
        if self._live.count(self.side, host) >= limits.connections_per_address:
            return f"{limits.connections_per_address} connections from this address are open already"
        return ""

    async def _receive(self, plain: socket.socket, address: HostPort) -> None:
        connection = self._make(self.side, Direction.INBOUND)
        transport = None
        try:
            transport = await shake_hands(plain, connection, self.context, self._limits)
            connection.peer = peer_of(transport)
            await check_revocation(transport, connection.peer, self._revocations)
            if self._peers is not None and self._peers.isdisjoint(connection.peer.names):
                shown = ", ".join(connection.peer.shown_names[:5]) or "no DNS name"
                raise HandshakeFault(f"the certificate carries {shown}, none of edge.internal_peers", trust=True)
        except HandshakeFault as fault:
            self._turned_away(str(fault), address)
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

    def _turned_away(self, text: str, address: HostPort | None) -> None:
        direction = Direction.INBOUND if self.side is Side.OUTSIDE else Direction.OUTBOUND
        self._failures.add(direction, "tls", text, peer=address.with_port() if address is not None else "")
