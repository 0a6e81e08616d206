"""Certificate files read as facts, with real certificates."""

import base64
import contextlib
import os
import tempfile
from datetime import UTC
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeconsole.model.errors import BadInput, NotPermitted
from edgeconsole.probes.certificate_file import MAX_BYTES, Roots, read_certificate, read_roots, system_roots
from edgeconsole.rules.requirements.certificate_facts import Authority, CertificateFacts, KeyUsage
from tests.requirements.authorities import DAY, Signer
from tests.requirements.worlds import NOW

PUBLIC = Signer("Public Root")
ISSUING = Signer("Public Issuing", PUBLIC, ends=NOW + 20 * DAY)
PRIVATE = Signer("Private Root")
SYSTEM = Roots([PUBLIC.certificate])
NAME = "sip.contoso.example"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "edge.pem"


def read(file: Path, *pems: bytes, system: Roots = SYSTEM, trusted: Roots | None = None) -> CertificateFacts:
    file.write_bytes(b"".join(pems))
    return read_certificate(file, system=system, trusted=trusted)


def test_a_certificate_says_its_names_dates_key_and_uses(file: Path) -> None:
    pem = PUBLIC.issue(NAME, "WEBCON.contoso.example", rsa_bits=2048)
    facts = read(file, pem)
    assert facts.subject == NAME
    assert facts.names == (NAME, "webcon.contoso.example")
    assert facts.issuer == "Public Root"
    assert facts.not_after == NOW + 265 * DAY
    assert facts.not_after.tzinfo is UTC
    assert (facts.key, facts.key_bits, facts.signature_hash) == ("RSA", 2048, "sha256")
    assert facts.usages == frozenset(KeyUsage)
    assert facts.crl_points == ("http://crl.authority.example/list.crl",)
    assert facts.fingerprint == load_pem_x509_certificates(pem)[0].fingerprint(hashes.SHA256()).hex()


@pytest.mark.parametrize(
    ("why", "options", "field", "expected"),
    [
        ("no extended key usage is any use", {"usages": None}, "usages", None),
        ("only serverAuth", {"usages": [ExtendedKeyUsageOID.SERVER_AUTH]}, "usages", frozenset({KeyUsage.SERVER_AUTH})),
        (
            "any use named outright", {"usages": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]}, "usages",
            frozenset(KeyUsage),
        ),
        ("an elliptic curve", {}, "key", "EC"),
        ("no revocation list", {"revocation": None}, "crl_points", ()),
        ("an empty subject", {"subject": ""}, "subject", ""),
        ("a hostile subject", {"subject": "\x1b[2Jevil"}, "subject", "\\x1b[2Jevil"),
    ],
)  # fmt: skip
def test_odd_certificates_are_read_as_they_are(file: Path, why, options, field, expected) -> None:
    assert getattr(read(file, PUBLIC.issue(NAME, **options)), field) == expected


def test_a_certificate_without_names_has_none(file: Path) -> None:
    assert read(file, PUBLIC.issue(subject="edge")).names == ()


LEAF = ISSUING.issue(NAME)


@pytest.mark.parametrize(
    ("why", "pems", "authority", "length"),
    [
        ("its intermediate beside it", [LEAF, ISSUING.pem], Authority.PUBLIC, 2),
        ("the root beside it too, in the wrong order", [LEAF, PUBLIC.pem, ISSUING.pem], Authority.PUBLIC, 2),
        ("the intermediate missing", [LEAF], Authority.OPEN, 1),
        ("another authority's certificate beside it", [LEAF, PRIVATE.pem], Authority.OPEN, 1),
        ("a private root beside it", [PRIVATE.issue(NAME), PRIVATE.pem], Authority.PRIVATE, 2),
        ("signed by itself", [PUBLIC.issue(NAME, self_signed=True)], Authority.SELF_SIGNED, 1),
    ],
)
def test_the_end_of_the_chain_tells_whose_it_is(file: Path, why, pems, authority: Authority, length: int) -> None:
    facts = read(file, *pems)
    assert facts.authority is authority
    assert len(facts.chain) == length


