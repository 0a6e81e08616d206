"""What partners write into certificates, banners, DNS and streams is inert in every field of a result."""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.model.probe import ProbeKind, ProbeResult
from edgeconsole.model.terms import Negotiation
from edgeconsole.probes.dns_message import Malformed, answers, make_query, read_answer
from edgeconsole.probes.own_identity import parse_request
from edgeconsole.probes.peer_certificate import decode
from edgeconsole.probes.sip import _read
from edgeconsole.probes.targets import ProbeTarget, XmppMethods
from edgeconsole.probes.xmpp import StreamReader
from edgeconsole.rules.requirements.records import RecordType
from tests.probes.peers import World, answering, codes, dns_answer, raw_dns, saying, server_context
from tests.probes.pki import Pki

HOST = "sip.partner.example"
SIP = ProbeTarget(name="partner.example", kind=ProbeKind.SIP)
XMPP = ProbeTarget(name="partner.example", kind=ProbeKind.XMPP, xmpp=XmppMethods(tls=Negotiation.OPTIONAL))
EVIL = "\x1b]52;c;QUFB\x07\x1b[2J\x9b31m\u202egnp.exe\u200b\r\n\x00[bold red]@click=app.quit{0}"


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(key)
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def assert_inert(result: ProbeResult) -> None:
    told = list(strings(msgspec.to_builtins(result)))
    assert any("\\x1b" in text for text in told), "the hostile text did not arrive at all"
    for text in told:
        bad = [each for each in text if ord(each) < 0x20 or 0x7F <= ord(each) < 0xA0 or each in "\u202e\u200b"]
        assert not bad, text
        assert len(text) <= 700


async def test_hostile_names_in_a_certificate_are_inert(lab: World) -> None:
    evil = Pki(lab.directory, "Hostile")
    key = evil.root.key
    root = evil.sign(EVIL.replace("\x00", ""), key, None, key, ca=1)
    shown = evil.issue(
        HOST,
        common_name=EVIL.replace("\x00", "")[:60],
        issuer=type(evil.root)(root, key, (root,)),
        general=(x509.UniformResourceIdentifier("sip:\x1b[2Jpartner.example"), x509.DNSName("\x1b[31m.example")),
        extensions=[
            (
                x509.CRLDistributionPoints(
                    [x509.DistributionPoint([x509.UniformResourceIdentifier("http://\x1b]0;x\x07/")], None, None, None)]
                ),
                False,
            )
        ],
    )
    lab.sip_record(await lab.serve(answering(), server_context(shown)))
    assert_inert(await lab.probe(SIP))


async def test_a_hostile_banner_is_inert(lab: World) -> None:
    lab.sip_record(await lab.serve(saying(EVIL.encode()), server_context(lab.pki.issue(HOST), trust=lab.pki.trust)))
    result = await lab.probe(SIP)
    assert "sip.garbage" in codes(result)
    assert_inert(result)


async def test_hostile_headers_of_an_answer_are_inert(lab: World) -> None:
    line = EVIL.replace("\r\n", "")
    reply = (
        f'SIP/2.0 403 {line}\r\nServer: {line}\r\nms-diagnostics: 1027;reason="{line}";source="{line}"\r\n'
        f"Date: {line}\r\nContent-Length: 0\r\n\r\n"
    )
    lab.sip_record(await lab.serve(answering(reply), server_context(lab.pki.issue(HOST), trust=lab.pki.trust)))
    assert_inert(await lab.probe(SIP))


async def test_hostile_stream_text_is_inert(lab: World) -> None:
    text = "\u009b \u009b2J\u202e"
    stream = (
        "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'"
        f" from='{text}'><stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        f"<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{text}</text></stream:error>"
    )
    lab.xmpp_record(await lab.serve(saying(stream.encode())))
    result = await lab.probe(XMPP)
    assert "xmpp.stream_error.host-unknown" in codes(result)
    for told in strings(msgspec.to_builtins(result)):
        assert "\u009b" not in told
        assert "\u202e" not in told


async def test_hostile_names_in_dns_are_inert(lab: World) -> None:
    target = bytes((len(b"\x1b[2J\x07"),)) + b"\x1b[2J\x07" + b"\7example\0"
    record = b"\xc0\x0c\0\x21\0\1\0\0\x0e\x10" + (6 + len(target)).to_bytes(2, "big") + b"\0\0\0\0\x13\xc5" + target
    address, transport = await raw_dns(lambda query: (dns_answer(query, record),))
    try:
        result = await lab.probe(SIP, resolver=address)
    finally:
        transport.close()
    assert "srv.address_literal" in codes(result)
    assert_inert(result)


async def test_a_flood_is_cut_off(lab: World) -> None:
    """A partner that never stops sending costs a probe 64 KiB and no more."""

    async def flood(reader: object, writer: object) -> None:
        while True:
            writer.write(b"x" * 65536)  # type: ignore[attr-defined]
            await writer.drain()  # type: ignore[attr-defined]

    context = server_context(lab.pki.issue(HOST), trust=lab.pki.trust)
    lab.sip_record(await lab.serve(flood, context))  # type: ignore[arg-type]
    assert "sip.garbage" in codes(await lab.probe(SIP))
    lab.xmpp_record(await lab.serve(flood))  # type: ignore[arg-type]
    assert "xmpp.garbage" in codes(await lab.probe(XMPP))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_dns_answer_or_refused(wire: bytes) -> None:
    query = make_query(1, "partner.example", RecordType.SRV)
    for each in (wire, dns_answer(query, wire), dns_answer(query, *[wire] * 3)):
        if answers(each, query):
            try:
                read_answer(each, query)
            except Malformed:
                continue


def test_a_name_that_points_at_itself_ends() -> None:
    query = make_query(1, "partner.example", RecordType.SRV)
    end = len(dns_answer(query))
    loop = (0xC000 | end).to_bytes(2, "big")
    with pytest.raises(Malformed):
        read_answer(dns_answer(query, loop + b"\0\x21\0\1\0\0\0\0\0\0"), query)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_certificate_or_none(der: bytes) -> None:
    assert decode(der) is None or der


@given(st.binary(max_size=300))
def test_any_bytes_are_a_stream_or_refused(content: bytes) -> None:
    reader = StreamReader()
    try:
        reader.feed(content)
    except ValueError:
        return


@given(st.binary(max_size=300))
def test_any_bytes_are_a_sip_answer_garbage_or_not_whole(content: bytes) -> None:
    _read(content, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    _read(b"SIP/2.0 200 " + content + b"\r\n\r\n", lambda: datetime(2026, 1, 1, tzinfo=UTC))


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_request_for_certificates_or_refused(body: bytes, tls13: bool) -> None:
    try:
        parse_request(body, tls13=tls13)
    except (IndexError, struct.error):
        return
