"""A change of the rules holds from the next message on, and ends the sessions it leaves without a partner."""

import asyncio

import msgspec
import pytest

from edgeconsole.model.names import parse_domain, parse_listen
from edgeconsole.model.observed import EventKind
from edgeconsole.proxy.restart import restart_needed
from tests.proxy.federation import PARTNER, Federation, allow, block
from tests.proxy.sip_peer import SipClient, reply_to, request


async def test_discovery_on_and_off_over_one_open_connection(unstarted: Federation) -> None:
    await unstarted.start(allow("litware.example"))
    client = await unstarted.outside()
    refused = await client.ask(request())
    assert refused.status == 403
    assert refused["ms-diagnostics"].startswith('1027;source="sip.contoso.example";reason="')
    assert unstarted.activate(discovery=True) == 0
    assert (await client.ask(request())).status == 200
    assert [seen.allowed for seen in unstarted.edge.discovered()] == [True]
    assert unstarted.edge.discovered()[0].edge == "sip.fabrikam.example"
    assert unstarted.activate(discovery=False) == 1
    assert await client.ended() == b""
    assert unstarted.edge.sessions() == ()


async def test_a_block_closes_the_live_connection_in_both_directions(world: Federation) -> None:
    outside, inside = await world.outside(), await world.inside()
    await outside.ask(request())
    await inside.ask(request("<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>"))
    assert len(world.edge.sessions()) == 2
    assert world.activate(allow(PARTNER), block(PARTNER)) == 2
    assert await outside.ended() == b""
    assert await world.partner.connections[0].ended() == b""
    reply = await inside.ask(request("<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>"))
    assert reply.status == 403


async def test_federation_off_closes_everything_outside_and_nothing_inside(world: Federation) -> None:
    outside, inside = await world.outside(), await world.inside()
    await outside.ask(request())
    before = world.edge.configuration
    off = msgspec.structs.replace(before.access_edge, federation=False)
    assert world.edge.activate(msgspec.structs.replace(before, access_edge=off)) == 1
    await outside.ended()
    reply = await inside.ask(request("<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>"))
    assert reply.status == 403


async def test_a_session_that_still_serves_an_allowed_domain_stays_and_is_refused_per_message(
    unstarted: Federation,
) -> None:
    both = ("sip.fabrikam.example", "sip.litware.example")
    await unstarted.start(allow(PARTNER), allow("litware.example"))
    unstarted.dns.srv("litware.example", "5061 sip.litware.example")
    client = await unstarted.outside(unstarted.public.issue(*both))
    assert (await client.ask(request())).status == 200
    assert (await client.ask(request("<sip:bob@litware.example>"))).status == 200
    assert unstarted.activate(allow(PARTNER), block("litware.example")) == 0
    assert (await client.ask(request("<sip:bob@litware.example>"))).status == 403
    assert (await client.ask(request())).status == 200


async def test_a_pin_to_another_host_closes_the_session_of_the_old_one(world: Federation) -> None:
    client = await world.outside()
    await client.ask(request())
    assert world.activate(allow(PARTNER, "other.fabrikam.example")) == 1
    await client.ended()


async def test_a_request_that_waits_is_decided_by_the_rules_of_when_it_leaves(unstarted: Federation) -> None:
    await unstarted.start()
    inside = await unstarted.inside()
    inside.send(request("<sip:alice@contoso.example>", "<sip:bob@fabrikam.example>"))
    await unstarted.dns.was_asked(f"_sipfederationtls._tcp.{PARTNER}")
    unstarted.activate(block(PARTNER))
    assert (await inside.receive()).status == 403
    assert unstarted.partner.requests.empty()


async def test_sessions_of_a_domain_can_be_closed_by_hand(world: Federation) -> None:
    client, other = await world.outside(), await world.outside()
    await client.ask(request())
    assert world.edge.close_sessions("elsewhere.example") == 0
    assert world.edge.close_sessions(PARTNER) == 1
    await client.ended()
    assert (await other.ask(request())).status == 200


async def test_one_session_is_closed_by_its_id_and_all_with_a_peer_by_its_address(world: Federation) -> None:
    client, other, third = await world.outside(), await world.outside(), await world.outside()
    for each in (client, other, third):
        await each.ask(request())
    first, second, _ = world.edge.sessions()
    assert world.edge.close_sessions(session="no such id") == 0
    assert world.edge.close_sessions(session=first.id) == 1
    await client.ended()
    assert world.edge.close_sessions(peer=second.peer) == 1
    await other.ended()
    assert world.edge.close_sessions(peer="192.0.2.1") == 0
    assert world.edge.close_sessions(peer="127.0.0.1") == 1
    await third.ended()


async def test_a_close_that_names_nothing_closes_nothing(world: Federation) -> None:
    client = await world.outside()
    assert world.edge.close_sessions() == 0
    assert (await client.ask(request())).status == 200


async def test_opening_and_closing_are_events(world: Federation) -> None:
    cursor = world.edge.events.last_id
    client = await world.outside()
    await client.ask(request())
    await client.close()
    kinds: list[EventKind] = []
    while EventKind.SESSION_CLOSED not in kinds:
        await world.edge.events.wait(cursor)
        events = world.edge.events.after(cursor)
        kinds += [event.kind for event in events]
        cursor = events[-1].id
    assert kinds == [EventKind.SESSION_OPENED, EventKind.TRAFFIC, EventKind.SESSION_CLOSED]


async def test_what_takes_effect_at_the_next_start_only_is_named(world: Federation) -> None:
    old = world.edge.configuration
    assert old.edge is not None
    edge = msgspec.structs.replace(old.edge, fqdn=parse_domain("new.example"), sip_listen=parse_listen("127.0.0.1:1"))
    new = msgspec.structs.replace(old, edge=edge, proxy=msgspec.structs.replace(old.proxy, resolver="127.0.0.9"))
    assert restart_needed(old, old) == ()
    assert restart_needed(old, new) == ("edge.fqdn", "edge.sip_listen", "proxy.resolver")


async def test_stopping_lets_requests_under_way_finish(unstarted: Federation) -> None:
    await unstarted.start()
    unstarted.pool.answering = lambda message: None
    client = await unstarted.outside()
    client.send(request())
    got = await unstarted.pool.requests.get()
    stopping = asyncio.create_task(unstarted.edge.stop(10))
    unstarted.pool.connections[0].send(reply_to(got))
    assert (await client.receive()).status == 200
    await stopping
    assert await client.ended() == b""
    with pytest.raises(ConnectionRefusedError):
        await SipClient.open(unstarted.port("sip"), unstarted.client_context())


async def test_diagnostics_leave_to_partners_only_where_the_edge_says_so(unstarted: Federation) -> None:
    await unstarted.start(allow("litware.example"))
    client = await unstarted.outside()
    assert "ms-diagnostics" in dict((await client.ask(request())).headers)
    saved = unstarted.edge.configuration
    assert saved.edge is not None
    silent = msgspec.structs.replace(saved.edge, diagnostics_to_partners=False)
    unstarted.edge.activate(msgspec.structs.replace(saved, edge=silent))
    assert "ms-diagnostics" not in dict((await client.ask(request())).headers)
