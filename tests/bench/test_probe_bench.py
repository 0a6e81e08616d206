"""CPU of one whole probe chain next to blackbox_exporter's for the part both do, alternating in one run."""

import asyncio
import json
import shutil
import socket
import statistics
import sys
import time
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from edgeconsole.model.configuration import AccessEdge, Configuration, Edge, Proxy, SipDomain
from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.probe import ProbeKind, Severity
from edgeconsole.probes.engine import Prober
from edgeconsole.probes.targets import ProbeTarget
from tests.bench.ledger import note

DOMAINS = 80
CHAINS = 400
ROUNDS = 3
AT_ONCE = 16
EXPORTER = "prometheus-blackbox-exporter"
GOAL = 2.5

_CONFIGURATION = """
modules:
  sip_options:
    prober: tcp
    timeout: 5s
    tcp:
      preferred_ip_protocol: ip4
      tls: true
      tls_config: {{ca_file: {trust}, cert_file: {certificate}, key_file: {key}, server_name: sip.bench.example}}
      query_response:
        - send: "{options}"
        - expect: "^SIP/2.0 200"
  dns_srv:
    prober: dns
    timeout: 5s
    dns:
      preferred_ip_protocol: ip4
      transport_protocol: udp
      query_name: _sipfederationtls._tcp.d7.bench.example
      query_type: SRV
"""


_OPTIONS = "".join(
    f"{line}\\r\\n"
    for line in (
        "OPTIONS sip:bench SIP/2.0", "Via: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bKx;rport", "Max-Forwards: 70",
        "From: <sip:p@local.bench>;tag=1", "To: <sip:bench>", "Call-ID: 1@p", "CSeq: 1 OPTIONS", "Content-Length: 0",
    )
) + "\\r"  # fmt: skip
"""The exporter ends what it sends with a line feed of its own."""


async def _peers(directory: Path, count: int) -> AsyncIterator[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.probe_peers", str(directory), str(count), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


def _prober(peers: dict[str, Any], directory: Path) -> Prober:
    edge = Edge(
        fqdn=DomainName("sip.contoso.example"),
        next_hop=HostPort("pool.contoso.example"),
        certificate=f"file:{peers['certificate']}",
        private_key=f"file:{peers['key']}",
        trust=f"file:{peers['trust']}",
    )
    configuration = Configuration(
        edge=edge,
        proxy=Proxy(resolver=peers["dns"], allow_addresses=("127.0.0.0/8",)),
        access_edge=AccessEdge(federation=True, partner_discovery=True),
        sip_domains=(SipDomain(name=DomainName("contoso.example")),),
    )
    return Prober(configuration, directory, "edge bench")


async def _many(count: int, one: Callable[[int], Awaitable[None]], at_once: int = AT_ONCE) -> None:
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await one(number)

    await asyncio.gather(*(worker() for _ in range(at_once)))


class Exporter:
    """blackbox_exporter on a port of its own."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self._port = port

    @classmethod
    async def start(cls, directory: Path, peers: dict[str, Any]) -> "Exporter":
        file = directory / "blackbox.yml"
        file.write_text(_CONFIGURATION.format(**peers, options=_OPTIONS))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        process = await asyncio.create_subprocess_exec(
            EXPORTER, f"--config.file={file}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        made = cls(process, port)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                await made.ask("dns_srv", peers["dns"])
            except OSError:
                await asyncio.sleep(0.1)
                continue
            return made
        raise AssertionError("the exporter does not start")

    async def ask(self, module: str, target: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        query = urllib.parse.urlencode({"module": module, "target": target})
        writer.write(f"GET /probe?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        assert b"\nprobe_success 1" in answer, answer[-600:]

    def cpu(self) -> float:
        """Seconds of CPU it used so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    async def stop(self) -> None:
        self._process.terminate()
        await self._process.wait()


@pytest.mark.bench
@pytest.mark.timeout(300)
async def test_a_whole_chain_costs_less_than_the_exporter_for_what_both_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which(EXPORTER) is None:
        pytest.skip(f"{EXPORTER} is not installed: there is nothing to compare with")
    async for peers in _peers(tmp_path, DOMAINS):
        prober = _prober(peers, tmp_path)
        exporter = await Exporter.start(tmp_path, peers)

        async def ours(number: int, prober: Prober = prober) -> None:
            target = ProbeTarget(name=f"d{number % DOMAINS}.bench.example", kind=ProbeKind.SIP, listed=False)
            result = await prober.probe(target, deep=False)
            assert result.severity is Severity.OK, result.summary

        async def theirs(number: int, exporter: Exporter = exporter, peers: dict[str, Any] = peers) -> None:
            # SRV, A and AAAA cost it the same; then TCP, mutual TLS and OPTIONS.
            for _ in range(3):
                await exporter.ask("dns_srv", peers["dns"])
            await exporter.ask("sip_options", f"127.0.0.1:{peers['ports'][number % len(peers['ports'])]}")

        await _many(DOMAINS, ours)
        rows = []
        for _ in range(ROUNDS):
            before = time.process_time()
            await _many(CHAINS, ours)
            mine = (time.process_time() - before) / CHAINS
            spent = exporter.cpu()
            await _many(CHAINS, theirs)
            rows.append((mine * 1e6, (exporter.cpu() - spent) / CHAINS * 1e6))
        await exporter.stop()
        await prober.close()
        note("chain", [mine for mine, _ in rows], [other for _, other in rows])
        ratios = [other / mine for mine, other in rows]
        with capsys.disabled():
            print()
            for mine, other in rows:
                print(f"  chain: ours {mine:5.0f} us, blackbox_exporter {other:5.0f} us, ratio {other / mine:.2f}")
            print(
                f"  median ratio {statistics.median(ratios):.2f} (goal {GOAL}), ours with the whole chain and verdicts"
            )


@pytest.mark.bench
@pytest.mark.timeout(300)
async def test_a_thousand_targets_in_one_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async for peers in _peers(tmp_path, 1000):
        prober = _prober(peers, tmp_path)
        told = dict.fromkeys(Severity, 0)

        async def one(number: int, prober: Prober = prober, told: dict[Severity, int] = told) -> None:
            target = ProbeTarget(name=f"d{number}.bench.example", kind=ProbeKind.SIP, listed=False)
            result = await prober.probe(target)
            told[result.severity] += 1
            if result.severity is Severity.UNKNOWN:
                print(result.summary)

        started, cpu = time.perf_counter(), time.process_time()
        await _many(1000, one, at_once=64)
        wall, spent = time.perf_counter() - started, time.process_time() - cpu
        await prober.close()
        with capsys.disabled():
            print(f"\n  1,000 targets, deep: {wall:.1f} s wall, {spent:.1f} s CPU, {spent * 1000:.0f} us each")
        assert sum(told.values()) == 1000
        assert told[Severity.UNKNOWN] == 0
