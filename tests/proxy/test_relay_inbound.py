"""From a partner to us over real TLS: what passes, what is refused, and with which answer."""

import pytest

from tests.proxy.federation import EDGE, OURS, PARTNER, PARTNER_EDGE, Federation, allow, block
from tests.proxy.sip_peer import Received, reply_to, request


def diagnostics(reply: Received) -> int:
    """Return the ms-diagnostics id; the source is always the edge."""
    code, source, reason = reply["ms-diagnostics"].split(";")
    assert source == f'source="{EDGE}"'
    assert reason.startswith('reason="')
    return int(code)


async def test_a_message_from_an_allowed_partner_gets_the_far_200(world: Federation) -> None:
    client = await world.outside()
    reply = await client.ask(request())
    assert reply.status == 200
    assert reply["to"].endswith("tag=far")
    assert len(reply.all("via")) == 1
    got = await world.pool.requests.get()
    assert got.body == b"hello"
    assert got["max-forwards"] == "69"
    ours, theirs = got.all("via")
    assert ours.startswith("SIP/2.0/TLS edge.int.contoso.example")
    assert theirs.endswith(";received=127.0.0.1")


async def test_headers_the_edge_does_not_touch_keep_their_bytes_and_order(world: Federation) -> None:
    client = await world.outside()
    await client.ask(request(extra="X-Odd :  Two  Spaces\r\nsubject:kept"))
    got = await world.pool.requests.get()
    assert b"\r\nX-Odd :  Two  Spaces\r\nsubject:kept\r\n" in got.raw


async def test_pipelined_messages_all_get_their_answer(world: Federation) -> None:
    client = await world.outside()
    client.send(b"".join(request(call_id=f"Call-ID: {number}") for number in range(50)))
    replies = [await client.receive() for _ in range(50)]
    assert {reply.status for reply in replies} == {200}
    assert [reply["call-id"] for reply in replies] == [str(number) for number in range(50)]


async def test_options_is_relayed_and_options_to_the_edge_itself_is_answered_here(world: Federation) -> None:
    client = await world.outside()
    assert (await client.ask(request(method="OPTIONS"))).status == 200
    assert (await world.pool.requests.get()).start.startswith("OPTIONS sip:alice@contoso.example")
    own = request("<sip:fabrikam.example>", f"<sip:{EDGE}>", method="OPTIONS")
    assert (await client.ask(own)).status == 200
    assert world.pool.requests.empty()


async def test_options_to_the_edge_from_a_blocked_domain_is_refused(unstarted: Federation) -> None:
    await unstarted.start(block(PARTNER))
    client = await unstarted.outside()
    reply = await client.ask(request("<sip:fabrikam.example>", f"<sip:{EDGE};transport=tls>", method="OPTIONS"))
    assert (reply.status, diagnostics(reply)) == (403, 1027)


async def test_a_missing_max_forwards_becomes_70(world: Federation) -> None:
    client = await world.outside()
    await client.ask(request(max_forwards=None))
    assert (await world.pool.requests.get())["max-forwards"] == "70"


@pytest.mark.parametrize(
    ("sender", "status"),
    [
        ("<sip:bob@blocked.example>", 403),
        ("<sip:bob@blocked.example.>", 403),
        ("<sip:bob@BLOCKED.Example..>", 403),
        ("<sip:bob@sub.blocked.example>", 403),
        ('"sip:good@fabrikam.example" <sip:bob@blocked.example>', 403),
        ('"x\\" <sip:good@fabrikam.example>" <sip:bob@blocked.example>', 403),
        ("sip:bob@blocked.example", 403),
        ("<sip:bob%40fabrikam.example@blocked.example>", 403),
        ("<sips:bob@blocked.example>", 403),
        ("<sip:bob@fabrikam.example@blocked.example>", 400),
        ("<sip:bob@blocked.example>, <sip:bob@fabrikam.example>", 400),
        ("<sip:bob@%62locked.example>", 400),
        ("<sip:bob@b\u00fccher.example>", 400),
        ("<tel:+15551234>", 400),
        ("tel:+15551234", 400),
        ("<sip:bob@192.0.2.1>", 400),
        ("<sip:bob@[2001:db8::1]>", 400),
        ("<sip:bob@localhost>", 400),
        ("sip:bob@fabrikam.example?x=<sip:bob@blocked.example>", 400),
        ('"<sip:bob@fabrikam.example>', 400),
    ],
)
async def test_no_spelling_of_a_blocked_or_unusable_sender_passes(
    unstarted: Federation, sender: str, status: int
) -> None:
    await unstarted.start(allow(PARTNER), block("blocked.example"))
    client = await unstarted.outside()
    assert (await client.ask(request(sender))).status == status
    assert unstarted.pool.requests.empty()


