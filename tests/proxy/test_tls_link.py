"""Our TLS transport against asyncio's own at the other end: nothing lost, nothing out of order, every end told."""

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edgeconsole.proxy.tls_link import TlsLink
from edgeconsole.proxy.transports import abort
from tests.proxy.certificates import Authority, client_context, server_context

SECONDS = 5.0
RECORD = 16 * 1024


class Taker(asyncio.Protocol):
    """Keeps what comes and tells how it ended."""

    def __init__(self) -> None:
        self.taken = bytearray()
        self.pieces = 0
        self.lost: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self.more = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.taken += data
        self.pieces += 1
        self.more.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(exc)

    async def has(self, size: int) -> bytes:
        while len(self.taken) < size:
            self.more.clear()
            await asyncio.wait_for(self.more.wait(), SECONDS)
        return bytes(self.taken)


class Measured:
    """A memory BIO that tells how much stood in it at most."""

    def __init__(self, inner: ssl.MemoryBIO, most: dict[str, int], name: str) -> None:
        self._inner, self._most, self._name = inner, most, name

    def _note(self) -> None:
        self._most[self._name] = max(self._most[self._name], self._inner.pending)

    def write(self, data: bytes) -> int:
        written = self._inner.write(data)
        self._note()
        return written

    def read(self) -> bytes:
        self._note()
        return self._inner.read()

    @property
    def pending(self) -> int:
        return self._inner.pending


