"""The remote backend: whom it believes, what it refuses from a hostile edge, how it comes back after an outage."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edgeconsole.backends import http, ingress, remote
from edgeconsole.backends.remote import RemoteEdge, check_address, open_remote, read_secret
from edgeconsole.model.errors import BadInput, EdgeconsoleError, Indeterminate, NotPermitted, Unreachable
from edgeconsole.model.observed import EventKind
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.store.store import RETRY_SECONDS, Store
from edgeconsole.wire.json import encode
from edgeconsole.wire.messages import Items, Presence
from edgeconsole.wire.roles import Role
from tests.admin.worlds import AdminWorld, admin_world
from tests.proxy.certificates import Authority


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[AdminWorld]:
    async with admin_world(tmp_path) as running:
        yield running


def digest(world: AdminWorld, *, of_key: bool) -> str:
    leaf = x509.load_pem_x509_certificate(world.shown.certificate.read_bytes())
    key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key if of_key else leaf.public_bytes(Encoding.DER)).hexdigest()


async def asked(edge: RemoteEdge) -> str:
    far = open_remote(edge)
    try:
        return (await far.health()).backend
    finally:
        await far.aclose()


async def test_an_edge_of_the_named_authority_is_believed(world: AdminWorld) -> None:
    assert await asked(world.remote_edge()) == "remote"


@pytest.mark.parametrize("of_key", [True, False])
async def test_a_pinned_edge_is_believed_without_any_authority(world: AdminWorld, of_key: bool) -> None:
    edge = world.remote_edge(pin=f"sha256:{digest(world, of_key=of_key)}")
    assert await asked(msgspec.structs.replace(edge, ca=None)) == "remote"
    assert await asked(edge) == "remote"


async def test_another_certificate_than_the_pinned_one_gets_no_request(world: AdminWorld) -> None:
    edge = world.remote_edge(pin="sha256:" + "00" * 32)
    for chosen in (edge, msgspec.structs.replace(edge, ca=None)):
        with pytest.raises(Unreachable, match="pinned"):
            await asked(chosen)
    assert world.shared.tokens.all()[0].last_used is None


async def test_an_edge_of_another_authority_or_name_gets_no_request(world: AdminWorld) -> None:
    edge = world.remote_edge()
    with pytest.raises(Unreachable, match="verif"):
        await asked(msgspec.structs.replace(edge, ca=str(world.foreign.file)))
    with pytest.raises(Unreachable, match="verif"):
        await asked(msgspec.structs.replace(edge, ca=None))
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        await asked(msgspec.structs.replace(edge, address=f"https://127.0.0.1:{world.port}"))


async def test_a_client_certificate_opens_what_its_name_may(world: AdminWorld) -> None:
    shown = world.authority.issue("wall.contoso.example")
    edge = msgspec.structs.replace(
        world.remote_edge(), token=None, certificate=str(shown.certificate), private_key=f"file:{shown.key}"
    )
    far = open_remote(edge)
    assert (await far.health()).enforcing
    with pytest.raises(NotPermitted, match="viewer"):
        await far.plan([])
    await far.aclose()


async def test_a_key_that_others_may_read_is_refused(world: AdminWorld) -> None:
    shown = world.authority.issue("wall.contoso.example")
    shown.key.chmod(0o644)
    with pytest.raises(BadInput, match="chmod 0600"):
        open_remote(RemoteEdge(address=world.address, certificate=str(shown.certificate), private_key=str(shown.key)))


@pytest.mark.parametrize(
    "address",
    [
        "http://edge:8443",
        "https://",
        "edge:8443",
        "https://user:pw@edge",
        "https://edge/v1",
        "https://edge?token=x",
        "",
    ],
)
def test_an_address_that_is_more_or_less_than_https_and_a_host_is_refused(address: str) -> None:
    with pytest.raises(BadInput):
        check_address(address)


def test_a_token_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("ec1_x")
    path.chmod(0o644)
    with pytest.raises(BadInput, match="chmod 0600"):
        read_secret(f"file:{path}")
    path.chmod(0o600)
    assert read_secret(f"file:{path}") == "ec1_x"


async def test_a_wrong_token_is_not_permitted_and_not_unreachable(world: AdminWorld) -> None:
    edge = world.remote_edge()
    assert edge.token is not None
    Path(edge.token.removeprefix("file:")).write_text("ec1_wrong")
    with pytest.raises(NotPermitted):
        await asked(edge)


async def test_proxy_variables_of_the_environment_are_not_followed(
    world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", str(world.foreign.file))
    assert await asked(world.remote_edge()) == "remote"


Reply = Callable[[bytes], bytes]


@asynccontextmanager
async def hostile(directory: Path, reply: Reply) -> AsyncIterator[RemoteEdge]:
    """An edge that the console believes and that answers as it likes."""
    authority = Authority(directory, "hostile")
    shown = authority.issue("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*shown)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(reply(head))
            await writer.drain()
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield RemoteEdge(address=f"https://localhost:{port}", ca=str(authority.file))


def ok(body: bytes, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (ok(b"[" * 5_000_000), "larger"),
        (ok(b"\x1f\x8b", b"Content-Encoding: gzip"), "compressed"),
        (b"HTTP/1.1 302 Found\r\nLocation: https://localhost/\r\nContent-Length: 0\r\n\r\n", "302"),
        (ok(b"{"), "does not understand"),
        (ok(b'{"version": 3}'), "does not understand"),
        (b"\x00\x01\x02\r\n\r\n", "does not answer"),
        (b"", "does not answer"),
        (b"HTTP/1.1 500 \x1b[2J\r\nContent-Length: 2\r\n\r\n{}", "500"),
        (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", "let you in"),
    ],
    ids=["huge", "compressed", "redirect", "no JSON", "another type", "no HTTP", "nothing", "500", "403"],
)
async def test_an_answer_that_is_none_is_an_error_in_plain_words(tmp_path: Path, reply: bytes, says: str) -> None:
    async with hostile(tmp_path, lambda _head: reply) as edge:
        with pytest.raises(EdgeconsoleError) as caught:
            await asked(edge)
        assert says in str(caught.value)
        assert "\x1b" not in str(caught.value)


async def test_every_text_of_a_hostile_edge_is_made_visible(tmp_path: Path) -> None:
    at = "2026-03-01T12:00:00Z"
    evil = "\x1b]52;c;ZXZpbA==\x07\u202e"
    session = {
        "id": evil, "plane": "sip", "direction": "in", "peer": evil, "names": [evil], "domains": [evil], "since": at,
        "tls": evil, "messages": 1,
    }  # fmt: skip
    async with hostile(tmp_path, lambda _head: ok(encode({"items": [session]}))) as edge:
        far = open_remote(edge)
        (found,) = await far.sessions()
        await far.aclose()
    assert found.peer == "\\x1b]52;c;ZXZpbA==\\x07\\u202e"
    assert all(text.isprintable() for text in (found.id, found.tls, *found.names, *found.domains))


async def test_a_problem_of_a_hostile_edge_is_made_visible(tmp_path: Path) -> None:
    body = encode({"title": "\x1b[2Jgone", "status": 409, "code": "conflict", "errors": [{"message": "\u202ex"}]})
    head = b"HTTP/1.1 409 C\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with hostile(tmp_path, lambda _head: head + body) as edge:
        with pytest.raises(EdgeconsoleError) as caught:
            await asked(edge)
    assert caught.value.message == "\\x1b[2Jgone"
    assert caught.value.problems[0].message == "\\u202ex"


async def test_a_line_of_events_that_does_not_end_is_given_up(tmp_path: Path) -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: " + b"a" * 1_000_000
    async with hostile(tmp_path, lambda _head: endless) as edge:
        far = open_remote(edge)
        with pytest.raises(Unreachable, match="line"):
            await anext(aiter(far.events()))
        await far.aclose()


async def test_text_that_is_plain_is_the_same_object_and_long_text_is_cut() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    note = Presence(who="alice", doing="looking", about="x" * 10_000, console="", since=at, seen=at)  # type: ignore[arg-type]
    found = ingress.taken_in(encode(Items((note,))), Items[Presence]).items[0]
    assert len(found.about) == 4_096
    assert found.who == "alice"


def test_a_text_one_longer_than_the_longest_is_cut_wherever_it_stands() -> None:
    for before in range(0, 4_100, 41):
        body = encode(["x" * before, "y" * 4_097])
        assert len(ingress.taken_in(body, list[str])[1]) == 4_096
        assert ingress.taken_in(encode(["x" * 4_096]), list[str]) == ["x" * 4_096]


async def test_an_answer_lost_on_the_way_is_asked_for_again_by_its_key(tmp_path: Path) -> None:
    keys: list[bytes] = []
    done = encode({"outcome": "committed", "revision": {"lineage": "a", "number": 2, "etag": "b"}, "running": None})

    def reply(head: bytes) -> bytes:
        keys.append(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"idempotency-key")))
        return b"" if len(keys) == 1 else ok(done)

    async with hostile(tmp_path, reply) as edge:
        far = open_remote(edge)
        assert (await far.apply("plan")).revision.number == 2
        await far.aclose()
    assert len(keys) == 2
    assert keys[0] == keys[1]


async def test_an_answer_lost_twice_is_indeterminate(tmp_path: Path) -> None:
    async with hostile(tmp_path, lambda _head: b"") as edge:
        far = open_remote(edge)
        with pytest.raises(Indeterminate, match="no answer"):
            await far.apply("plan")
        await far.aclose()


@asynccontextmanager
async def silent(directory: Path, *, after: bytes = b"", handshake: bool = True) -> AsyncIterator[RemoteEdge]:
    """An edge that says what it is given, and then nothing any more; without a handshake not even that."""
    authority = Authority(directory, "silent")
    shown = authority.issue("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*shown)
    over = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(after)
        await over.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context if handshake else None)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield RemoteEdge(address=f"https://localhost:{port}", ca=str(authority.file))
        over.set()


SOON = httpx.Timeout(0.3)


@pytest.mark.parametrize("handshake", [True, False])
async def test_an_edge_that_says_nothing_is_given_up_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handshake: bool
) -> None:
    monkeypatch.setattr(remote, "TIMEOUT", SOON)
    async with silent(tmp_path, handshake=handshake) as edge:
        with pytest.raises(Unreachable, match=r"does not answer: nothing came in time \(https://localhost"):
            await asked(edge)


async def test_a_change_that_gets_no_answer_in_time_is_indeterminate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "TIMEOUT", SOON)
    async with silent(tmp_path) as edge:
        far = open_remote(edge)
        with pytest.raises(Indeterminate):
            await far.apply("plan")
        await far.aclose()


async def test_an_event_stream_whose_heartbeat_stays_away_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "EVENTS_TIMEOUT", SOON)
    event = encode({"id": 7, "at": "2026-03-01T12:00:00Z", "kind": "failure"})
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    async with silent(tmp_path, after=head + b": alive\n\nid: 7\ndata: " + event + b"\n\n") as edge:
        far = open_remote(edge)
        stream = aiter(far.events())
        assert (await anext(stream)).id == 7
        with pytest.raises(Unreachable, match="nothing came in time"):
            await anext(stream)
        await far.aclose()


async def test_events_go_on_after_the_last_one_seen_over_a_new_connection(world: AdminWorld) -> None:
    far = open_remote(world.remote_edge(Role.VIEWER))
    world.edge.events.add(EventKind.FAILURE, subject="one")
    world.edge.events.add(EventKind.FAILURE, subject="two")
    first = await anext(aiter(far.events(0)))
    await far.aclose()
    again = open_remote(world.remote_edge(Role.VIEWER))
    assert (await anext(aiter(again.events(first.id)))).subject == "two"
    await again.aclose()


async def test_the_store_backs_off_keeps_what_it_knew_and_comes_back_with_the_edge(world: AdminWorld) -> None:
    port = world.port
    paused: list[float] = []
    again, stopped = asyncio.Event(), asyncio.Event()

    async def pause(seconds: float) -> None:
        # The event streams end before the last connection does: a read in between would still be answered.
        await stopped.wait()
        paused.append(seconds)
        if len(paused) == 4:
            await world.open_https(port)
            again.set()
        await asyncio.sleep(0)

    far = open_remote(world.remote_edge(Role.VIEWER))
    store = Store(far, clock=lambda: world.now, pause=pause)
    seen: list[Snapshot] = []
    store.subscribe(seen.append)
    running = asyncio.create_task(store.run())

    async def until(wanted: Callable[[Snapshot], bool]) -> Snapshot:
        async with asyncio.timeout(20):
            while not (seen and wanted(seen[-1])):
                await asyncio.sleep(0.005)
        return seen[-1]

    first = await until(lambda snapshot: snapshot.connection is Connection.LIVE)
    await world.https.stop()
    world.later(seconds=30)
    stopped.set()
    down = await until(lambda snapshot: snapshot.connection is Connection.DOWN or again.is_set())
    await again.wait()
    world.later(seconds=30)
    back = await until(lambda snapshot: snapshot.connection is Connection.LIVE)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await far.aclose()
    stale = next(snapshot for snapshot in seen if snapshot.connection is Connection.DOWN)
    assert stale.configuration == first.configuration
    assert stale.taken_at == first.taken_at
    assert stale.down_since is not None
    assert "does not answer" in stale.problem
    assert tuple(paused[:4]) == RETRY_SECONDS
    assert back.down_since is None
    assert down is not None
