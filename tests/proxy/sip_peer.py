"""A tiny SIP peer for tests, both roles over mutual TLS: raw bytes out, whole messages in, no edge code."""

import asyncio
import contextlib
import itertools
import socket
import ssl
from collections.abc import Callable
from typing import NamedTuple

_numbers = itertools.count(1)


class Received(NamedTuple):
    """A message as it came off the wire."""

    start: str
    headers: list[tuple[str, str]]
    body: bytes
    raw: bytes

    @property
    def status(self) -> int:
        return int(self.start.split(" ")[1])

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]

    def __getitem__(self, name: str) -> str:
        (value,) = self.all(name)
        return value


async def read_message(reader: asyncio.StreamReader) -> Received:
    """Read one message; IncompleteReadError at the end of the connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    start, *lines = head.decode("utf-8", "surrogateescape").removesuffix("\r\n\r\n").split("\r\n")
    headers = [(_full(name), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    length = next(int(value) for name, value in headers if name == "content-length")
    body = await reader.readexactly(length)
    return Received(start, headers, body, head + body)


def _full(name: str) -> str:
    compact = {"v": "via", "f": "from", "t": "to", "i": "call-id", "l": "content-length"}
    lower = name.strip().lower()
    return compact.get(lower, lower)


def request(
    sender: str = "<sip:bob@fabrikam.example>",
    recipient: str = "<sip:alice@contoso.example>",
    *,
    uri: str | None = None,
    method: str = "MESSAGE",
    body: bytes = b"hello",
    extra: str = "",
    **replaced: str | None,
) -> bytes:
    """Return a request; `extra` adds header lines, a keyword such as call_id replaces a header's line or, as None,
    leaves it out."""
    number = next(_numbers)
    if uri is None:
        uri = recipient.partition("<")[2].partition(">")[0]
    lines: dict[str, str | None] = {
        "via": f"Via: SIP/2.0/TLS client.invalid:5061;branch=z9hG4bKtest{number}",
        "max_forwards": "Max-Forwards: 70",
        "from_": f"From: {sender};tag=f{number}",
        "to": f"To: {recipient}",
        "call_id": f"Call-ID: call-{number}@client.invalid",
        "cseq": f"CSeq: {number} {method}",
        "extra": extra or None,
        "content_type": "Content-Type: text/plain",
        "content_length": f"Content-Length: {len(body)}",
    }
    lines |= replaced
    head = "\r\n".join([f"{method} {uri} SIP/2.0", *(line for line in lines.values() if line is not None)])
    return head.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def reply_to(message: Received, status: str = "200 OK", extra: str = "") -> bytes:
    """Return a response with the headers of the request that a response must echo."""
    echoed = [f"{key}: {value}" for key, value in message.headers if key in ("via", "from", "call-id", "cseq")]
    lines = [f"SIP/2.0 {status}", *echoed, f"to: {message['to']};tag=far", *([extra] if extra else [])]
    return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode("utf-8", "surrogateescape")


class SipClient:
    """One connection a test opened."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int, context: ssl.SSLContext, receive_buffer: int | None = None) -> "SipClient":
        """Connect; a `receive_buffer` in bytes keeps the kernel from taking much of what is not read."""
        plain = socket.socket()
        plain.setblocking(False)
        if receive_buffer is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
            return cls(*await asyncio.open_connection(sock=plain, ssl=context, server_hostname="edge.invalid"))
        except BaseException:
            plain.close()
            raise

    def send(self, message: bytes) -> None:
        self.writer.write(message)

    async def receive(self) -> Received:
        return await read_message(self.reader)

    async def ask(self, message: bytes) -> Received:
        """Send a request and return the next message."""
        self.send(message)
        return await self.receive()

    async def ended(self) -> bytes:
        """Wait for the other side to end the connection; return what came before."""
        try:
            return await self.reader.read()
        except (ConnectionError, ssl.SSLError):
            return b""

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
            await self.writer.wait_closed()


Answering = Callable[[Received], bytes | None]


class SipServer:
    """A listening peer: keeps every request it got and answers 200, or as `answering` says; None stays silent."""

    def __init__(self, context: ssl.SSLContext, answering: Answering = reply_to) -> None:
        self.requests: asyncio.Queue[Received] = asyncio.Queue()
        self.answering = answering
        self.connections: list[SipClient] = []
        self._context = context
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in self.connections:
            await connection.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections.append(SipClient(reader, writer))
        try:
            while True:
                message = await read_message(reader)
                self.requests.put_nowait(message)
                answer = self.answering(message)
                if answer is not None:
                    writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError, asyncio.CancelledError):
            writer.close()
        finally:
            self._tasks.discard(task)
