"""One TLS connection: frames what arrives, sends what is queued once a turn, cuts a peer that does not read.

A Protocol, not streams: they would add a task switch to every message.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Protocol as Interface

from edgeconsole.model.observed import PeerCertificate
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip.framer import Framer, KeepAlive, Violation
from edgeconsole.proxy.sip.message import Message
from edgeconsole.proxy.transports import abort

_PING = b"\r\n\r\n"
_PONG = b"\r\n"
_PONG_SECONDS = 10.0
"""For the answer to a ping (RFC 5626 4.4.1)."""
_FEWEST_PING_SECONDS = 5.0
"""A partner does not set how much we send."""
_KEEP_ALIVE_SECONDS = 10.0
_MAX_DOMAINS = 200
"""Partner domains remembered per connection; a hosting edge serves many."""


class Side(Enum):
    """Which network a connection belongs to."""

    OUTSIDE = "outside"
    INSIDE = "inside"


class Peer:
    """Who is at the other end, once the handshake is over."""

    __slots__ = ("certificate", "host", "names", "points", "port", "shown_names", "tls")

    def __init__(
        self,
        host: str,
        port: int,
        names: frozenset[str],
        shown_names: tuple[str, ...],
        tls: str,
        certificate: PeerCertificate,
    ) -> None:
        self.host = host
        """IP address."""
        self.port = port
        self.names = names
        """DNS names of its certificate, exact, for decisions."""
        self.shown_names = shown_names
        """The same for display, cleaned and capped."""
        self.tls = tls
        """Protocol version and cipher."""
        self.certificate = certificate
        self.points: tuple[tuple[str, int, bytes], ...] = ()
        """Where its revocation lists are (proxy.revocation)."""

    @property
    def address(self) -> str:
        """Address and port as text."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Receiver(Interface):
    """Who takes what arrives."""

    def received(self, connection: "SipConnection", message: Message) -> None: ...
    def violated(self, connection: "SipConnection", violation: Violation) -> None: ...
    def lost(self, connection: "SipConnection", error: Exception | None) -> None: ...


