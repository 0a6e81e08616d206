"""The top bar: which edge, may it be changed, is it alive, what do the switches say."""

from collections.abc import Sequence

from edgeconsole.present.table import Span
from edgeconsole.tui.strips import spread
from edgeconsole.tui.widgets.span_widget import OneLine


class TopBar(OneLine):
    """One line over all screens; its last span, the clock, stands at the right edge."""

    def spans(self, width: int) -> Sequence[Span]:
        return spread(self.line.spans[:-1], self.line.spans[-1:], width)
