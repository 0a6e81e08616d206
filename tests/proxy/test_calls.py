"""Calls and subscriptions through the edge over real TLS: every transaction and every way back of RFC 3261 16."""

import pytest

from tests.proxy.call import ALICE, ALICE_AT, BOB, BOB_AT, End, again, answer, opening, routes_of
from tests.proxy.federation import EDGE, EDGE_INSIDE, PARTNER, PARTNER_EDGE, Federation, allow, block
from tests.proxy.sip_peer import Received, SipClient, reply_to, request

BEHIND_BOB = f"<sip:{PARTNER_EDGE}:5061;transport=tls;lr>"
BEHIND_ALICE = "<sip:fe1.int.contoso.example:5061;transport=tls;lr>"


def quiet(message: Received) -> bytes | None:
    """Answer nothing; the test does."""
    return None


class Line:
    """A client that calls and the server it reaches, whichever side they are on."""

    def __init__(self, world: Federation, client: SipClient, *, outbound: bool) -> None:
        self.client = client
        self.server = world.partner if outbound else world.pool
        self.server.answering = quiet
        self.sender, self.recipient = (ALICE, BOB) if outbound else (BOB, ALICE)
        self.near_at, self.far_at = (ALICE_AT, BOB_AT) if outbound else (BOB_AT, ALICE_AT)
        behind = (BEHIND_ALICE, BEHIND_BOB) if outbound else (BEHIND_BOB, BEHIND_ALICE)
        self.behind_near, self.behind_far = behind
        first, second = (EDGE, EDGE_INSIDE) if outbound else (EDGE_INSIDE, EDGE)
        self.recorded = [first, second]
        """Hosts of our Record-Route entries, the side the request leaves by first."""

    @property
    def far(self) -> SipClient:
        return self.server.connections[0]

    async def invite(self, extra: str = "", body: bytes = b"") -> tuple[bytes, Received]:
        """Send an INVITE; return it and what arrived."""
        record = f"Record-Route: {self.behind_near}" + (f"\r\n{extra}" if extra else "")
        opened = opening("INVITE", self.sender, self.recipient, self.near_at, record, body)
        self.client.send(opened)
        asked = await self.server.requests.get()
        assert (await self.client.receive()).status == 100
        return opened, asked

    async def establish(self) -> tuple[End, End]:
        """Set up a call; return the ends of caller and callee."""
        opened, asked = await self.invite()
        self.far.send(self.accept(asked))
        reply = await self.client.receive()
        assert reply.status == 200
        caller, callee = End.caller(opened, reply), End.callee(asked)
        # The proxy of the caller's side has taken its own entry off before the edge sees the rest.
        caller.routes.remove(self.behind_near)
        self.client.send(caller.request("ACK"))
        assert (await self.server.requests.get()).start.startswith("ACK ")
        return caller, callee

    def accept(self, asked: Received, tag: str = "far") -> bytes:
        """Return the 200, with a Record-Route of the callee's side on top."""
        text = answer(asked, "200 OK", self.far_at, tag)
        return text.replace(b"Record-Route:", f"Record-Route: {self.behind_far}\r\nRecord-Route:".encode(), 1)


@pytest.fixture(params=["out", "in"])
async def line(world: Federation, request: pytest.FixtureRequest) -> Line:
    outbound = request.param == "out"
    return Line(world, await (world.inside() if outbound else world.outside()), outbound=outbound)


def hosts(routes: list[str]) -> list[str]:
    return [route.partition("sip:")[2].partition(":")[0].partition(";")[0].rstrip(">") for route in routes]


async def test_a_call_is_set_up_used_and_ended_from_either_side(world: Federation, line: Line) -> None:
    opened, asked = await line.invite(body=b"v=0\r\nm=message 5060 sip null\r\n")
    assert hosts(routes_of(asked))[:2] == line.recorded
    assert routes_of(asked)[2:] == [line.behind_near]
    line.far.send(answer(asked, "180 Ringing", line.far_at) + line.accept(asked))
    assert (await line.client.receive()).status == 180
    reply = await line.client.receive()
    assert reply.status == 200
    assert len(reply.all("via")) == 1
    caller = End.caller(opened, reply)
    assert hosts(caller.routes)[1:3] == [line.recorded[1], line.recorded[0]]
    line.client.send(caller.request("ACK", routes=caller.routes[1:]))
    ack = await line.server.requests.get()
    assert ack.start == f"ACK {line.far_at.strip('<>')} SIP/2.0"
    assert ack.all("route") == [line.behind_far]
    for method in ("INFO", "UPDATE", "PRACK", "MESSAGE"):
        line.client.send(caller.request(method, routes=caller.routes[1:]))
        inside = await line.server.requests.get()
        assert inside.start.startswith(f"{method} ")
        line.far.send(reply_to(inside))
        assert (await line.client.receive()).status == 200
    # The other end hangs up, over the connection the edge opened to it.
    callee = End.callee(asked)
    line.far.send(callee.request("BYE"))
    other = world.pool if line.server is world.partner else world.partner
    other.answering = reply_to
    assert (await line.server.requests.get()).start == "SIP/2.0 200 OK"
    bye = await other.requests.get()
    assert bye.start == f"BYE {line.near_at.strip('<>')} SIP/2.0"
    assert bye.all("route") == [line.behind_near]
    assert world.edge.failures() == ()


