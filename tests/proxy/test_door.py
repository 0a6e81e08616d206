"""Who gets past a listener at all: certificates, bounds, slowness, and what an operator is told of the rest."""

import asyncio
import contextlib
import ssl
from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import parse_listen
from edgeconsole.model.observed import Failure, PlaneState
from edgeconsole.proxy.tls_link import TlsLink
from tests.proxy.certificates import Authority, client_context
from tests.proxy.federation import PARTNER_EDGE, POOL, Federation
from tests.proxy.sip_peer import SipClient, request

REFUSED = (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError)


async def asked(port: int, context: ssl.SSLContext) -> None:
    """Connect and ask: with TLS 1.3 a client learns only at its first read that its certificate was refused."""
    client = await SipClient.open(port, context)
    try:
        client.send(request())
        await client.receive()
    finally:
        await client.close()


async def refused(world: Federation, listener: str, context: ssl.SSLContext) -> Failure:
    """Connect where it must fail, and return what the operator is told."""
    cursor = world.edge.events.last_id
    with pytest.raises(REFUSED):
        await asked(world.port(listener), context)
    await world.edge.events.wait(cursor)
    failure = world.edge.failures()[0]
    assert failure.stage == "tls"
    assert world.edge.counters() == ()
    return failure


async def test_a_peer_without_a_certificate_does_not_get_in(world: Federation) -> None:
    for listener, trust in (("sip", world.public), ("internal", world.private)):
        failure = await refused(world, listener, client_context(trust.file, None))
        assert "PEER_DID_NOT_RETURN_A_CERTIFICATE" in failure.text


async def test_an_unknown_authority_does_not_get_in_outside(world: Federation, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger").issue(PARTNER_EDGE)
    failure = await refused(world, "sip", client_context(world.public.file, stranger))
    assert "not trusted" in failure.text
    assert failure.peer.startswith("127.0.0.1:")


async def test_an_expired_certificate_does_not_get_in(world: Federation) -> None:
    expired = world.public.issue(PARTNER_EDGE, days=(-9, -2))
    failure = await refused(world, "sip", client_context(world.public.file, expired))
    assert failure.text == "the certificate is not trusted: certificate has expired"


async def test_a_partners_certificate_never_opens_the_inside(world: Federation) -> None:
    partner = world.public.issue(PARTNER_EDGE, POOL)
    failure = await refused(world, "internal", client_context(world.private.file, partner))
    assert "not trusted" in failure.text


@pytest.mark.parametrize(
    ("names", "common_name"),
    [((PARTNER_EDGE,), "leaf"), ((), POOL), (("*.int.contoso.example",), "leaf")],
    ids=["other name", "common name only", "wildcard"],
)
async def test_inside_only_named_peers_get_in(world: Federation, names: tuple[str, ...], common_name: str) -> None:
    other = world.private.issue(*names, common_name=common_name)
    failure = await refused(world, "internal", client_context(world.private.file, other))
    assert "none of edge.internal_peers" in failure.text


async def test_names_that_are_no_dns_names_are_shown_harmless(world: Federation) -> None:
    odd = world.public.issue("evil\x1b]52;c;x\x07.example", extra=[x509.RFC822Name("a@fabrikam.example")])
    client = await world.outside(odd)
    assert (await client.ask(request())).status == 403
    (session,) = world.edge.sessions()
    assert session.names == ("evil\\x1b]52;c;x\\x07.example",)


async def test_tls_1_1_is_refused(world: Federation) -> None:
    context = world.client_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.deprecated_call():
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    await refused(world, "sip", context)


async def test_a_handshake_that_does_not_come_is_dropped(unstarted: Federation) -> None:
    await unstarted.start(limits=unstarted.short_limits(handshake_seconds=0.05))
    reader, writer = await asyncio.open_connection("127.0.0.1", unstarted.port("sip"))
    assert await reader.read() == b""
    (failure,) = unstarted.edge.failures()
    assert failure.text == "the TLS handshake took longer than 0.05 s"
    writer.close()


async def test_connections_beyond_the_bound_are_turned_away(unstarted: Federation) -> None:
    await unstarted.start(limits=unstarted.short_limits(connections_per_address=2))
    kept = [await unstarted.outside() for _ in range(2)]
    for client in kept:
        assert (await client.ask(request())).status == 200
    with pytest.raises(REFUSED):
        await unstarted.outside()
    (failure,) = unstarted.edge.failures()
    assert failure.text == "2 connections from this address are open already"
    assert (await kept[0].ask(request())).status == 200


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("half_open", "1 handshakes are under way already"),
        ("half_open_per_address", "1 handshakes with this address are under way already"),
    ],
)
async def test_half_open_connections_are_bounded(unstarted: Federation, limit: str, text: str) -> None:
    await unstarted.start(limits=unstarted.short_limits(**{limit: 1}))
    _, first = await asyncio.open_connection("127.0.0.1", unstarted.port("sip"))
    reader, second = await asyncio.open_connection("127.0.0.1", unstarted.port("sip"))
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    assert [each.text for each in unstarted.edge.failures()] == [text]
    for writer in (first, second):
        writer.close()


async def test_a_message_that_does_not_end_closes_the_connection(unstarted: Federation) -> None:
    await unstarted.start(limits=unstarted.short_limits(message_seconds=0.05))
    client = await unstarted.outside()
    assert (await client.ask(request())).status == 200
    client.send(request()[:60])
    assert await client.ended() == b""
    (failure,) = unstarted.edge.failures()
    assert (failure.stage, failure.text) == ("parse", "a message was not complete in time")


