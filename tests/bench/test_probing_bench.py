"""A round against a thousand targets: all have a result, and the loop that relays messages hardly notices."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edgeconsole.model.configuration import AccessEdge, Action, Configuration, Edge, FederatedDomain, Proxy, SipDomain
from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.probe import ProbeKind, Severity
from edgeconsole.model.probe_settings import ProbeSettings
from edgeconsole.model.probing import ProbeDone
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.probing import Probing
from edgeconsole.wire.json import encode
from tests.bench.ledger import note

TARGETS = 1_000
TICK = 0.005


@asynccontextmanager
async def peers(directory: Path, count: int) -> AsyncIterator[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.probe_peers", str(directory), str(count), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


def configured(told: dict[str, Any]) -> Configuration:
    edge = Edge(
        fqdn=DomainName("sip.contoso.example"),
        next_hop=HostPort("pool.contoso.example"),
        certificate=f"file:{told['certificate']}",
        private_key=f"file:{told['key']}",
        trust=f"file:{told['trust']}",
    )
    names = [DomainName(f"d{number}.bench.example") for number in range(TARGETS)]
    return Configuration(
        edge=edge,
        proxy=Proxy(resolver=told["dns"], allow_addresses=("127.0.0.0/8",)),
        access_edge=AccessEdge(federation=True),
        sip_domains=(SipDomain(name=DomainName("contoso.example")),),
        domains=tuple(FederatedDomain(name=name, action=Action.ALLOW) for name in names),
        probe=ProbeSettings(rate=50, interval=timedelta(hours=1), enabled=False, concurrency=64),
    )


class Ticker:
    """How late this loop wakes up, again and again."""

    def __init__(self) -> None:
        self.lags: list[float] = []
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            self.lags.append(time.perf_counter() - due)

    async def percentile(self, share: float = 0.99) -> float:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return sorted(self.lags)[int(len(self.lags) * share)]


@pytest.mark.bench
@pytest.mark.timeout(300)
async def test_a_thousand_targets_in_one_round_leave_the_message_loop_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with peers(tmp_path, TARGETS) as told:
        edge = FederationEdge(
            configured(told), base_directory=tmp_path, clock=lambda: datetime.now(UTC), new_id=lambda: "x"
        )
        probing = Probing(edge, path=tmp_path / "federation.toml")
        try:
            calm = Ticker()
            await asyncio.sleep(3)
            before = await calm.percentile()
            busy, began, cpu = Ticker(), time.perf_counter(), time.process_time()
            results = [each.result async for each in probing.probe(everything=True) if isinstance(each, ProbeDone)]
            seconds, spent = time.perf_counter() - began, time.process_time() - cpu
            during = await busy.percentile()
        finally:
            await probing.stop()
    partners = [each for each in results if each.kind is ProbeKind.SIP]
    listed = msgspec.json.encode([msgspec.structs.replace(each, endpoints=()) for each in results])
    note("probing", [during * 1e3])
    with capsys.disabled():
        print(
            f"\n{len(results)} targets in {seconds:.1f} s; late at p99: {before * 1000:.1f} ms calm, "
            f"{during * 1000:.1f} ms while probing; {spent / len(results) * 1e6:.0f} us of the proxy's CPU a run; "
            f"the list is {len(listed) / 1e6:.1f} MB, the largest result {max(len(encode(each)) for each in results)} B"
        )
    assert len(partners) == TARGETS
    assert sum(each.severity is Severity.OK for each in partners) == TARGETS
