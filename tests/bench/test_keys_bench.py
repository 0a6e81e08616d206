"""The keys of each on-call task, as the scenarios press them, against the task's budget."""

import importlib
from pathlib import Path

import pytest

from tests.bench.ledger import note

pytestmark = pytest.mark.bench

SCENARIOS = Path(__file__).parents[1] / "tui" / "scenarios"


def test_the_keys_of_the_tasks_against_their_budgets() -> None:
    pressed: dict[str, tuple[int, int]] = {}
    for found in SCENARIOS.glob("test_*.py"):
        module = importlib.import_module(f"tests.tui.scenarios.{found.stem}")
        for task, (keys, budget) in getattr(module, "BUDGETS", {}).items():
            pressed[task] = (len(keys), budget)
    print("  ".join(f"{task} {keys} of {budget}" for task, (keys, budget) in sorted(pressed.items())))
    assert pressed
    note("keys", [keys for keys, _ in pressed.values()], [budget for _, budget in pressed.values()])
