"""From us to a partner over real TLS: nothing leaves before the names of that very connection were decided on."""

import asyncio

import pytest

from tests.proxy.federation import EDGE, EDGE_INSIDE, PARTNER, PARTNER_EDGE, POOL, Federation, allow, block
from tests.proxy.sip_peer import Received, reply_to, request

ALICE = "<sip:alice@contoso.example>"
BOB = "<sip:bob@fabrikam.example>"


def diagnostics(reply: Received) -> int:
    return int(reply["ms-diagnostics"].split(";")[0])


async def test_a_message_of_ours_gets_the_partners_200_over_one_reused_connection(world: Federation) -> None:
    client = await world.inside()
    for _ in range(3):
        assert (await client.ask(request(ALICE, BOB))).status == 200
    assert len(world.partner.connections) == 1
    got = await world.partner.requests.get()
    assert got.all("via")[0].startswith(f"SIP/2.0/TLS {EDGE}:{world.port('sip')};branch=z9hG4bK")
    assert got["max-forwards"] == "69"


async def test_many_messages_to_a_partner_not_yet_connected_share_one_connection(world: Federation) -> None:
    client = await world.inside()
    client.send(b"".join(request(ALICE, BOB) for _ in range(20)))
    assert {(await client.receive()).status for _ in range(20)} == {200}
    assert len(world.partner.connections) == 1
    assert world.dns.asked[f"_sipfederationtls._tcp.{PARTNER}", "SRV"] == 1


async def test_options_passes_and_options_to_the_edge_is_answered_here(world: Federation) -> None:
    client = await world.inside()
    assert (await client.ask(request(ALICE, BOB, method="OPTIONS"))).status == 200
    own = request(f"<sip:{POOL}>", f"<sip:{EDGE_INSIDE}>", method="OPTIONS")
    assert (await client.ask(own)).status == 200


async def test_a_pinned_partner_is_reached_without_srv(unstarted: Federation) -> None:
    await unstarted.start()
    pinned = await unstarted.server(unstarted.public.issue("edge.litware.example"))
    unstarted.dns.a("edge.litware.example", "127.0.0.1")
    unstarted.activate(allow("litware.example", f"edge.litware.example:{pinned.port}"))
    client = await unstarted.inside()
    assert (await client.ask(request(ALICE, "<sip:bob@litware.example>"))).status == 200
    assert not any(kind == "SRV" for _, kind in unstarted.dns.asked)


@pytest.mark.parametrize(
    ("names", "common_name"),
    [
        (("evil.example",), "leaf"),
        (("*.fabrikam.example",), PARTNER_EDGE),
        ((), PARTNER_EDGE),
        (("sip2.fabrikam.example", "www.fabrikam.example"), "leaf"),
        (("sip.fabrikam.example.evil.example",), "leaf"),
    ],
    ids=["somebody else", "wildcard", "common name only", "other host of the domain", "longer name"],
)
async def test_nothing_leaks_to_a_host_whose_certificate_names_somebody_else(
    world: Federation, names: tuple[str, ...], common_name: str
) -> None:
    imposter = await world.server(world.public.issue(*names, common_name=common_name))
    world.dns.srv(PARTNER, f"{imposter.port} {PARTNER_EDGE}")
    client = await world.inside()
    reply = await client.ask(request(ALICE, BOB))
    assert (reply.status, diagnostics(reply)) == (504, 1010)
    assert imposter.requests.empty()
    assert (await imposter.connections[0].ended()) == b""


async def test_nothing_leaks_to_another_host_of_a_pinned_domain(world: Federation) -> None:
    other = await world.server(world.public.issue("www.fabrikam.example", PARTNER))
    world.dns.a("edge.fabrikam.example", "127.0.0.1")
    world.activate(allow(PARTNER, f"edge.fabrikam.example:{other.port}"))
    client = await world.inside()
    reply = await client.ask(request(ALICE, BOB))
    assert (reply.status, diagnostics(reply)) == (504, 1010)
    assert other.requests.empty()


async def test_a_host_of_an_unknown_authority_gets_nothing(world: Federation) -> None:
    imposter = await world.server(world.private.issue(PARTNER_EDGE))
    world.dns.srv(PARTNER, f"{imposter.port} {PARTNER_EDGE}")
    client = await world.inside()
    reply = await client.ask(request(ALICE, BOB))
    assert (reply.status, diagnostics(reply)) == (504, 1010)
    assert imposter.requests.empty()


