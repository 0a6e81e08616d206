"""Certificates of the lab's authorities, judged by OpenSSL and by their extensions."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from edgeconsole.lab.authority import Authority, Credential, Lifetime, file_stem
from edgeconsole.lab.tls import client_context, server_context


def handshake(
    server: Credential, client: Credential, server_trusts: Path, client_trusts: Path, expected: str
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Run a whole mutual handshake in memory; raises what the first side to object raises."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    accepting = server_context(server.certificate, server.private_key, server_trusts).wrap_bio(
        to_server, to_client, server_side=True
    )
    calling = client_context(client.certificate, client.private_key, client_trusts).wrap_bio(
        to_client, to_server, server_hostname=expected
    )
    for _ in range(6):
        for side in (calling, accepting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    # TLS 1.3 ends the client's handshake before the server has judged its certificate.
    accepting.do_handshake()
    return accepting, calling


@pytest.fixture(params=[True, False], ids=["with an intermediate", "root only"])
def authority(request: pytest.FixtureRequest, tmp_path: Path) -> Authority:
    return Authority(tmp_path, "Lab Public", chained=request.param)


def leaf(credential: Credential) -> x509.Certificate:
    return x509.load_pem_x509_certificates(credential.certificate.read_bytes())[0]


def test_a_certificate_is_accepted_strictly_in_both_roles(authority: Authority) -> None:
    edge = authority.issue("edge", ["sip.contoso.example", "sip.contoso-sales.example"])
    partner = authority.issue("partner", ["sip.fabrikam.example"])
    accepting, calling = handshake(edge, partner, authority.root, authority.root, "sip.contoso-sales.example")
    assert ("DNS", "sip.fabrikam.example") in accepting.getpeercert()["subjectAltName"]
    assert calling.context.verify_flags & ssl.VERIFY_X509_STRICT
    handshake(partner, edge, authority.root, authority.root, "sip.fabrikam.example")


def test_a_certificate_that_names_somebody_else_does_not_prove_the_name(authority: Authority) -> None:
    edge = authority.issue("edge", ["sip.contoso.example"])
    wrong = authority.issue("proseware", ["sip.someone-else.example"])
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(wrong, edge, authority.root, authority.root, "sip.proseware.example")


def test_a_certificate_of_one_authority_is_refused_by_the_other(tmp_path: Path) -> None:
    public, inside = Authority(tmp_path, "Public"), Authority(tmp_path, "Inside")
    edge = inside.issue("edge", ["edge.int.contoso.example"])
    partner = public.issue("partner", ["pool.int.contoso.example"])
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        handshake(edge, partner, inside.root, inside.root, "edge.int.contoso.example")


def test_an_expired_certificate_is_refused_and_one_day_earlier_it_was_not(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "Lab")
    edge = authority.issue("edge", ["sip.contoso.example"])
    ended = Lifetime(timedelta(days=-20), timedelta(days=-1))
    expired = authority.issue("late", ["sip.fabrikam.example"], ended)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        handshake(expired, edge, authority.root, authority.root, "sip.fabrikam.example")


def test_validity_follows_the_clock_that_was_given(tmp_path: Path) -> None:
    noon = datetime(2030, 1, 2, 12, tzinfo=UTC)
    certificate = leaf(Authority(tmp_path, "Lab", clock=lambda: noon).issue("edge", ["sip.contoso.example"]))
    assert certificate.not_valid_before_utc == noon - timedelta(hours=1)
    assert certificate.not_valid_after_utc == noon + timedelta(days=14)


def test_a_certificate_carries_what_a_strict_verifier_and_a_federation_partner_read(authority: Authority) -> None:
    certificate = leaf(authority.issue("edge", ["sip.contoso.example"]))
    extensions = certificate.extensions
    uses = set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert uses == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert extensions.get_extension_for_class(x509.BasicConstraints).critical
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    assert extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)


def test_private_keys_are_readable_by_their_owner_alone_and_a_second_issue_replaces_both(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "Lab")
    first = authority.issue("edge", ["sip.contoso.example"]).private_key.read_bytes()
    again = authority.issue("edge", ["sip.contoso.example"])
    assert again.private_key.stat().st_mode & 0o777 == 0o600
    assert again.private_key.read_bytes() != first
    server_context(again.certificate, again.private_key, authority.root)  # the key belongs to the certificate
    assert not list(tmp_path.glob("*.new"))


def test_the_authority_keeps_its_own_keys_in_memory(tmp_path: Path) -> None:
    Authority(tmp_path, "Lab Public")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lab-public-root.pem"]


@pytest.mark.parametrize(("name", "stem"), [("Lab Public", "lab-public"), ("../etc/x", "etc-x"), ("a.b", "a.b")])
def test_a_file_name_never_leaves_its_directory(name: str, stem: str) -> None:
    assert file_stem(name) == stem
