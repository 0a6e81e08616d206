"""The commands that tell what is required and whether it is there, as an operator runs them."""

import asyncio
import csv
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgeconsole.cli.main import main
from edgeconsole.cli.verbs import requirements as verbs
from edgeconsole.lab.nameserver import NameServer, Record, Zone
from tests.proxy.certificates import Authority
from tests.requirements.authorities import DAY, Signer
from tests.requirements.worlds import EDGE, FEDERATION, HYBRID, JABBER, NOW, OURS, PARTNER

FILES = 'certificate = "file:edge.pem"\ninternal_certificate = "file:inside.pem"\ninternal_trust = "file:ca.pem"\n'
SRV = "_sipfederationtls._tcp.contoso.example"
RECORDS = (
    Record(SRV, "SRV", "0 0 5061 sip.contoso.example."),
    Record("_sip._tls.contoso.example", "SRV", "0 0 443 sip.contoso.example."),
    Record("sip.contoso.example", "A", "198.51.100.10"),
    Record("sip.contoso.example", "A", "198.51.100.11"),
    Record("edge.int.contoso.example", "A", "10.0.0.5"),
    Record("pool.int.contoso.example", "A", "10.0.0.9"),
)


class Ran:
    """What a command printed and returned."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Desk:
    """A configuration file, the commands on it, and the clock stopped."""

    def __init__(self, directory: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.directory = directory
        self.file = directory / "federation.toml"
        self._capture = capture
        self.write(OURS, PARTNER)

    def write(self, *tables: str, edge: str = FILES, federation: str = FEDERATION) -> None:
        self.file.write_text("\n".join((EDGE + edge, federation, *tables)))

    def __call__(self, *arguments: str) -> Ran:
        code = main(["--config", str(self.file), *arguments])
        return Ran(code, *self._capture.readouterr())


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(verbs, "now", lambda: NOW)
    return Desk(tmp_path, capsys)


def test_the_records_are_printed_with_why_and_for_whom(desk: Desk) -> None:
    ran = desk("requirements", "dns")
    assert ran.code == 0
    assert f"D1   external  SRV   {SRV}" in ran.out
    assert "for partner fabrikam.example" in ran.out
    assert all(len(line) <= 120 for line in ran.out.splitlines())


def test_records_come_as_zone_check_list_and_json(desk: Desk) -> None:
    assert f"{SRV}. 3600 IN SRV 0 0 5061 sip.contoso.example." in desk("requirements", "dns", "--format", "zone").out
    assert "[ ] D1" in desk("requirements", "dns", "--format", "checklist").out
    for asked in (("--format", "json"), ("--json",)):
        records = desk("requirements", "dns", *asked).json["records"]
        assert (records[0]["row"], records[0]["type"], records[0]["port"]) == ("D1", "SRV", 5061)


def test_firewall_rules_come_as_table_ruleset_tickets_and_json(desk: Desk) -> None:
    assert "F1   external   in   SIP/MTLS" in desk("requirements", "ports").out
    assert "tcp dport 5061 counter accept" in desk("requirements", "ports", "--format", "nftables").out
    tickets = list(csv.DictReader(desk("requirements", "ports", "--format", "tickets").out.splitlines()))
    assert tickets[0]["destination"] == "Access Edge (198.51.100.10, 198.51.100.11)"
    assert tickets[0]["needed_by"] == "partner fabrikam.example"
    rules = desk("--json", "requirements", "ports").json["rules"]
    assert rules[0]["source"] == {"name": "any partner", "addresses": []}


def test_what_federation_needs_is_left_out_while_it_is_off_and_said_so(desk: Desk) -> None:
    desk.write(OURS, PARTNER, federation="")
    for what in ("dns", "ports", "certificates"):
        assert "note: federation is off" in desk("requirements", what).out


def test_certificates_are_printed_with_the_reason_of_every_name(desk: Desk) -> None:
    desk.write(OURS, PARTNER, JABBER)
    ran = desk("requirements", "certificates")
    assert ran.code == 0
    assert "name      contoso.example  XMPP servers verify the domain itself" in ran.out
    names = desk("requirements", "certificates", "--json").json["certificates"][0]["names"]
    assert names[-1]["kind"] == "XMPP domain"


@pytest.fixture
def dns_server() -> Iterator[NameServer]:
    """A name server on a thread of its own, since a command runs a loop of its own."""
    server = NameServer((Zone("contoso.example", RECORDS),))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(5)
    yield server
    asyncio.run_coroutine_threadsafe(server.close(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


def check(desk: Desk, server: NameServer, *more: str) -> Ran:
    return desk("requirements", "dns", "--check", "--resolver", server.address.with_port(), *more)


def test_a_check_with_everything_published_returns_0(desk: Desk, dns_server: NameServer) -> None:
    ran = check(desk, dns_server)
    assert ran.code == 0, ran.out
    assert "all 5 required records are as they should be" in ran.out
    assert "to put right" not in ran.out


def test_a_check_tells_what_is_missing_and_what_to_publish_and_returns_1(desk: Desk, dns_server: NameServer) -> None:
    dns_server.replace(SRV, "SRV")
    dns_server.replace("_sipfederationtls.tcp.contoso.example", "SRV", "0 0 5061 sip.contoso.example.")
    dns_server.replace("sip.contoso.example", "A", "198.51.100.10")
    ran = check(desk, dns_server)
    assert ran.code == 1
    assert "X missing" in ran.out
    assert "misspelt name, _sipfederationtls.tcp.contoso.example" in ran.out
    assert f"{SRV}. 3600 IN SRV 0 0 5061 sip.contoso.example." in ran.out
    assert "lacks 198.51.100.11" in ran.out
    assert "of 5 required records 1 missing, 1 differ" in ran.out


def test_a_check_as_json_says_the_state_of_each_record(desk: Desk, dns_server: NameServer) -> None:
    dns_server.replace(SRV, "SRV", "0 0 5061 sip.fabrikam.example.")
    ran = check(desk, dns_server, "--json")
    assert ran.code == 1
    assert ran.json["ok"] is False
    assert ran.json["records"][0]["state"] == "differs"
    assert ran.json["records"][0]["found"] == ["0 0 5061 sip.fabrikam.example"]


def test_a_check_asks_the_resolver_of_the_configuration(desk: Desk, dns_server: NameServer) -> None:
    desk.write(OURS, PARTNER, f'[proxy]\nresolver = "{dns_server.address.with_port()}"\n')
    assert desk("requirements", "dns", "--check").code == 0


def test_a_tenant_that_is_all_online_passes_with_the_records_of_the_cloud(desk: Desk, dns_server: NameServer) -> None:
    desk.write(OURS, HYBRID)
    dns_server.replace(SRV, "SRV", "100 1 5061 sipfed.online.lync.com.")
    dns_server.replace("_sip._tls.contoso.example", "SRV", "100 1 443 sipdir.online.lync.com.")
    ran = check(desk, dns_server, "--json")
    states = {(item["requirement"]["row"], item["requirement"]["name"]): item["state"] for item in ran.json["records"]}
    assert states["D1", SRV] == states["D3", "_sip._tls.contoso.example"] == "replaced"
    assert states["D11", SRV] == "ok"


def test_a_zone_cannot_be_checked_and_a_name_is_no_resolver(desk: Desk, dns_server: NameServer) -> None:
    assert check(desk, dns_server, "--format", "zone").code == 2
    assert desk("requirements", "dns", "--check", "--resolver", "dns.example").code == 2


PUBLIC = Signer("Public Root")
PRIVATE = Signer("Private Root")


@pytest.fixture
def certified(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk with two certificates that will do, on a system that trusts one authority."""
    roots = desk.directory / "system.pem"
    roots.write_bytes(PUBLIC.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(roots))
    (desk.directory / "ca.pem").write_bytes(PRIVATE.pem)
    (desk.directory / "edge.pem").write_bytes(PUBLIC.issue("sip.contoso.example"))
    (desk.directory / "inside.pem").write_bytes(PRIVATE.issue("edge.int.contoso.example"))
    return desk


