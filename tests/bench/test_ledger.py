"""The table of budgets: how rounds are judged, what is told of those nothing was measured for."""

from datetime import UTC, datetime

import pytest

from tests.bench import ledger
from tests.bench.ledger import BEGIN, BUDGETS, END, Budget, between_markers, missed, row, table

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RATIO = Budget("work", 1.5, "us", "a peer")


def test_rounds_are_judged_in_pairs_by_the_median_of_their_ratios() -> None:
    found = row(RATIO, [10, 30, 20], [10, 10, 10], 1.0, NOON)
    assert (found.measured, found.reference, found.judged, found.least, found.most) == (20, 10, 2, 1, 3)
    assert not found.met


def test_a_rate_is_met_from_its_limit_upwards() -> None:
    rate = Budget("rate", 100, "/s", at_least=True)
    assert row(rate, [100], None, 1.0, NOON).met
    assert not row(rate, [99], None, 1.0, NOON).met


def test_a_ratio_without_its_reference_is_no_figure() -> None:
    with pytest.raises(ValueError, match="disagree about a reference"):
        row(RATIO, [1], None, 1.0, NOON)


def test_a_budget_nothing_was_measured_for_says_so_and_is_not_met() -> None:
    assert table({}).count(ledger.UNMEASURED) == len(BUDGETS)


def test_a_missed_budget_is_named() -> None:
    rows = {"relay": row(BUDGETS["relay"], [40], [10], 1.0, NOON)}
    assert missed(rows) == [BUDGETS["relay"].what]
    assert "| 40 us | Kamailio `t_relay`: 10 us | 4.00× | 4.00× to 4.00×, n=1 | ≤ 1.50× | **missed** |" in table(rows)


def test_the_table_replaces_what_stood_between_the_markers_and_nothing_else() -> None:
    assert between_markers(f"a {BEGIN} old {END} z", "new") == f"a {BEGIN}\nnew\n{END} z"
    with pytest.raises(ValueError, match="not both there"):
        between_markers("no markers", "new")