async def test_a_refused_call_is_acknowledged_hop_by_hop(world: Federation, line: Line) -> None:
    opened, asked = await line.invite()
    line.far.send(answer(asked, "486 Busy Here"))
    ack = await line.server.requests.get()
    assert ack.start == f"ACK {line.recipient.strip('<>')} SIP/2.0"
    assert ack["to"].endswith(";tag=far")
    assert ack.all("via") == asked.all("via")[:1]
    assert ack["cseq"] == "1 ACK"
    assert (await line.client.receive()).status == 486
    line.client.send(again(opened, "ACK"))
    # The ACK ended here: the next thing to arrive is another request.
    line.client.send(request(line.sender, line.recipient))
    assert (await line.server.requests.get()).start.startswith("MESSAGE ")
    assert not len(world.edge._relay.forwarding.calls)  # type: ignore[union-attr]


async def test_a_ringing_call_is_cancelled_hop_by_hop(world: Federation, line: Line) -> None:
    opened, asked = await line.invite()
    line.far.send(answer(asked, "180 Ringing", line.far_at))
    assert (await line.client.receive()).status == 180
    line.client.send(again(opened, "CANCEL"))
    cancelled = await line.client.receive()
    assert (cancelled.status, cancelled["cseq"]) == (200, "1 CANCEL")
    cancel = await line.server.requests.get()
    assert cancel.start == f"CANCEL {line.recipient.strip('<>')} SIP/2.0"
    assert cancel.all("via") == asked.all("via")[:1]
    line.far.send(reply_to(cancel) + answer(asked, "487 Request Terminated"))
    assert (await line.client.receive()).status == 487
    assert (await line.server.requests.get()).start.startswith("ACK ")


async def test_a_cancel_before_any_answer_waits_for_the_first(world: Federation, line: Line) -> None:
    opened, asked = await line.invite()
    line.client.send(again(opened, "CANCEL"))
    assert (await line.client.receive()).status == 200
    assert line.server.requests.empty()
    line.far.send(answer(asked, "100 Trying", tag=""))
    assert (await line.server.requests.get()).start.startswith("CANCEL ")


async def test_a_call_that_waits_for_dns_is_cancelled_without_leaving(world: Federation) -> None:
    world.dns.silent.add(f"_sipfederationtls._tcp.{PARTNER}")
    client = await world.inside()
    opened = opening("INVITE", ALICE, BOB, ALICE_AT)
    client.send(opened)
    await world.dns.was_asked(f"_sipfederationtls._tcp.{PARTNER}")
    client.send(again(opened, "CANCEL"))
    assert (await client.receive()).status == 200
    world.dns.silent.clear()
    assert (await client.receive()).status == 487
    assert world.partner.requests.empty()


async def test_every_answer_of_a_forked_call_passes_and_each_is_a_dialog(world: Federation, line: Line) -> None:
    opened, asked = await line.invite()
    for tag in ("one", "two"):
        line.far.send(answer(asked, "183 Session Progress", line.far_at, tag))
        assert (await line.client.receive())["to"].endswith(f";tag={tag}")
    replies = []
    for tag in ("one", "two", "three"):
        line.far.send(line.accept(asked, tag))
        replies.append(await line.client.receive())
    assert [(reply.status, reply["to"].rpartition("=")[2]) for reply in replies] == [
        (200, "one"), (200, "two"), (200, "three"),
    ]  # fmt: skip
    for reply in replies:
        caller = End.caller(opened, reply)
        line.client.send(caller.request("BYE", routes=caller.routes[1:]))
        bye = await line.server.requests.get()
        line.far.send(reply_to(bye))
        assert (await line.client.receive()).status == 200


async def test_a_late_refusal_of_another_branch_does_not_follow_a_200(world: Federation, line: Line) -> None:
    _, asked = await line.invite()
    line.far.send(line.accept(asked) + answer(asked, "486 Busy Here", tag="other"))
    assert (await line.client.receive()).status == 200
    assert (await line.server.requests.get()).start.startswith("ACK ")
    assert (await line.client.ask(request(line.sender, "<sip:x@stranger.example>"))).status == 403


