"""One XMPP stream on its transport: what arrives becomes events, what is queued leaves once a turn of the loop.

While it is negotiated somebody waits for the next event; once it is live they go straight to a receiver, without a
task in between.
"""

import asyncio
import ssl
from collections import deque
from datetime import datetime
from typing import Protocol as Interface

from edgeconsole.model.text import clean
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.alerts import shake_hands
from edgeconsole.proxy.certificates import BadCertificate
from edgeconsole.proxy.listening import plain_address
from edgeconsole.proxy.revocation import Point, UnknownChain, points_of
from edgeconsole.proxy.sip.connection import Side
from edgeconsole.proxy.xmpp.identity import domains_of
from edgeconsole.proxy.xmpp.limits import XmppLimits
from edgeconsole.proxy.xmpp.markup import CLOSE, header, stream_error
from edgeconsole.proxy.xmpp.parser import Closing, Element, Event, Opening, StreamParser, Violation
from edgeconsole.proxy.xmpp.pipe import Pipe
from edgeconsole.rules.negotiation import Method

_SHOWN_NAMES = 100
_CLOSE_SECONDS = 2.0
"""For a peer to take our end of the stream."""


class StreamFault(Exception):
    """A stream that did not come about, or ended while it was negotiated."""

    def __init__(self, stage: str, text: str, *, condition: str = "", trust: bool = False) -> None:
        super().__init__(text)
        self.stage = stage
        """As in model.observed.Failure."""
        self.condition = condition
        """The stream error we owe the other side; empty where there is nothing to say, or nobody to say it to."""
        self.trust = trust
        """Whether it is the certificate that failed, so that another way to authenticate may be tried."""


class Receiver(Interface):
    """Who takes the stanzas of a live stream."""

    def received(self, stream: "XmppStream", element: Element) -> None: ...
    def violated(self, stream: "XmppStream", violation: Violation) -> None: ...
    def lost(self, stream: "XmppStream") -> None: ...


