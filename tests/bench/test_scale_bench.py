"""The console on lists of 100 to 100,000 domains: key to paint and memory, on a pty, with an edge of its own beside."""

import asyncio
from pathlib import Path

import pytest

from tests.bench.ledger import BUDGETS, note, note_scale
from tests.bench.pty_terminal import PtyTerminal
from tests.bench.test_start_bench import edge_with
from tests.bench.test_toggle_bench import percentile

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

SIZES = (0, 100, 1_000, 10_000, 100_000)
KEYS = {"move": (b"j",), "page": (b"\x1b[6~", b"\x1b[5~"), "sort": (b"s",), "mark": (b" ",)}
"""What is pressed in turn: a short list has an end, where a page more would paint nothing."""
TIMES = 20
ROUNDS = 3
FILTER = b"00004"
"""Names are numbered to six digits, so that each key still leaves some of the smallest list."""
FIELD = b"state:idle"
"""The same, by a field of the rows."""

_empty: dict[str, float] = {}


def used(argv: list[str], directory: Path, domains: int) -> tuple[float, dict[str, list[float]]]:
    """Return resident MB once everything is read, and the ms of each key on the list of domains."""
    terminal = PtyTerminal(
        argv, columns=120, rows=40, env={"XDG_STATE_HOME": str(directory), "XDG_CONFIG_HOME": str(directory)}
    )
    try:
        terminal.wait_for(b"fed ON", 60)
        terminal.settle(1.0)
        terminal.send(b"2")
        if domains:
            terminal.wait_for(b"partner000003")
        terminal.settle(1.0)
        resident = terminal.resident() / 1e6
        took: dict[str, list[float]] = {}
        if domains:
            terminal.painted(b"j")
            for name, keys in KEYS.items():
                took[name] = [terminal.painted(keys[n % len(keys)]) * 1e3 for n in range(ROUNDS * TIMES)]
            for name, typed in (("filter", FILTER), ("field", FIELD)):
                took[name] = []
                for _ in range(ROUNDS * TIMES // len(typed)):
                    terminal.painted(b"/")
                    took[name] += [terminal.painted(bytes([key])) * 1e3 for key in typed]
                    terminal.painted(b"\x1b", 0.2)
        return resident, took
    finally:
        terminal.close()


@pytest.mark.parametrize("domains", SIZES)
async def test_a_key_and_memory_on_a_list_of(domains: int, tmp_path: Path) -> None:
    async with edge_with(domains, tmp_path) as console:
        resident, took = await asyncio.to_thread(used, console, tmp_path, domains)
    if not domains:
        _empty["MB"] = resident
        return
    note_scale("memory of the console, MB", domains, resident)
    for name, times in took.items():
        note_scale(f"{name} to its paint, p95 ms", domains, percentile(times, 0.95))
        if domains == SIZES[-1] and f"key {name}" in BUDGETS:
            note(
                f"key {name}", [percentile(times[start : start + TIMES], 0.95) for start in range(0, len(times), TIMES)]
            )
    if domains == SIZES[-1] and "MB" in _empty:
        note("memory", [resident - _empty["MB"]])
