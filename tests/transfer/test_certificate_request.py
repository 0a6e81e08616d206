"""Keys and certificate signing requests: the names and usages the interface needs, and no key is ever overwritten."""

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from edgeconsole.config.edit import apply_changes
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.errors import BadInput
from edgeconsole.rules.requirements.certificates import certificate_requirements
from edgeconsole.transfer.certificate_request import KeyKind, make_request, write_request


def requirement(fqdn: str = "sip.contoso.example"):
    after = apply_changes(
        Configuration(),
        (
            Change(table=Table.EDGE, fields={"fqdn": fqdn}),
            Change(table=Table.SIP_DOMAIN, key="contoso.example", fields={}),
            Change(table=Table.SIP_DOMAIN, key="litware.example", fields={}),
            Change(table=Table.ACCESS_EDGE, fields={"federation": True}),
            Change(table=Table.DOMAIN, key="fabrikam.example", fields={"action": "allow"}),
        ),
    )
    return certificate_requirements(after)[0]


@pytest.mark.parametrize("kind", [KeyKind.RSA_2048, KeyKind.EC_P256])
def test_a_request_has_every_name_and_usage_that_is_required(kind: KeyKind) -> None:
    wanted = requirement()
    made = make_request(wanted, kind)
    request = x509.load_pem_x509_csr(made.request)
    assert request.is_signature_valid
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {str(each.name) for each in wanted.names}
    assert {"sip.contoso.example", "sip.litware.example"} <= set(made.names)
    usages = request.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(usages) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    key = serialization.load_pem_private_key(made.private_key, None)
    assert key.public_key() == request.public_key()


def test_a_name_longer_than_a_common_name_may_be_stands_in_the_alternative_names_alone() -> None:
    long = f"sip.{'a' * 50}.{'b' * 20}.example"
    request = x509.load_pem_x509_csr(make_request(requirement(long), KeyKind.EC_P256).request)
    assert not list(request.subject)
    assert request.extensions.get_extension_for_class(x509.SubjectAlternativeName).critical


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    made = make_request(requirement(), KeyKind.EC_P256)
    write_request(made, tmp_path / "edge.key", tmp_path / "edge.csr")
    assert stat.S_IMODE((tmp_path / "edge.key").stat().st_mode) == 0o600
    assert (tmp_path / "edge.csr").read_bytes() == made.request


def test_a_key_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "edge.key").write_text("precious")
    with pytest.raises(BadInput, match="exists and is left"):
        write_request(make_request(requirement(), KeyKind.EC_P256), tmp_path / "edge.key", tmp_path / "edge.csr")
    assert (tmp_path / "edge.key").read_text() == "precious"


def test_no_key_is_left_behind_where_the_request_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "edge.csr").write_text("old")
    with pytest.raises(BadInput):
        write_request(make_request(requirement(), KeyKind.EC_P256), tmp_path / "edge.key", tmp_path / "edge.csr")
    assert not (tmp_path / "edge.key").exists()