class SipConnection(asyncio.Protocol):
    """An established connection; `attach` makes it live once its handshake is over."""

    def __init__(
        self, side: Side, direction: Direction, receiver: Receiver, limits: Limits, *, identity: str, since: datetime
    ) -> None:
        self.id = identity
        self.side = side
        self.direction = direction
        """INBOUND: the other end opened it."""
        self.since = since
        self.peer: Peer
        self.domains: set[str] = set()
        """Partner domains that passed over it."""
        self.messages = 0
        self.pending = 0
        """Requests from here without a final response."""
        self.outstanding = 0
        """Requests sent here without a final response."""
        self.waiting: Counter[str] = Counter()
        """Requests from here that wait for DNS or a connection, by partner."""
        self.closing = False
        self.last_received = 0.0
        """Loop time of the last byte."""
        self._receiver = receiver
        self._limits = limits
        self._framer = Framer(limits)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._early: list[bytes] = []
        self._out: list[bytes] = []
        self._message_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._keep_alives = 0
        self._keep_alives_since = 0.0
        self._lost = False
        self._on_lost: list[Callable[[], None]] = []
        self._ping_timer: asyncio.TimerHandle | None = None
        self._pong_due_since = 0.0

    @property
    def points(self) -> tuple[tuple[str, int, bytes], ...]:
        """Where the revocation lists of the other end's certificate are."""
        return self.peer.points

    def attach(self, transport: asyncio.Transport) -> None:
        """Go live on a transport whose handshake is over and whose peer is known; takes what arrived meanwhile."""
        self._transport = transport
        transport.set_write_buffer_limits(high=self._limits.write_buffer)
        self.last_received = self._loop.time()
        if self._lost:
            # It broke between the end of the handshake and now; connection_lost had nobody to tell.
            self._gone(None)
            return
        early, self._early = self._early, []
        for received in early:
            self.data_received(received)

    def on_lost(self, call: Callable[[], None]) -> None:
        """Have `call` run when the connection is gone."""
        self._on_lost.append(call)

    @property
    def usable(self) -> bool:
        """Whether requests may be sent on it."""
        return self._transport is not None and not self.closing and not self._lost

    def served(self, domain: str) -> bool:
        """Note a partner domain that passed; return whether it is the first message for it here."""
        if domain in self.domains or len(self.domains) >= _MAX_DOMAINS:
            return False
        self.domains.add(domain)
        return True

    def send(self, message: bytes) -> None:
        """Queue bytes; everything queued in one turn of the loop leaves in one TLS record and one system call."""
        if self.closing or self._lost:
            return
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(message)

    def _flush(self) -> None:
        if self._transport is None or self._lost or not self._out:
            return
        out, self._out = self._out, []
        self._transport.write(out[0] if len(out) == 1 else b"".join(out))
        if self._transport.get_write_buffer_size() > self._limits.write_buffer_cut:
            self.cut()

    def keep_alive(self, seconds: int) -> None:
        """Ping the other end that often from now on, since it said it answers; cut it when it does not (RFC 6223)."""
        if self._ping_timer is None and not self.closing:
            # RFC 5626 4.4.1: at least a fifth earlier than it waits.
            self._ping_timer = self._loop.call_later(max(0.8 * seconds, _FEWEST_PING_SECONDS), self._ping, seconds)

    def _ping(self, seconds: int) -> None:
        self.send(_PING)
        asked = self._pong_due_since = self._loop.time()
        self._ping_timer = self._loop.call_later(_PONG_SECONDS, self._pong_due, seconds, asked)

    def _pong_due(self, seconds: int, asked: float) -> None:
        self._ping_timer = None
        if self.last_received < asked:
            self.cut()
        else:
            self.keep_alive(seconds)

    def close(self) -> None:
        """Send what is queued, then end the connection; a peer that does not take it is cut."""
        if self.closing or self._transport is None:
            return
        self._flush()
        self.closing = True
        self._cancel_timers()
        self._transport.close()
        if not self._lost:
            self._stall_timer = self._loop.call_later(self._limits.write_stall_seconds, self.cut)

    def cut(self) -> None:
        """End the connection at once; what is unsent is lost."""
        self.closing = True
        self._cancel_timers()
        if self._transport is not None and not self._lost:
            abort(self._transport)

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            if not self._lost:
                self._early.append(data)
            return
        if self.closing:
            return
        self.last_received = self._loop.time()
        if data == _PONG and self._pong_due_since and not self._framer.partial:
            # Two answers to two pings of ours would read as a ping.
            self._pong_due_since = 0.0
            return
        for item in self._framer.feed(data):
            if type(item) is Message:
                self._receiver.received(self, item)
            elif type(item) is KeepAlive:
                self._keep_alive()
            elif type(item) is Violation:
                self._receiver.violated(self, item)
                self.close()
            if self.closing or self._lost:
                return
        if self._message_timer is not None or self._framer.partial:
            self._watch_partial()

    def _watch_partial(self) -> None:
        """Start the clock of a message that has begun; stop it when nothing is left over."""
        if self._framer.partial:
            if self._message_timer is None:
                self._message_timer = self._loop.call_later(self._limits.message_seconds, self._too_slow)
        elif self._message_timer is not None:
            self._message_timer.cancel()
            self._message_timer = None

    def _too_slow(self) -> None:
        self._message_timer = None
        self._receiver.violated(self, Violation(408, "a message was not complete in time", self._framer.head))
        self.close()

    def _keep_alive(self) -> None:
        if self.last_received - self._keep_alives_since > _KEEP_ALIVE_SECONDS:
            self._keep_alives_since = self.last_received
            self._keep_alives = 0
        self._keep_alives += 1
        if self._keep_alives > self._limits.keep_alives:
            self._receiver.violated(self, Violation(0, "too many keep-alives"))
            self.close()
            return
        self.send(_PONG)

    def pause_writing(self) -> None:
        # Who does not read our answers is not listened to either, and is cut when it lasts.
        if self._transport is not None and not self.closing:
            self._transport.pause_reading()
            if self._stall_timer is None:
                self._stall_timer = self._loop.call_later(self._limits.write_stall_seconds, self.cut)

    def resume_writing(self) -> None:
        if self._transport is not None and not self.closing:
            self._transport.resume_reading()
            if self._stall_timer is not None:
                self._stall_timer.cancel()
                self._stall_timer = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self.closing = True
        self._cancel_timers()
        self._out = []
        if self._transport is not None:
            self._gone(exc)

    def _gone(self, error: Exception | None) -> None:
        # Dialogs know the connection for hours; what TLS keeps of it goes at once, not when garbage is looked for.
        self._transport = None
        self._receiver.lost(self, error)
        for call in self._on_lost:
            call()
        self._on_lost = []

    def _cancel_timers(self) -> None:
        for timer in (self._message_timer, self._stall_timer, self._ping_timer):
            if timer is not None:
                timer.cancel()
        self._message_timer = self._stall_timer = self._ping_timer = None
