"""Messages while 100,000 domains are planned, saved and put in force: their round trip against that of a quiet edge."""

import asyncio
import sys
import time

import pytest

from edgeconsole.lab.sip_agent import SipClient
from edgeconsole.lab.world import World
from tests.bench.ledger import note
from tests.bench.test_toggle_bench import connect, percentile

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

DOMAINS = 100_000
PACE_SECONDS = 0.005
QUIET_SECONDS = 5.0
BUDGET_MS = 50


async def send_until(stop: asyncio.Event, client: SipClient, sender: str) -> list[float]:
    """Send one message after another; return the seconds of each."""
    took = []
    while not stop.is_set():
        began = time.perf_counter()
        answer = await client.message(sender=sender, recipient="alice@contoso.example", text="x")
        took.append(time.perf_counter() - began)
        assert answer.status == 200
        await asyncio.sleep(PACE_SECONDS)
    return took


async def test_messages_keep_their_pace_while_100_000_domains_are_planned_and_applied(capsys) -> None:
    async with World(traffic=False) as world:
        client, sender = await connect(world, "allowed")
        quiet_over, done = asyncio.Event(), asyncio.Event()
        asyncio.get_running_loop().call_later(QUIET_SECONDS, quiet_over.set)
        quiet = await send_until(quiet_over, client, sender)
        loading = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.load_child", world.description.socket, str(DOMAINS),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        ending = asyncio.ensure_future(loading.communicate())
        ending.add_done_callback(lambda _: done.set())
        busy = await send_until(done, client, sender)
        seconds = float((await ending)[0])
        await client.close()
    rows = [(name, percentile(took, 0.5), percentile(took, 0.99), max(took), len(took))
            for name, took in (("quiet", quiet), ("loading", busy))]  # fmt: skip
    note("loading p99", [percentile(busy, 0.99) * 1e3])
    with capsys.disabled():
        print(f"\n{DOMAINS:,} domains planned and applied in {seconds:.1f} s; budget p99 {BUDGET_MS} ms")
        for name, middle, late, worst, count in rows:
            times = f"p50 {middle * 1e3:6.1f}  p99 {late * 1e3:6.1f}  worst {worst * 1e3:7.1f} ms"
            print(f"{name:8} {times}  ({count} messages)")
