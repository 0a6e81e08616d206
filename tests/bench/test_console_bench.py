"""What the console costs a terminal and a start, on a pty at 80x24: bytes as budgets, start-up as a ratio."""

import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.ledger import BUDGETS, note
from tests.bench.pty_terminal import PtyTerminal

pytestmark = pytest.mark.bench

HERE = Path(__file__).parent
ROUNDS = 5


@contextmanager
def console(tmp_path: Path, domains: int, seconds: float = 0, *more: str) -> Iterator[PtyTerminal]:
    """Run the console on that many domains, one of them changing at a pace."""
    argv = [sys.executable, str(HERE / "console_child.py"), str(domains), str(seconds), *more]
    terminal = PtyTerminal(argv, env={"XDG_STATE_HOME": str(tmp_path)})
    try:
        yield terminal
    finally:
        terminal.close()


def domains_screen(terminal: PtyTerminal) -> None:
    terminal.wait_for(b"FLEET")
    terminal.settle()
    terminal.send(b"2")
    terminal.wait_for(b"partner000003.example")
    terminal.settle()


def test_the_bytes_of_each_event_stay_within_the_budget(tmp_path: Path) -> None:
    measured: dict[str, int] = {}
    with console(tmp_path, 1_000) as terminal:
        terminal.wait_for(b"FLEET")
        terminal.settle()
        measured["first paint"] = len(terminal.output)
        terminal.send(b"2")
        measured["screen switch"] = terminal.settle()
        for event, keys in (
            ("cursor", b"j"),
            ("page", b"\x1b[6~"),
            ("filter opens", b"/"),
            ("filter key", b"0"),
            ("leave", b"\r"),
        ):
            terminal.send(keys)
            measured[event] = terminal.settle()
        terminal.send(b"\x1b")
        terminal.settle()
        terminal.send(b"D")
        measured["impact line"] = terminal.settle()
        terminal.send(b"n")
        terminal.settle()
        terminal.send(b"\x1b[O\x1b[I")
        measured["focus lost and won"] = terminal.settle()
        measured["idle 5 s"] = terminal.run_for(5)
    print("\n".join(f"{event:20} {count:6} bytes" for event, count in measured.items()))
    for event in BUDGETS.keys() & measured.keys():
        note(event, [measured[event]])
    ceilings = {
        "first paint": 6_000, "screen switch": 4_000, "cursor": 300, "page": 1_500, "filter opens": 200,
        "filter key": 900, "impact line": 500, "focus lost and won": 0, "idle 5 s": 0,
    }  # fmt: skip
    assert {event: measured[event] for event in ceilings if measured[event] > ceilings[event]} == {}


def test_one_row_that_changes_each_second_costs_one_row(tmp_path: Path) -> None:
    with console(tmp_path, 1_000, 1.0) as terminal:
        domains_screen(terminal)
        sent = terminal.run_for(10)
    print(f"one row a second: {sent / 10:.0f} bytes a second")
    note("one row", [sent / 10])
    assert sent <= 10 * 50  # 3 kB in 60 seconds


def test_a_countdown_costs_a_cell_or_two_each_second(tmp_path: Path) -> None:
    with console(tmp_path, 1_000, 0, "waits") as terminal:
        terminal.wait_for(b"reverting in")
        terminal.settle()
        sent = terminal.run_for(10)
    print(f"countdown: {sent / 10:.0f} bytes a second")
    assert sent <= 10 * 40


def test_the_start_compares_to_a_hello_world(tmp_path: Path) -> None:
    hello, small, large = [], [], []
    for _ in range(ROUNDS):
        terminal = PtyTerminal([sys.executable, str(HERE / "hello_child.py")])
        hello.append(terminal.wait_for(b"hello world"))
        terminal.close()
        for domains, times in ((1_000, small), (100_000, large)):
            with console(tmp_path, domains) as terminal:
                times.append(terminal.wait_for(b"fed ON"))
    base = statistics.median(hello)
    ratios = [statistics.median(times) / base for times in (small, large)]
    print(f"hello {base * 1000:.0f} ms; console 1,000 domains {ratios[0]:.2f}, 100,000 domains {ratios[1]:.2f} of it")
    # The child makes its domains and the tests' edge in the same process, which a real start does not: 1.3 is for that.
    assert ratios[0] <= 2.0