@pytest.mark.parametrize(
    ("publish", "status", "code"),
    [
        (lambda dns: dns.records.clear(), 504, 1008),
        (lambda dns: dns.broken.add(f"_sipfederationtls._tcp.{PARTNER}"), 504, 1008),
        (lambda dns: dns.srv(PARTNER, "5061 sip.evil.example"), 504, 1009),
        (lambda dns: dns.srv(PARTNER, "5061 deep.sip.fabrikam.example"), 504, 1009),
        (lambda dns: dns.records.pop((PARTNER_EDGE, "A")), 504, 1014),
        (lambda dns: dns.a(PARTNER_EDGE, "169.254.169.254", "10.0.0.1"), 504, 1046),
        (lambda dns: dns.srv(PARTNER, f"1 {PARTNER_EDGE}"), 504, 1046),
    ],
    ids=["no SRV", "DNS broken", "SRV elsewhere", "SRV too deep", "no address", "denied address", "refused"],
)
async def test_what_the_world_did_not_give_is_named(world: Federation, publish, status: int, code: int) -> None:
    publish(world.dns)
    client = await world.inside()
    reply = await client.ask(request(ALICE, BOB))
    assert (reply.status, diagnostics(reply)) == (status, code)
    assert world.partner.requests.empty()


async def test_a_port_that_speaks_no_tls_is_named(world: Federation) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.close()

    plain = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    world.dns.srv(PARTNER, f"{plain.sockets[0].getsockname()[1]} {PARTNER_EDGE}")
    client = await world.inside()
    reply = await client.ask(request(ALICE, BOB))
    assert (reply.status, diagnostics(reply)) == (504, 1047)
    plain.close()


async def test_rules_refuse_before_dns_is_asked(unstarted: Federation) -> None:
    await unstarted.start(block(PARTNER))
    client = await unstarted.inside()
    for recipient in (BOB, "<sip:x@FABRIKAM.example..>", "<sip:x@stranger.example>"):
        reply = await client.ask(request(ALICE, recipient))
        assert (reply.status, diagnostics(reply)) == (403, 1005)
    assert not unstarted.dns.asked


@pytest.mark.parametrize(
    ("sender", "recipient", "uri"),
    [
        ("<sip:eve@stranger.example>", BOB, None),
        (ALICE, "<sip:carol@contoso.example>", None),
        (ALICE, "<sip:bob@litware.example>", "sip:bob@fabrikam.example"),
        (ALICE, BOB, "sip:bob@192.0.2.7"),
    ],
    ids=["sender not ours", "recipient ours", "To and Request-URI disagree", "an address"],
)
async def test_domains_that_do_not_go_together_are_refused(
    world: Federation, sender: str, recipient: str, uri: str | None
) -> None:
    client = await world.inside()
    reply = await client.ask(request(sender, recipient, uri=uri))
    assert (reply.status, diagnostics(reply)) == (403, 1017)
    assert world.partner.requests.empty()


async def test_what_our_trust_domain_keeps_to_itself_does_not_leave(world: Federation) -> None:
    client = await world.inside()
    inner = (
        "P-Asserted-Identity: <sip:alice@contoso.example>\r\nms-user-logon-data: RemoteUser\r\n"
        f"Route: <sip:{EDGE_INSIDE};lr>, <sip:{PARTNER_EDGE};lr>\r\nRoute: <sip:{EDGE}>"
    )
    await client.ask(request(ALICE, BOB, extra=inner))
    got = await world.partner.requests.get()
    assert got.all("p-asserted-identity") == []
    assert got.all("ms-user-logon-data") == []
    assert got.all("route") == [f"<sip:{PARTNER_EDGE};lr>"]


async def test_an_identity_its_user_wants_public_stays(world: Federation) -> None:
    client = await world.inside()
    identity = "P-Asserted-Identity: <sip:alice@contoso.example>"
    await client.ask(request(ALICE, BOB, extra=f"{identity}\r\nPrivacy: none"))
    assert (await world.partner.requests.get()).all("p-asserted-identity")


async def test_a_response_from_a_partner_asserts_nothing_either(world: Federation) -> None:
    world.partner.answering = lambda message: reply_to(message, extra="P-Asserted-Identity: <sip:ceo@contoso.example>")
    client = await world.inside()
    reply = await client.ask(request(ALICE, BOB))
    assert reply.status == 200
    assert reply.all("p-asserted-identity") == []


