"""From the toggle to the first message it decides: measured from outside, against the edge's own round trip."""

import statistics
import time
from pathlib import Path

import pytest

from edgeconsole.backends.local import open_local
from edgeconsole.lab.sip_agent import SipClient
from edgeconsole.lab.world import World
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from tests.bench.ledger import note
from tests.bench.load_child import fill

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

TOGGLES = 60


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


async def connect(world: World, kind: str) -> tuple[SipClient, str]:
    at = world.description
    partner = next(item for item in at.partners if item.kind == kind)
    client = await SipClient.open(
        at.proxy.sip, certificate=partner.certificate, private_key=partner.private_key, trust=at.ca
    )
    return client, f"ann@{partner.domain}"


@pytest.mark.parametrize(("domains", "budget_ms"), [(1_000, 50), (100_000, 250)])
async def test_a_toggle_counts_for_the_next_message(domains: int, budget_ms: int, capsys) -> None:
    async with World(traffic=False) as world:
        backend = open_local(Path(world.description.socket))
        await fill(backend, domains)
        trips, waits = [], []
        client, sender = await connect(world, "allowed")
        for _ in range(TOGGLES):
            began = time.perf_counter()
            await client.message(sender=sender, recipient="alice@contoso.example", text="x")
            trips.append(time.perf_counter() - began)
        await client.close()
        for number in range(TOGGLES):
            on = number % 2 == 0
            client, sender = await connect(world, "discovered")
            plan = await backend.plan([Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": on})])
            began = time.perf_counter()
            await backend.apply(plan.plan_id)
            answer = await client.message(sender=sender, recipient="alice@contoso.example", text="x")
            waits.append(time.perf_counter() - began)
            assert answer.status == (200 if on else 403)
            await client.close()
        await backend.aclose()
    trip, wait = statistics.median(trips), statistics.median(waits)
    note(f"toggle {domains}", [percentile(waits, 0.99) * 1e3])
    with capsys.disabled():
        print(
            f"\ntoggle to first enforced reply, {domains} domains: p50 {wait * 1e3:.1f} ms, "
            f"p99 {percentile(waits, 0.99) * 1e3:.1f} ms (budget p99 {budget_ms} ms); a message's round trip "
            f"alone: p50 {trip * 1e3:.1f} ms; ratio {wait / trip:.1f}"
        )