class XmppStream(Pipe):
    """A stream with one peer, authenticated for one domain."""

    def __init__(self, side: Side, direction: Direction, limits: XmppLimits, *, identity: str, since: datetime) -> None:
        super().__init__(limits)
        self.id = identity
        self.side = side
        self.direction = direction
        """INBOUND: the other end opened it."""
        self.since = since
        self.names: frozenset[str] = frozenset()
        """Domains its certificate proves; empty without one whose chain was verified."""
        self.shown_names: tuple[str, ...] = ()
        self.points: tuple[Point, ...] = ()
        """Where the revocation lists of its verified chain are."""
        self.tls = ""
        """Protocol version and cipher; empty: not encrypted."""
        self.domain = ""
        """The domain it is authenticated for: the partner's outside, ours inside."""
        self.local = ""
        """The domain at our end of it."""
        self.claimed = ""
        """The domain its header names, proved or not."""
        self.asked_for_keys = False
        """Whether the other side came to ask if a key is ours; that it then goes is no failure (XEP-0220, 2.4)."""
        self.id_sent = ""
        """The id we gave it."""
        self.other_id = ""
        """The id the other side gave the stream; dialback keys are bound to it."""
        self.method: Method | None = None
        """How it was authenticated; None: not yet."""
        self.messages = 0
        self.last_received = 0.0
        self.last_stanza = 0.0
        self.prefixes: dict[str, str] = {}
        self.verdicts: dict[tuple[str, str], object] = {}
        """What was decided on it already under the rules of `verdicts_of`."""
        self.verdicts_of: object = None
        self._parser = StreamParser(limits, longest=limits.greeting)
        self._events: deque[Event] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._receiver: Receiver | None = None
        self._early: list[bytes] = []
        self._opened = False
        self._partial_timer: asyncio.TimerHandle | None = None

    @property
    def usable(self) -> bool:
        """Whether stanzas may be sent on it."""
        return self._receiver is not None and not self.closing

    def attach(self, transport: asyncio.Transport, *, verified: bool = False) -> None:
        """Go on with a transport, plain or after its handshake; `verified`: its context checks chains."""
        self._transport = transport
        transport.set_write_buffer_limits(high=self._limits.write_buffer)
        peer = transport.get_extra_info("peername") or ("", 0)
        self.host, self.port = plain_address(str(peer[0])), int(peer[1])
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            cipher = tls.cipher()
            self.tls = f"{tls.version()} {cipher[0] if cipher else ''}".strip()
            certificate = tls.getpeercert(binary_form=True)
            if certificate is not None:
                self._read_names(certificate, verified)
                self.points = self._points(tls) if verified else ()
        self.last_received = self.last_stanza = self.last_sent = self._loop.time()
        self._changing = False
        early, self._early = self._early, []
        for received in early:
            self.data_received(received)

    def _read_names(self, certificate: bytes, verified: bool) -> None:
        try:
            names = domains_of(certificate)
        except BadCertificate as error:
            raise StreamFault("tls", str(error), condition="not-authorized", trust=True) from None
        self.shown_names = tuple(str(clean(name)) for name in sorted(names)[:_SHOWN_NAMES])
        if verified:
            self.names = names

    @staticmethod
    def _points(tls: ssl.SSLObject) -> tuple[Point, ...]:
        try:
            return points_of(tls)
        except UnknownChain as error:
            raise StreamFault("tls", str(error), condition="not-authorized", trust=True) from None

    async def start_tls(self, context: ssl.SSLContext, *, server: bool, last_words: bytes, name: str = "") -> None:
        """Say the last words in the clear, then encrypt; what the peer sent beforehand breaks the rules.

        Raises StreamFault.
        """
        assert self._transport is not None
        self.restart()
        self._transport.pause_reading()
        self._flush()
        self._changing = True
        self._transport.write(last_words)
        try:
            began = self._loop.start_tls(
                self._transport, self, context, server_side=server, server_hostname=None if server else name,
                ssl_handshake_timeout=self._limits.handshake_seconds, ssl_shutdown_timeout=_CLOSE_SECONDS,
            )  # fmt: skip
            transport = await shake_hands(began)
        except OSError as error:
            self.closing = True
            raise tls_fault(error, self._limits) from None
        if transport is None:
            raise StreamFault("tls", "the other side ended the TLS handshake")
        self.attach(transport, verified=context.verify_mode is not ssl.CERT_NONE)

    def restart(self) -> None:
        """Begin a new stream on the same connection, as after SASL (RFC 6120, 4.3.3). Raises StreamFault."""
        if self._events or self._parser.partial or self._parser.ended:
            raise StreamFault("parse", "it sent more before the stream began anew", condition="policy-violation")
        self._parser = StreamParser(self._limits, longest=self._parser.longest)
        self._opened = False

    def open(self, sender: str, recipient: str, stream_id: str = "") -> None:
        """Send our header."""
        self._opened = True
        self.write(header(sender, recipient, stream_id))

    async def _next(self) -> Event:
        """Return the next event of a negotiation. Raises StreamFault when it does not come, or is a violation."""
        if not self._events:
            if self.closing:
                raise StreamFault("relay", "the other side closed the connection")
            self._waiter = self._loop.create_future()
            try:
                async with asyncio.timeout(self._limits.silence_seconds):
                    await self._waiter
            except TimeoutError:
                text = f"it said nothing for {self._limits.silence_seconds:g} s"
                raise StreamFault("relay", text, condition="connection-timeout") from None
            finally:
                self._waiter = None
            if not self._events:
                raise StreamFault("relay", "the other side closed the connection")
        event = self._events.popleft()
        if isinstance(event, Violation):
            raise StreamFault("parse", f"{event.condition}: {event.text}", condition=event.condition)
        return event

    async def opening(self) -> Opening:
        """Return the header the other side must send now. Raises StreamFault."""
        event = await self._next()
        assert isinstance(event, Opening)
        self.prefixes = {name: uri for name, uri in event.prefixes.items() if name != "stream"}
        return event

    async def element(self) -> Element:
        """Return the next element. Raises StreamFault when the stream ends instead."""
        event = await self._next()
        if not isinstance(event, Element):
            raise StreamFault("relay", "the other side closed the stream")
        return event

    def go_live(self, receiver: Receiver) -> None:
        """Hand every stanza to a receiver from now on, those that wait included."""
        self._receiver = receiver
        self._parser.longest = self._limits.stanza
        self.last_stanza = self._loop.time()
        waiting, self._events = self._events, deque()
        for event in waiting:
            if not self.closing:
                self._give(event)
        self._watch_partial()

    def data_received(self, data: bytes) -> None:
        if self._changing:
            self._early.append(data)
            return
        if self.closing:
            return
        self.last_received = self._loop.time()
        events = self._parser.feed(data)
        if self._receiver is None:
            self._keep(events)
            return
        for event in events:
            self._give(event)
            if not self.usable:
                return
        self._watch_partial()

    def _keep(self, events: list[Event]) -> None:
        self._events.extend(events)
        if len(self._events) > self._limits.waiting_elements:
            self._events = deque((Violation("policy-violation", "it does not wait for its turn"),))
        if self._events:
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _give(self, event: Event) -> None:
        receiver = self._receiver
        assert receiver is not None
        if type(event) is Element:
            self.last_stanza = self.last_received
            receiver.received(self, event)
        elif type(event) is Violation:
            receiver.violated(self, event)
        elif type(event) is Closing:
            self.close()

    def _watch_partial(self) -> None:
        if self._parser.partial:
            if self._partial_timer is None:
                self._partial_timer = self._loop.call_later(self._limits.stanza_seconds, self._too_slow)
        elif self._partial_timer is not None:
            self._partial_timer.cancel()
            self._partial_timer = None

    def _too_slow(self) -> None:
        self._partial_timer = None
        if self._receiver is not None:
            self._receiver.violated(self, Violation("connection-timeout", "a stanza was not complete in time"))

    def fail(self, condition: str, text: str) -> None:
        """End the stream with an error, after a header where none was sent (RFC 6120, 4.9.1.2)."""
        if self.closing:
            return
        if not self._opened:
            self.open(self.local, self.claimed, self.id_sent or self.id)
        self.write(stream_error(condition, text))
        self.close()

    def close(self) -> None:
        """Send what is queued and the end of the stream; a peer that does not take it is cut."""
        if self.closing:
            return
        if self._opened:
            self.write(CLOSE)
        self._flush()
        self.closing = True
        self._over()
        if self._transport is not None:
            self._transport.close()
            if not self.gone.done():
                self._stall_timer = self._loop.call_later(_CLOSE_SECONDS, self.cut)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if self._receiver is not None:
            self._receiver.lost(self)

    def _over(self) -> None:
        super()._over()
        if self._partial_timer is not None:
            self._partial_timer.cancel()
            self._partial_timer = None
        self._wake()


def tls_fault(error: OSError, limits: XmppLimits) -> StreamFault:
    """Return what a failed handshake means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return StreamFault("tls", f"the certificate is not trusted: {clean(error.verify_message)}", trust=True)
    if isinstance(error, ssl.SSLError):
        return StreamFault("tls", f"the TLS handshake failed: {clean(error.reason or str(error))}", trust=True)
    if isinstance(error, ConnectionAbortedError) and error.errno is None:
        return StreamFault("tls", f"the TLS handshake took longer than {limits.handshake_seconds:g} s")
    return StreamFault("tls", f"the other side ended the TLS handshake: {clean(error.strerror or str(error))}")
