"""Rows of a list that are marked, by their keys: they stay marked whatever is filtered, sorted or read anew."""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Marked(NamedTuple):
    """The marked rows of a list as it is now."""

    keys: tuple[str, ...] = ()
    """In the order of the list, those a filter hides with them."""
    hidden: int = 0
    """How many of `keys` the filter hides."""
    gone: int = 0
    """Marked rows that the list does not have any more, or not now."""

    @property
    def number(self) -> int:
        """Rows that are marked, in the list or not."""
        return len(self.keys) + self.gone

    @property
    def words(self) -> str:
        """How many are marked, and what of them cannot be seen: `3 marked, 1 hidden by the filter`."""
        hidden = f", {self.hidden} hidden by the filter" if self.hidden else ""
        gone = f", {self.gone} not in the list any more" if self.gone else ""
        return f"{self.number} marked{hidden}{gone}"


NONE_MARKED = Marked()


class Rows(NamedTuple):
    """A list as it is shown now."""

    keys: Sequence[str]
    order: Sequence[int]
    """Positions in `keys` of the rows that are shown, as they are shown."""


class Marks:
    """A set of keys, and the one that was touched last: a range begins there."""

    def __init__(self, rows: Callable[[], Rows], changed: Callable[[], None]) -> None:
        self._rows = rows
        self._changed = changed
        self._keys: set[str] = set()
        self._anchor: str | None = None
        self._seen: tuple[Rows, int] | None = None
        self._found = NONE_MARKED
        self._turn = 0

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def toggle(self, key: str) -> bool:
        """Mark a row, or take its mark away; whether it is marked now."""
        self._anchor = key
        self._become(self._keys ^ {key})
        return key in self._keys

    def extend(self, key: str) -> int | None:
        """Mark the rows from the one that was touched last to this one; how many are new, None without such a row."""
        keys, order = self._rows()
        places = {keys[at]: place for place, at in enumerate(order)}
        if self._anchor not in places or key not in places:
            return None
        start, end = sorted((places[self._anchor], places[key]))
        before, self._anchor = len(self._keys), key
        self._become(self._keys.union(keys[order[place]] for place in range(start, end + 1)))
        return len(self._keys) - before

    def clear(self) -> bool:
        """Take every mark away; whether there were any."""
        had, self._anchor = bool(self._keys), None
        self._become(set())
        return had

    def drop(self, keys: Sequence[str]) -> None:
        """Take the marks of some rows away."""
        self._become(self._keys.difference(keys))

    @property
    def found(self) -> Marked:
        """The marked rows of the list as it is now; worked out once for each state of it."""
        if not self._keys:
            return NONE_MARKED
        rows = self._rows()
        seen = self._seen
        if seen is None or seen[0].keys is not rows.keys or seen[0].order is not rows.order or seen[1] != self._turn:
            self._seen = (rows, self._turn)
            listed = tuple(key for key in rows.keys if key in self._keys)
            whole = len(rows.order) == len(rows.keys)
            shown = len(listed) if whole else sum(rows.keys[at] in self._keys for at in rows.order)
            self._found = Marked(listed, len(listed) - shown, len(self._keys) - len(listed))
        return self._found

    def _become(self, keys: set[str]) -> None:
        if keys != self._keys:
            self._keys = keys
            self._turn += 1
            self._changed()