def test_a_private_root_that_our_side_trusts_need_not_stand_in_the_file(file: Path) -> None:
    assert read(file, PRIVATE.issue(NAME)).authority is Authority.OPEN
    trusted = read(file, PRIVATE.issue(NAME), trusted=Roots([PRIVATE.certificate]))
    assert trusted.authority is Authority.PRIVATE


def test_an_authority_of_the_same_name_and_another_key_signs_nothing(file: Path) -> None:
    assert (
        read(file, PRIVATE.issue(NAME), trusted=Roots([Signer("Private Root").certificate])).authority is Authority.OPEN
    )


def test_a_machine_without_public_authorities_does_not_judge_the_chain(file: Path) -> None:
    assert read(file, LEAF, system=Roots()).authority is Authority.NOT_JUDGED


def test_the_chain_ends_with_its_first_certificate_to_expire(file: Path) -> None:
    assert read(file, LEAF, ISSUING.pem).chain_ends == NOW + 20 * DAY


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "no certificate"), (b"-----BEGIN PRIVATE KEY-----\n", "no certificate"), (b"x" * (MAX_BYTES + 1), "longer")],
)
def test_a_file_that_is_no_certificate_is_refused_with_the_reason(file: Path, content: bytes, says: str) -> None:
    file.write_bytes(content)
    with pytest.raises(BadInput, match=says):
        read_certificate(file, system=SYSTEM)


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        read_certificate(tmp_path / "nothing.pem", system=SYSTEM)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="no regular file"):
        read_certificate(tmp_path / "pipe", system=SYSTEM)
    with pytest.raises(BadInput):
        read_certificate(tmp_path, system=SYSTEM)


def test_a_file_of_another_user_is_not_permitted_and_says_what_to_do(file: Path, monkeypatch) -> None:
    file.write_bytes(LEAF)

    def forbidden(path: Path, flags: int) -> int:
        raise PermissionError(13, "Permission denied")

    # root may read everything, so the refusal itself is played.
    monkeypatch.setattr("edgeconsole.probes.certificate_file.os.open", forbidden)
    with pytest.raises(NotPermitted) as refused:
        read_certificate(file, system=SYSTEM)
    assert "as the proxy's user" in refused.value.remedy


def test_the_systems_authorities_are_those_openssl_is_told_of(tmp_path: Path, monkeypatch) -> None:
    bundle = tmp_path / "roots.pem"
    bundle.write_bytes(PUBLIC.pem + PRIVATE.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert system_roots().issuer_of(ISSUING.certificate) == PUBLIC.certificate
    assert not read_roots(tmp_path / "nothing.pem")


@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), min_size=1, max_size=3))
@settings(max_examples=200, deadline=None)
def test_a_damaged_certificate_is_read_or_refused_and_never_breaks_anything(changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(load_pem_x509_certificates(LEAF)[0].public_bytes(Encoding.DER))
    for place, bits in changes:
        damaged[place % len(damaged)] ^= bits
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(bytes(damaged)) + b"-----END CERTIFICATE-----\n"
    with tempfile.TemporaryDirectory() as directory, contextlib.suppress(BadInput):
        facts = read(Path(directory) / "edge.pem", pem, ISSUING.pem)
        assert all(text.isprintable() for text in (facts.subject, facts.issuer, *facts.names, *facts.chain))


def test_a_certificate_of_a_version_nobody_defined_is_refused(file: Path) -> None:
    der = bytearray(load_pem_x509_certificates(LEAF)[0].public_bytes(Encoding.DER))
    # Version 3 is written as the number 2 in brackets of its own (RFC 5280, 4.1).
    der[der.index(b"\xa0\x03\x02\x01\x02") + 4] = 77
    file.write_bytes(b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n")
    with pytest.raises(BadInput):
        read_certificate(file, system=SYSTEM)


def test_curves_are_measured_in_bits(file: Path) -> None:
    assert read(file, PUBLIC.issue(NAME)).key_bits == ec.SECP256R1().key_size
