"""Where the operator is: the path and the filter on the left, sort and age on the right."""

from collections.abc import Sequence

from edgeconsole.present.table import Line, Span
from edgeconsole.tui.strips import spread
from edgeconsole.tui.widgets.span_widget import NOTHING, OneLine


class CrumbBar(OneLine):
    """One line with two ends."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._right = NOTHING

    def show_ends(self, left: Line, right: Line) -> None:
        """Say both ends."""
        if right != self._right:
            self._right = right
            self.refresh()
        self.show(left)

    def spans(self, width: int) -> Sequence[Span]:
        return spread(self.line.spans, self._right.spans, width)
