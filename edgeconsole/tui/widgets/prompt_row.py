"""The last two rows: what just happened, what is typed, what is asked; and the keys that answer."""

from collections.abc import Sequence

from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.strips import wrap
from edgeconsole.tui.widgets.span_widget import NOTHING, OneLine


def question_rows(question: Line, answers: Line, width: int) -> tuple[Line, Line]:
    """Return a question on two rows: its answers end the second, and the question is cut before they are."""
    first, *rest = wrap(question, width)
    joined = [Span(" ".join(span.text for line in rest for span in line.spans), Style.STRONG)] if rest else []
    gap = [Span("   ")] if joined else []
    return first, Line((*joined, *gap, *answers.spans))


class PromptRow(OneLine):
    """Flash text, the filter being typed, or a question; always there, so that asking costs one line."""


class KeyRow(OneLine):
    """The keys of this screen; while something is asked, the end of the question and its answers."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._answers = NOTHING

    def show_question(self, rest: Line) -> None:
        """Show the answers instead of the keys; an empty line shows the keys again."""
        if rest != self._answers:
            self._answers = rest
            self.refresh()

    def spans(self, width: int) -> Sequence[Span]:  # noqa: ARG002 the base class passes it
        return self._answers.spans or self.line.spans
