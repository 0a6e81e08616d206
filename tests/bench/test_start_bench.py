"""What a start costs whoever types the command: paired rounds, the real program on the socket of an edge beside it."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgeconsole.model.configuration import Action, FederatedDomain
from edgeconsole.model.names import DomainName
from tests.bench.ledger import note
from tests.bench.pty_terminal import PtyTerminal
from tests.proxy.edge_child import EdgeChild

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

HELLO = Path(__file__).parent / "hello_child.py"
ROUNDS = 7


def hello() -> float:
    terminal = PtyTerminal([sys.executable, str(HELLO)])
    try:
        return terminal.wait_for(b"hello world")
    finally:
        terminal.close()


def console(socket: Path, state: Path) -> tuple[float, float]:
    """Return the seconds until our name shows, and until the first screen does."""
    argv = [sys.executable, "-m", "edgeconsole", "--socket", str(socket)]
    terminal = PtyTerminal(argv, env={"XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(state)})
    try:
        return terminal.wait_for(b"edgeconsole"), terminal.wait_for(b"fed ON", 60)
    finally:
        terminal.close()


@pytest.mark.parametrize("domains", [1_000, 100_000])
async def test_the_console_starts_nearly_as_quickly_as_a_hello_world(domains: int, tmp_path: Path) -> None:
    world = EdgeChild(tmp_path)
    await world.start(
        *(FederatedDomain(name=DomainName(f"partner{n:06d}.example"), action=Action.ALLOW) for n in range(domains))
    )
    try:
        await asyncio.to_thread(console, tmp_path / "admin.sock", tmp_path)
        base, shown, ready = [], [], []
        for _ in range(ROUNDS):
            base.append(await asyncio.to_thread(hello) * 1e3)
            first, usable = await asyncio.to_thread(console, tmp_path / "admin.sock", tmp_path)
            shown.append(first * 1e3)
            ready.append(usable * 1e3)
    finally:
        await world.stop()
    note(f"start {domains}", ready, base)
    if domains == 1_000:
        note("splash", shown, base)


def test_the_version_costs_little_more_than_python() -> None:
    def seconds(*arguments: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, timeout=60)
        return (time.perf_counter() - began) * 1e3

    seconds("-m", "edgeconsole", "--version")
    rounds = [(seconds("-m", "edgeconsole", "--version"), seconds("-c", "pass")) for _ in range(ROUNDS)]
    note("version", [ours for ours, _ in rounds], [bare for _, bare in rounds])
