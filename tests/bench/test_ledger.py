"""The table of budgets: how rounds are judged, what is told of those nothing was measured for."""

from datetime import UTC, datetime
from pathlib import Path

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
    assert missed(rows) == ["relay"]
    assert "| 40 us | Kamailio `t_relay`: 10 us | 4.00× | 4.00× to 4.00×, n=1 | ≤ 1.50× | **missed** |" in table(rows)


def test_the_table_replaces_what_stood_between_the_markers_and_nothing_else() -> None:
    assert between_markers(f"a {BEGIN} old {END} z", "new") == f"a {BEGIN}\nnew\n{END} z"
    with pytest.raises(ValueError, match="not both there"):
        between_markers("no markers", "new")


def test_a_row_judged_by_its_worst_round_is_missed_by_one_of_them() -> None:
    strict = Budget("keys", 1.0, "keys", "a budget", worst=True)
    assert row(strict, [1, 2], [2, 2], 1.0, NOON).met
    assert not row(strict, [1, 3], [2, 2], 1.0, NOON).met


def test_the_short_table_gives_the_reason_of_each_miss_and_of_no_other_row() -> None:
    late = row(BUDGETS["relay"], [40], [10], 1.0, NOON)
    told = ledger.short_table({"relay": late})
    assert f"**missed**: {ledger.REASONS['relay']}" in told
    assert f"| met: {ledger.REASONS['relay']}" not in ledger.short_table(
        {"relay": row(BUDGETS["relay"], [1], [100], 1.0, NOON)}
    )


def test_every_reason_is_one_of_a_budget() -> None:
    assert ledger.REASONS.keys() <= BUDGETS.keys()


def test_figures_of_growing_lists_stand_side_by_side() -> None:
    told = ledger.scale_table({"load, ms": {100: 1.0, 100_000: 900.0}, "memory, MB": {100: 40.5}})
    assert told.splitlines()[0] == "| what | 100 | 100,000 |"
    assert told.splitlines()[2:] == ["| load, ms | 1 | 900 |", "| memory, MB | 40.5 |  |"]


def test_what_a_run_keeps_is_read_back_and_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "FOLDER", tmp_path)
    ledger.note("idle", [30.0])
    ledger.note_scale("load, ms", 100, 1.0)
    kept = ledger.recall()
    assert kept.rows["idle"].met
    assert kept.scale == {"load, ms": {100: 1.0}}
    assert "memory of an idle TLS connection" in (tmp_path / "results.md").read_text()
    ledger.forget()
    assert ledger.recall() == ledger.Results()