@pytest.mark.parametrize(
    "from_line",
    [
        "f: <sip:bob@blocked.example>;tag=1",
        "FROM\t: <sip:bob@blocked.example>;tag=1",
        "From:\r\n <sip:bob@blocked.example>;tag=1",
        'From: "sip:bob@fabrikam.example"\r\n\t<sip:bob@blocked.example>\r\n ;tag=1',
    ],
)
async def test_folded_and_compact_from_are_read_for_what_they_are(unstarted: Federation, from_line: str) -> None:
    await unstarted.start(allow(PARTNER), block("blocked.example"))
    client = await unstarted.outside()
    assert (await client.ask(request(from_=from_line))).status == 403
    assert (await client.ask(request(from_=from_line.replace("@blocked", "@fabrikam")))).status == 200


@pytest.mark.parametrize("second", ["From", "f", "FROM"])
async def test_two_from_headers_are_refused(world: Federation, second: str) -> None:
    client = await world.outside()
    reply = await client.ask(request(extra=f"{second}: <sip:alice@contoso.example>;tag=2"))
    assert reply.status == 400
    assert world.pool.requests.empty()


async def test_nobody_outside_speaks_for_our_own_domain(world: Federation) -> None:
    client = await world.outside()
    reply = await client.ask(request("<sip:ceo@contoso.example>"))
    assert (reply.status, diagnostics(reply)) == (403, 1017)


async def test_a_partner_does_not_speak_for_another_domain(unstarted: Federation) -> None:
    await unstarted.start(allow(PARTNER), allow("litware.example"))
    unstarted.dns.srv("litware.example", "5061 sip.litware.example")
    client = await unstarted.outside()
    reply = await client.ask(request("<sip:eve@litware.example>"))
    assert (reply.status, diagnostics(reply)) == (403, 1010)
    (failure,) = unstarted.edge.failures()
    assert (
        failure.text
        == "peer-name: the certificate carries sip.fabrikam.example, not litware.example or sip.litware.example"
    )


@pytest.mark.parametrize(
    ("recipient", "uri"),
    [
        ("<sip:victim@elsewhere.example>", None),
        ("<sip:alice@contoso.example>", "sip:victim@elsewhere.example"),
        ("<sip:victim@elsewhere.example>", "sip:alice@contoso.example"),
        ("<sip:victim@192.0.2.9>", None),
        ("<sip:alice@contoso.example>", "sip:alice@contoso.example;lr;MAddr=10.0.0.1"),
        ("<sip:victim@contoso.example.evil.example>", None),
    ],
)
async def test_the_edge_is_no_open_relay(world: Federation, recipient: str, uri: str | None) -> None:
    client = await world.outside()
    reply = await client.ask(request(recipient=recipient, uri=uri))
    assert (reply.status, diagnostics(reply)) == (403, 1017)
    assert world.pool.requests.empty()


async def test_a_partners_route_does_not_steer_our_servers(world: Federation) -> None:
    client = await world.outside()
    route = f"Route: <sip:{EDGE};lr>, <sip:victim.elsewhere.example;lr>\r\nROUTE : <sip:10.0.0.1;lr>"
    assert (await client.ask(request(extra=route))).status == 200
    assert (await world.pool.requests.get()).all("route") == []


