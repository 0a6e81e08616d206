"""Filter and sort of a list."""

import pytest

from edgeconsole.present.filtering import matching
from edgeconsole.present.table import Column, Row, Span, eager
from edgeconsole.tui.order import Sort, arranged

SEARCH = ["fabrikam.example allowed", "litware.example blocked", "fab.litware.example allowed server"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2]),
        ("fab", [0, 2]),
        ("fab litware", [2]),
        ("ALLOWED", [0, 2]),
        ("!blocked", [0, 2]),
        ("litware !fab", [1]),
        ("!", [0, 1, 2]),
        ("nobody", []),
        ("[/b]", []),
    ],
)
def test_a_filter_keeps_the_rows_that_have_every_word_and_none_of_the_excluded(text: str, expected: list[int]) -> None:
    assert list(matching(SEARCH, text.lower().split())) == expected


def test_a_sort_keeps_the_lists_own_order_among_equals() -> None:
    columns = (Column("name", "NAME", 0), Column("kind", "KIND", 4))
    rows = [Row(key, (Span(key), Span(kind))) for key, kind in (("c", "x"), ("a", "y"), ("b", "x"))]
    view = eager(columns, rows, "")
    assert list(arranged(view, range(3), Sort("kind"))) == [0, 2, 1]
    assert list(arranged(view, range(3), Sort("name"))) == [1, 2, 0]
    assert list(arranged(view, range(3), Sort("name", reverse=True))) == [0, 2, 1]
    assert list(arranged(view, range(3), None)) == [0, 1, 2]
