"""The console and htop at the far end of a slow line: until it is ready, after a key, after a key held down."""

import shutil
import statistics
import time
from pathlib import Path

import pytest

from tests.bench import peers
from tests.bench.ledger import note
from tests.bench.slow_line import ROUND_TRIP, SlowLine
from tests.bench.test_start_bench import edge_with

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

ROUNDS = 3
HELD_SECONDS = 3.0
REPEATS_A_SECOND = 30
DOWN = b"\x1b[B"
STILL = "-d100"
"""htop redraws by itself every ten seconds only, so that what comes is the answer to a key."""


def lag(terminal: SlowLine) -> float:
    """Hold Down; return the ms from letting go to the last byte that came of it."""
    began = time.perf_counter()
    for number in range(int(HELD_SECONDS * REPEATS_A_SECOND)):
        terminal.send(DOWN)
        terminal.run_for(began + (number + 1) / REPEATS_A_SECOND - time.perf_counter())
    let_go = time.perf_counter()
    terminal.settle(1.0, 60)
    return max(terminal.last - let_go, 0.0) * 1e3


def seen(argv: list[str], mark: bytes, first: bytes, directory: Path) -> tuple[float, list[float], float, int]:
    """Return the ms until ready, of five keys, of the lag, and the bytes of a move that scrolls."""
    home = str(directory)
    terminal = SlowLine(argv, env={"XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home, "HTOPRC": f"{home}/htoprc"})
    try:
        ready = terminal.wait_for(mark, 60) * 1e3
        terminal.settle(0.7)
        if first:
            terminal.send(first)
            terminal.settle(0.7)
        keys = [terminal.painted(DOWN, 0.3) * 1e3 for _ in range(5)]
        held = lag(terminal)
        before = len(terminal.output)
        terminal.painted(DOWN, 0.3)
        return ready, keys, held, len(terminal.output) - before
    finally:
        terminal.close()


async def test_the_console_against_htop_on_a_slow_line(tmp_path: Path) -> None:
    htop = shutil.which("htop")
    if htop is None:
        pytest.skip(f"htop is not installed, and nothing else here is known on a slow line: {peers.SYSTEM['htop']}")
    async with edge_with(1_000, tmp_path) as console:
        # In this thread: the edge is a process of its own, and the line must be read when it is due.
        theirs = [seen([htop, STILL], b"Load average", b"", tmp_path) for _ in range(ROUNDS)]
        ours = [seen(console, b"fed ON", b"2", tmp_path) for _ in range(ROUNDS)]
    note("slow ready", [each[0] for each in ours], [each[0] for each in theirs])
    note("slow key", [statistics.median(each[1]) - ROUND_TRIP * 1e3 for each in ours])
    note("slow lag", [each[2] for each in ours], [each[2] for each in theirs])
    note("scroll", [each[3] for each in ours], [each[3] for each in theirs])