@pytest.mark.parametrize(
    "asserted",
    [
        "P-Asserted-Identity: <sip:ceo@contoso.example>",
        "p-asserted-IDENTITY \t: <sip:ceo@contoso.example>",
        "P-Preferred-Identity: <sip:ceo@contoso.example>",
        "P-Asserted-Identity:\r\n <sip:ceo@contoso.example>",
        "ms-edge-proxy-message-trust: ms-source-type=DirectPartner",
        "MS-Asserted-Verification-Level: ms-source-verified-user=verified",
        "Remote-Party-ID: <sip:ceo@contoso.example>",
    ],
)
async def test_what_a_stranger_asserts_is_removed(world: Federation, asserted: str) -> None:
    client = await world.outside()
    assert (await client.ask(request(extra=f"{asserted}\r\nP-Asserted-Identity: <tel:+1>"))).status == 200
    got = await world.pool.requests.get()
    assert b"ceo" not in got.raw.lower()
    asserted_names = [name for name, _ in got.headers if name.startswith(("p-asserted", "ms-", "remote-party"))]
    assert asserted_names == ["ms-edge-proxy-message-trust"]
    assert got["ms-edge-proxy-message-trust"].startswith(f"ms-source-type=AutoFederation;ms-ep-fqdn={EDGE};")


@pytest.mark.parametrize(
    ("names", "common_name"),
    [(("*.fabrikam.example",), "sip.fabrikam.example"), ((), "sip.fabrikam.example"), (("evil.example",), "leaf")],
    ids=["wildcard", "common name only", "another name"],
)
async def test_a_certificate_without_the_exact_name_speaks_for_nobody(
    world: Federation, names: tuple[str, ...], common_name: str
) -> None:
    client = await world.outside(world.public.issue(*names, common_name=common_name))
    reply = await client.ask(request())
    assert (reply.status, diagnostics(reply)) == (403, 1010)
    assert world.pool.requests.empty()


async def test_the_domain_itself_as_a_name_is_an_identity(world: Federation) -> None:
    client = await world.outside(world.public.issue(PARTNER.upper()))
    assert (await client.ask(request())).status == 200


async def test_an_srv_target_outside_the_domain_is_refused(unstarted: Federation) -> None:
    await unstarted.start(allow(PARTNER))
    unstarted.dns.srv(PARTNER, "5061 sip.evil.example", "5061 deep.sip.fabrikam.example")
    client = await unstarted.outside(unstarted.public.issue("sip.evil.example", "deep.sip.fabrikam.example"))
    reply = await client.ask(request())
    assert (reply.status, diagnostics(reply)) == (403, 1009)


async def test_a_pinned_partner_is_only_its_access_edge_and_dns_is_not_asked(unstarted: Federation) -> None:
    await unstarted.start(allow(PARTNER, "edge.fabrikam.example"))
    other_host = await unstarted.outside()
    reply = await other_host.ask(request())
    assert (reply.status, diagnostics(reply)) == (403, 1010)
    right_host = await unstarted.outside(unstarted.public.issue("edge.fabrikam.example"))
    assert (await right_host.ask(request())).status == 200
    assert not any(kind == "SRV" for _, kind in unstarted.dns.asked)


async def test_dns_trouble_is_answered_504_and_a_missing_record_403(unstarted: Federation) -> None:
    await unstarted.start(allow("broken.example"), allow("missing.example"))
    unstarted.dns.broken.add("_sipfederationtls._tcp.broken.example")
    client = await unstarted.outside()
    reply = await client.ask(request("<sip:bob@broken.example>"))
    assert (reply.status, diagnostics(reply)) == (504, 1008)
    reply = await client.ask(request("<sip:bob@missing.example>"))
    assert (reply.status, diagnostics(reply)) == (403, 1008)


async def test_a_blocked_or_unlisted_domain_costs_no_dns_question(unstarted: Federation) -> None:
    await unstarted.start(block(PARTNER))
    client = await unstarted.outside()
    assert (await client.ask(request())).status == 403
    assert (await client.ask(request("<sip:bob@stranger.example>"))).status == 403
    assert not unstarted.dns.asked


@pytest.mark.parametrize("method", ["REGISTER", "PUBLISH", "SERVICE", "message"])
async def test_what_clients_ask_of_their_own_server_is_refused_with_what_is_served(
    world: Federation, method: str
) -> None:
    client = await world.outside()
    reply = await client.ask(request(method=method))
    assert reply.status == 405
    assert {"INVITE", "MESSAGE", "SUBSCRIBE"} <= set(reply["allow"].split(", "))
    assert method not in reply["allow"].split(", ")
    assert world.edge.failures()[0].text == f"{method} is not relayed between organisations"


