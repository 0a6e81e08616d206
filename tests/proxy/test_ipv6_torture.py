"""The IPv6 torture messages of RFC 5118, 4.1 to 4.10, retyped, with the verdict a federation edge owes each."""

import pytest

from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.sip.framer import Framer
from edgeconsole.proxy.sip.message import Message
from edgeconsole.proxy.sip.rewrite import with_received
from tests.proxy.test_torture import RELAYED, sip, verdict

COMMON = """
To: sip:user@example.com{to_tag}
From: sip:user@example.com;tag=81x2
Via: {via}
Call-ID: SSG9559905523997077@hlau_4100
Max-Forwards: 70
CSeq: 98176 {method}
"""
VIA = "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111"
SDP_6 = b"v=0\r\no=a 1 1 IN IP6 2001:db8::20\r\ns=-\r\nc=IN IP6 2001:db8::20\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
SDP_BOTH = SDP_6 + b"m=video 6024 RTP/AVP 107\r\nc=IN IP4 192.0.2.1\r\n"
SDP_MAPPED = SDP_6.replace(b"2001:db8::20", b"::ffff:192.0.2.10")


def message(start: str, body: bytes = b"", *, via: str = VIA, to_tag: str = "", extra: str = "") -> bytes:
    method = start.split(" ", 1)[0]
    text = f"{start}{COMMON.format(via=via, method=method, to_tag=to_tag)}"
    if body:
        extra += "Content-Type: application/sdp\n"
    return sip(f"{text}{extra}", body)


REGISTERED = 'Contact: "Caller" <sip:caller@[2001:db8::1]>\n'
MAPPED = "SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19"
TWO_HOPS = f"{VIA}\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144"

# REGISTER is not served by an edge; 405 says that the message itself was read, so each has its twin as OPTIONS.
MESSAGES: list[tuple[str, bytes, str | int]] = [
    ("4.1 a reference", message("REGISTER sip:[2001:db8::10] SIP/2.0", extra=REGISTERED), 405),
    ("4.1 as OPTIONS", message("OPTIONS sip:[2001:db8::10] SIP/2.0"), RELAYED),
    ("4.2 no delimiters", message("REGISTER sip:2001:db8::10 SIP/2.0", extra=REGISTERED), 400),
    ("4.2 as OPTIONS", message("OPTIONS sip:2001:db8::10 SIP/2.0"), 400),
    ("4.3 port within", message("REGISTER sip:[2001:db8::10:5070] SIP/2.0", extra=REGISTERED), 405),
    ("4.3 as OPTIONS", message("OPTIONS sip:[2001:db8::10:5070] SIP/2.0"), RELAYED),
    ("4.4 port behind", message("REGISTER sip:[2001:db8::10]:5070 SIP/2.0", extra=REGISTERED), 405),
    ("4.4 as OPTIONS", message("OPTIONS sip:[2001:db8::10]:5070 SIP/2.0"), RELAYED),
    (
        "4.5 received with delimiters",
        message("BYE sip:[2001:db8::10] SIP/2.0", via=f"{VIA};received=[2001:db8::9:255]", to_tag=";tag=bd76ya"),
        RELAYED,
    ),
    (
        "4.5 received without",
        message("BYE sip:[2001:db8::10] SIP/2.0", via=f"{VIA};received=2001:db8::9:255", to_tag=";tag=bd76ya"),
        RELAYED,
    ),
    ("4.6 in the body", message("INVITE sip:user@[2001:db8::10] SIP/2.0", SDP_6), RELAYED),
    ("4.7 both in headers", message("BYE sip:user@host.example.net SIP/2.0", via=TWO_HOPS, to_tag=";tag=b"), RELAYED),
    ("4.8 both in the body", message("INVITE sip:user@[2001:db8::10] SIP/2.0", SDP_BOTH), RELAYED),
    ("4.9 IPv4 mapped", message("INVITE sip:user@example.com SIP/2.0", SDP_MAPPED, via=MAPPED), RELAYED),
    ("4.10 a colon too many", message("OPTIONS sip:user@[2001:db8:::192.0.2.1] SIP/2.0"), 400),
    ("4.10 without it", message("OPTIONS sip:user@[2001:db8::192.0.2.1] SIP/2.0"), RELAYED),
]


@pytest.mark.parametrize(("wire", "owed"), [each[1:] for each in MESSAGES], ids=[each[0] for each in MESSAGES])
def test_each_gets_the_verdict_it_is_owed(wire: bytes, owed: str | int) -> None:
    assert verdict(wire) == owed


def test_bodies_and_headers_pass_as_they_came() -> None:
    for _name, wire, owed in MESSAGES:
        if owed == RELAYED:
            (framed,) = Framer(Limits()).feed(wire)
            assert isinstance(framed, Message)
            assert framed.to_bytes() == wire


def test_the_edge_writes_the_address_it_received_from_without_delimiters() -> None:
    """RFC 3261 25.1 has `received` as IPv6address, not as IPv6reference; RFC 5118 4.5."""
    assert with_received(f"Via: {VIA}".encode(), "2001:db8::9:255").endswith(b";received=2001:db8::9:255")
