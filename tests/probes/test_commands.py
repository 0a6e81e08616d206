"""probe and certificates as an operator types them, on the lab: real partners, a real edge, its real worker."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as tree

import httpx
import pytest

from edgeconsole.cli.main import main
from edgeconsole.lab.world import World

CODES_OF = {
    "wrong-name": "name.mismatch",
    "srv-missing": "srv.missing",
    "expired": "cert.expired",
    "xmpp-broken": "name.xmpp",
}
"""What must be found at each broken kind of partner in the lab."""


class Lab(NamedTuple):
    socket: str
    config: str
    kinds: dict[str, str]
    """Kind of each listed partner, by domain."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A world on a loop of its own thread: the commands have loops of theirs."""
    ready: list[Lab] = []
    started, stop, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()

    async def serve() -> None:
        async with World(traffic=False) as world:
            told = world.description
            kinds = {each.domain: each.kind for each in (*told.partners, *told.xmpp_partners)}
            ready.append(Lab(told.socket, told.config, kinds))
            started.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(40)
    yield ready[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(40)
    loop.close()


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(list(words))
    return code, capsys.readouterr().out


def critical(results: list[dict]) -> dict[str, set[str]]:
    return {
        each["target"]: {found["code"] for found in each["findings"] if found["severity"] == "critical"}
        for each in results
        if each["kind"] != "ours"
    }


@pytest.fixture
def everything(lab: Lab, capsys: pytest.CaptureFixture[str]) -> list[dict]:
    code, out = run(capsys, "--socket", lab.socket, "probe", "--all", "--json")
    assert code == 1
    return json.loads(out)["results"]


def test_every_broken_partner_of_the_lab_gets_its_code_and_every_healthy_one_none(
    lab: Lab, everything: list[dict]
) -> None:
    found = critical(everything)
    assert found
    for domain, codes in found.items():
        wanted = CODES_OF.get(lab.kinds[domain])
        assert (wanted in codes) if wanted else not codes, domain


def test_one_partner_is_shown_stage_by_stage_with_what_to_do_within_80_columns(
    lab: Lab, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out = run(capsys, "--socket", lab.socket, "probe", "proseware.example")
    lines = out.splitlines()
    assert code == 1
    assert lines[0].startswith("proseware.example (sip)  X critical")
    assert [line[2] for line in lines if line.startswith("  ") and "client-certificate" in line] == ["-"]
    assert any(line.startswith("  X name ") for line in lines)
    assert any(line.startswith("      to do: Partner: reissue it") for line in lines)
    assert lines[-1] == "1 target probed from edge sip.contoso.example: 1 critical"
    assert max(map(len, lines)) <= 80


def test_without_a_proxy_it_is_this_host_that_looks_and_says_so(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "--config", lab.config, "probe", "fabrikam.example", "--json")
    (result,) = json.loads(out)["results"]
    assert (code, result["severity"]) == (0, "ok")
    assert result["vantage"].startswith("console ")
    code, out = run(capsys, "--socket", lab.socket, "probe", "fabrikam.example", "--here", "--json")
    assert json.loads(out)["results"][0]["vantage"].startswith("console ")


def test_those_that_fail_can_be_looked_at_again(
    lab: Lab, everything: list[dict], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = run(capsys, "--socket", lab.socket, "probe", "--failing", "--json")
    again = {each["target"] for each in json.loads(out)["results"] if each["kind"] != "ours"}
    assert again == {name for name, codes in critical(everything).items() if codes}
    assert code == 1


def test_formats_for_machines(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--socket", lab.socket, "probe", "fabrikam.example", "proseware.example", "--format")
    _, metrics = run(capsys, *words, "openmetrics")
    assert metrics.endswith("# EOF\n")
    assert 'code="name.mismatch"' in metrics
    _, junit = run(capsys, *words, "junit")
    suites = {each.get("name"): each.get("failures") for each in tree.fromstring(junit)}
    assert suites == {"sip fabrikam.example": "0", "sip proseware.example": "1"}


def test_exit_codes_of_monitoring(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    probe = ("--socket", lab.socket, "probe", "--exit", "nagios")
    assert run(capsys, *probe, "fabrikam.example")[0] == 0
    assert run(capsys, *probe, "proseware.example")[0] == 2
    assert run(capsys, *probe, "192.0.2.7")[0] == 64
    gone = ("--socket", "/nowhere/admin.sock", "probe", "--exit", "nagios", "fabrikam.example")
    assert run(capsys, *gone)[0] == 3


def test_what_to_probe_must_be_said_once(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--socket", lab.socket, "probe"]) == 2
    assert main(["--socket", lab.socket, "probe", "--all", "fabrikam.example"]) == 2
    assert main(["--socket", lab.socket, "probe", "--all", "--watch", "soon"]) == 2
    assert main(["--config", lab.config, "probe", "--failing"]) == 6
    assert "edgeconsole probe --all" in capsys.readouterr().err


def test_certificates_of_partners_and_ours_stand_in_one_list_by_days_left(
    lab: Lab, everything: list[dict], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = run(capsys, "--socket", lab.socket, "certificates", "--json")
    rows = json.loads(out)["all"]
    ends = [row["certificate"]["not_after"] for row in rows]
    assert code == 0
    assert ends == sorted(ends)
    assert {"external certificate", "internal certificate", "fabrikam.example"} <= {row["owner"] for row in rows}
    _, text = run(capsys, "--socket", lab.socket, "certificates")
    assert text.splitlines()[0].split() == ["STATE", "DAYS", "UNTIL", "WHOSE", "SUBJECT"]


def test_explain_ends_with_what_the_last_probe_found(
    lab: Lab, everything: list[dict], capsys: pytest.CaptureFixture[str]
) -> None:
    _, out = run(capsys, "--socket", lab.socket, "explain", "alice@contoso.example", "paul@proseware.example")
    probed = out[out.index("probe  ") :]
    assert "X critical" in probed
    assert "name.mismatch" in probed


def test_the_history_stands_beside_the_configuration(lab: Lab, everything: list[dict]) -> None:
    assert Path(lab.config).with_name("federation.probes.sqlite").exists()


def test_metrics_of_the_edge_have_the_families_of_probes(lab: Lab, everything: list[dict]) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(uds=lab.socket)) as client:
        told = client.get("http://edge/v1/metrics").text
    assert (
        'edgeconsole_probe_success{target="fabrikam.example",kind="sip",vantage="edge sip.contoso.example"} 1' in told
    )
    assert (
        'edgeconsole_probe_success{target="proseware.example",kind="sip",vantage="edge sip.contoso.example"} 0' in told
    )
    assert 'edgeconsole_probe_cert_not_after_timestamp_seconds{target="fabrikam.example"' in told
    assert told.endswith("# EOF\n")
    assert told.count("# EOF") == 1
