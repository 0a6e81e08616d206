"""What every on-call task may cost: its budget of keys, and three more for a slip or for an Esc pressed too soon."""

import pytest

from tests.tui.scenarios.tasks import TASKS


@pytest.mark.parametrize("name", TASKS)
def test_each_task_is_within_its_budget_and_a_slip_or_an_esc_costs_three_keys_at_most(name: str) -> None:
    task = TASKS[name]
    assert len(task.keys) <= task.budget
    assert 0 < len(task.slip) - len(task.keys) <= 3
    assert task.left[-1] == "escape"
    assert len(task.recovered) - len(task.keys) <= 3
