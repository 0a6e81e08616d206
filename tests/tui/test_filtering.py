"""The filter's language: words, negation, quotes and columns; half a filter is no error, a wrong one says why."""

import pytest

from edgeconsole.present.table import Column, Row, Span, eager
from edgeconsole.tui.filtering import positions, understood
from tests.tui.console_world import EdgeInMemory, console, shows, text_of
from tests.tui.records_world import press, typed

COLUMNS = (
    Column("domain", "DOMAIN", 0),
    Column("state", "STATE", 8),
    Column("sessions", "SESS", 4),
    Column("expires", "EXPIRES", 8),
)
ROWS = [
    ("fabrikam.example", "blocked", "0", "12d"),
    ("blocked.example", "ok", "3", "90d"),
    ("two words.example", "idle", "12", "5h"),
    ("plain.example", "ok", "", "-"),
]
VIEW = eager(COLUMNS, [Row(cells[0], tuple(Span(cell) for cell in cells)) for cells in ROWS], "empty")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3]),
        ("blocked", [0, 1]),
        ("state:blocked", [0]),
        ("STATE:BLOCKED", [0]),
        ("-state:ok", [0, 2]),
        ("-blocked", [2, 3]),
        ("!blocked", [2, 3]),
        ('"two words"', [2]),
        ('"two wor', [2]),
        ("sess>0", [1, 2]),
        ("sess>3", [2]),
        ("sess<1", [0]),
        ("expires<30d", [0, 2]),
        ("expires>1d ok", [1]),
        ("state:", [0, 1, 2, 3]),
        ("sess>", [0, 1, 2, 3]),
        ("-", [0, 1, 2, 3]),
    ],
)
def test_a_filter_shows_what_it_says(text: str, expected: list[int]) -> None:
    wanted = understood(text, COLUMNS)
    assert wanted.problem == ""
    assert list(positions(VIEW, VIEW.search, wanted)) == expected


@pytest.mark.parametrize(("text", "problem"), [("owner:x", "domain, state"), ("sess>many", "needs a number")])
def test_what_cannot_be_understood_is_said(text: str, problem: str) -> None:
    assert problem in understood(text, COLUMNS).problem


async def test_the_list_is_filtered_by_a_column_and_says_which_there_are() -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, "2", "/", *typed("state:blocked"), "enter")
        await shows(pilot, "1 of 5")
        assert "litware.example" in text_of(app)
        await press(pilot, "/", "ctrl+u", *typed("nonsense:x"), "enter")
        await shows(pilot, "no column is named nonsense")