async def test_a_call_nobody_takes_is_cancelled_by_timer_c_and_answered_408(unstarted: Federation) -> None:
    await unstarted.start(limits=unstarted.short_limits(ringing_seconds=0.05, transaction_seconds=0.1))
    line = Line(unstarted, await unstarted.inside(), outbound=True)
    _, asked = await line.invite()
    line.far.send(answer(asked, "180 Ringing", BOB_AT))
    assert (await line.client.receive()).status == 180
    assert (await line.server.requests.get()).start.startswith("CANCEL ")
    reply = await line.client.receive()
    assert reply.status == 408
    assert reply["ms-diagnostics"].startswith("1034;")
    assert "nobody answered" in unstarted.edge.failures()[0].text


async def test_an_invite_without_any_answer_is_504(unstarted: Federation) -> None:
    await unstarted.start(limits=unstarted.short_limits(transaction_seconds=0.05))
    line = Line(unstarted, await unstarted.inside(), outbound=True)
    await line.invite()
    reply = await line.client.receive()
    assert (reply.status, reply["ms-diagnostics"].split(";")[0]) == (504, "1034")


async def test_an_invite_that_comes_twice_goes_out_once(world: Federation, line: Line) -> None:
    opened, asked = await line.invite()
    line.client.send(opened)
    line.far.send(answer(asked, "180 Ringing", line.far_at))
    assert (await line.client.receive()).status == 180
    assert line.server.requests.empty()


async def test_a_caller_that_is_gone_has_its_ringing_call_cancelled(world: Federation, line: Line) -> None:
    _, asked = await line.invite()
    line.far.send(answer(asked, "180 Ringing", line.far_at))
    assert (await line.client.receive()).status == 180
    await line.client.close()
    assert (await line.server.requests.get()).start.startswith("CANCEL ")


async def test_a_re_invite_changes_where_the_other_end_sends(world: Federation, line: Line) -> None:
    caller, callee = await line.establish()
    moved = line.near_at.replace(":50", ":70")
    line.client.send(caller.request("INVITE", extra=f"Contact: {moved}"))
    asked = await line.server.requests.get()
    assert asked.all("record-route") == []
    assert (await line.client.receive()).status == 100
    line.far.send(answer(asked, "200 OK", line.far_at))
    assert (await line.client.receive()).status == 200
    line.far.send(callee.request("BYE"))
    assert (await line.server.requests.get()).start.startswith("SIP/2.0 403")
    other = world.pool if line.server is world.partner else world.partner
    other.answering = reply_to
    line.far.send(callee.request("BYE", target=moved.strip("<>")))
    assert (await line.server.requests.get()).start == "SIP/2.0 200 OK"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"routes": [f"<sip:{EDGE};lr>", "<sip:10.9.9.9;lr>"]}, 403),
        ({"routes": ["<sip:fe2.int.contoso.example;lr>"]}, 403),
        ({"routes": [f"<sip:{EDGE};lr>", BEHIND_ALICE, "<sip:fe2.int.contoso.example;lr>"]}, 403),
        ({"target": "sip:admin@10.9.9.9"}, 403),
        ({"target": "sip:alice@10.1.2.3:5070"}, 403),
        ({"other": f"{ALICE};tag=guess"}, 481),
        ({"own": f"{BOB};tag=guess"}, 481),
        ({"own": "<sip:bob@sub.fabrikam.example>;tag=far"}, 481),
        ({"routes": []}, 200),
    ],
    ids=["other host", "without us", "one more", "other target", "other port", "tag", "own tag", "domain", "none"],
)
async def test_a_partner_cannot_choose_the_way_inside_a_dialog(world: Federation, changed, status: int) -> None:
    line = Line(world, await world.inside(), outbound=True)
    _, callee = await line.establish()
    line.far.send(callee.request("INFO", **changed))
    world.pool.answering = reply_to
    assert (await line.server.requests.get()).start.split(" ")[1] == str(status)
    if status == 200:
        # Whoever leaves Route out is sent the recorded way all the same.
        assert (await world.pool.requests.get()).all("route") == [BEHIND_ALICE]
    else:
        assert world.pool.requests.empty()


async def test_another_partner_cannot_take_part_in_a_dialog(unstarted: Federation) -> None:
    await unstarted.start(allow(PARTNER), allow("litware.example"))
    unstarted.dns.srv("litware.example", "5061 sip.litware.example")
    line = Line(unstarted, await unstarted.inside(), outbound=True)
    _, callee = await line.establish()
    other = await unstarted.outside(unstarted.public.issue("sip.litware.example"))
    own = callee.own.replace(PARTNER, "litware.example")
    assert (await other.ask(callee.request("BYE", own=own))).status == 481
    assert (await other.ask(callee.request("BYE"))).status == 403
    assert unstarted.pool.requests.empty()


