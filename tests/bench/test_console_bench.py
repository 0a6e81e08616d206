"""What the console costs a terminal and a start, on a pty at 80x24; the start itself is measured on a real edge."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.ledger import BUDGETS, note
from tests.bench.pty_terminal import PtyTerminal

pytestmark = pytest.mark.bench

HERE = Path(__file__).parent


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


def test_one_row_that_changes_each_second_costs_one_row(tmp_path: Path) -> None:
    with console(tmp_path, 1_000, 1.0) as terminal:
        domains_screen(terminal)
        sent = terminal.run_for(10)
    print(f"one row a second: {sent / 10:.0f} bytes a second")
    note("one row", [sent / 10])


def test_a_countdown_costs_a_cell_or_two_each_second(tmp_path: Path) -> None:
    with console(tmp_path, 1_000, 0, "waits") as terminal:
        terminal.wait_for(b"reverting in")
        terminal.settle()
        sent = terminal.run_for(10)
    note("countdown", [sent / 10])
