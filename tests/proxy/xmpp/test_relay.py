"""What passes between a partner's server and ours, what does not, and what the other side hears of it."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from edgeconsole.model.configuration import AccessEdge, Policy, PolicyGrant, XmppGateway
from edgeconsole.model.terms import Negotiation, PartnerType
from edgeconsole.proxy.xmpp.limits import XmppLimits
from tests.proxy.certificates import client_context, server_context
from tests.proxy.xmpp.peer import (
    TLS,
    Peer,
    Server,
    auth,
    connect,
    greeted,
    header,
    inside,
    internal_server,
    live,
    message,
    partner_server,
)
from tests.proxy.xmpp.world import OURS, PARTNER, XmppWorld, block, partner

ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
OFFERED = f"<stream:features><starttls xmlns='{TLS}'/></stream:features>"
TO_PARTNER = {"sender": f"alice@{OURS}", "recipient": f"frida@{PARTNER}"}


async def test_a_stanza_passes_as_it_came(xmpp: XmppWorld) -> None:
    server, port = await internal_server(xmpp)
    await xmpp.start(inside_port=port)
    peer = await live(xmpp)
    odd = (
        f"<message\n from='frida@{PARTNER}/h&#xe9;' to='alice@{OURS}' ><body>&lt;<![CDATA[ <x/> ]]></body>"
        "<x xmlns='a:b' y = \"'\"/></message>"
    )
    peer.send(odd)
    assert odd in await server.arrived.get()


async def test_prefixes_of_the_streams_header_go_with_the_stanza(xmpp: XmppWorld) -> None:
    server, port = await internal_server(xmpp)
    await xmpp.start(inside_port=port)
    peer = await greeted(xmpp)
    peer.send(auth(PARTNER))
    await peer.until("<success")
    peer.send(header(more="xmlns:p='urn:p' xmlns:q='urn:q' version='1.0'"))
    await peer.until("<stream:features/>")
    peer.send(message(body="x<p:a/>"))
    assert "<message xmlns:p='urn:p' from=" in (await server.arrived.get()).replace('"', "'")


async def test_direct_tls_is_told_by_its_first_byte(xmpp: XmppWorld) -> None:
    server, port = await internal_server(xmpp)
    await xmpp.start(inside_port=port)
    context = client_context(xmpp.public.file, xmpp.partner_credential)
    context.set_alpn_protocols(["xmpp-server"])
    streams = await asyncio.open_connection("127.0.0.1", xmpp.port("xmpp"), ssl=context, server_hostname="x")
    peer = Peer(*streams)
    xmpp.on_stop(peer.close)
    assert peer.writer.get_extra_info("ssl_object").selected_alpn_protocol() == "xmpp-server"
    peer.send(header())
    assert "EXTERNAL" in await peer.until("</stream:features>")
    peer.send(auth(""))
    await peer.until("<success")
    peer.send(header())
    await peer.until("<stream:features/>")
    peer.send(message(body="straight"))
    assert "straight" in await server.arrived.get()


async def test_a_partner_found_by_the_record_of_direct_tls_is_reached_by_it(xmpp: XmppWorld) -> None:
    taken: asyncio.Queue[str] = asyncio.Queue()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.put_nowait((await reader.readuntil(b"version='1.0'>")).decode())
        writer.close()

    context = server_context(xmpp.public.file, xmpp.partner_credential)
    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=context)
    await xmpp.start()
    xmpp.publish(PARTNER, server.sockets[0].getsockname()[1], direct=True)
    ours = await inside(xmpp)
    ours.send(message(**TO_PARTNER))
    assert f"to='{PARTNER}'" in (await taken.get()).replace('"', "'")
    server.close()


async def test_an_address_without_srv_is_tried_at_the_domain_itself(xmpp: XmppWorld) -> None:
    await xmpp.start()
    xmpp.dns.a(PARTNER, "10.0.0.1")
    ours = await inside(xmpp)
    ours.send(message(**TO_PARTNER))
    assert f"{PARTNER} leads to 10.0.0.1 (private)" in await xmpp.failure("connect")
    answer = await xmpp.edge.evidence(PARTNER)
    assert [(each.target, each.port) for each in answer.records] == [(PARTNER, 5269)]


async def test_addresses_that_dns_may_not_name_are_never_connected_to(xmpp: XmppWorld) -> None:
    await xmpp.start()
    xmpp.publish(PARTNER, 5269)
    xmpp.dns.a(f"xmpp.{PARTNER}", "169.254.169.254", "10.0.0.1")
    ours = await inside(xmpp)
    ours.send(message(**TO_PARTNER))
    told = await xmpp.failure("connect")
    assert "169.254.169.254 (link-local), 10.0.0.1 (private), which proxy.allow_addresses does not open" in told


async def test_a_dead_address_does_not_hide_a_live_one(xmpp: XmppWorld) -> None:
    server = await partner_server(xmpp)
    await xmpp.start()
    live_port = xmpp.dns.records[f"_xmpp-server._tcp.{PARTNER}", "SRV"][0].split()[2]
    dead = socket.create_server(("127.0.0.1", 0))
    dead_port = dead.getsockname()[1]
    dead.close()
    xmpp.dns.records[f"_xmpp-server._tcp.{PARTNER}", "SRV"] = [
        f"0 0 {dead_port} xmpp.{PARTNER}.",
        f"1 0 {live_port} xmpp.{PARTNER}.",
    ]
    ours = await inside(xmpp)
    ours.send(message(body="found", **TO_PARTNER))
    assert "found" in await server.arrived.get()


async def bounced(xmpp: XmppWorld, server: Server, **addresses: str) -> str:
    ours = await inside(xmpp)
    ours.send(message(more="id='m1'", **addresses))
    return (await server.arrived.get()).replace('"', "'")


async def test_what_cannot_be_delivered_comes_back_with_the_reason(xmpp: XmppWorld) -> None:
    server, port = await internal_server(xmpp)
    await xmpp.start(inside_port=port)
    told = await bounced(xmpp, server, **TO_PARTNER)
    assert f"<message from='frida@{PARTNER}' to='alice@{OURS}' id='m1' type='error'>" in told
    assert "<error type='cancel'><remote-server-not-found" in told


@pytest.mark.parametrize("said", ["type='error'", "type='result'"])
async def test_errors_and_results_are_never_answered(xmpp: XmppWorld, said: str) -> None:
    server, port = await internal_server(xmpp)
    await xmpp.start(inside_port=port)
    ours = await inside(xmpp)
    ours.send(f"<iq from='alice@{OURS}' to='frida@{PARTNER}' id='1' {said}/>")
    await xmpp.failure("dns")
    ours.send(message(body="next", **TO_PARTNER))
    assert "remote-server-not-found" in (first := await server.arrived.get())
    assert "<iq" not in first


async def test_a_policy_refuses_the_person_and_not_the_stream(xmpp: XmppWorld) -> None:
    server, port = await internal_server(xmpp)
    policies = (Policy(id="global", federation=True), Policy(id="user:X", federation=True, xmpp=True))
    grants = (PolicyGrant(user=f"alice@{OURS}", policy="user:X"),)
    await xmpp.start(inside_port=port, policies=policies, policy_grants=grants)
    peer = await live(xmpp)
    peer.send(message(recipient=f"bob@{OURS}", body="refused") + message(recipient=f"ALICE@{OURS}/x", body="passes"))
    arrived = await server.arrived.get()
    assert "passes" in arrived
    assert "refused" not in arrived
    assert "policy-xmpp" in await xmpp.failure("decide")
    told = await bounced(xmpp, server, sender=f"bob@{OURS}", recipient=f"frida@{PARTNER}")
    assert "not-allowed" in told
    assert "Federation policy: policy-xmpp" in told


@pytest.mark.parametrize("spelling", ["BOB", "b\u1d52b", "\uff22\uff2f\uff22", "bo\u00adb"])
async def test_no_spelling_of_a_name_is_a_way_around_its_policy(xmpp: XmppWorld, spelling: str) -> None:
    policies = (Policy(id="global", federation=True, xmpp=True), Policy(id="user:none"))
    await xmpp.start(policies=policies, policy_grants=(PolicyGrant(user=f"bob@{OURS}", policy="user:none"),))
    peer = await live(xmpp)
    peer.send(message(recipient=f"{spelling}@{OURS}"))
    assert "policy-federation" in await xmpp.failure("decide")


async def test_a_public_unverified_contact_is_invited_by_ours_first(xmpp: XmppWorld) -> None:
    server, port = await internal_server(xmpp)
    await xmpp.start(partner(partner_type=PartnerType.PUBLIC_UNVERIFIED), inside_port=port)
    peer = await live(xmpp)
    invitation = f"<presence from='frida@{PARTNER}' to='alice@{OURS}' type='subscribe'/>"
    peer.send(invitation)
    assert "invites without being asked" in await xmpp.failure("decide")
    ours = await inside(xmpp)
    ours.send(f"<presence from='alice@{OURS}' to='frida@{PARTNER}' type='subscribe'/>")
    await xmpp.failure("dns")
    peer.send(invitation + message(body="after"))
    arrived = ""
    while "after" not in arrived:
        arrived += await server.arrived.get()
    assert "type='subscribe'" in arrived


async def test_a_change_closes_the_streams_it_shuts_out_and_no_others(xmpp: XmppWorld) -> None:
    other = partner("northwind.example")
    await xmpp.start(partner(), other)
    first = await live(xmpp)
    await live(xmpp, xmpp.public.issue("northwind.example"), sender="northwind.example")
    assert xmpp.activate(domains=(block(PARTNER),)) == 1
    assert "<policy-violation" in await first.end()
    assert [each.domains for each in xmpp.edge.sessions()] == [("northwind.example",)]
    assert xmpp.activate(access_edge=AccessEdge(federation=False)) == 1


async def test_a_stream_ends_when_its_record_expires(xmpp: XmppWorld) -> None:
    await xmpp.start(partner(expires=datetime.now(UTC) + timedelta(seconds=1)))
    peer = await live(xmpp)
    assert "<policy-violation" in await peer.end()


async def test_a_stream_ends_when_its_method_is_no_longer_allowed(xmpp: XmppWorld) -> None:
    await xmpp.start()
    peer = await live(xmpp)
    assert xmpp.activate(xmpp_partners=(partner(sasl=Negotiation.NOT_SUPPORTED),)) == 1
    assert "negotiation settings" in await peer.end()


async def test_what_waits_for_a_stream_does_not_leave_after_a_block(xmpp: XmppWorld) -> None:
    server, port = await internal_server(xmpp)
    await xmpp.start(inside_port=port)
    theirs = await partner_server(xmpp)
    ours = await inside(xmpp)
    ours.send(message(**TO_PARTNER))
    await xmpp.dns.was_asked(f"_xmpp-server._tcp.{PARTNER}")
    assert xmpp.activate(domains=(block(PARTNER),)) == 0
    assert "<not-allowed" in await server.arrived.get()
    assert theirs.arrived.empty()
    assert xmpp.edge.sessions() == ()


async def test_a_partner_that_ends_its_stream_with_an_error_is_named(xmpp: XmppWorld) -> None:
    await xmpp.start()
    peer = await live(xmpp)
    peer.send(f"<stream:error><reset xmlns='{ERRORS}'/><text xmlns='{ERRORS}'>bye</text></stream:error>")
    assert await peer.end() == "</stream:stream>"
    assert await xmpp.failure("relay") == "the other side ended the stream: reset: bye"


async def test_one_partner_has_no_more_streams_than_its_limit(xmpp: XmppWorld) -> None:
    await xmpp.start(partner(connection_limit=1))
    await live(xmpp)
    peer = await greeted(xmpp)
    peer.send(auth(PARTNER))
    await peer.until("<success")
    peer.send(header())
    assert "<resource-constraint" in await peer.end()


async def test_all_partners_together_have_no_more_streams_than_the_gateway(xmpp: XmppWorld) -> None:
    await xmpp.start(gateway=XmppGateway(connection_limit=1))
    await live(xmpp)
    assert await (await connect(xmpp)).end() == ""
    assert "1 connections with partners are open already" in await xmpp.failure("connect")


async def test_a_partner_that_sends_no_keep_alive_is_let_go(xmpp: XmppWorld) -> None:
    gateway = XmppGateway(keep_alive=timedelta(milliseconds=200), stream_inactivity=timedelta(seconds=30))
    await xmpp.start(gateway=gateway)
    peer = await live(xmpp)
    assert "<connection-timeout" in await peer.end()


async def test_a_stream_nobody_uses_ends_in_spite_of_keep_alives(xmpp: XmppWorld) -> None:
    gateway = XmppGateway(keep_alive=timedelta(seconds=30), stream_inactivity=timedelta(milliseconds=200))
    await xmpp.start(gateway=gateway)
    peer = await live(xmpp)
    peer.send(" ")
    assert await peer.end() == "</stream:stream>"


async def test_a_stream_of_ours_is_kept_alive(xmpp: XmppWorld) -> None:
    server = await partner_server(xmpp)
    gateway = XmppGateway(keep_alive=timedelta(milliseconds=200), stream_inactivity=timedelta(seconds=30))
    await xmpp.start(gateway=gateway)
    ours = await inside(xmpp)
    ours.send(message(**TO_PARTNER))
    await server.arrived.get()
    (stream,) = server.streams
    while not stream.heard.endswith("</message>  "):
        stream.news.clear()
        await stream.news.wait()


async def test_half_a_stanza_and_half_a_negotiation_are_cut_in_time(xmpp: XmppWorld) -> None:
    await xmpp.start(limits=XmppLimits(stanza_seconds=0.2, silence_seconds=0.2, handshake_seconds=0.3))
    slow = await live(xmpp)
    slow.send("<message from='frida")
    assert "<connection-timeout" in await slow.end()
    silent = await connect(xmpp)
    assert await silent.end() == ""
    half = await connect(xmpp)
    half.send(header())
    assert "<connection-timeout" in await half.end()
    handshake = await connect(xmpp)
    handshake.send(b"\x16\x03\x01\x02\x00\x01")
    assert await handshake.end() == ""


async def test_strangers_hold_no_more_than_their_share_of_half_open_streams(xmpp: XmppWorld) -> None:
    await xmpp.start(limits=XmppLimits(half_open_per_address=3, silence_seconds=0.5))
    peers = [await connect(xmpp) for _ in range(5)]
    assert await peers[4].end() == ""
    assert "3 negotiations with this address are under way already" in await xmpp.failure("connect")
    for peer in peers:
        await peer.end()
    await live(xmpp)


async def test_a_listener_for_both_families_shows_ipv4_as_such(xmpp: XmppWorld) -> None:
    await xmpp.start(listen="[::]:0")
    await live(xmpp)
    assert [each.peer.rpartition(":")[0] for each in xmpp.edge.sessions()] == ["127.0.0.1"]


async def test_a_queue_is_bounded_and_what_does_not_fit_comes_back(xmpp: XmppWorld) -> None:
    server, port = await internal_server(xmpp)
    await xmpp.start(inside_port=port, limits=XmppLimits(queue=2))
    xmpp.dns.silent.add(f"_xmpp-server._tcp.{PARTNER}")
    ours = await inside(xmpp)
    ours.send("".join(message(body=f"{n}", more=f"id='{n}'", **TO_PARTNER) for n in range(3)))
    told = await server.arrived.get()
    assert "<resource-constraint" in told
    assert "id='2'" in told.replace('"', "'")


@pytest.mark.parametrize(
    ("answer", "stage", "told"),
    [
        ("<stream:features/>", "tls", "the other side offers no STARTTLS"),
        (f"<stream:error><host-unknown xmlns='{ERRORS}'/></stream:error>", "relay", "host-unknown"),
        (OFFERED + f"<failure xmlns='{TLS}'/>", "tls", "refused STARTTLS"),
        ("<a>&x;</a>", "parse", "restricted-xml"),
        ("</stream:stream>", "relay", "closed the stream"),
    ],
)  # fmt: skip
async def test_a_partner_that_negotiates_badly_is_named_with_what_it_did(
    xmpp: XmppWorld, answer: str, stage: str, told: str
) -> None:
    server, port = await internal_server(xmpp)
    bad = Server(server_context(xmpp.public.file, xmpp.partner_credential),
                 lambda peer, _: peer.send(header(PARTNER, OURS, "id='1' version='1.0'") + answer))  # fmt: skip
    await xmpp.start(inside_port=port)
    xmpp.publish(PARTNER, await bad.start())
    xmpp.on_stop(bad.stop)
    assert "<remote-server-timeout" in await bounced(xmpp, server, **TO_PARTNER)
    assert told in await xmpp.failure(stage)


async def test_a_partners_certificate_never_opens_the_inside(xmpp: XmppWorld) -> None:
    await xmpp.start()
    with pytest.raises((OSError, EOFError)):
        await inside(xmpp, credential=xmpp.partner_credential)


async def test_a_server_of_ours_that_is_not_named_does_not_come_in(xmpp: XmppWorld) -> None:
    await xmpp.start()
    with pytest.raises(EOFError, match=r"none of edge\.internal_peers"):
        await inside(xmpp, credential=xmpp.private.issue("other.int.contoso.example"))


async def test_our_server_does_not_speak_for_other_domains(xmpp: XmppWorld) -> None:
    await xmpp.start()
    with pytest.raises(EOFError, match="invalid-from"):
        await inside(xmpp, sender=PARTNER)


async def test_explain_asks_the_records_of_xmpp(xmpp: XmppWorld) -> None:
    await xmpp.start()
    xmpp.publish(PARTNER, 5269)
    answer = await xmpp.edge.evidence(PARTNER)
    assert [(each.target, each.port) for each in answer.records] == [(f"xmpp.{PARTNER}", 5269)]


async def test_renewed_certificates_serve_new_streams(xmpp: XmppWorld) -> None:
    await xmpp.start()
    await live(xmpp)
    edge = xmpp.edge.configuration.edge
    assert edge is not None
    assert edge.certificate is not None
    fresh = xmpp.public.issue("sip.contoso.example", OURS, "fresh.contoso.example")
    for name, path in ((edge.certificate, fresh.certificate), (str(edge.private_key), fresh.key)):
        (xmpp.directory / name.removeprefix("file:")).write_bytes(path.read_bytes())
    await xmpp.edge.certificates.reload()
    peer = await live(xmpp)
    shown = peer.writer.get_extra_info("peercert")["subjectAltName"]
    assert ("DNS", "fresh.contoso.example") in shown
    assert len(xmpp.edge.sessions()) == 2
    assert msgspec.json.encode(xmpp.edge.sessions())