async def test_a_partner_cannot_slip_a_way_into_the_answer(world: Federation) -> None:
    line = Line(world, await world.inside(), outbound=True)
    _, asked = await line.invite()
    forged = answer(asked, "200 OK", BOB_AT).replace(
        f"Record-Route: {BEHIND_ALICE}".encode(), b"Record-Route: <sip:10.9.9.9;lr>"
    )
    line.far.send(forged)
    reply = await line.client.receive()
    assert hosts(routes_of(reply)) == [EDGE, EDGE_INSIDE, "fe1.int.contoso.example"]


async def test_a_block_refuses_what_comes_next_in_a_dialog(world: Federation) -> None:
    line = Line(world, await world.inside(), outbound=True)
    caller, _ = await line.establish()
    world.activate(block(PARTNER))
    assert (await line.client.ask(caller.request("INFO"))).status == 403


async def test_a_block_in_the_middle_of_a_request_is_told_as_a_block(world: Federation) -> None:
    line = Line(world, await world.inside(), outbound=True)
    await line.invite()
    line.client.send(request(ALICE, BOB))
    assert (await line.server.requests.get()).start.startswith("MESSAGE ")
    world.activate(block(PARTNER))
    replies = [await line.client.receive() for _ in range(2)]
    assert {(reply.status, reply["ms-diagnostics"].split(";")[0]) for reply in replies} == {(403, "1005")}


async def test_an_unknown_dialog_is_481_as_after_a_restart(world: Federation, line: Line) -> None:
    caller, _ = await line.establish()
    caller.call_id = "other"
    reply = await line.client.ask(caller.request("BYE"))
    assert reply.status == 481


async def test_a_subscription_is_notified_until_it_ends(world: Federation, line: Line) -> None:
    other = world.pool if line.server is world.partner else world.partner
    other.answering = reply_to
    opened = opening("SUBSCRIBE", line.sender, line.recipient, line.near_at, "Event: presence\r\nExpires: 600")
    line.client.send(opened)
    asked = await line.server.requests.get()
    callee = End.callee(asked)
    # The first NOTIFY may overtake the answer.
    line.far.send(callee.request("NOTIFY", b"<presence/>", "Event: presence\r\nSubscription-State: active"))
    assert (await line.server.requests.get()).start == "SIP/2.0 200 OK"
    assert (await other.requests.get()).body == b"<presence/>"
    line.far.send(answer(asked, "200 OK", line.far_at))
    reply = await line.client.receive()
    caller = End.caller(opened, reply)
    line.client.send(caller.request("SUBSCRIBE", extra="Event: presence\r\nExpires: 0"))
    refresh = await line.server.requests.get()
    line.far.send(reply_to(refresh))
    assert (await line.client.receive()).status == 200
    line.far.send(callee.request("BENOTIFY", b"<gone/>", "Event: presence\r\nSubscription-State: terminated"))
    assert (await other.requests.get()).body == b"<gone/>"
    forwarding = world.edge._relay.forwarding  # type: ignore[union-attr]
    assert len(forwarding.dialogs._ending) == 1


async def test_a_referral_passes_and_is_notified(world: Federation, line: Line) -> None:
    opened = opening("REFER", line.sender, line.recipient, line.near_at, f"Refer-To: {line.recipient}")
    line.client.send(opened)
    asked = await line.server.requests.get()
    line.far.send(answer(asked, "202 Accepted", line.far_at))
    assert (await line.client.receive()).status == 202


async def test_no_partner_fills_the_table_of_dialogs(unstarted: Federation) -> None:
    await unstarted.start(limits=unstarted.short_limits(dialogs_per_partner=2))
    client = await unstarted.outside()
    unstarted.pool.answering = lambda message: answer(message, "200 OK", ALICE_AT)
    for status in (200, 200, 503):
        assert (await client.ask(opening("SUBSCRIBE", BOB, ALICE, BOB_AT))).status == status


async def test_a_call_asked_again_after_a_refusal_is_remembered(world: Federation, line: Line) -> None:
    opened, asked = await line.invite()
    line.far.send(answer(asked, "407 Proxy Authentication Required"))
    assert (await line.client.receive()).status == 407
    assert (await line.server.requests.get()).start.startswith("ACK ")
    line.client.send(
        again(opened, "ACK") + opened.replace(b"z9hG4bKopen", b"z9hG4bKmore").replace(b"CSeq: 1", b"CSeq: 2")
    )
    asked = await line.server.requests.get()
    dialogs = world.edge._relay.forwarding.dialogs  # type: ignore[union-attr]
    assert (len(dialogs), len(dialogs._ending)) == (1, 0)
