"""The keys of each on-call task, as the scenarios press them, against the task's budget."""

import pytest

from tests.bench.ledger import note
from tests.tui.scenarios.tasks import TASKS

pytestmark = pytest.mark.bench


def test_the_keys_of_the_tasks_against_their_budgets() -> None:
    note("keys", [len(task.keys) for task in TASKS.values()], [task.budget for task in TASKS.values()])
