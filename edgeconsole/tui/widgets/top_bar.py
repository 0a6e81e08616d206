"""The top bar: which edge, may it be changed, is it alive, what do the switches say."""

from collections.abc import Sequence

from edgeconsole.present.bars import PRODUCT
from edgeconsole.present.table import Span
from edgeconsole.tui.strips import spread, width_of
from edgeconsole.tui.widgets.span_widget import OneLine


class TopBar(OneLine):
    """One line over all screens; its last span, the clock, stands at the right edge."""

    def spans(self, width: int) -> Sequence[Span]:
        shown = self.line.spans
        if shown and shown[0].text == PRODUCT and sum(width_of(span.text) for span in shown) > width:
            # The name of the product gives way first: the switches are what is looked for.
            shown = shown[1:]
        return spread(shown[:-1], shown[-1:], width)
