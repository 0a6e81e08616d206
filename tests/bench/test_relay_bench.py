"""CPU of the edge for each relayed MESSAGE, in one run next to a bare asyncio TLS echo and to Kamailio's t_relay."""

import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from edgeconsole.proxy.limits import Limits
from tests.bench.kamailio import MISSING, Relay
from tests.bench.ledger import note
from tests.proxy.certificates import server_context
from tests.proxy.federation import Federation

MESSAGES = 8_000
SHAPES = ((8, 1, "relay"), (8, 50, "relay pipelined"))
"""Connections, messages outstanding on each, and the budget: one at a time, and pipelined."""
ROUNDS = 5


class Load:
    """The load process; stands in for the federation's pool."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port

    @classmethod
    async def start_in(cls, directory: Path) -> "Load":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.sip_load",
            str(directory),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        return cls(process, int(await process.stdout.readline()))

    async def start(self) -> None:
        """It runs already."""

    async def stop(self) -> None:
        self.process.terminate()
        await self.process.wait()

    async def run(
        self, kind: str, port: int, connections: int, outstanding: int, cpu: Callable[[], float] | None = None
    ) -> float:
        """Run one load and return the microseconds of CPU for each message: of this process, or as `cpu` counts."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        used = cpu or time.process_time
        started = used()
        self.process.stdin.write(f"{kind} {port} {connections} {outstanding} {MESSAGES}\n".encode())
        assert await self.process.stdout.readline() == b"done\n"
        return (used() - started) / MESSAGES * 1e6


class Echo(asyncio.Protocol):
    """Sends back what comes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


@pytest.mark.bench
@pytest.mark.timeout(300)
async def test_a_relayed_message_costs_little_more_than_the_tls_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = Federation(tmp_path)
    load = await Load.start_in(tmp_path)
    world.pool = load  # type: ignore[assignment]
    await world.start(limits=Limits(connections_per_address=1000, arrivals_per_address=1e4))
    context = server_context(world.public.file, world.partner_credential)
    echo = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0, ssl=context)
    echo_port = echo.sockets[0].getsockname()[1]
    kamailio = None if MISSING else Relay(tmp_path, load.port)
    if kamailio is not None:
        await kamailio.start()
    rows = []
    for connections, outstanding, budget in SHAPES:
        ours, floors, theirs = [], [], []
        for _ in range(ROUNDS):
            ours.append(await load.run("relay", world.port("sip"), connections, outstanding))
            floors.append(await load.run("echo", echo_port, connections, outstanding))
            if kamailio is not None:
                theirs.append(await load.run("relay", kamailio.port, connections, outstanding, kamailio.cpu_seconds))
        if kamailio is not None:
            note(budget, ours, theirs)
            if outstanding == 1:
                # Pipelined, an echo returns many messages at once unread: no floor of anything.
                note("relay floor", [2 * each for each in floors], theirs)
        relayed, floor = statistics.median(ours), statistics.median(floors)
        other = statistics.median(theirs) if theirs else float("nan")
        # A relayed message and its response pass TLS twice in and twice out; an echoed one once each.
        rows.append((f"{connections}x{outstanding}", relayed, 2 * floor, relayed / (2 * floor), other, relayed / other))
    echo.close()
    if kamailio is not None:
        await kamailio.stop()
    await world.stop()
    with capsys.disabled():
        print(f"\n{MISSING}" if MISSING else "")
        print("shape   relay us  2x TLS echo us  ratio  kamailio us  ratio")
        for shape, relayed, floor, ratio, other, against in rows:
            print(f"{shape:6} {relayed:9.1f} {floor:15.1f} {ratio:6.2f} {other:12.1f} {against:6.2f}")