def test_good_certificates_pass_the_check_with_their_names_and_days(certified: Desk) -> None:
    ran = certified("certificates", "--check")
    assert ran.code == 0, ran.out
    assert "external certificate  . ok" in ran.out
    assert "265 days left" in ran.out
    assert "all certificates will do" in ran.out


@pytest.mark.parametrize("words", [("certificates", "--check"), ("requirements", "certificates", "--check")])
def test_a_certificate_that_lacks_a_name_fails_the_check_with_what_to_do(certified: Desk, words) -> None:
    certified.write(OURS, '[[sip_domain]]\nname = "contoso.test"\n', PARTNER)
    ran = certified(*words)
    assert ran.code == 1
    assert "X error   it does not carry sip.contoso.test as a DNS name" in ran.out
    assert "Ask for a certificate with sip.contoso.test" in ran.out


def test_without_check_a_bad_certificate_is_shown_and_fails_nothing(certified: Desk) -> None:
    (certified.directory / "edge.pem").write_bytes(PUBLIC.issue("sip.contoso.example", ends=NOW - DAY))
    ran = certified("certificates")
    assert ran.code == 0
    assert "it expired on" in ran.out
    assert certified("certificates", "--check").code == 1


def test_a_file_that_cannot_be_read_fails_the_check_and_says_what_to_do(desk: Desk) -> None:
    ran = desk("certificates", "--check")
    assert ran.code == 1
    assert "? not read" in ran.out
    assert "edge.pem: the file cannot be opened: No such file or directory" in ran.out
    desk.write(OURS, edge='certificate = "env:EDGE_CERTIFICATE"\n')
    ran = desk("certificates", "--check")
    assert "given by env:, which only the proxy's own process can read" in ran.out
    assert "no certificate is set for the internal interface" in ran.out


