"""Which connection a message takes: the next address, the next target, several at once, and pings where both agreed."""

import asyncio
import socket

import msgspec
import pytest

from edgeconsole.model.configuration import AccessEdge
from edgeconsole.proxy.sip import connection, pool
from tests.proxy.certificates import server_context
from tests.proxy.federation import PARTNER, PARTNER_EDGE, POOL, Federation, allow
from tests.proxy.sip_peer import Received, read_message, reply_to, request

ALICE = "<sip:alice@contoso.example>"
BOB = "<sip:bob@fabrikam.example>"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_the_next_srv_target_is_tried_by_priority_and_weight(world: Federation) -> None:
    second = await world.server(world.public.issue("sip2.fabrikam.example"))
    for name in (PARTNER_EDGE, "sip2.fabrikam.example"):
        world.dns.a(name, "127.0.0.1")
    world.dns.srv(
        PARTNER,
        f"10 0 {second.port} sip2.fabrikam.example",
        f"0 5 {free_port()} {PARTNER_EDGE}",
        f"0 7 {free_port()} gone.fabrikam.example",
        "5 0 5061 elsewhere.example",
    )
    client = await world.inside()
    for _ in range(2):
        assert (await client.ask(request(ALICE, BOB))).status == 200
    assert second.requests.qsize() == 2
    assert [world.dns.asked[f"{name}.fabrikam.example", "A"] for name in ("gone", "sip")] == [1, 1]
    assert not world.dns.asked["elsewhere.example", "A"]


async def test_a_best_record_that_may_not_speak_for_the_domain_is_not_mended_by_another(world: Federation) -> None:
    world.dns.srv(PARTNER, "0 9 5061 elsewhere.example", f"5 0 {world.partner.port} {PARTNER_EDGE}")
    client = await world.inside()
    reply = await client.ask(request(ALICE, BOB))
    assert (reply.status, reply["ms-diagnostics"].split(";")[0]) == (504, "1009")


async def test_a_name_that_is_not_the_targets_own_is_no_reason_to_try_another(world: Federation) -> None:
    imposter = await world.server(world.public.issue("evil.example"))
    world.dns.srv(PARTNER, f"0 0 {imposter.port} {PARTNER_EDGE}", f"5 0 {world.partner.port} {PARTNER_EDGE}")
    client = await world.inside()
    reply = await client.ask(request(ALICE, BOB))
    assert (reply.status, reply["ms-diagnostics"].split(";")[0]) == (504, "1010")


async def test_every_address_of_a_host_is_tried_and_both_families(world: Federation) -> None:
    try:
        server = await asyncio.start_server(
            lambda reader, writer: None, "::1", 0, ssl=server_context(world.public.file, world.partner_credential)
        )
    except OSError as error:
        pytest.skip(f"this host has no IPv6 loopback: {error}")
    port = server.sockets[0].getsockname()[1]
    server.close()
    world.partner._server.close()  # type: ignore[union-attr]
    world.partner._server = await asyncio.start_server(
        world.partner._serve, "::1", port, ssl=server_context(world.public.file, world.partner_credential)
    )
    world.dns.srv(PARTNER, f"{port} {PARTNER_EDGE}")
    world.dns.a(PARTNER_EDGE, "127.0.0.2", "127.0.0.3")
    world.dns.aaaa(PARTNER_EDGE, "::1")
    await world.edge.stop(0)
    before = world.edge.configuration
    proxy = msgspec.structs.replace(before.proxy, allow_addresses=("127.0.0.0/8", "::1/128"))
    await world.start_edge(msgspec.structs.replace(before, proxy=proxy))
    client = await world.inside()
    assert (await client.ask(request(ALICE, BOB))).status == 200
    (session,) = world.edge.sessions()
    assert session.peer == f"[::1]:{port}"


async def test_our_own_pools_next_member_is_tried(world: Federation) -> None:
    world.dns.a(POOL, "127.0.0.9", "127.0.0.1")
    client = await world.outside()
    assert (await client.ask(request())).status == 200