class Pair:
    """A link of ours and asyncio's own end of the same connection."""

    def __init__(self, taker: Taker, link: TlsLink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.taker, self.link, self.reader, self.writer = taker, link, reader, writer


def tcp() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a TCP connection: how it ends differs from that of a pair of Unix sockets."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        far = socket.create_connection(listening.getsockname())
        near, _ = listening.accept()
    return near, far


@pytest.fixture(params=["TLSv1_2", "TLSv1_3"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    authority = Authority(tmp_path, "ca")
    ours = server_context(authority.file, authority.issue("sip.contoso.example"))
    theirs = client_context(authority.file, authority.issue("sip.fabrikam.example"))
    theirs.minimum_version = theirs.maximum_version = ssl.TLSVersion[request.param]
    near, far = tcp()
    near.setblocking(False)
    taker = Taker()
    link = TlsLink(taker, ours, close_seconds=0.2)
    await asyncio.get_running_loop().connect_accepted_socket(lambda: link.below, near)
    reader, writer = await asyncio.open_connection(sock=far, ssl=theirs, server_hostname="sip.contoso.example")
    await asyncio.wait_for(link.shaken, SECONDS)
    yield Pair(taker, link, reader, writer)
    abort(writer.transport)
    link.abort()
    await asyncio.wait_for(taker.lost, SECONDS)
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_what_is_sent_arrives_whole_and_in_order_both_ways(pair: Pair) -> None:
    sent = bytes(range(256)) * 4_000
    pair.writer.write(sent)
    assert await pair.taker.has(len(sent)) == sent
    for start in range(0, len(sent), 100_000):
        pair.link.write(sent[start : start + 100_000])
    assert await asyncio.wait_for(pair.reader.readexactly(len(sent)), SECONDS) == sent


async def test_paused_it_delivers_nothing_and_resumed_everything(pair: Pair) -> None:
    pair.writer.write(b"a")
    await pair.taker.has(1)
    pair.link.pause_reading()
    sent = b"b" * 300_000
    pair.writer.write(sent)
    pair.link.write(b"ping")
    assert await asyncio.wait_for(pair.reader.readexactly(4), SECONDS) == b"ping"
    assert pair.taker.taken == b"a"
    pair.link.resume_reading()
    assert await pair.taker.has(300_001) == b"a" + sent


async def test_a_close_sends_what_was_written_and_waits_for_the_other_end(pair: Pair) -> None:
    pair.link.write(b"last words")
    pair.link.close()
    pair.link.write(b"never")
    assert await asyncio.wait_for(pair.reader.read(), SECONDS) == b"last words"
    pair.writer.close()
    assert await asyncio.wait_for(pair.taker.lost, SECONDS) is None


async def test_what_comes_after_our_close_is_read_over(pair: Pair) -> None:
    pair.link.close()
    pair.writer.write(b"too late" * 1000)
    assert await asyncio.wait_for(pair.reader.read(), SECONDS) == b""
    assert pair.taker.taken == b""


async def test_the_other_ends_close_ends_the_connection(pair: Pair) -> None:
    pair.writer.write(b"bye")
    pair.writer.close()
    assert await asyncio.wait_for(pair.taker.lost, SECONDS) is None
    assert pair.taker.taken == b"bye"
    assert pair.link.is_closing()


async def test_a_broken_record_ends_the_connection_with_its_reason(pair: Pair) -> None:
    plain = pair.writer.transport.get_extra_info("socket")
    with socket.socket(fileno=os.dup(plain.fileno())) as below:
        below.send(b"\x17\x03\x03\x00\x10" + b"x" * 16)
    error = await asyncio.wait_for(pair.taker.lost, SECONDS)
    assert isinstance(error, ssl.SSLError)
    assert pair.taker.taken == b""


async def test_last_words_arrive_and_nothing_is_reset_where_more_was_sent_than_taken(tmp_path: Path) -> None:
    """The other side reads only after it has sent everything, as a batch does."""
    authority = Authority(tmp_path, "ca")
    near, far = tcp()
    near.setblocking(False)
    taker = Taker()
    link = TlsLink(taker, server_context(authority.file, authority.issue("a.example")), close_seconds=SECONDS)

    def close(_data: bytes) -> None:
        link.write(b"no more of this")
        link.close()

    def send_then_read() -> bytes:
        context = client_context(authority.file, authority.issue("b.example"))
        with context.wrap_socket(far, server_hostname="a.example") as tls:
            for _ in range(5_000):
                tls.sendall(b"x" * 1_000)
            return tls.recv(100) + tls.recv(100)

    taker.data_received = close  # type: ignore[method-assign]
    await asyncio.get_running_loop().connect_accepted_socket(lambda: link.below, near)
    assert await asyncio.wait_for(asyncio.to_thread(send_then_read), SECONDS) == b"no more of this"
    assert await asyncio.wait_for(taker.lost, SECONDS) is None


async def test_a_large_message_leaves_no_large_buffer_behind(pair: Pair) -> None:
    """Memory BIOs never shrink: what stood in one at once stays with the connection."""
    most = {"in": 0, "out": 0}
    incoming, outgoing = Measured(pair.link._incoming, most, "in"), Measured(pair.link._outgoing, most, "out")
    pair.link._incoming, pair.link._outgoing = incoming, outgoing  # type: ignore[assignment]
    sent = os.urandom(500_000)
    pair.writer.write(sent)
    assert await pair.taker.has(len(sent)) == sent
    pair.link.write(sent)
    assert await asyncio.wait_for(pair.reader.readexactly(len(sent)), SECONDS) == sent
    assert 0 < most["in"] <= 2 * RECORD + 512
    assert 0 < most["out"] <= RECORD + 512


async def test_a_refused_peer_that_goes_on_sending_fills_no_memory(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    near, far = socket.socketpair()
    for each in (near, far):
        each.setblocking(False)
    loop = asyncio.get_running_loop()
    link = TlsLink(Taker(), server_context(authority.file, authority.issue("a.example")), close_seconds=0.2)
    await loop.connect_accepted_socket(lambda: link.below, near)
    await loop.sock_sendall(far, b"\x16\x03\x01\x00\x10" + b"no client's hello" * 100_000)
    alert = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := await asyncio.wait_for(loop.sock_recv(far, 4096), SECONDS):
            alert += piece
    assert alert[:1] == b"\x15"
    assert link._incoming.pending <= RECORD
    far.close()
    with pytest.raises(ssl.SSLError):
        await asyncio.wait_for(link.shaken, SECONDS)


async def test_a_protocol_that_fails_on_what_waited_for_it_loses_its_connection(pair: Pair) -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["exception"]))
    fault, paused = RuntimeError("a bug"), asyncio.Event()

    def fail(_data: bytes) -> None:
        raise fault

    def pause(_data: bytes) -> None:
        pair.link.pause_reading()
        pair.taker.data_received = fail  # type: ignore[method-assign]
        paused.set()

    pair.taker.data_received = pause  # type: ignore[method-assign]
    pair.writer.writelines([b"one", b"two"])
    pair.writer.write(b"three")
    await asyncio.wait_for(paused.wait(), SECONDS)
    pair.link.resume_reading()
    assert await asyncio.wait_for(pair.taker.lost, SECONDS) is None
    assert told == [fault]


async def test_an_abort_within_the_handshake_leaves_no_error_that_nobody_takes(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    near, far = socket.socketpair()
    near.setblocking(False)
    link = TlsLink(Taker(), server_context(authority.file, authority.issue("a.example")), close_seconds=0.2)
    plain, _ = await asyncio.get_running_loop().connect_accepted_socket(lambda: link.below, near)
    link.abort()
    while plain.get_extra_info("socket").fileno() != -1:
        await asyncio.sleep(0)
    assert link.shaken.cancelled()
    far.close()


async def test_a_peer_that_does_not_answer_our_close_is_cut(tmp_path: Path) -> None:
    """A handshake by hand, so that the other side can fall silent after it."""
    authority = Authority(tmp_path, "ca")
    near, far = socket.socketpair()
    for each in (near, far):
        each.setblocking(False)
    loop, taker = asyncio.get_running_loop(), Taker()
    link = TlsLink(taker, server_context(authority.file, authority.issue("a.example")), close_seconds=0.05)
    await loop.connect_accepted_socket(lambda: link.below, near)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = client_context(authority.file, authority.issue("b.example"))
    tls = context.wrap_bio(incoming, outgoing, server_hostname="a.example")
    while not link.shaken.done():
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            await loop.sock_sendall(far, outgoing.read())
            incoming.write(await asyncio.wait_for(loop.sock_recv(far, 65536), SECONDS))
        else:
            await loop.sock_sendall(far, outgoing.read())
            await asyncio.wait_for(link.shaken, SECONDS)
    link.close()
    assert await asyncio.wait_for(taker.lost, SECONDS) is None
    far.close()


async def test_an_end_within_the_handshake_fails_it(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    near, far = socket.socketpair()
    near.setblocking(False)
    taker = Taker()
    link = TlsLink(taker, server_context(authority.file, authority.issue("a.example")), close_seconds=0.05)
    await asyncio.get_running_loop().connect_accepted_socket(lambda: link.below, near)
    far.close()
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(link.shaken, SECONDS)
    assert not taker.lost.done()
