"""One XMPP stream of the lab, from either end: headers, elements, TLS under way, and why it ended."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Self

from edgeconsole.lab.sip_link import SHUTDOWN_TIMEOUT
from edgeconsole.lab.tls import HANDSHAKE_TIMEOUT
from edgeconsole.model.names import HostPort
from edgeconsole.proxy.transports import abort
from edgeconsole.proxy.xmpp.limits import XmppLimits
from edgeconsole.proxy.xmpp.markup import CLOSE, Node, header, stream_error_of, tree
from edgeconsole.proxy.xmpp.names import STREAMS
from edgeconsole.proxy.xmpp.parser import Closing, Element, Event, Opening, StreamParser, Violation

_LIMITS = XmppLimits()
_READ_SIZE = 65536

Accepted = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]
"""Takes a connection somebody opened."""


class StreamRefused(ConnectionError):
    """The other side did not go on with the stream; the text says what it said."""


class StreamProtocol(asyncio.StreamReaderProtocol):
    """A stream's protocol that ends with the other side's end: half-open is not for connections that begin TLS."""

    def __init__(self, accepted: Accepted | None = None) -> None:
        self.reader = asyncio.StreamReader(limit=_READ_SIZE)
        super().__init__(self.reader, accepted)

    def eof_received(self) -> bool:
        super().eof_received()
        return False


class XmppLink:
    """A stream on a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._closed = False
        self._writer = writer
        self._prefixes: dict[str, str] = {}
        self._events: list[Event] = []
        self._parser = _parser()
        self.stream_id = ""
        """The id the other side gave the stream."""

    @classmethod
    async def connect(cls, place: HostPort) -> Self:
        """Connect, in the clear. Raises OSError."""
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_connection(StreamProtocol, place.host, place.port)
        return cls(protocol.reader, asyncio.StreamWriter(transport, protocol, protocol.reader, loop))

    async def write(self, *data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(b"".join(data))
        await self._writer.drain()

    async def greet(self, sender: str, recipient: str) -> Node:
        """Open the stream as its initiator; return the features that are offered."""
        await self.write(header(sender, recipient))
        self.stream_id = (await self.opening()).attributes.get("id", "")
        return await self.node("features", STREAMS)

    async def opening(self) -> Opening:
        """The header the other side sends now. Raises StreamRefused."""
        event = await self._next()
        if not isinstance(event, Opening):
            raise StreamRefused("the stream has begun already")
        self._prefixes = {name: uri for name, uri in event.prefixes.items() if name != "stream"}
        return event

    async def node(self, name: str = "", namespace: str = "") -> Node:
        """The next element, which must have the name where one is given. Raises StreamRefused."""
        event = await self._next()
        if not isinstance(event, Element):
            raise StreamRefused("a second header came")
        node = tree(event, self._prefixes)
        if (node.name, node.namespace) == ("error", STREAMS):
            raise StreamRefused(stream_error_of(node))
        if name and (node.name, node.namespace) != (name, namespace):
            raise StreamRefused(f"<{node.name}/> instead of <{name}/>: {' '.join(each.name for each in node.children)}")
        return node

    async def _next(self) -> Event:
        while not self._events:
            received = await self._reader.read(_READ_SIZE)
            if not received:
                raise StreamRefused("the other side closed the connection")
            self._events = self._parser.feed(received)
        event = self._events.pop(0)
        if isinstance(event, Closing | Violation):
            raise StreamRefused("the other side closed the stream" if isinstance(event, Closing) else str(event.text))
        return event

    async def until_end(self) -> str:
        """Read until the other side ends the stream and return what it said."""
        try:
            while True:
                await self.node()
        except OSError as error:
            return str(error)

    def restart(self) -> None:
        """Begin a new stream on the connection, as after SASL."""
        self._parser = _parser()

    async def start_tls(self, context: ssl.SSLContext, server_name: str | None = None) -> None:
        """Encrypt; a `server_name` makes us the client. Raises OSError."""
        await self._writer.start_tls(context, server_hostname=server_name, ssl_handshake_timeout=HANDSHAKE_TIMEOUT)
        self.restart()

    async def close(self) -> None:
        """End the stream and the connection; once, since Python 3.11.2 cannot abort what was closed twice."""
        if self._closed:
            return
        self._closed = True
        try:
            async with asyncio.timeout(SHUTDOWN_TIMEOUT):
                self._writer.write(CLOSE)
                self._writer.close()
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            abort(self._writer.transport)


def _parser() -> StreamParser:
    return StreamParser(_LIMITS, longest=_LIMITS.stanza)
