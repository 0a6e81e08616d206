"""A partner's DNS cannot make a probe connect inside (P1, P2, P3, P5)."""

import ipaddress
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edgeconsole.lab.nameserver import Record
from edgeconsole.model.configuration import Proxy
from edgeconsole.model.names import HostPort
from edgeconsole.model.probe import ProbeKind, Severity
from edgeconsole.probes import connect as connect_module
from edgeconsole.probes import walk
from edgeconsole.probes.targets import ProbeTarget
from edgeconsole.rules.probing.facts import ConnectFacts, ConnectOutcome
from tests.probes.peers import World, answering, codes, describe, server_context, world
from tests.probes.pki import Pki

_FOUR = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.254",
    "127.0.0.1", "127.0.0.53", "127.1.1.1", "127.255.255.255", "168.63.129.16", "169.254.0.1", "169.254.169.253",
    "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.17.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170",
    "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.1.254", "192.168.255.255", "198.18.0.1",
    "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "224.0.0.251", "239.255.255.250", "240.0.0.1",
    "255.255.255.255",
)  # fmt: skip
_SIX = (
    "::", "::1", "::2", "fe80::1", "fe80::a9fe:a9fe", "febf::1", "fec0::1", "fc00::1", "fd00::1", "fd00:ec2::254",
    "fdff:ffff::1", "ff02::1", "ff05::2", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1",
    "2001:10::1", "2001:20::1", "2001:db8::1", "2001:1ff::1", "3fff::1", "3fff:fff::1", "4000::1", "5f00::1",
    "64:ff9b:1::1", "64:ff9b:1::a9fe:a9fe", "1::1", "0:0:0:1::1", "8000::1", "e000::1",
)  # fmt: skip
_INNER = (
    "10.0.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "192.0.2.1", "168.63.129.16",
)  # fmt: skip


def _embedded(inner: str) -> tuple[str, ...]:
    number = int(ipaddress.IPv4Address(inner))
    high, low = number >> 16, number & 0xFFFF
    forms = (
        f"::ffff:{inner}", f"64:ff9b::{high:x}:{low:x}", f"2002:{high:x}:{low:x}::1", f"::{high:x}:{low:x}",
        f"::ffff:0:{high:x}:{low:x}", f"2a00:1450::5efe:{high:x}:{low:x}", f"2a00:1450::200:5efe:{high:x}:{low:x}",
    )  # fmt: skip
    return tuple(str(ipaddress.IPv6Address(form)) for form in forms)


PAYLOADS = tuple(dict.fromkeys((*_FOUR, *_SIX, *(form for inner in _INNER for form in _embedded(inner)))))
SRV = "_sipfederationtls._tcp.partner.example"
TARGETS = (
    ProbeTarget(name="partner.example", kind=ProbeKind.SIP),
    ProbeTarget(name="partner.example", kind=ProbeKind.XMPP),
)


class Trap:
    """Notes every attempt to send anything to an address."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.attempts: list[object] = []

        async def no_connect(*arguments: object) -> object:
            self.attempts.append(arguments)
            raise AssertionError(f"connected to {arguments}")

        monkeypatch.setattr(walk, "connect", no_connect)
        monkeypatch.setattr(walk, "ask_stun", no_connect)


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[World]:
    pki = Pki(tmp_path)
    async with world(tmp_path, pki, pki.issue("sip.contoso.example")) as made:
        yield made


def test_there_are_at_least_120_payloads() -> None:
    assert len(PAYLOADS) >= 120


async def test_no_payload_makes_a_connection(lab: World, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = Trap(monkeypatch)
    configuration = lab.configuration(proxy=Proxy(resolver=lab.dns.address.with_port()))
    lab.records(
        Record(SRV, "SRV", "0 0 5061 sip.partner.example.", 3600),
        Record("_xmpp-server._tcp.partner.example", "SRV", "0 0 5269 sip.partner.example.", 3600),
    )
    prober = lab.prober(configuration)
    try:
        for payload in PAYLOADS:
            four = ":" not in payload
            lab.dns.replace("sip.partner.example", "A", *((payload,) if four else ()))
            lab.dns.replace("sip.partner.example", "AAAA", *(() if four else (payload,)))
            for target in TARGETS:
                result = await prober.probe(target, deep=False)
                assert "address.private" in codes(result), f"{payload}: {describe(result)}"
                assert result.severity is Severity.CRITICAL
    finally:
        await prober.close()
    assert trap.attempts == []


async def test_no_payload_that_an_operator_types_or_pins_or_an_alias_leads_to_makes_a_connection(
    lab: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other ways to an address: behind an alias, pinned by name, and a literal in the record itself."""
    trap = Trap(monkeypatch)
    prober = lab.prober(lab.configuration(proxy=Proxy(resolver=lab.dns.address.with_port())))
    pinned = ProbeTarget(name="partner.example", kind=ProbeKind.SIP, access_edge=HostPort("edge.partner.example", 5061))
    lab.records(Record("edge.partner.example", "CNAME", "inner.partner.example."))
    try:
        for payload in PAYLOADS:
            lab.dns.replace("inner.partner.example", "A", *((payload,) if ":" not in payload else ()))
            lab.dns.replace("inner.partner.example", "AAAA", *((payload,) if ":" in payload else ()))
            result = await prober.probe(pinned, deep=False)
            assert result.severity is Severity.CRITICAL, f"{payload}: {describe(result)}"
        for payload in PAYLOADS:
            if ":" not in payload:
                lab.dns.replace(SRV, "SRV", f"0 0 5061 {payload}.")
                assert (await prober.probe(TARGETS[0], deep=False)).severity is not Severity.OK
    finally:
        await prober.close()
    assert trap.attempts == []


