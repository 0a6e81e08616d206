"""A partner broken in one way each, on real sockets: the right code, the stage that fails, and what to do."""

import asyncio
import contextlib
import datetime
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec
import pytest

from edgeconsole.lab.nameserver import Record
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.probe import ProbeKind, ProbeResult, Severity, Stage, StageState
from edgeconsole.probes.targets import ProbeTarget
from edgeconsole.rules.probing.codes import CODES
from tests.probes.peers import (
    ThreadServer,
    World,
    answering,
    describe,
    dns_answer,
    hanging_up,
    raw_dns,
    resetting,
    saying,
    server_context,
    silent,
)
from tests.probes.pki import CLIENT, SERVER, Credential, Issuer, Pki, new_key

SIP = ProbeTarget(name="partner.example", kind=ProbeKind.SIP)
SRV = "_sipfederationtls._tcp.partner.example"
HOST = "sip.partner.example"


Probe = Callable[[World], Awaitable[ProbeResult]]


class Case(NamedTuple):
    """What a broken partner must lead to."""

    code: str
    failing: Stage | None
    """The first stage that fails for the target; None where it is no more than doubtful."""
    fix: str
    """Words of the remedy."""
    probe: Probe


# DNS


async def _healthy(lab: World, address: str = "127.0.0.1", **changes: str) -> int:
    port = await lab.serve(answering(), server_context(lab.pki.issue(HOST), trust=lab.pki.trust), host=address)
    lab.sip_record(port, address=address)
    return port


async def _nothing(lab: World) -> ProbeResult:
    return await lab.probe(SIP)


def _record(kind: str, value: str, name: str = SRV) -> Probe:
    async def probe(lab: World) -> ProbeResult:
        lab.records(Record(name, kind, value, 3600))
        return await lab.probe(SIP)

    return probe


async def _alias(lab: World) -> ProbeResult:
    port = await _healthy(lab)
    lab.sip_record(port)
    lab.dns.replace(HOST, "A")
    lab.dns.replace(HOST, "CNAME", "real.partner.example.")
    lab.dns.replace("real.partner.example", "A", "127.0.0.1")
    return await lab.probe(SIP)


async def _short_life(lab: World) -> ProbeResult:
    port = await _healthy(lab)
    lab.dns.replace(SRV, "SRV", f"0 0 {port} {HOST}.", ttl=5)
    return await lab.probe(SIP)


def _wire(respond: Callable[[bytes], tuple[bytes, ...]]) -> Probe:
    async def probe(lab: World) -> ProbeResult:
        address, transport = await raw_dns(respond)
        try:
            return await lab.probe(SIP, resolver=address)
        finally:
            transport.close()

    return probe


def _srv_record(port: int = 5061) -> bytes:
    target = b"\3sip\7partner\7example\0"
    return b"\xc0\x0c" + struct.pack("!HHIHHHH", 33, 1, 3600, 6 + len(target), 0, 0, port) + target


async def _disagree(lab: World) -> ProbeResult:
    await _healthy(lab)
    address, transport = await raw_dns(lambda query: (dns_answer(query, rcode=3),))
    try:
        return await lab.probe(SIP, second_resolver=address)
    finally:
        transport.close()


async def _six_dead(lab: World) -> ProbeResult:
    await _healthy(lab)
    lab.dns.replace(HOST, "AAAA", "::1")
    return await lab.probe(SIP)


# TCP


