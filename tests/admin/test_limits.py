"""What one caller may take: requests, failed authentications, bodies, headers, connections."""

import asyncio
import gzip
import ssl

import pytest

from edgeconsole.proxy.admin import connections, server
from edgeconsole.proxy.admin.rates import FailedAuthentications, RequestRate, source_of
from edgeconsole.proxy.admin.refusals import Refused
from edgeconsole.wire.problems import MEDIA_TYPE
from edgeconsole.wire.roles import Role
from tests.admin.worlds import AdminWorld
from tests.proxy.certificates import client_context


async def test_the_request_after_the_hundredth_in_a_second_waits_a_second(world: AdminWorld) -> None:
    client = world.as_role(Role.VIEWER)
    statuses = [(await client.get("/v1/capabilities")).status_code for _ in range(100)]
    assert set(statuses) == {200}
    refused = await client.get("/v1/capabilities")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert refused.headers["Content-Type"].startswith(MEDIA_TYPE)
    assert (await world.as_role(Role.VIEWER).get("/v1/capabilities")).status_code == 200
    world.seconds += 1
    assert (await client.get("/v1/capabilities")).status_code == 200


async def test_the_limit_holds_on_the_socket_too(world: AdminWorld) -> None:
    client = world.local_client()
    statuses = [(await client.get("/v1/capabilities")).status_code for _ in range(101)]
    assert statuses[-2:] == [200, 429]


async def test_the_sixth_failed_authentication_in_a_minute_is_told_to_wait(world: AdminWorld) -> None:
    guess = world.client(token="ec1_guess")
    assert [(await guess.get("/v1/health")).status_code for _ in range(6)] == [401] * 5 + [429]
    world.seconds += 20
    refused = await guess.get("/v1/health")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
    world.seconds += 40
    assert (await guess.get("/v1/health")).status_code == 401


async def test_good_credentials_pass_beside_somebody_who_fails_on_purpose(world: AdminWorld) -> None:
    guess = world.client(token="ec1_guess")
    for _ in range(8):
        await guess.get("/v1/health")
    assert (await world.as_role(Role.VIEWER).get("/v1/health")).status_code == 200


def test_rates_remember_a_bounded_number_of_callers() -> None:
    rate, failures = RequestRate(lambda: 0.0), FailedAuthentications(lambda: 0.0)
    for number in range(20_000):
        rate.take(f"caller {number}")
        failures.refuse(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(rate._left) == len(failures._failures) == 10_000


def test_a_caller_that_is_refused_gets_no_further_behind() -> None:
    now = [0.0]
    rate = RequestRate(lambda: now[0], each_second=2)
    rate.take("a")
    rate.take("a")
    for _ in range(50):
        with pytest.raises(Refused):
            rate.take("a")
    now[0] = 0.5
    rate.take("a")


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_source_is_an_address_or_the_network_one_host_has_whole(address: str, source: str) -> None:
    assert source_of(address) == source


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b'{"from": "a"', {}, 422),
        (b"", {}, 422),
        (b'{"from": "a", "from": "b"}', {}, 422),
        (b"[" * 100_000, {}, 422),
        (b"\xff\xfe", {}, 422),
        (b" " * (256 * 1024 + 1), {}, 413),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (gzip.compress(b"{}", mtime=0), {"Content-Encoding": "gzip"}, 415),
        (b"{}", {"Content-Encoding": "br"}, 415),
        (b"{}", {"Origin": "https://evil.example"}, 403),
    ],
)
async def test_a_body_that_is_not_taken_is_a_problem_with_its_status(
    world: AdminWorld, body: bytes, headers: dict[str, str], status: int
) -> None:
    client = world.as_role(Role.ADMIN)
    answer = await client.post("/v1/explain", content=body, headers={"Content-Type": "application/json", **headers})
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(MEDIA_TYPE)
    assert answer.json()["title"]


async def test_a_body_without_a_declared_length_is_cut_at_the_limit(world: AdminWorld) -> None:
    async def endless():
        for _ in range(64):
            yield b"[" * 65_536

    answer = await world.as_role(Role.ADMIN).post("/v1/explain", content=endless())
    assert answer.status_code == 413


async def test_no_answer_may_be_kept_or_shared_and_none_names_the_server_s_parts(world: AdminWorld) -> None:
    client = world.as_role(Role.ADMIN)
    for path in ("/v1/health", "/v1/nothing", "/v1/config/text"):
        headers = (await client.get(path)).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Server"] == "edgeconsole"
        assert not {name for name in headers if name.startswith("access-control") or name == "set-cookie"}


async def test_a_method_a_route_does_not_have_is_a_problem_that_names_the_others(world: AdminWorld) -> None:
    answer = await world.as_role(Role.ADMIN).request("PATCH", "/v1/presence")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(",")) == {"GET", "PUT"}


async def raw(world: AdminWorld) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = client_context(world.authority.file, None)
    return await asyncio.open_connection("127.0.0.1", world.port, ssl=context, server_hostname="localhost")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /v1/health HTTP/1.1\r\nHost: x\r\nX-Big: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /v1/" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/health HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(500)) + b"\r\n",
        b"\x16\x03\x01 this is not HTTP\r\n\r\n",
        b"POST /v1/plan HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=["huge header", "huge address", "many headers", "no HTTP", "two lengths"],
)
async def test_a_request_that_cannot_be_read_is_answered_without_repeating_it_and_closed(
    world: AdminWorld, head: bytes
) -> None:
    reader, writer = await raw(world)
    writer.write(head)
    said = await reader.read()
    writer.close()
    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))
    assert MEDIA_TYPE.encode() in said
    assert b"aaaa" not in said
    assert b"not HTTP" not in said


async def test_a_head_that_does_not_end_is_cut_off(world: AdminWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.https.stop()
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    await world.open_https()
    reader, writer = await raw(world)
    writer.write(b"GET /v1/health HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    assert await reader.read() == b""
    writer.close()


async def test_a_body_that_does_not_come_is_given_up(world: AdminWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeconsole.proxy.admin.call.BODY_SECONDS", 0.1)
    token = world.token(Role.VIEWER)
    reader, writer = await raw(world)
    head = f"POST /v1/explain HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 100\r\n\r\n{{"
    writer.write(head.encode())
    assert b" 408 " in await reader.readline()
    writer.close()


async def test_one_source_holds_so_many_connections_and_no_more(
    world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_FROM_ONE", 3)
    held = [await raw(world) for _ in range(3)]
    token = world.token(Role.VIEWER)
    ask = f"GET /v1/health HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()

    async def one_more() -> None:
        reader, writer = await raw(world)
        try:
            writer.write(ask)
            await reader.readuntil(b"200 OK")
        finally:
            writer.close()

    with pytest.raises((ConnectionError, ssl.SSLError, asyncio.IncompleteReadError)):
        await one_more()
    for reader, writer in held:
        writer.write(ask)
        assert b"200 OK" in await reader.readline()
        writer.close()
