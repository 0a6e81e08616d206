"""Where each column of a list stands at a width."""

from collections.abc import Sequence
from typing import NamedTuple

from edgeconsole.present.table import Column

GAP = 1
MARK = 2
"""Cells before the first column, for the mark of the cursor row."""
_COMFORTABLE = 24
"""A flexible column gets this much before a wide-only column gets any."""
_LEAST = 14
"""A flexible column is worth no less; below that, other columns go."""


class Place(NamedTuple):
    """A column that is shown: its index in the row, and its width."""

    cell: int
    column: Column
    width: int


def placed(columns: Sequence[Column], width: int, *, wide: bool) -> tuple[Place, ...]:
    """Return the columns that fit. Wide-only ones go first, then from the right; the last is the state and stays."""
    shown = list(enumerate(columns))
    if not wide or _needed(shown, _COMFORTABLE) > width:
        shown = [(index, column) for index, column in shown if not column.wide_only]
    while len(shown) > 2 and _needed(shown, _LEAST) > width:
        del shown[-2]
    fixed = MARK + sum(column.width + GAP for _, column in shown)
    flexible = sum(1 for _, column in shown if column.width == 0)
    left, extra = divmod(max(0, width - fixed), flexible) if flexible else (0, 0)
    places: list[Place] = []
    for index, column in shown:
        size = column.width
        if size == 0:
            size, extra = left + extra, 0
        places.append(Place(index, column, size))
    return tuple(places)


def _needed(shown: Sequence[tuple[int, Column]], flexible: int) -> int:
    return MARK + sum((column.width or flexible) + GAP for _, column in shown)
