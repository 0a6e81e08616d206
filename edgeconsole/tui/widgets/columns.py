"""Which columns of a list are shown, and where each stands at a width."""

from collections.abc import Mapping, Sequence
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


Choice = Mapping[str, bool]
"""By the id of a column: whether the operator wants it shown or not; others are as the list has them."""

NO_CHOICE: Choice = {}


def placed(columns: Sequence[Column], width: int, *, wide: bool, choice: Choice = NO_CHOICE) -> tuple[Place, ...]:
    """Return the columns that fit. Wide-only ones go first, then from the right; the last is the state and stays.

    What the operator chose goes after everything else.
    """
    shown = [(index, column) for index, column in enumerate(columns) if choice.get(column.id, True)]
    if not wide or _needed(shown, _COMFORTABLE) > width:
        shown = [(index, column) for index, column in shown if not column.wide_only or column.id in choice]
    for chosen in (False, True):
        for place in reversed(range(1, len(shown) - 1)):
            if _needed(shown, _LEAST) > width and (shown[place][1].id in choice) is chosen:
                del shown[place]
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
