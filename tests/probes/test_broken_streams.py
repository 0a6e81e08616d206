"""XMPP servers and A/V edges broken in one way each, on real sockets: the right code, stage and remedy."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec
import pytest

from edgeconsole.model.names import HostPort
from edgeconsole.model.probe import ProbeKind, ProbeResult, Severity, Stage
from edgeconsole.model.terms import Negotiation
from edgeconsole.probes.stun import ALLOCATE, BINDING, COOKIE, ask_stun
from edgeconsole.probes.targets import ProbeTarget, XmppMethods
from edgeconsole.rules.probing.codes.xmpp import STREAM_ERRORS
from tests.probes.peers import Reader, World, Writer, codes, describe, hanging_up, saying, server_context, silent

XMPP = ProbeTarget(name="partner.example", kind=ProbeKind.XMPP, xmpp=XmppMethods(sasl=Negotiation.OPTIONAL))
HEADER = (
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'"
    b" xmlns:db='jabber:server:dialback' from='partner.example' id='1' version='1.0'>"
)
TLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
OPTIONAL = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
EXTERNAL = b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>"
DIALBACK = b"<dialback xmlns='urn:xmpp:features:dialback'/>"


def features(*content: bytes) -> bytes:
    return HEADER + b"<stream:features>" + b"".join(content) + b"</stream:features>"


def stream_error(condition: str, text: str = "") -> bytes:
    space = "xmlns='urn:ietf:params:xml:ns:xmpp-streams'"
    said = f"<text {space}>{text}</text>" if text else ""
    return HEADER + f"<stream:error><{condition} {space}/>{said}</stream:error></stream:stream>".encode()


def before_tls(reply: bytes) -> Callable[[Reader, Writer], Awaitable[None]]:
    async def talk(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b">")
        writer.write(reply)
        await writer.drain()
        while await reader.read(1000):
            pass

    return talk


def with_tls(
    context: ssl.SSLContext, after: bytes, first: bytes = TLS, answer: bytes = b""
) -> Callable[[Reader, Writer], Awaitable[None]]:
    proceed = answer or b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

    async def talk(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"version='1.0'>")
        writer.write(features(first, DIALBACK))
        await reader.readuntil(b"/>")
        writer.write(proceed)
        await writer.drain()
        if answer:
            await reader.read(1)
            return
        await writer.start_tls(context)
        await reader.readuntil(b"version='1.0'>")
        writer.write(after)
        await writer.drain()
        while await reader.read(1000):
            pass

    return talk


def _context(lab: World, *names: str, **more: object) -> ssl.SSLContext:
    return server_context(lab.pki.issue(*(names or ("partner.example",)), **more), trust=lab.pki.trust)  # type: ignore[arg-type]


Probe = Callable[[World], Awaitable[ProbeResult]]


def plain(reply: bytes, target: ProbeTarget = XMPP) -> Probe:
    async def probe(lab: World) -> ProbeResult:
        lab.xmpp_record(await lab.serve(before_tls(reply)))
        return await lab.probe(target)

    return probe


def talking(talk: Callable[[Reader, Writer], Awaitable[None]]) -> Probe:
    async def probe(lab: World) -> ProbeResult:
        lab.xmpp_record(await lab.serve(talk))
        return await lab.probe(XMPP)

    return probe


def secured(after: bytes, target: ProbeTarget = XMPP, names: tuple[str, ...] = (), **more: object) -> Probe:
    async def probe(lab: World) -> ProbeResult:
        lab.xmpp_record(await lab.serve(with_tls(_context(lab, *names), after, **more)))  # type: ignore[arg-type]
        return await lab.probe(target)

    return probe


async def _nothing(lab: World) -> ProbeResult:
    return await lab.probe(XMPP)


async def _fallback(lab: World) -> ProbeResult:
    lab.dns.replace("partner.example", "A", "127.0.0.1")
    return await lab.probe(XMPP)


async def _misspelt(lab: World) -> ProbeResult:
    lab.dns.replace("_xmpp-server.tcp.partner.example", "SRV", "5 0 5269 xmpp.partner.example.")
    return await lab.probe(XMPP)


async def _direct_broken(lab: World) -> ProbeResult:
    lab.xmpp_record(await lab.serve(with_tls(_context(lab), features(EXTERNAL, DIALBACK))))
    lab.xmpp_record(await lab.serve(hanging_up), host="direct.partner.example", service="_xmpps-server")
    return await lab.probe(XMPP)


STRICT = msgspec.structs.replace(XMPP, xmpp=XmppMethods())
BARE = msgspec.structs.replace(XMPP, xmpp=XmppMethods(Negotiation.NOT_SUPPORTED, Negotiation.NOT_SUPPORTED, True))


class Case(NamedTuple):
    """What a broken server must lead to."""

    code: str
    failing: Stage | None
    fix: str
    probe: Probe


CASES = {
    "no record, no address": Case("srv.xmpp_missing", Stage.DNS, "IN SRV 5 0 5269 xmpp.partner.example.", _nothing),
    "no record, an address": Case("srv.fallback", Stage.TCP, "IN SRV 5 0 5269", _fallback),
    "misspelt": Case("srv.misspelled", Stage.DNS, "rename _xmpp-server.tcp.partner.example", _misspelt),
    "no STARTTLS": Case("xmpp.starttls_missing", Stage.STARTTLS, "tls=optional", plain(features(DIALBACK))),
    "STARTTLS refused": Case(
        "xmpp.starttls_refused",
        Stage.STARTTLS,
        "no usable certificate",
        secured(b"", answer=b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
    ),
    "STARTTLS optional": Case(
        "xmpp.starttls_optional", None, "require encryption", secured(features(EXTERNAL), first=OPTIONAL)
    ),
    "no TLS and none wanted": Case("xmpp.plain", None, "tls=required", plain(features(DIALBACK), BARE)),
    "dialback only": Case("xmpp.dialback_only", None, "allows dialback", secured(features(DIALBACK))),
    "EXTERNAL not offered": Case(
        "xmpp.external_missing", None, "must name contoso.example", secured(features(DIALBACK))
    ),
    "no way to authenticate": Case(
        "xmpp.no_method", Stage.APPLICATION, "sasl=optional dialback=true", secured(features(DIALBACK), STRICT)
    ),
    "before version 1.0": Case(
        "xmpp.old_version", Stage.STARTTLS, "update the server", plain(HEADER.replace(b" version='1.0'>", b">"))
    ),
    "not XML": Case("xmpp.garbage", Stage.STARTTLS, "something else listens", talking(saying(b"220 mail ESMTP\r\n"))),
    "a DTD": Case(
        "xmpp.garbage", Stage.STARTTLS, "something else", talking(saying(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"))
    ),
    "silence": Case("xmpp.no_reply", Stage.STARTTLS, "hangs", talking(silent)),
    "hangs up": Case("xmpp.closed", Stage.STARTTLS, "block list", talking(hanging_up)),
    "direct TLS broken": Case("xmpp.direct_broken", None, "_xmpps-server._tcp.partner.example", _direct_broken),
    "names its host and not the domain": Case(
        "name.xmpp", Stage.NAME, "partner.example among", secured(features(EXTERNAL), names=("xmpp.partner.example",))
    ),
    "error after TLS": Case(
        "xmpp.stream_error.policy-violation",
        Stage.APPLICATION,
        "local policy",
        secured(stream_error("policy-violation")),
    ),
    **{
        f"stream error {condition}": Case(
            f"xmpp.stream_error.{condition}", Stage.STARTTLS, fix.split("{")[0][:20], plain(stream_error(condition))
        )
        for condition, (_, fix) in STREAM_ERRORS.items()
    },
}


@pytest.mark.parametrize("name", CASES)
async def test_a_broken_xmpp_server_is_told_by_code_stage_and_remedy(lab: World, name: str) -> None:
    case = CASES[name]
    result = await case.probe(lab)
    found = {finding.code: finding for finding in result.findings}
    assert case.code in found, describe(result)
    assert case.fix in found[case.code].fix, found[case.code].fix
    assert result.first_failing is case.failing, describe(result)


async def test_a_healthy_xmpp_server_is_ok(lab: World) -> None:
    lab.xmpp_record(await lab.serve(with_tls(_context(lab), features(EXTERNAL, DIALBACK))))
    result = await lab.probe(STRICT)
    assert result.severity is Severity.OK, describe(result)
    assert result.endpoints[0].stages[-1].facts["mechanisms"] == "EXTERNAL"


async def test_an_unknown_condition_is_the_undefined_one(lab: World) -> None:
    result = await plain(stream_error("made-up-by-a-partner"))(lab)
    assert "xmpp.stream_error.undefined-condition" in codes(result)


async def test_a_partner_authenticated_by_dialback_may_show_any_certificate(lab: World) -> None:
    target = msgspec.structs.replace(XMPP, xmpp=XmppMethods(Negotiation.REQUIRED, Negotiation.NOT_SUPPORTED, True))
    context = _context(lab, "elsewhere.example", self_signed=True)
    lab.xmpp_record(await lab.serve(with_tls(context, features(DIALBACK))))
    result = await lab.probe(target)
    assert result.severity is Severity.OK, describe(result)
    assert [each.code for each in result.findings if each.expected] == ["name.xmpp"]


# STUN


class StunServer(asyncio.DatagramProtocol):
    """Answers each request as a test says."""

    def __init__(self, respond: Callable[[bytes], bytes | None]) -> None:
        self._respond = respond

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._respond(data)
        if answer is not None:
            self._transport.sendto(answer, addr)  # type: ignore[attr-defined]


def bound(request: bytes, address: str = "127.0.0.1") -> bytes:
    """A binding response with XOR-MAPPED-ADDRESS."""
    mapped = int.from_bytes(socket.inet_aton(address), "big") ^ COOKIE
    body = struct.pack("!HHBBHI", 0x0020, 8, 0, 1, 4000 ^ (COOKIE >> 16), mapped)
    return struct.pack("!HHI", BINDING | 0x0100, len(body), COOKIE) + request[8:20] + body


def refused(request: bytes, kind: int, code: int) -> bytes:
    body = struct.pack("!HHHBB", 0x0009, 4, 0, code // 100, code % 100)
    return struct.pack("!HHI", kind | 0x0110, len(body), COOKIE) + request[8:20] + body


def granted(request: bytes) -> bytes:
    return struct.pack("!HHI", ALLOCATE | 0x100, 0, COOKIE) + request[8:20]


def healthy(request: bytes) -> bytes:
    return bound(request) if request[1] == BINDING else refused(request, ALLOCATE, 401)


async def stun(lab: World, respond: Callable[[bytes], bytes | None]) -> ProbeResult:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: StunServer(respond), local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    lab.dns.replace("av.contoso.example", "A", "127.0.0.1")
    target = ProbeTarget(
        name="av.contoso.example", kind=ProbeKind.STUN, access_edge=HostPort("av.contoso.example", port)
    )
    try:
        return await lab.probe(target, lab.configuration())
    finally:
        transport.close()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = (0.1, 0.1, 0.1)
    monkeypatch.setattr("edgeconsole.probes.walk.ask_stun", lambda *place: ask_stun(*place, waits=waits))


STUN_CASES: dict[str, tuple[str, str, Callable[[bytes], bytes | None]]] = {
    "silence": ("stun.no_reply", "UDP 3478", lambda request: None),
    "garbage": ("stun.garbage", "listens on UDP", lambda request: b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "another transaction": ("stun.no_reply", "UDP 3478", lambda request: bound(request[:8] + bytes(12))),
    "an error": ("stun.error", "needs no credentials", lambda request: refused(request, BINDING, 500)),
    "a private address": ("stun.private", "edge.nat", lambda request: bound(request, "10.0.0.7")),
    "an open relay": (
        "turn.open_relay", "Require authentication",
        lambda request: bound(request) if request[1] == BINDING else granted(request),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STUN_CASES)
async def test_a_broken_av_edge_is_told_by_code_and_remedy(lab: World, name: str) -> None:
    code, fix, respond = STUN_CASES[name]
    result = await stun(lab, respond)
    found = {finding.code: finding for finding in result.findings}
    assert code in found, describe(result)
    assert fix in found[code].fix
    assert result.severity is not Severity.OK


async def test_a_healthy_av_edge_is_ok(lab: World) -> None:
    result = await stun(lab, healthy)
    assert result.severity is Severity.OK, describe(result)
    assert result.stages[-1].facts["reflexive"] == "127.0.0.1"


async def test_a_closed_udp_port_is_told_from_silence(lab: World) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    lab.dns.replace("av.contoso.example", "A", "127.0.0.1")
    target = ProbeTarget(
        name="av.contoso.example", kind=ProbeKind.STUN, access_edge=HostPort("av.contoso.example", port)
    )
    assert "stun.refused" in codes(await lab.probe(target))
