"""Chains that must fail and chains that must pass, in the style of x509-limbo: OpenSSL's verdict and our own reading.

Every case that must fail is either refused in the handshake, or flagged by a finding; those that are neither stand in
EXCEPTIONS, each with its reason.
"""

import ipaddress
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from edgeconsole.model.probe import ProbeKind
from edgeconsole.probes.targets import ProbeTarget
from tests.probes.peers import World, answering, describe, server_context, world
from tests.probes.pki import BOTH, CLIENT, SERVER, Credential, Issuer, Pki, new_key

HOST = "sip.partner.example"
TARGET = ProbeTarget(name="partner.example", kind=ProbeKind.SIP)
Make = Callable[[Pki], Credential]

EXCEPTIONS = {
    "root sent along": "a root in the chain is useless and does no harm: every verifier skips it",
    "no subject key identifier": "RFC 5280 4.2.1.2 asks for it in authorities only; a leaf without is believed by all",
}
"""Cases of the strictest readings that we neither refuse nor flag, and why."""


class Chain(NamedTuple):
    """A chain and whether a strict verifier takes it."""

    passes: bool
    make: Make


def leaf(*names: str, **more: object) -> Make:
    return lambda pki: pki.issue(*(names or (HOST,)), **more)  # type: ignore[arg-type]


def under(**changes: object) -> Make:
    """A leaf under an intermediate that differs in something."""

    def make(pki: Pki) -> Credential:
        key = new_key(str(changes.pop("kind", "ec")))
        ca = changes.pop("ca", 0)
        middle = pki.sign("Odd Issuing", key, pki.root.certificate, pki.root.key, ca=ca, **changes)  # type: ignore[arg-type]
        return pki.issue(HOST, issuer=Issuer(middle, key, (middle,)))

    return make


def two_below(limit: int | None) -> Make:
    def make(pki: Pki) -> Credential:
        first_key, second_key = new_key(), new_key()
        first = pki.sign("First", first_key, pki.root.certificate, pki.root.key, ca=limit)
        second = pki.sign("Second", second_key, first, first_key, ca=0)
        return pki.issue(HOST, issuer=Issuer(second, second_key, (second, first)))

    return make


def constrained(*, permitted: str = "", excluded: str = "") -> Make:
    constraints = x509.NameConstraints(
        permitted_subtrees=[x509.DNSName(permitted)] if permitted else None,
        excluded_subtrees=[x509.DNSName(excluded)] if excluded else None,
    )
    return under(extensions=[(constraints, True)])


def unknown(critical: bool) -> Make:
    extension = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
    return leaf(extensions=[(extension, critical)])


def sent(extra: Callable[[Pki], tuple[x509.Certificate, ...]]) -> Make:
    return lambda pki: pki.issue(HOST, chain=extra(pki))


def _signs(pki: Pki) -> Credential:
    """A leaf that signed another leaf."""
    key = new_key()
    middle = pki.sign("Not An Authority", key, pki.issuing.certificate, pki.issuing.key, usages=BOTH)
    return pki.issue(HOST, issuer=Issuer(middle, key, (middle, pki.issuing.certificate)))


