"""Contexts from the configuration: strict both ways, and start-up errors an operator can act on."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from edgeconsole.model.configuration import Configuration, Edge
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.names import parse_domain, parse_listen
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.tls import load_contexts
from tests.proxy.certificates import Authority, Credential

EDGE = "sip.contoso.example"


class Files:
    """Certificates in a directory and the configuration that names them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.authority = Authority(directory, "ca")
        self.good = self.authority.issue(EDGE)

    def edge(self, credential: Credential | None = None, **fields: object) -> Configuration:
        used = credential or self.good
        edge = Edge(
            fqdn=parse_domain(EDGE),
            certificate=f"file:{used.certificate.name}",
            private_key=f"file:{used.key.name}",
            trust=f"file:{self.authority.file.name}",
        )
        return Configuration(edge=msgspec.structs.replace(edge, **fields))

    def check(self, configuration: Configuration) -> tuple[str, ...]:
        edge = FederationEdge(
            configuration, base_directory=self.directory, clock=lambda: datetime.now(UTC), new_id=lambda: "x"
        )
        return edge.check(configuration)

    def problem(self, configuration: Configuration) -> Problem:
        with pytest.raises(BadInput) as caught:
            self.check(configuration)
        (problem,) = caught.value.problems
        return problem


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_what_is_right_gives_no_warning(files: Files) -> None:
    assert files.check(files.edge()) == ()


def test_contexts_are_strict_in_both_roles(files: Files) -> None:
    contexts = load_contexts(files.edge(), files.directory, datetime.now(UTC))
    for context in (contexts.outside_server, contexts.outside_client):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
        assert context.verify_flags & ssl.VERIFY_X509_STRICT
        assert context.options & ssl.OP_NO_TICKET
        assert not context.check_hostname
        kept = ("ECDHE-", "DHE-", "TLS_")
        assert all(suite["name"].startswith(kept) and "PSK" not in suite["name"] for suite in context.get_ciphers())
    assert contexts.outside_server.num_tickets == 0
    assert contexts.inside_server is None


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"certificate": None}, "edge.certificate", "it is not set"),
        ({"certificate": "edge.pem"}, "edge.certificate", "'edge.pem' is no file reference"),
        ({"certificate": "file:absent.pem"}, "edge.certificate", "the file does not exist"),
        ({"certificate": "file:."}, "edge.certificate", "the file cannot be read: Is a directory"),
        ({"private_key": "file:ca-1.crt"}, "edge.private_key", "the file holds no private key in PEM form"),
        ({"certificate": "file:ca-1.key"}, "edge.certificate", "the file holds no certificate in PEM form"),
        ({"private_key": "file:ca-2.key"}, "edge.private_key", "the key does not belong to the certificate of"),
        ({"trust": "file:ca-1.key"}, "edge.trust", "the authorities cannot be read"),
        ({"trust": "file:absent.pem"}, "edge.trust", "the file does not exist"),
    ],
)
def test_what_is_wrong_is_named_with_field_and_file(
    files: Files, fields: dict[str, object], field: str, message: str
) -> None:
    files.authority.issue("other.example")
    problem = files.problem(files.edge(**fields))
    assert problem.field == field
    assert problem.message.startswith(message)
    if "file:" in str(next(iter(fields.values()))):
        assert problem.file.startswith(str(files.directory))


def test_an_encrypted_key_is_refused_instead_of_asking_the_terminal(files: Files) -> None:
    key = load_pem_private_key(files.good.key.read_bytes(), None)
    files.good.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    assert files.problem(files.edge()).message == "the key is encrypted"


def test_every_problem_is_told_at_once(files: Files) -> None:
    configuration = files.edge(certificate=None, trust="file:absent.pem", internal_listen=parse_listen("127.0.0.1:0"))
    with pytest.raises(BadInput) as caught:
        files.check(configuration)
    assert [problem.field for problem in caught.value.problems] == [
        "edge.certificate",
        "edge.trust",
        "edge.internal_certificate",
        "edge.internal_private_key",
        "edge.internal_trust",
    ]


def _other_name(files: Files) -> Credential:
    return files.authority.issue("other.example")


def _wildcard(files: Files) -> Credential:
    return files.authority.issue("*.contoso.example", common_name=EDGE)


def _expired(files: Files) -> Credential:
    return files.authority.issue(EDGE, days=(-9, -2))


def _early(files: Files) -> Credential:
    return files.authority.issue(EDGE, days=(3, 9))


def _open_key(files: Files) -> Credential:
    files.good.key.chmod(0o644)
    return files.good


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (_other_name, f"the certificate does not carry {EDGE} as a DNS SAN"),
        (_wildcard, f"the certificate does not carry {EDGE} as a DNS SAN"),
        (_expired, "the certificate expired on"),
        (_early, "the certificate is not valid before"),
        (_open_key, "can be read by others (mode 0644); run: chmod 0640"),
    ],
)
def test_what_is_doubtful_is_a_warning_and_the_edge_starts(
    files: Files, make: Callable[[Files], Credential], text: str
) -> None:
    (warning,) = files.check(files.edge(make(files)))
    assert text in warning


def test_without_an_edge_table_there_is_nothing_to_run(files: Files) -> None:
    with pytest.raises(BadInput):
        files.check(Configuration())


def test_the_end_of_the_external_certificate_is_known(files: Files) -> None:
    contexts = load_contexts(files.edge(), files.directory, datetime.now(UTC))
    assert timedelta(days=9) < contexts.expires - datetime.now(UTC) < timedelta(days=11)