def test_certificates_as_json_carry_facts_and_findings(certified: Desk) -> None:
    (certified.directory / "edge.pem").write_bytes(PUBLIC.issue("sip.contoso.example", self_signed=True))
    external = certified("certificates", "--json").json["certificates"][0]
    assert external["facts"]["names"] == ["sip.contoso.example"]
    assert external["findings"][0]["code"] == "self-signed"


def test_over_the_socket_the_real_port_counts_and_relative_certificates_are_beside_the_proxys_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path, "ca")
    outside, inside = authority.issue("sip.contoso.example"), authority.issue("edge.int.contoso.example")
    keys = (
        f'certificate = "file:{outside.certificate.name}"\nprivate_key = "file:{outside.key.name}"\n'
        f'trust = "file:ca.pem"\nsip_listen = "127.0.0.1:0"\ninternal_listen = "127.0.0.1:0"\n'
        f'internal_certificate = "file:{inside.certificate.name}"\ninternal_private_key = "file:{inside.key.name}"\n'
        'internal_trust = "file:ca.pem"\n'
    )
    file = tmp_path / "federation.toml"
    file.write_text("\n".join((EDGE + keys, '[proxy]\nadmin_socket = "admin.sock"\n', FEDERATION, OURS, PARTNER)))
    monkeypatch.chdir("/")
    process = subprocess.Popen(
        [sys.executable, "-m", "edgeconsole", "proxy", "--config", str(file), "--announce"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1].decode()
        ready = json.loads(line)
        socket, port = ready["socket"], int(ready["listeners"]["sip"].rpartition(":")[2])
        assert main(["--socket", socket, "requirements", "dns", "--json"]) == 0
        first = json.loads(capsys.readouterr().out)["records"][0]
        assert (first["row"], first["port"]) == ("D1", port)
        assert main(["--socket", socket, "certificates", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)["certificates"]
        assert [item["facts"]["names"] for item in found] == [["sip.contoso.example"], ["edge.int.contoso.example"]]
        assert found[0]["facts"]["authority"] == "private"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
