"""An edge that cannot start says what is wrong, where and what to do; nothing is changed on the way."""

import socket
from pathlib import Path

import pytest

from tests.e2e.conftest import Lab, edgeconsole

pytestmark = pytest.mark.xdist_group("bad start")


@pytest.fixture
def lab(standing_lab: Lab) -> Lab:
    return standing_lab


def refused(path: Path, *says: str) -> None:
    before = path.read_bytes()
    ran = edgeconsole("proxy", "--config", str(path))
    assert ran.code == 2, (ran.out, ran.err)
    assert "Traceback" not in ran.err
    for word in says:
        assert word in ran.err
    assert path.read_bytes() == before


def test_broken_toml(file: Path) -> None:
    file.write_text(file.read_text() + "\n[[domain]\n")
    line = file.read_text().count("\n")
    refused(file, f"federation.toml:{line}:", "not valid TOML", "[[name]]")


def test_an_unknown_key_with_a_suggestion(file: Path) -> None:
    file.write_text(file.read_text().replace("partner_discovery", "partner_discovry", 1))
    refused(file, "partner_discovry", "partner_discovery")


def test_a_domain_twice_names_both_lines(file: Path) -> None:
    file.write_text(file.read_text() + '\n[[domain]]\nname = "FABRIKAM.example."\naction = "block"\n')
    refused(file, "fabrikam.example", "line")


def test_a_domain_that_is_ours(file: Path) -> None:
    file.write_text(file.read_text() + '\n[[domain]]\nname = "contoso.example"\naction = "allow"\n')
    refused(file, "contoso.example", "sip_domain")


def test_an_ip_address_as_access_edge(file: Path) -> None:
    file.write_text(
        file.read_text() + '\n[[domain]]\nname = "other.example"\naction = "allow"\naccess_edge = "192.0.2.1"\n'
    )
    refused(file, "access_edge", "IP address")


def test_a_key_that_cannot_be_read(file: Path) -> None:
    text = file.read_text()
    key = next(line for line in text.splitlines() if line.startswith("private_key"))
    file.write_text(text.replace(key, 'private_key = "file:/nonexistent/edge.key"'))
    refused(file, "edge.private_key", "/nonexistent/edge.key")


def test_a_certificate_that_does_not_match_its_key(file: Path) -> None:
    text = file.read_text()
    key = next(line for line in text.splitlines() if line.startswith("private_key"))
    inside = next(line for line in text.splitlines() if line.startswith("internal_private_key"))
    file.write_text(text.replace(key, "private_key" + inside.removeprefix("internal_private_key")))
    refused(file, "edge.private_key", "does not belong to the certificate")


def test_a_port_in_use(file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = file.read_text()
        listen = next(line for line in text.splitlines() if line.startswith("sip_listen"))
        file.write_text(text.replace(listen, f'sip_listen = "127.0.0.1:{port}"'))
        refused(file, str(port), "in use")


def test_a_file_that_another_proxy_holds(lab) -> None:
    ran = edgeconsole("proxy", "--config", lab.at.config)
    assert ran.code == 3
    assert "is held by process" in ran.err


def test_check_says_the_same_without_starting_anything(file: Path) -> None:
    assert edgeconsole("check", str(file)).code == 0
    file.write_text(file.read_text().replace("partner_discovery", "partner_discovry", 1))
    ran = edgeconsole("check", str(file))
    assert ran.code == 2
    assert "partner_discovry" in ran.err
