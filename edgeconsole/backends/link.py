"""HTTP/1.1 to one edge and nothing more: requests over a Unix socket or TLS, connections kept for a moment.

Measured: a general client costs the start of the console 90 ms of its 360, for redirects, cookies, proxies and
encodings that the admin API does not have. Standard library only, so that nothing else is loaded to ask a question.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlencode

_HEAD_LIMIT = 64 * 1024
"""Bytes of the head of an answer, and of one line of a chunked body."""

_PIECE = 256 * 1024
_IDLE_SECONDS = 5.0
"""How long a connection nobody uses is kept; aiohttp and the usual reverse proxies close theirs after 15 at least."""

_MOST_INTERIM = 8
"""Interim answers (1xx) before the one that counts."""

_NONE: Mapping[str, str] = MappingProxyType({})

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dial = Callable[[], Awaitable[Stream]]


class LinkError(Exception):
    """No answer came, or none that is HTTP; the text says which."""


class NotSent(LinkError):
    """No connection came about, so that the edge cannot have taken the request."""


class TimeOut(NamedTuple):
    """Seconds to wait: for a connection with its handshake, and for each piece of an answer."""

    connect: float
    read: float


class Answer:
    """The head of an answer, and its body as it comes."""

    def __init__(self, status: int, headers: Mapping[str, str], body: AsyncIterator[bytes]) -> None:
        self.status = status
        self.headers = headers
        """By name in small letters; of a name that comes twice the last."""
        self.body = body


class Link:
    """Requests to one edge; each has a connection of its own while it runs."""

    def __init__(self, dial: Dial, *, host: str, timeout: TimeOut, headers: Mapping[str, str] = _NONE) -> None:
        self.headers = {"Host": host, "User-Agent": "edgeconsole", "Accept": "*/*", **headers}
        self._dial = dial
        self._timeout = timeout
        self._idle: list[tuple[Stream, float]] = []
        self._busy: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = _NONE,
        headers: Mapping[str, str] = _NONE,
        content: bytes | None = None,
        timeout: TimeOut | None = None,
    ) -> AsyncIterator[Answer]:
        """Send a request and give the answer; its body must be read inside. Raises LinkError."""
        limits = timeout or self._timeout
        target = f"{path}?{urlencode(query)}" if query else path
        stream = await self._connect(limits.connect)
        writer = stream[1]
        self._busy.add(writer)
        over = False
        try:
            writer.write(_head(method, target, {**self.headers, **headers}, content))
            with _InWords():
                async with asyncio.timeout(limits.read):
                    await writer.drain()
            exchange = _Exchange(stream[0], limits.read)
            yield await exchange.answer(method)
            over = exchange.over
        finally:
            self._busy.discard(writer)
            if over and not writer.is_closing():
                self._idle.append((stream, asyncio.get_running_loop().time()))
            else:
                # Not close(): by TLS that waits for the goodbye of a peer that may be the reason.
                writer.transport.abort()

    async def aclose(self) -> None:
        """Close the connections; what is still being read ends with them."""
        writers = [*self._busy, *(stream[1] for stream, _ in self._idle)]
        self._idle.clear()
        self._busy.clear()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)

    async def _connect(self, seconds: float) -> Stream:
        now = asyncio.get_running_loop().time()
        while self._idle:
            (reader, writer), since = self._idle.pop()
            if now - since < _IDLE_SECONDS and not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.transport.abort()
        try:
            async with asyncio.timeout(seconds):
                return await self._dial()
        except (OSError, TimeoutError) as error:
            raise NotSent(reason(error)) from error


class _Exchange:
    """Reads one answer off a connection; `over` says that it was read to its end and another may follow."""

    def __init__(self, reader: asyncio.StreamReader, seconds: float) -> None:
        self._reader = reader
        self._seconds = seconds
        self.over = False

    async def answer(self, method: str) -> Answer:
        for _ in range(_MOST_INTERIM):
            status, headers = _parsed(await self._until(b"\r\n\r\n"))
            if status >= 200:
                return Answer(status, headers, self._body(method, status, headers))
        raise LinkError("it sent interim answers only")

    async def _body(self, method: str, status: int, headers: Mapping[str, str]) -> AsyncIterator[bytes]:
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        closes = headers.get("connection", "").lower() == "close"
        if method == "HEAD" or status in (204, 304):
            length, coding = "0", None
        if coding is not None:
            if coding.lower() != "chunked" or length is not None:
                raise LinkError("the length of its answer cannot be told")
            async for piece in self._chunks():
                yield piece
        elif length is not None:
            if not length.isascii() or not length.isdigit() or len(length) > 15:
                raise LinkError("the length of its answer is no number")
            async for piece in self._exactly(int(length)):
                yield piece
        else:
            closes = True
            while piece := await self._some(_PIECE):
                yield piece
        self.over = not closes

    async def _chunks(self) -> AsyncIterator[bytes]:
        while True:
            size = (await self._until(b"\r\n")).partition(b";")[0].strip()
            if not 0 < len(size) <= 15 or size.strip(b"0123456789abcdefABCDEF"):
                raise LinkError("a chunk of its answer has no size")
            left = int(size, 16)
            if left == 0:
                # What follows the last chunk are fields nobody here asks for.
                while await self._until(b"\r\n") != b"\r\n":
                    pass
                return
            async for piece in self._exactly(left):
                yield piece
            if await self._until(b"\r\n") != b"\r\n":
                raise LinkError("a chunk of its answer does not end where it says")

    async def _exactly(self, left: int) -> AsyncIterator[bytes]:
        while left:
            piece = await self._some(min(left, _PIECE))
            if not piece:
                raise LinkError("it ended its answer half way")
            left -= len(piece)
            yield piece

    async def _some(self, most: int) -> bytes:
        with _InWords():
            async with asyncio.timeout(self._seconds):
                return await self._reader.read(most)

    async def _until(self, mark: bytes) -> bytes:
        with _InWords():
            async with asyncio.timeout(self._seconds):
                return await self._reader.readuntil(mark)


class _InWords:
    """What reading and writing raises, as a LinkError that says it in plain words."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, asyncio.IncompleteReadError):
            raise LinkError("it ended the connection" + (" half way" if error.partial else "")) from error
        if isinstance(error, asyncio.LimitOverrunError):
            raise LinkError(f"the head of its answer is larger than {_HEAD_LIMIT} bytes") from error
        if isinstance(error, OSError | TimeoutError):
            raise LinkError(reason(error)) from error