@pytest.mark.parametrize(
    ("header", "theirs", "foreign"),
    [
        ("Reply-To", "<sip:bob@fabrikam.example>", "<sip:ceo@contoso.example>"),
        ("Referred-By", "<sip:bob@fabrikam.example>", "<sip:ceo@contoso.example>"),
        ("History-Info", "<sip:bob@fabrikam.example>;index=1", "<sip:ceo@contoso.example>;index=1"),
        ("Diversion", "<sip:bob@fabrikam.example>", "<sip:ceo@litware.example>"),
        (
            "Identity-Info",
            "<https://sip.fabrikam.example/cert>;alg=rsa-sha1",
            "<https://litware.example/cert>;alg=rsa-sha1",
        ),
    ],
)
async def test_a_response_names_nobody_its_partner_does_not_speak_for(
    world: Federation, header: str, theirs: str, foreign: str
) -> None:
    client = await world.inside()
    for value, arrives in ((theirs, [theirs]), (foreign, [])):
        extra = f"{header}: {value}"
        world.partner.answering = lambda message, extra=extra: reply_to(message, extra=extra)
        reply = await client.ask(request(ALICE, BOB))
        assert (reply.status, reply.all(header.lower())) == (200, arrives)


async def test_only_the_connection_that_was_asked_may_answer(unstarted: Federation) -> None:
    await unstarted.start(allow(PARTNER), allow("litware.example"))
    unstarted.partner.answering = lambda message: None
    client = await unstarted.inside()
    client.send(request(ALICE, BOB))
    asked = await unstarted.partner.requests.get()
    forged = reply_to(asked, "200 Forged")
    other_partner = await unstarted.outside(unstarted.public.issue("sip.litware.example"))
    same_partner_elsewhere = await unstarted.outside()
    for number, injector in enumerate((other_partner, same_partner_elsewhere), 1):
        injector.send(forged)
        while len(unstarted.edge.failures()) < number:
            await unstarted.edge.events.wait(unstarted.edge.events.last_id)
    texts = [failure.text for failure in unstarted.edge.failures()]
    assert texts == ["a response to nothing that was asked here"] * 2
    unstarted.partner.connections[0].send(
        reply_to(asked, "200 Wrong method").replace(b"MESSAGE", b"OPTIONS")
        + forged.replace(b"branch=z9hG4bK", b"branch=z9hG4bKx")
        + reply_to(asked, "100 Trying")
        + reply_to(asked, "200 Real")
        + reply_to(asked, "200 Twice")
    )
    assert (await client.receive()).start == "SIP/2.0 200 Real"
    assert (await client.ask(request(ALICE, "<sip:x@stranger.example>"))).status == 403


async def test_vias_folded_into_one_line_come_apart_again(world: Federation) -> None:
    def folded(message: Received) -> bytes:
        vias = ", ".join(message.all("via"))
        rest = [f"{key}: {value}" for key, value in message.headers if key in ("from", "to", "call-id", "cseq")]
        return "\r\n".join(["SIP/2.0 202 Accepted", f"v: {vias}", *rest, "l: 0", "", ""]).encode()

    world.partner.answering = folded
    client = await world.inside()
    reply = await client.ask(
        request(ALICE, BOB, via='Via: SIP/2.0/TLS h;branch=z9hG4bK1;x="a,b", SIP/2.0/TLS g;branch=z9hG4bK2')
    )
    assert reply.status == 202
    assert reply["via"].endswith('x="a,b";received=127.0.0.1, SIP/2.0/TLS g;branch=z9hG4bK2')


async def test_a_silent_partner_is_a_504_and_one_that_breaks_off_too(unstarted: Federation) -> None:
    await unstarted.start(limits=unstarted.short_limits(transaction_seconds=0.05))
    unstarted.partner.answering = lambda message: None
    client = await unstarted.inside()
    reply = await client.ask(request(ALICE, BOB))
    assert (reply.status, diagnostics(reply)) == (504, 1034)
    # Silent for the whole time, so the path may be gone: the next request takes a new connection.
    unstarted.partner.answering = lambda message: unstarted.partner.connections[1].writer.close()
    reply = await client.ask(request(ALICE, BOB))
    assert (reply.status, diagnostics(reply)) == (504, 1046)
    (counters,) = unstarted.edge.counters()
    assert (counters.sent, counters.relayed_out, counters.failed) == (2, 2, 2)


async def test_a_partner_may_send_over_the_connection_we_opened(world: Federation) -> None:
    client = await world.inside()
    await client.ask(request(ALICE, BOB))
    world.partner.answering = lambda message: None
    opened = world.partner.connections[0]
    opened.send(request("<sip:eve@elsewhere.example>"))
    assert (await world.partner.requests.get()).start.startswith("MESSAGE")
    assert (await world.partner.requests.get()).start == "SIP/2.0 403 Forbidden"
    opened.send(request())
    assert (await world.partner.requests.get()).start == "SIP/2.0 200 OK"
