"""The lab's SIP client against the lab's SIP server, over real mutual TLS."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from edgeconsole.lab.authority import Authority, Credential, Lifetime
from edgeconsole.lab.sip_agent import SipClient, SipServer
from edgeconsole.lab.sip_link import ConnectionLost, Reply
from edgeconsole.lab.sip_message import MalformedMessage, SipRequest, SipResponse, parse_head, render_answer

ANN, ALICE = "ann@fabrikam.example", "alice@contoso.example"


class Bench:
    """A server with its trust, and certificates to call it with."""

    def __init__(self, directory: Path) -> None:
        self.authority = Authority(directory, "Public")
        self.stranger_authority = Authority(directory, "Stranger")
        self.caller = self.authority.issue("caller", ["sip.fabrikam.example"])
        self.server = SipServer(self.authority.issue("edge", ["sip.contoso.example"]), self.authority.root)

    def connect(
        self, caller: Credential | None = None, server_name: str | None = "sip.contoso.example"
    ) -> AbstractAsyncContextManager[SipClient]:
        credential = caller or self.caller
        return SipClient.connect(
            str(self.server.address),
            certificate=credential.certificate,
            private_key=credential.private_key,
            trust=self.authority.root,
            server_name=server_name,
        )


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    await made.server.start()
    yield made
    await made.server.close()


async def test_a_message_is_answered_and_kept(bench: Bench) -> None:
    async with bench.connect() as client:
        answer = await client.message(sender=ANN, recipient=ALICE, text="Grüße")
        assert (answer.status, answer.reason) == (200, "OK")
        assert answer.header("cseq") == "1 MESSAGE"
        assert answer.header("content-length") == "0"
        assert client.peer_names == ("sip.contoso.example",)
    received = await bench.server.inbox.first(lambda request: request.method == "MESSAGE")
    assert (received.sender, received.recipient, received.text) == (ANN, ALICE, "Grüße")


async def test_options_is_answered(bench: Bench) -> None:
    async with bench.connect() as client:
        assert (await client.options(sender=ANN, recipient=ALICE)).status == 200


async def test_a_method_the_server_does_not_know_is_named_as_such(bench: Bench) -> None:
    async with bench.connect() as client:
        answer = await client.request("INVITE", ANN, ALICE)
        assert answer.status == 405
        assert answer.header("Allow") == "MESSAGE, OPTIONS"


async def test_several_requests_side_by_side_on_one_connection_each_get_their_own_answer(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    # Every answer says which text it answers, so that a mixed-up pair is seen.
    bench.server = SipServer(
        bench.authority.issue("echo", ["sip.contoso.example"]),
        bench.authority.root,
        lambda request: Reply(headers=(("Subject", request.text),)),
    )
    await bench.server.start()
    async with bench.connect() as client:
        texts = [f"number {number}" for number in range(25)]
        answers = await asyncio.gather(*(client.message(sender=ANN, recipient=ALICE, text=text) for text in texts))
        assert [answer.header("Subject") for answer in answers] == texts
    assert len(bench.server.inbox.requests) == 25
    await bench.server.close()


async def test_the_client_notices_that_the_server_closed(bench: Bench) -> None:
    async with bench.connect() as client:
        await client.options(sender=ANN, recipient=ALICE)
        assert not client.is_closed
        await bench.server.drop_connections()
        assert await asyncio.wait_for(client.closed, 5) == "closed by the other side"
        with pytest.raises(ConnectionLost, match="closed by the other side"):
            await client.options(sender=ANN, recipient=ALICE)


async def test_waiting_for_the_end_with_a_time_out_does_not_end_anything(bench: Bench) -> None:
    async with bench.connect() as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.closed, 0)
        assert (await client.options(sender=ANN, recipient=ALICE)).status == 200


async def test_a_request_that_waits_when_the_connection_ends_fails_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    server = SipServer(
        bench.authority.issue("silent", ["sip.contoso.example"]), bench.authority.root, lambda request: None
    )
    bench.server = server
    await server.start()
    async with bench.connect() as client:
        waiting = asyncio.create_task(client.message(sender=ANN, recipient=ALICE, text="hello?"))
        await server.inbox.first(lambda request: request.text == "hello?")
        await server.drop_connections()
        with pytest.raises(ConnectionLost):
            await waiting
    await server.close()


async def test_an_answer_that_never_comes_is_a_time_out_and_the_connection_stays(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.server = SipServer(
        bench.authority.issue("picky", ["sip.contoso.example"]),
        bench.authority.root,
        lambda request: Reply() if request.method == "OPTIONS" else None,
    )
    await bench.server.start()
    async with bench.connect() as client:
        with pytest.raises(TimeoutError):
            await client.message(sender=ANN, recipient=ALICE, text="hello?", timeout=0.01)
        assert (await client.options(sender=ANN, recipient=ALICE)).status == 200
    await bench.server.close()


async def test_a_client_certificate_of_another_authority_is_refused(bench: Bench) -> None:
    stranger = bench.stranger_authority.issue("stranger", ["sip.fabrikam.example"])
    with pytest.raises(OSError, match=r"(?i)unknown.ca|reset|closed|broken"):
        async with bench.connect(stranger) as client:
            await client.options(sender=ANN, recipient=ALICE)
    assert not bench.server.inbox.requests


async def test_a_client_without_a_certificate_is_refused(bench: Bench) -> None:
    context = ssl.create_default_context(cafile=bench.authority.root)
    place = bench.server.address
    reader, writer = await asyncio.open_connection(
        place.host, place.port, ssl=context, server_hostname="sip.contoso.example"
    )
    writer.write(b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TLS a;branch=z9hG4bK1\r\nContent-Length: 0\r\n\r\n")
    with contextlib.suppress(OSError):  # the alert, or the end, whichever arrives first
        assert await reader.read(1) == b""
    writer.close()
    assert not bench.server.inbox.requests


async def test_an_expired_client_certificate_is_refused(bench: Bench) -> None:
    past = Lifetime(-4 * Lifetime().ends, -Lifetime().ends)
    with pytest.raises(OSError, match=r"(?i)expired|reset|closed|broken"):
        async with bench.connect(bench.authority.issue("late", ["sip.fabrikam.example"], past)) as client:
            await client.options(sender=ANN, recipient=ALICE)
    assert not bench.server.inbox.requests


async def test_a_server_with_another_name_is_refused_unless_no_name_is_expected(bench: Bench) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        async with bench.connect(server_name="sip.someone-else.example"):
            pass
    async with bench.connect(server_name=None) as client:
        assert (await client.options(sender=ANN, recipient=ALICE)).status == 200


async def test_raw_bytes_reach_the_server_and_their_answer_is_found(bench: Bench) -> None:
    async with bench.connect() as client:
        await client.send(
            b"\r\n\r\nOPTIONS sip:contoso.example SIP/2.0\r\nv: SIP/2.0/TLS a;branch=z9hG4bKraw\r\n"
            b"f: <sip:ann@fabrikam.example>;tag=1\r\nt: <sip:contoso.example>\r\ni: raw\r\n"
            b"CSeq: 7\r\n OPTIONS\r\nl: 0\r\n\r\n"
        )
        answer = await asyncio.wait_for(client.unmatched.get(), 5)
        assert (answer.status, answer.branch) == (200, "z9hG4bKraw")
        assert answer.header("CSeq") == "7 OPTIONS"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "start line"),
        (b"OPTIONS sip:a SIP/2.0\r\n\r\n", "no length"),
        (b"OPTIONS sip:a SIP/2.0\r\nl: 0\r\nContent-Length: 5\r\n\r\n", "two lengths"),
        (b"OPTIONS sip:a SIP/2.0\r\nl: 99999999\r\n\r\n", "a body too long"),
        (b"OPTIONS sip:a SIP/2.0\r\nno colon\r\nl: 0\r\n\r\n", "no header"),
        (b"OPTIONS sip:a SIP/2.0\r\nA: \xff\r\nl: 0\r\n\r\n", "not UTF-8"),
        (b"x" * 40_000, "a head without end"),
    ],
)
async def test_what_is_not_sip_ends_that_connection_and_no_other(bench: Bench, raw: bytes, why: str) -> None:
    async with bench.connect() as healthy, bench.connect() as client:
        await client.send(raw)
        assert await asyncio.wait_for(client.closed, 5)
        assert (await healthy.options(sender=ANN, recipient=ALICE)).status == 200


async def test_the_inbox_is_bounded_and_keeps_the_newest(bench: Bench) -> None:
    inbox = bench.server.inbox
    for number in range(1200):
        await inbox.put(SipRequest(method="MESSAGE", uri="sip:a", body=str(number).encode()))
    assert len(inbox.requests) == 1000
    assert inbox.requests[-1].text == "1199"


def test_an_answer_echoes_every_via_and_record_route_in_order_and_adds_a_tag_once() -> None:
    head = (
        b"MESSAGE sip:alice@contoso.example SIP/2.0\r\nVia: SIP/2.0/TLS one;branch=z9hG4bK1\r\n"
        b"Record-Route: <sip:a;lr>\r\nVIA: SIP/2.0/TLS two;branch=z9hG4bK2\r\nRecord-Route: <sip:b;lr>\r\n"
        b"From: <sip:ann@fabrikam.example>;tag=9\r\nTo: <sip:alice@contoso.example>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE"
    )
    request = parse_head(head)
    assert isinstance(request, SipRequest)
    answer = parse_head(render_answer(request, 200, "OK", "abc").removesuffix(b"\r\n\r\n"))
    assert isinstance(answer, SipResponse)
    assert answer.header_values("via") == ("SIP/2.0/TLS one;branch=z9hG4bK1", "SIP/2.0/TLS two;branch=z9hG4bK2")
    assert answer.header_values("Record-Route") == ("<sip:a;lr>", "<sip:b;lr>")
    assert answer.header("To") == "<sip:alice@contoso.example>;tag=abc"
    assert (answer.header("From"), answer.header("Call-ID")) == ("<sip:ann@fabrikam.example>;tag=9", "c")
    tagged = parse_head(head.replace(b"To: <sip:alice@contoso.example>", b"To: <sip:alice@contoso.example>;tag=own"))
    assert isinstance(tagged, SipRequest)
    assert b"tag=abc" not in render_answer(tagged, 200, "OK", "abc")


@pytest.mark.parametrize(("value", "code"), [('1027;reason="x"', 1027), ("none", None), (None, None)])
def test_the_diagnostics_of_a_refusal_are_a_number(value: str | None, code: int | None) -> None:
    headers = () if value is None else (("Ms-Diagnostics", value),)
    assert SipResponse(status=403, reason="Forbidden", headers=headers).diagnostics == code


def test_a_start_line_that_is_not_sip_is_refused() -> None:
    for start in (b"SIP/2.0 99 Low", b"message sip:a SIP/2.0", b"MESSAGE sip:a SIP/3.0", b""):
        with pytest.raises(MalformedMessage):
            parse_head(start)