@pytest.mark.parametrize(("allowed", "opened"), [(1, 1), (3, 3)])
async def test_as_many_connections_as_allowed_are_opened_while_all_are_busy(
    world: Federation, monkeypatch: pytest.MonkeyPatch, allowed: int, opened: int
) -> None:
    monkeypatch.setattr(pool, "_BUSY", 2)
    before = world.edge.configuration
    world.edge.activate(msgspec.structs.replace(before, access_edge=AccessEdge(federation=True, outgoing_tls=allowed)))
    world.partner.answering = lambda message: None
    client = await world.inside()
    asked: list[Received] = []
    for number in range(40):
        client.send(request(ALICE, BOB, call_id=f"Call-ID: many-{number}"))
        asked.append(await world.partner.requests.get())
        flights = world.edge._relay.outside._flights  # type: ignore[union-attr]
        await asyncio.gather(*flights.values())
    assert len(world.partner.connections) == opened


async def test_one_conversation_stays_on_one_connection(world: Federation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_BUSY", 0)
    client = await world.inside()
    for number in range(12):
        assert (await client.ask(request(ALICE, BOB, call_id=f"Call-ID: warm-{number}"))).status == 200
        await asyncio.gather(*world.edge._relay.outside._flights.values())  # type: ignore[union-attr]
    assert len(world.partner.connections) == 4
    before = [session.messages for session in world.edge.sessions()]
    for _ in range(6):
        assert (await client.ask(request(ALICE, BOB, call_id="Call-ID: one"))).status == 200
    after = [session.messages for session in world.edge.sessions()]
    assert sorted(now - then for then, now in zip(before, after, strict=True)) == [0, 0, 0, 6]


async def test_a_partner_that_offers_pongs_is_pinged_and_cut_when_it_gives_none(
    world: Federation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_FEWEST_PING_SECONDS", 0.01)
    monkeypatch.setattr(connection, "_PONG_SECONDS", 0.05)

    def agreeing(message: Received) -> bytes:
        assert message.all("via")[0].endswith(";keep")
        return reply_to(message).replace(b";keep\r\n", b";keep=1\r\n", 1)

    pings: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        message = await read_message(reader)
        writer.write(agreeing(message))
        pongs = 1
        while ping := await reader.read(100):
            pings.put_nowait(ping)
            if pongs:
                writer.write(b"\r\n")
            pongs = 0
        pings.put_nowait(b"")
        writer.close()

    server = await asyncio.start_server(
        serve, "127.0.0.1", 0, ssl=server_context(world.public.file, world.partner_credential)
    )
    world.dns.srv(PARTNER, f"{server.sockets[0].getsockname()[1]} {PARTNER_EDGE}")
    monkeypatch.setattr(connection.SipConnection, "keep_alive", _soon(connection.SipConnection.keep_alive))
    client = await world.inside()
    assert (await client.ask(request(ALICE, BOB))).status == 200
    assert [await pings.get() for _ in range(3)] == [b"\r\n\r\n", b"\r\n\r\n", b""]
    server.close()


def _soon(keep_alive):
    return lambda self, seconds: keep_alive(self, 0)


async def test_a_partner_that_asks_to_ping_is_told_how_often(world: Federation) -> None:
    client = await world.outside()
    reply = await client.ask(request(via="Via: SIP/2.0/TLS h;branch=z9hG4bKk;keep;x=1"))
    assert reply["via"] == "SIP/2.0/TLS h;branch=z9hG4bKk;keep=120;x=1;received=127.0.0.1"


async def test_one_dead_partner_does_not_use_up_the_room_of_the_others(unstarted: Federation) -> None:
    await unstarted.start(
        allow(PARTNER), allow("dead.example"), limits=unstarted.short_limits(waiting_per_connection=3)
    )
    unstarted.dns.silent.add("_sipfederationtls._tcp.dead.example")
    client = await unstarted.inside()
    client.send(b"".join(request(ALICE, "<sip:x@dead.example>") for _ in range(5)))
    assert [(await client.receive()).status for _ in range(2)] == [503, 503]
    assert (await client.ask(request(ALICE, BOB))).status == 200
