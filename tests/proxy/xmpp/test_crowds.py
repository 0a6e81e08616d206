"""Crowds on the XMPP listener: half-open handshakes and slow peers are cut in time, and a partner gets in meanwhile."""

import asyncio
import contextlib
import resource

import pytest

from edgeconsole.model.configuration import XmppGateway
from edgeconsole.proxy.xmpp.limits import XmppLimits
from tests.proxy.xmpp.peer import Peer, connect, header, internal_server, live, message
from tests.proxy.xmpp.world import XmppWorld, partner

many = pytest.mark.parametrize("crowd", [100, pytest.param(1_000, marks=pytest.mark.slow)])
slow_ones = pytest.mark.parametrize("crowd", [20, pytest.param(200, marks=pytest.mark.slow)])


@pytest.fixture(autouse=True)
def many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4_096:
        pytest.skip(f"this user may open {hard} files; 4,096 are needed")
    if soft < 4_096:
        resource.setrlimit(resource.RLIMIT_NOFILE, (4_096, hard))


async def silence(peer: Peer) -> str:
    """What the edge said until it closed."""
    with contextlib.suppress(ConnectionError):
        return await peer.end()
    return peer.heard


@many
@pytest.mark.parametrize("opening", [b"", b"\x16\x03\x01\x02\x00\x01", header().encode()], ids=["none", "tls", "xml"])
async def test_half_open_streams_are_dropped_in_time(xmpp: XmppWorld, crowd: int, opening: bytes) -> None:
    server, port = await internal_server(xmpp)
    seconds = max(1.0, crowd / 250)  # for one process to serve them all
    limits = XmppLimits(
        half_open=crowd + 100, half_open_per_address=crowd + 100, silence_seconds=seconds, handshake_seconds=seconds,
        connections_per_address=crowd + 100, arrivals=10_000, arrivals_per_address=10_000,
    )  # fmt: skip
    await xmpp.start(inside_port=port, limits=limits)
    peers = [await connect(xmpp) for _ in range(crowd)]
    for peer in peers:
        peer.send(opening)
    honest = await live(xmpp)
    honest.send(message())
    assert "hi" in await server.arrived.get()
    said = await asyncio.gather(*map(silence, peers))
    assert all(not each or "connection-timeout" in each for each in said)
    (door, _) = xmpp.edge._xmpp._doors
    assert not door._arriving
    assert not door._half_open


@slow_ones
async def test_partners_that_drip_their_stanzas_are_cut(xmpp: XmppWorld, crowd: int) -> None:
    server, port = await internal_server(xmpp)
    gateway = XmppGateway(connection_limit=crowd + 10, partner_connection_limit=crowd + 10)
    limits = XmppLimits(stanza_seconds=1.0, connections_per_address=crowd + 10, arrivals_per_address=10_000)
    await xmpp.start(partner(), inside_port=port, gateway=gateway, limits=limits)
    peers = [await live(xmpp) for _ in range(crowd)]

    async def drip(peer: Peer) -> str:
        ended = asyncio.ensure_future(silence(peer))
        for letter in message():
            peer.send(letter)
            if (await asyncio.wait({ended}, timeout=0.2))[0]:
                break
        return await ended

    said = await asyncio.gather(*map(drip, peers))
    assert all("<connection-timeout" in each for each in said)
    assert server.arrived.empty()
    assert {str(each.text) for each in xmpp.edge.failures()} == {
        "connection-timeout: a stanza was not complete in time"
    }
    honest = await live(xmpp)
    honest.send(message())
    assert "hi" in await server.arrived.get()