@pytest.mark.parametrize("method", ["BYE", "UPDATE", "INFO", "PRACK", "NOTIFY"])
async def test_what_belongs_into_a_dialog_is_481_outside_of_one(world: Federation, method: str) -> None:
    client = await world.outside()
    for recipient in ("<sip:alice@contoso.example>", "<sip:alice@contoso.example>;tag=none"):
        assert (
            await client.ask(request(recipient=recipient, uri="sip:alice@contoso.example", method=method))
        ).status == 481
    assert world.pool.requests.empty()


async def test_cancel_of_nothing_is_481_and_an_ack_gets_no_answer(world: Federation) -> None:
    client = await world.outside()
    client.send(request(method="ACK") + request(method="ACK", max_forwards="Max-Forwards: nonsense"))
    assert (await client.ask(request(method="CANCEL"))).status == 481


async def test_a_request_that_was_here_before_is_a_loop_and_one_that_changed_is_not(world: Federation) -> None:
    client = await world.outside()
    client.send(request())
    got = await world.pool.requests.get()
    await client.receive()
    again = got.raw.replace(b"Max-Forwards: 69", b"Max-Forwards: 68")
    assert (await client.ask(again)).status == 482
    assert (await client.ask(again.replace(b"MESSAGE sip:alice@", b"MESSAGE sip:carol@"))).status == 200


async def test_proxy_require_names_what_is_not_supported(world: Federation) -> None:
    client = await world.outside()
    reply = await client.ask(request(extra="Proxy-Require: sec-agree, privacy"))
    assert (reply.status, reply["unsupported"]) == (420, "sec-agree, privacy")


async def test_a_silent_server_of_ours_is_a_504_in_time(unstarted: Federation) -> None:
    unstarted.pool.answering = lambda message: None
    await unstarted.start(limits=unstarted.short_limits(transaction_seconds=0.05))
    client = await unstarted.outside()
    reply = await client.ask(request())
    assert (reply.status, diagnostics(reply)) == (504, 1033)


async def test_a_server_of_ours_that_breaks_off_is_a_504_at_once(unstarted: Federation) -> None:
    await unstarted.start()
    unstarted.pool.answering = lambda message: unstarted.pool.connections[0].writer.close()
    client = await unstarted.outside()
    reply = await client.ask(request())
    assert (reply.status, diagnostics(reply)) == (504, 1007)
    unstarted.pool.answering = reply_to
    assert (await client.ask(request())).status == 200


async def test_a_server_of_ours_that_is_down_is_a_504(unstarted: Federation) -> None:
    await unstarted.start()
    await unstarted.pool.stop()
    client = await unstarted.outside()
    reply = await client.ask(request())
    assert (reply.status, diagnostics(reply)) == (504, 1007)
    (counters,) = unstarted.edge.counters()
    assert (counters.received, counters.relayed_in, counters.failed) == (1, 0, 1)


async def test_a_next_hop_that_is_none_of_our_peers_gets_nothing(unstarted: Federation) -> None:
    imposter = await unstarted.server(unstarted.private.issue("other.int.contoso.example"), authority=unstarted.private)
    unstarted.pool = imposter
    await unstarted.start_without_pool()
    client = await unstarted.outside()
    reply = await client.ask(request())
    assert (reply.status, diagnostics(reply)) == (504, 1010)
    assert imposter.requests.empty()


async def test_what_passed_and_what_did_not_is_counted_and_listed(world: Federation) -> None:
    client = await world.outside()
    await client.ask(request())
    await client.ask(request("<sip:x@stranger.example>"))
    await client.ask(request(recipient="<sip:x@elsewhere.example>"))
    fabrikam, stranger = world.edge.counters()
    assert (fabrikam.received, fabrikam.relayed_in, fabrikam.denied_in) == (2, 1, 1)
    assert (stranger.domain, stranger.received, stranger.denied_in) == ("stranger.example", 1, 1)
    (session,) = world.edge.sessions()
    assert session.domains == (PARTNER,)
    assert session.names == (PARTNER_EDGE,)
    assert session.messages == 3
    assert session.tls.startswith("TLSv1.3 TLS_")
    (seen,) = world.edge.discovered()
    assert (seen.domain, seen.allowed, seen.outcome) == ("stranger.example", False, "not-listed")
    assert {failure.domain for failure in world.edge.failures()} == {PARTNER, "stranger.example"}
    assert OURS not in {each.domain for each in world.edge.counters()}
