"""What connections and revisions leave behind: nothing that grows, whether or not garbage is looked for."""

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Iterator

import msgspec
import pytest

from edgeconsole.model.configuration import Configuration
from edgeconsole.proxy.sip.connection import SipConnection
from edgeconsole.proxy.sip.decisions import Decisions
from edgeconsole.proxy.tls_link import TlsLink
from edgeconsole.rules.index import RuleIndex
from tests.proxy.federation import PARTNER, Federation, allow
from tests.proxy.sip_peer import SipClient, request


@pytest.fixture
def uncollected() -> Iterator[None]:
    """As after start-up, with the collector not coming round."""
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


def alive(kind: type) -> int:
    return sum(type(each) is kind for each in gc.get_objects())


async def visit(world: Federation, how: str) -> None:
    """Send a message over a connection of its own and end it in one of the ways there are."""
    client = await SipClient.open(world.port("sip"), world.client_context())
    assert (await client.ask(request())).status == 200
    (connection,) = [each for each in world.edge._live if each.peer.port == client.writer.get_extra_info("sockname")[1]]
    gone = asyncio.get_running_loop().create_future()
    connection.on_lost(lambda: gone.set_result(None))
    del connection
    if how == "close":
        client.writer.close()
    elif how == "abort":
        client.writer.transport.abort()
    else:
        client.send(b"no message\r\n\r\n")
    await asyncio.wait_for(gone, 5)
    client.writer.close()
    with contextlib.suppress(OSError):
        await client.writer.wait_closed()


@pytest.mark.parametrize("how", ["close", "abort", "violate"])
async def test_connections_that_are_gone_need_no_garbage_collection(
    world: Federation, uncollected: None, how: str
) -> None:
    for _ in range(5):
        await visit(world, how)
    await asyncio.sleep(0)
    # The pool's is left.
    assert (alive(TlsLink), alive(SipConnection)) == (1, 1)


async def test_a_dialog_that_outlives_its_connection_keeps_nothing_of_its_tls(
    world: Federation, uncollected: None
) -> None:
    client = await SipClient.open(world.port("sip"), world.client_context())
    assert (await client.ask(request())).status == 200
    (connection,) = [each for each in world.edge._live if each.peer.port == client.writer.get_extra_info("sockname")[1]]
    link = weakref.ref(connection._transport)
    gone = asyncio.get_running_loop().create_future()
    connection.on_lost(lambda: gone.set_result(None))
    client.writer.close()
    await asyncio.wait_for(gone, 5)
    await asyncio.sleep(0)
    assert link() is None
    assert not connection.usable
    for call in (connection.close, connection.cut, connection.pause_writing, connection.resume_writing):
        call()
    connection.send(b"nobody takes it")
    connection.data_received(b"nor this")


async def test_a_thousand_revisions_leave_one_set_of_rules(world: Federation, uncollected: None) -> None:
    domains = tuple(allow(f"p{number}.example") for number in range(50))
    for number in range(1_000):
        world.activate(allow(PARTNER), *domains[number % 50 :])
    counted = (alive(RuleIndex), alive(Decisions))
    assert counted == (1, 1)
    before = weakref.ref(world.edge._relay.decisions)
    world.edge.activate(msgspec.structs.replace(world.edge.configuration, domains=()))
    assert before() is None
    assert isinstance(world.edge.configuration, Configuration)