def unix(path: str) -> Dial:
    """Return what connects to a Unix socket."""

    async def dial() -> Stream:
        return await asyncio.open_unix_connection(path, limit=_HEAD_LIMIT)

    return dial


def tls(host: str, port: int, context: ssl.SSLContext) -> Dial:
    """Return what connects to a host by TLS, whichever of its addresses answers first."""

    async def dial() -> Stream:
        return await asyncio.open_connection(
            host, port, ssl=context, server_hostname=host, limit=_HEAD_LIMIT, happy_eyeballs_delay=0.25
        )

    return dial


def reason(error: BaseException) -> str:
    """Return why there is no answer, by the system's own words where there are any."""
    if isinstance(error, TimeoutError):
        return "nothing came in time"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError) and cause.errno:
            words = os.strerror(cause.errno)
            return words[:1].lower() + words[1:]
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__


def _head(method: str, target: str, headers: Mapping[str, str], content: bytes | None) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if content is not None:
        lines.append(f"Content-Length: {len(content)}")
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a request has a line break where none may be")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + (content or b"")


def _parsed(head: bytes) -> tuple[int, dict[str, str]]:
    """Return status and fields of the head of an answer (RFC 9112 section 4 and 5). Raises LinkError."""
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1.") or not rest[:3].isascii() or not rest[:3].isdigit() or rest[3:4].strip():
        raise LinkError("what came is not HTTP")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise LinkError("the head of its answer is not HTTP")
        name, value = name.lower(), value.strip()
        if headers.setdefault(name, value) != value and name in ("content-length", "transfer-encoding"):
            raise LinkError("it gives two lengths of one answer")
        headers[name] = value
    return int(rest[:3]), headers