def usage(**flags: bool) -> x509.KeyUsage:
    values = dict.fromkeys(
        (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    return x509.KeyUsage(**(values | flags))


CHAINS = {
    "plain": Chain(True, leaf()),
    "several names": Chain(True, leaf("a.partner.example", HOST)),
    "RSA 2048": Chain(True, leaf(kind="rsa2048")),
    "RSA 3072": Chain(True, leaf(kind="rsa3072")),
    "Ed25519": Chain(True, leaf(kind="ed")),
    "unknown extension, not critical": Chain(True, unknown(False)),
    "two intermediates": Chain(True, two_below(1)),
    "names permitted": Chain(True, constrained(permitted="partner.example")),
    "another name excluded": Chain(True, constrained(excluded="other.example")),
    "SIP domain purpose too": Chain(True, leaf(usages=(*BOTH, ObjectIdentifier("1.3.6.1.5.5.7.3.20")))),
    "URI and DNS names": Chain(True, leaf(general=(x509.UniformResourceIdentifier("sip:partner.example"),))),
    "root sent along": Chain(False, sent(lambda pki: (*pki.issuing.chain, pki.root.certificate))),
    "more certificates than needed": Chain(
        False,
        lambda pki: pki.issue(HOST, chain=(*pki.issuing.chain, Pki(pki.trust.parent, "Else").issuing.certificate)),
    ),
    "no subject key identifier": Chain(False, leaf(without=(x509.SubjectKeyIdentifier,))),
    "expired": Chain(False, leaf(days=(-9, -1))),
    "not yet valid": Chain(False, leaf(days=(1, 9))),
    "expired a minute ago": Chain(False, leaf(days=(-9, -1 / 1440))),
    "intermediate expired": Chain(False, under(days=(-9, -1))),
    "intermediate not yet valid": Chain(False, under(days=(1, 9))),
    "self-signed": Chain(False, leaf(self_signed=True)),
    "self-signed authority as leaf": Chain(
        False, leaf(self_signed=True, extensions=[(x509.BasicConstraints(True, None), True)])
    ),
    "no intermediate": Chain(False, sent(lambda pki: ())),
    "strange root": Chain(False, lambda pki: Pki(pki.trust.parent, "Stranger").issue(HOST)),
    "root of the same name": Chain(False, lambda pki: Pki(pki.trust.parent, "Probe Test").issue(HOST)),
    "intermediate is no authority": Chain(False, under(ca=None)),
    "intermediate may not sign": Chain(False, under(extensions=[(usage(digital_signature=True), True)])),
    "intermediate without basic constraints": Chain(False, under(without=(x509.BasicConstraints,))),
    "path too long": Chain(False, two_below(0)),
    "a leaf signed it": Chain(False, _signs),
    "name not permitted": Chain(False, constrained(permitted="other.example")),
    "name excluded": Chain(False, constrained(excluded="partner.example")),
    "intermediate for clients only": Chain(False, under(usages=(CLIENT,))),
    "clients only": Chain(False, leaf(usages=(CLIENT,))),
    "mail only": Chain(False, leaf(usages=(ExtendedKeyUsageOID.EMAIL_PROTECTION,))),
    "servers only": Chain(False, leaf(usages=(SERVER,))),
    "any purpose": Chain(False, leaf(usages=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, SERVER))),
    "no purpose": Chain(False, leaf(usages=None)),
    "no names": Chain(False, lambda pki: pki.issue(common_name=HOST)),
    "wrong name": Chain(False, leaf("sip.other.example")),
    "wildcard": Chain(False, leaf("*.partner.example")),
    "part of a label": Chain(False, leaf("s*.partner.example")),
    "wildcard of a public suffix": Chain(False, leaf("*.example")),
    "wildcard inside": Chain(False, leaf("sip.*.example")),
    "longer name": Chain(False, leaf("sip.partner.example.evil.example")),
    "address instead of name": Chain(
        False, lambda pki: pki.issue(general=(x509.IPAddress(ipaddress.ip_address("127.0.0.1")),))
    ),
    "unknown critical extension": Chain(False, unknown(True)),
    "is an authority": Chain(False, leaf(extensions=[(x509.BasicConstraints(True, None), True)])),
    "may sign certificates": Chain(False, leaf(extensions=[(usage(digital_signature=True, key_cert_sign=True), True)])),
    "may not sign handshakes": Chain(False, leaf(extensions=[(usage(key_agreement=True), True)])),
    "names critical beside a subject": Chain(False, leaf(critical_names=True)),
    "empty subject, names not critical": Chain(False, leaf(common_name="")),
    "constrains names": Chain(
        False, leaf(extensions=[(x509.NameConstraints([x509.DNSName("partner.example")], None), True)])
    ),
    "no authority key identifier": Chain(False, leaf(without=(x509.AuthorityKeyIdentifier,))),
    "subject is no name of it": Chain(False, leaf(common_name="other.partner.example")),
    "issuer access critical": Chain(
        False,
        leaf(
            extensions=[
                (
                    x509.AuthorityInformationAccess(
                        [
                            x509.AccessDescription(
                                x509.AuthorityInformationAccessOID.OCSP,
                                x509.UniformResourceIdentifier("http://ocsp.example"),
                            )
                        ]
                    ),
                    True,
                )
            ]
        ),
    ),
    "weak key": Chain(False, leaf(kind="rsa1024")),
    "intermediate with a weak key": Chain(False, under(kind="rsa1024")),
}


@pytest.fixture
async def lab(tmp_path: Path, pki: Pki) -> AsyncIterator[World]:
    async with world(tmp_path, pki, pki.issue("sip.contoso.example", "contoso.example")) as made:
        yield made


_BENIGN = frozenset({"srv.port_unusual", "cert.no_revocation", "name.domain_unproven", "mtls.not_demanded"})
"""What a good chain of this test is told of as well."""


async def flagged(lab: World, make: Make) -> tuple[bool, str]:
    context = server_context(make(lab.pki), trust=lab.pki.trust, ciphers="ALL:@SECLEVEL=0")
    lab.sip_record(await lab.serve(answering(), context))
    result = await lab.probe(TARGET)
    told = {finding.code for finding in result.findings} - _BENIGN
    assert not {code for code in told if code.startswith(("probe.", "tls."))}, describe(result)
    return bool(told), describe(result)


@pytest.mark.parametrize("name", CHAINS)
async def test_a_chain_is_told_for_what_it_is(lab: World, name: str) -> None:
    case = CHAINS[name]
    told, described = await flagged(lab, case.make)
    assert told is (not case.passes and name not in EXCEPTIONS), described


def test_every_exception_is_a_case_with_a_reason() -> None:
    assert all(not CHAINS[name].passes and len(reason) > 20 for name, reason in EXCEPTIONS.items())
    assert len(EXCEPTIONS) <= len([case for case in CHAINS.values() if not case.passes]) // 10