async def _refused(lab: World) -> ProbeResult:
    server = await asyncio.start_server(hanging_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    lab.sip_record(port)
    return await lab.probe(SIP)


async def _black_hole(lab: World) -> ProbeResult:
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(2):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        await asyncio.sleep(0)
        lab.sip_record(full.getsockname()[1])
        return await lab.probe(SIP)


async def _some_addresses(lab: World) -> ProbeResult:
    await _healthy(lab)
    lab.dns.replace(HOST, "A", "127.0.0.1", "127.0.0.3")
    return await lab.probe(SIP)


async def _first_choice(lab: World) -> ProbeResult:
    port = await _healthy(lab)
    lab.dns.replace(SRV, "SRV", "0 0 1 dead.partner.example.", f"10 0 {port} {HOST}.", ttl=3600)
    lab.dns.replace("dead.partner.example", "A", "127.0.0.1")
    return await lab.probe(SIP)


# TLS


def _talks(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> Probe:
    async def probe(lab: World) -> ProbeResult:
        lab.sip_record(await lab.serve(talk))
        return await lab.probe(SIP)

    return probe


async def _against(lab: World, context: ssl.SSLContext, configuration: Configuration | None = None) -> ProbeResult:
    server = ThreadServer(context)
    try:
        lab.sip_record(server.port)
        return await lab.probe(SIP, configuration)
    finally:
        server.close()


async def _old_version(lab: World) -> ProbeResult:
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context = server_context(lab.pki.issue(HOST), version=ssl.TLSVersion.TLSv1, ciphers="ALL:@SECLEVEL=0")
    return await _against(lab, context)


async def _rsa_exchange(lab: World) -> ProbeResult:
    credential = lab.pki.issue(HOST, kind="rsa2048")
    return await _against(lab, server_context(credential, version=ssl.TLSVersion.TLSv1_2, ciphers="AES128-SHA"))


async def _no_such_name(lab: World) -> ProbeResult:
    context = server_context(lab.pki.issue(HOST))
    context.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    return await _against(lab, context)


# Certificates and names


def _certificate(make: Callable[[Pki], Credential], ciphers: str = "") -> Probe:
    async def probe(lab: World) -> ProbeResult:
        context = server_context(make(lab.pki), trust=lab.pki.trust, ciphers=ciphers)
        lab.sip_record(await lab.serve(answering(), context))
        return await lab.probe(SIP)

    return probe


def _stranger(pki: Pki) -> Credential:
    other = Pki(pki.trust.parent, "Stranger")
    return other.issue(HOST, chain=(other.issuing.certificate, other.root.certificate))


def _expired_chain(pki: Pki) -> Credential:
    key = new_key()
    middle = pki.sign("Old Issuing", key, pki.root.certificate, pki.root.key, ca=0, days=(-9, -1))
    return pki.issue(HOST, issuer=Issuer(middle, key, (middle,)))


def _forged(pki: Pki) -> Credential:
    """A chain whose intermediate has the right name and another key."""
    key = new_key()
    middle = pki.sign("Probe Test Issuing", key, pki.root.certificate, pki.root.key, ca=0)
    return pki.issue(HOST, chain=(middle,))


async def _two_certificates(lab: World) -> ProbeResult:
    port = await lab.serve(answering(), server_context(lab.pki.issue(HOST), trust=lab.pki.trust))
    other = server_context(lab.pki.issue(HOST), trust=lab.pki.trust)
    await lab.serve(answering(), other, host="127.0.0.3", port=port)
    lab.sip_record(port)
    lab.dns.replace(HOST, "A", "127.0.0.1", "127.0.0.3")
    return await lab.probe(SIP)


async def _pinned_certificate(lab: World) -> ProbeResult:
    await _healthy(lab)
    return await lab.probe(msgspec.structs.replace(SIP, pins=("ab" * 32,)))


# Our certificate


def _refuses_ours(version: ssl.TLSVersion, **own: object) -> Probe:
    async def probe(lab: World) -> ProbeResult:
        other = Pki(lab.directory, "Foreign") if own.pop("foreign", False) else lab.pki
        lab.own = other.issue("sip.contoso.example", "contoso.example", **own)  # type: ignore[arg-type]
        return await _against(lab, server_context(lab.pki.issue(HOST), trust=lab.pki.trust, version=version))

    return probe


async def _none_to_show(lab: World) -> ProbeResult:
    edge = msgspec.structs.replace(lab.configuration().edge, certificate=None, private_key=None)
    context = server_context(lab.pki.issue(HOST), trust=lab.pki.trust)
    return await _against(lab, context, lab.configuration(edge=edge))


async def _not_demanded(lab: World) -> ProbeResult:
    lab.sip_record(await lab.serve(answering(), server_context(lab.pki.issue(HOST))))
    return await lab.probe(SIP)


async def _not_listed_authority(lab: World) -> ProbeResult:
    context = server_context(lab.pki.issue(HOST), trust=Pki(lab.directory, "Chosen").trust, demand=ssl.CERT_OPTIONAL)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # OpenSSL lists the authorities it loaded; ours is not one of them, and the server drops us for it.
    return await _against(lab, context)


# SIP


def _reply(text: str) -> Probe:
    async def probe(lab: World) -> ProbeResult:
        context = server_context(lab.pki.issue(HOST), trust=lab.pki.trust)
        lab.sip_record(await lab.serve(answering(text), context))
        return await lab.probe(SIP)

    return probe


def _status(line: str, *headers: str) -> Probe:
    return _reply("\r\n".join((f"SIP/2.0 {line}", *headers, "Content-Length: 0", "", "")))


def _diagnostic(number: int, text: str = "because") -> Probe:
    header = f'ms-diagnostics: {number};reason="{text}";source="sip.partner.example"'
    return _status("504 Server time-out", header)


def _application(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> Probe:
    async def probe(lab: World) -> ProbeResult:
        context = server_context(lab.pki.issue(HOST), trust=lab.pki.trust)
        lab.sip_record(await lab.serve(talk, context))
        return await lab.probe(SIP)

    return probe


_OLD_CLOCK = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")

T12, T13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3

CASES = {
    "no SRV record": Case("srv.missing", Stage.DNS, "IN SRV 0 0 5061 sip.partner.example.", _nothing),
    "misspelt SRV record": Case(
        "srv.misspelled",
        Stage.DNS,
        f"rename _sipfederationtls.tcp.partner.example to `{SRV}.",
        _record("SRV", f"0 0 5061 {HOST}.", "_sipfederationtls.tcp.partner.example"),
    ),
    "service declined": Case(
        "srv.declined", Stage.DNS, "edgeconsole domains remove partner.example", _record("SRV", "0 0 0 .")
    ),
    "target in another domain": Case(
        "srv.other_domain",
        Stage.DNS,
        "--access-edge sip.partner-edge.example",
        _record("SRV", "0 0 5061 sip.partner-edge.example."),
    ),
    "target two labels deep": Case(
        "srv.other_domain",
        Stage.DNS,
        "sip.partner.example to the certificate",
        _record("SRV", "0 0 5061 sip.it.partner.example."),
    ),
    "target is an address": Case("srv.address_literal", Stage.DNS, "IN A", _record("SRV", "0 0 5061 192.0.2.7.")),
    "target is an alias": Case("srv.alias", None, "let the SRV record name real.partner.example", _alias),
    "port unusual": Case("srv.port_unusual", None, f"0 0 5061 {HOST}.", lambda lab: _after(_healthy(lab), lab)),
    "short life": Case("srv.short_life", None, "300 s", _short_life),
    "wildcard zone": Case(
        "srv.wildcard",
        Stage.ADDRESS,
        "publish the record itself",
        _wire(lambda query: (dns_answer(query, *([_srv_record()] if b"_tcp" in query else [])),)),
    ),
    "resolver fails": Case(
        "dns.server_failure", Stage.DNS, f"dig {SRV} SRV", _wire(lambda q: (dns_answer(q, rcode=2),))
    ),
    "resolver refuses": Case("dns.refused", None, "proxy.resolver", _wire(lambda q: (dns_answer(q, rcode=5),))),
    "resolver silent": Case("dns.timeout", None, "UDP and TCP 53", _wire(lambda q: ())),
    "forged answers only": Case(
        "dns.timeout",
        None,
        "UDP and TCP 53",
        _wire(
            lambda q: (
                bytes((q[0] ^ 1,)) + dns_answer(q, _srv_record())[1:],
                dns_answer(q.replace(b"partner", b"pirates")),
            )
        ),
    ),
    "truncated, TCP closed": Case(
        "dns.tcp_blocked", Stage.DNS, "dig +tcp", _wire(lambda q: (dns_answer(q, truncated=True),))
    ),
    "malformed answer": Case(
        "dns.malformed", None, "another resolver", _wire(lambda q: (dns_answer(q, b"\xc0\x0c\0"),))
    ),
    "resolvers disagree": Case("dns.resolvers_disagree", None, "which view partners see", _disagree),
    "no address": Case("address.none", Stage.ADDRESS, f"`{HOST}. 3600 IN A", _record("SRV", f"0 0 5061 {HOST}.")),
    "private address": Case("address.private", Stage.TCP, "proxy.allow_addresses", lambda lab: _private(lab)),
    "IPv6 dead": Case("address.six_dead", None, "remove the record", _six_dead),
    "port closed": Case("tcp.refused", Stage.TCP, "start the Access Edge service", _refused),
    "black hole": Case("tcp.timeout", Stage.TCP, "allow outbound TCP", _black_hole),
    "port nobody pinned": Case("tcp.port_not_used", None, f"--access-edge {HOST}:22", lambda lab: _ssh_port(lab)),
    "one of two addresses": Case("target.some_addresses", None, "withdraw", _some_addresses),
    "first choice dead": Case("target.first_choice_dead", Stage.TCP, "mend dead.partner.example", _first_choice),
    "reset in the handshake": Case("tls.reset", Stage.TLS, "enable TLS 1.2", _talks(resetting)),
    "closed in the handshake": Case(
        "tls.closed", Stage.TLS, "openssl s_client -connect 127.0.0.1:", _talks(hanging_up)
    ),
    "plain HTTP": Case(
        "tls.not_tls",
        Stage.TLS,
        "must take TLS from the first byte",
        _talks(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    ),
    "plain SIP": Case("tls.not_tls", Stage.TLS, "nc 127.0.0.1", _talks(saying(b"SIP/2.0 400 Bad Request\r\n\r\n"))),
    "silent in the handshake": Case("tls.timeout", Stage.TLS, "hangs", _talks(silent)),
    "TLS 1.0 only": Case("tls.version_old", Stage.TLS, "TLS 1.2", _old_version),
    "RSA key exchange only": Case("tls.no_common", Stage.TLS, "ECDHE and AES-GCM", _rsa_exchange),
    "no certificate for the name": Case("tls.unknown_name", Stage.TLS, f"names {HOST}", _no_such_name),
    "expired": Case("cert.expired", Stage.CERTIFICATE, "renew", _certificate(lambda p: p.issue(HOST, days=(-9, -2)))),
    "not yet valid": Case(
        "cert.not_yet", Stage.CERTIFICATE, "timedatectl", _certificate(lambda p: p.issue(HOST, days=(2, 30)))
    ),
    "two days left": Case("cert.expires_now", None, "today", _certificate(lambda p: p.issue(HOST, days=(-80, 2)))),
    "ten days left": Case("cert.expires", None, "renew", _certificate(lambda p: p.issue(HOST, days=(-80, 10)))),
    "twenty days left": Case("cert.expires_soon", None, "renew", _certificate(lambda p: p.issue(HOST, days=(-80, 20)))),
    "self-signed": Case(
        "cert.self_signed",
        Stage.CERTIFICATE,
        "public authority",
        _certificate(lambda p: p.issue(HOST, self_signed=True, common_name=HOST)),
    ),
    "unknown root": Case("cert.untrusted_root", Stage.CERTIFICATE, "edge.trust", _certificate(_stranger)),
    "missing intermediate": Case(
        "cert.missing_intermediate",
        Stage.CERTIFICATE,
        "Probe Test Issuing",
        _certificate(lambda p: p.issue(HOST, chain=())),
    ),
    "intermediate expired": Case("cert.chain_expired", Stage.CERTIFICATE, "current one", _certificate(_expired_chain)),
    "intermediate of another key": Case(
        "cert.bad_signature", Stage.CERTIFICATE, "really signed", _certificate(_forged)
    ),
    "for clients only": Case(
        "cert.no_server_auth",
        Stage.CERTIFICATE,
        "Request-CsCertificate",
        _certificate(lambda p: p.issue(HOST, usages=(CLIENT,))),
    ),
    "for servers only": Case(
        "cert.no_client_auth", None, "clientAuth", _certificate(lambda p: p.issue(HOST, usages=(SERVER,)))
    ),
    "weak key": Case(
        "cert.key_small",
        Stage.CERTIFICATE,
        "RSA 2048",
        _certificate(lambda p: p.issue(HOST, kind="rsa1024"), "ALL:@SECLEVEL=0"),
    ),
    "members differ": Case("cert.differs", None, "every edge of the pool", _two_certificates),
    "another certificate than pinned": Case("cert.pin", Stage.CERTIFICATE, "another way", _pinned_certificate),
    "wrong name": Case(
        "name.mismatch", Stage.NAME, f"reissue it with {HOST}", _certificate(lambda p: p.issue("sip.elsewhere.example"))
    ),
    "wildcard": Case("name.wildcard", Stage.NAME, "written out", _certificate(lambda p: p.issue("*.partner.example"))),
    "common name only": Case(
        "name.common_name", Stage.NAME, "subject alternative name", _certificate(lambda p: p.issue(common_name=HOST))
    ),
    "no name": Case(
        "name.none", Stage.NAME, "subject alternative name", _certificate(lambda p: p.issue(common_name="edge"))
    ),
    "refuses our authority, TLS 1.3": Case(
        "mtls.untrusted", Stage.CLIENT_CERTIFICATE, "Foreign Issuing", _refuses_ours(T13, foreign=True)
    ),
    "refuses our authority, TLS 1.2": Case(
        "mtls.untrusted", Stage.CLIENT_CERTIFICATE, "Foreign Issuing", _refuses_ours(T12, foreign=True)
    ),
    "refuses our purpose": Case(
        "mtls.usage", Stage.CLIENT_CERTIFICATE, "clientAuth", _refuses_ours(T13, usages=(SERVER,))
    ),
    "refuses our expired one": Case(
        "mtls.expired",
        Stage.CLIENT_CERTIFICATE,
        "Renew the certificate of sip.contoso.example",
        _refuses_ours(T13, days=(-9, -2)),
    ),
    "demands what we lack": Case("mtls.none_shown", None, "edge.private_key", _none_to_show),
    "demands nothing": Case("mtls.not_demanded", None, "demand certificates", _not_demanded),
    "takes other authorities": Case(
        "mtls.untrusted", Stage.CLIENT_CERTIFICATE, "Probe Test Issuing", _not_listed_authority
    ),
    "SIP 404": Case("sip.not_found", None, "among the SIP domains", _status("404 Not Found")),
    "SIP 403": Case("sip.forbidden", None, "please allow contoso.example", _status("403 Forbidden")),
    "SIP 503": Case("sip.unavailable", None, "Probe again", _status("503 Service Unavailable")),
    "SIP 504": Case("sip.gateway", None, "Director or Front End", _status("504 Server time-out")),
    "SIP 500": Case("sip.server_error", None, "look into the log", _status("500 Oops")),
    "SIP 302": Case(
        "sip.redirected", None, "name the host that serves", _status("302 Moved", "Contact: <sip:x@169.254.169.254>")
    ),
    "SIP 405": Case("sip.alive", None, "edgeconsole explain", _status("405 Method Not Allowed")),
    "SIP garbage": Case(
        "sip.garbage", Stage.APPLICATION, "load balancer", _reply("220 mail.partner.example ESMTP\r\n")
    ),
    "SIP silence": Case("sip.no_reply", None, "please allow contoso.example", _application(silent)),
    "SIP hangs up": Case("app.closed", Stage.APPLICATION, "do not list us", _application(hanging_up)),
    "SIP clock": Case("sip.clock", None, "w32tm", _status("200 OK", f"Date: {_OLD_CLOCK}")),
    "diagnostic 1008": Case("sip.diag.our_srv", None, "_sipfederationtls._tcp.contoso.example.", _diagnostic(1008)),
    "diagnostic 1009": Case("sip.diag.our_target", None, "sip.contoso.example", _diagnostic(1009)),
    "diagnostic 1010": Case("sip.diag.trust", None, "Probe Test Issuing", _diagnostic(1010)),
    "diagnostic 1014": Case("sip.diag.address", None, "A record of sip.contoso.example", _diagnostic(1014)),
    "diagnostic 1017": Case("sip.diag.pair", None, "hybrid", _diagnostic(1017)),
    "diagnostic 1027": Case("sip.diag.not_federated", None, "please allow", _diagnostic(1027)),
    "diagnostic 1002": Case("sip.diag.policy", None, "external access policy", _diagnostic(1002)),
    "diagnostic 1005": Case("sip.diag.route", None, "federation route", _diagnostic(1005)),
}


async def _after(ready: Awaitable[object], lab: World) -> ProbeResult:
    await ready
    return await lab.probe(SIP)


async def _private(lab: World) -> ProbeResult:
    lab.records(Record(SRV, "SRV", f"0 0 5061 {HOST}.", 3600), Record(HOST, "A", "10.1.2.3"))
    return await lab.probe(SIP)


async def _ssh_port(lab: World) -> ProbeResult:
    lab.records(Record(SRV, "SRV", f"0 0 22 {HOST}.", 3600), Record(HOST, "A", "8.8.8.8"))
    return await lab.probe(SIP)


@pytest.mark.parametrize("name", CASES)
async def test_a_broken_partner_is_told_by_code_stage_and_remedy(lab: World, name: str) -> None:
    case = CASES[name]
    result = await case.probe(lab)
    found = {finding.code: finding for finding in result.findings}
    assert case.code in found, describe(result)
    assert found[case.code].stage is CODES[case.code].stage
    assert case.fix in found[case.code].fix, found[case.code].fix
    assert result.first_failing is case.failing, describe(result)
    if case.failing is not None:
        assert result.severity is Severity.CRITICAL
        assert result.summary
    _later_stages_are_never_ok(result)


def _later_stages_are_never_ok(result: ProbeResult) -> None:
    for endpoint in result.endpoints:
        states = [each.state for each in endpoint.stages if each.stage is not Stage.NAME]
        if StageState.FAILED in states:
            after = states[states.index(StageState.FAILED) + 1 :]
            assert set(after) <= {StageState.SKIPPED, StageState.FAILED}, describe(result)


async def test_a_healthy_partner_is_ok_through_every_stage(lab: World) -> None:
    await _healthy(lab)
    result = await lab.probe(SIP)
    assert result.severity is Severity.OK, describe(result)
    assert [each.state for each in result.stages] == [StageState.OK] * 8
    assert len(result.endpoints[0].chain) == 2
    assert result.vantage == "edge test"


async def test_not_run_is_never_ok(lab: World) -> None:
    result = await lab.probe(SIP)
    assert all(each.state is not StageState.OK for each in result.stages)