async def test_a_hundred_names_that_are_bound_anew_lead_nowhere_else(
    lab: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[str] = []

    async def note(address: str, port: int, seconds: float) -> object:
        connected.append(address)
        lab.dns.replace("sip.partner.example", "A", "169.254.169.254")
        return ConnectFacts(outcome=ConnectOutcome.REFUSED), None

    monkeypatch.setattr(walk, "connect", note)
    lab.sip_record(5061)
    prober = lab.prober(lab.configuration(proxy=Proxy(resolver=lab.dns.address.with_port())))
    try:
        for number in range(100):
            lab.dns.replace("sip.partner.example", "A", f"8.8.{number}.8")
            await prober.probe(TARGETS[0], deep=False)
    finally:
        await prober.close()
    assert connected == [f"8.8.{number}.8" for number in range(100)]


async def test_no_payload_is_asked_for_a_stun_binding(lab: World, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = Trap(monkeypatch)
    configuration = lab.configuration(proxy=Proxy(resolver=lab.dns.address.with_port()))
    prober = lab.prober(configuration)
    target = ProbeTarget(
        name="av.partner.example", kind=ProbeKind.STUN, access_edge=HostPort("av.partner.example", 3478)
    )
    try:
        for payload in PAYLOADS:
            lab.dns.replace("av.partner.example", "A", *((payload,) if ":" not in payload else ()))
            lab.dns.replace("av.partner.example", "AAAA", *((payload,) if ":" in payload else ()))
            assert (await prober.probe(target)).severity is Severity.CRITICAL
    finally:
        await prober.close()
    assert trap.attempts == []


@pytest.mark.parametrize(
    "port", [1, 21, 22, 25, 53, 80, 111, 389, 445, 2375, 3306, 5432, 6379, 8080, 9200, 11211, 27017]
)
async def test_a_record_cannot_choose_a_port_that_is_not_of_the_model(
    lab: World, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    trap = Trap(monkeypatch)
    lab.records(
        Record(SRV, "SRV", f"0 0 {port} sip.partner.example.", 3600), Record("sip.partner.example", "A", "8.8.8.8")
    )
    result = await lab.probe(TARGETS[0])
    assert "tcp.port_not_used" in codes(result)
    assert result.severity is Severity.UNKNOWN
    assert trap.attempts == []


async def test_the_address_that_was_vetted_is_the_one_that_is_connected_to(
    lab: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS is asked once: an answer that changes between the look and the connection changes nothing (rebinding)."""
    asked: list[str] = []
    connected: list[tuple[str, int]] = []
    real = connect_module.connect

    async def note(address: str, port: int, seconds: float) -> object:
        connected.append((address, port))
        lab.dns.replace("sip.partner.example", "A", "169.254.169.254")
        return await real(address, port, seconds)

    monkeypatch.setattr(walk, "connect", note)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments: asked.append(str(arguments)))
    lab.sip_record(5061, address="127.0.0.1")
    await lab.probe(TARGETS[0], lab.configuration())
    assert connected == [("127.0.0.1", 5061)]
    assert asked == []


async def test_a_mixed_answer_reaches_only_its_public_part(lab: World, monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[str] = []

    async def note(address: str, port: int, seconds: float) -> object:
        connected.append(address)
        return ConnectFacts(outcome=ConnectOutcome.REFUSED), None

    monkeypatch.setattr(walk, "connect", note)
    lab.sip_record(5061)
    lab.dns.replace("sip.partner.example", "A", "10.0.0.1", "8.8.8.8", "127.0.0.1")
    configuration = lab.configuration(proxy=Proxy(resolver=lab.dns.address.with_port()))
    await lab.probe(TARGETS[0], configuration)
    assert connected == ["8.8.8.8"]


async def test_a_redirection_is_not_followed(lab: World) -> None:
    context = server_context(lab.pki.issue("sip.partner.example"), trust=lab.pki.trust)
    reply = "SIP/2.0 302 Moved\r\nContact: <sip:other.example>\r\nContent-Length: 0\r\n\r\n"
    lab.sip_record(await lab.serve(answering(reply), context))
    before = lab.dns.queries
    result = await lab.probe(TARGETS[0])
    assert "sip.redirected" in codes(result)
    assert lab.connections == 1
    assert lab.dns.queries - before < 8