async def test_a_message_whose_body_does_not_come_is_answered_408_before_the_end(unstarted: Federation) -> None:
    await unstarted.start(limits=unstarted.short_limits(message_seconds=0.05))
    client = await unstarted.outside()
    client.send(request().replace(b"Content-Length: ", b"Content-Length: 9"))
    assert (await client.receive()).status == 408
    assert await client.ended() == b""


async def test_a_ping_gets_its_pong_and_too_many_end_the_connection(unstarted: Federation) -> None:
    await unstarted.start(limits=unstarted.short_limits(keep_alives=3))
    client = await unstarted.outside()
    client.send(b"\r\n\r\n")
    assert await client.reader.readexactly(2) == b"\r\n"
    client.send(b"\r\n\r\n" * 3)
    assert await client.ended() == b"\r\n\r\n"


async def test_a_broken_frame_is_answered_and_ends_the_connection(world: Federation) -> None:
    client = await world.outside()
    client.send(request(content_length="Content-Length: 5\r\nl: 5") + request())
    assert (await client.receive()).status == 400
    assert await client.ended() == b""
    assert world.pool.requests.empty()


async def test_a_peer_that_does_not_read_is_cut(unstarted: Federation) -> None:
    limits = unstarted.short_limits(write_buffer=1024, write_buffer_cut=64 * 1024, write_stall_seconds=0.1)
    await unstarted.start(limits=limits)
    client = await SipClient.open(unstarted.port("sip"), unstarted.client_context(), receive_buffer=4096)
    assert (await client.ask(request())).status == 200
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    vias = "\r\n".join(f"Via: SIP/2.0/TLS h{number};branch=z9hG4bK{'x' * 200}" for number in range(99))
    client.send(request(method="REGISTER", extra=vias) * 400)
    cursor = unstarted.edge.events.last_id
    while unstarted.edge.sessions():
        await unstarted.edge.events.wait(cursor)
        cursor = unstarted.edge.events.last_id
    client.writer.transport.abort()


async def test_an_idle_connection_is_closed_by_the_sweep(unstarted: Federation) -> None:
    await unstarted.start(limits=unstarted.short_limits(idle_seconds=-1.0))
    client = await unstarted.outside()
    await client.ask(request())
    unstarted.edge._live._sweep()
    assert await client.ended() == b""


async def test_connections_read_into_one_buffer_and_keep_none_of_their_own(world: Federation) -> None:
    clients = [await world.outside() for _ in range(3)]
    for client in clients:
        assert (await client.ask(request())).status == 200
    links = [connection._transport for connection in world.edge._live]
    assert len(links) == 4
    assert len({id(link.below.get_buffer(-1).obj) for link in links if isinstance(link, TlsLink)}) == 1


async def test_a_port_in_use_is_named_with_what_to_look_for(world: Federation) -> None:
    taken = world.port("sip")
    old = world.edge.configuration
    assert old.edge is not None
    edge = msgspec.structs.replace(old.edge, sip_listen=parse_listen(f"127.0.0.1:{taken}"))
    running = world.edge
    with pytest.raises(BadInput) as caught:
        await world.start_edge(msgspec.structs.replace(old, edge=edge))
    await running.stop(0)
    (problem,) = caught.value.problems
    assert problem.field == "edge.sip_listen"
    assert problem.message == f"127.0.0.1:{taken} is in use by another process"
    assert f"ss -ltnp 'sport = :{taken}'" in problem.remedy


async def test_an_address_of_another_host_is_named(unstarted: Federation) -> None:
    await unstarted.start()
    running = unstarted.edge
    assert running.configuration.edge is not None
    edge = msgspec.structs.replace(running.configuration.edge, internal_listen=parse_listen("192.0.2.1:0"))
    with pytest.raises(BadInput) as caught:
        await unstarted.start_edge(msgspec.structs.replace(running.configuration, edge=edge))
    await running.stop(0)
    assert caught.value.problems[0].message == "192.0.2.1 is no address of this host"
    assert [each.state for each in unstarted.edge.listeners()] == [PlaneState.DOWN, PlaneState.DOWN]


@pytest.mark.parametrize(
    "spoiled",
    [request(extra="X: a\nEvil: b"), request(extra="X: a\rb"), request(extra="\r\n".join(["X: y"] * 130)),
     request(extra=f"X: {'y' * 40_000}"), request(extra="no colon")],
    ids=["bare LF", "bare CR", "130 headers", "40 kB of headers", "no colon"],
)  # fmt: skip
async def test_a_head_that_cannot_be_used_is_answered_400_before_the_connection_ends(
    world: Federation, spoiled: bytes
) -> None:
    client = await world.outside()
    client.send(spoiled)
    reply = await client.receive()
    assert reply.status == 400
    assert b"Evil" not in reply.raw
    assert await client.ended() == b""


@pytest.mark.parametrize("address", ["[::1]:0", "[::]:0"])
async def test_partners_come_over_ipv6_and_a_listener_for_both_shows_ipv4_as_such(
    unstarted: Federation, address: str
) -> None:
    await unstarted.start()
    running = unstarted.edge
    assert running.configuration.edge is not None
    edge = msgspec.structs.replace(running.configuration.edge, sip_listen=parse_listen(address))
    await running.stop(0)
    await unstarted.start_edge(msgspec.structs.replace(running.configuration, edge=edge))
    port = unstarted.port("sip")
    hosts = ["::1", "127.0.0.1"] if address.startswith("[::]") else ["::1"]
    for host in hosts:
        client = SipClient(
            *await asyncio.open_connection(host, port, ssl=unstarted.client_context(), server_hostname="edge.invalid")
        )
        assert (await client.ask(request())).status == 200
        assert (await unstarted.pool.requests.get()).all("via")[1].endswith(f";received={host}")
        assert unstarted.edge.sessions()[-1].peer.startswith(f"[{host}]:" if ":" in host else f"{host}:")
        await client.close()
