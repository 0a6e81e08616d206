"""The last two rows: what just happened, what is typed, what is asked; and the keys that answer."""

from collections.abc import Sequence

from textual.strip import Strip

from edgeconsole.present.table import Line, Span
from edgeconsole.tui.strips import width_of, wrap
from edgeconsole.tui.widgets.span_widget import OneLine


def question_rows(question: Line, answers: Line, width: int) -> list[Line]:
    """Return a question on as many rows as it needs, all of it, its answers at the end; two rows as a rule."""
    first, *rest = wrap(question, width)
    last = rest[-1].spans if rest else ()
    joined = (*last, Span("   " if last else ""), *answers.spans)
    if sum(width_of(span.text) for span in joined) <= width:
        return [first, *rest[:-1], Line(joined)]
    return [first, *rest, *_packed(answers, width)]


def _packed(answers: Line, width: int) -> list[Line]:
    """Return answers on as many rows as they need, none torn from its key: two blanks stand between them."""
    rows: list[list[Span]] = [[]]
    for span in answers.spans:
        for text in span.text.split("  "):
            unit = Span(text.strip(), span.style)
            if not unit.text:
                continue
            gap = [Span("  " if unit.style is rows[-1][-1].style else "   ")] if rows[-1] else []
            if rows[-1] and sum(width_of(each.text) for each in (*rows[-1], *gap, unit)) > width:
                rows.append([])
                gap = []
            rows[-1] += [*gap, unit]
    return [line for row in rows for line in wrap(Line(tuple(row)), width)]


class PromptRow(OneLine):
    """Flash text, the filter being typed, or a question; always there, so that asking costs one line."""


class KeyRow(OneLine):
    """The keys of this screen; while something is asked, the end of the question and its answers."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._asked: tuple[Line, ...] = ()

    def show_question(self, rows: Sequence[Line]) -> None:
        """Show the rest of a question and its answers instead of the keys; no rows show the keys again."""
        if tuple(rows) != self._asked:
            if max(1, len(rows)) != max(1, len(self._asked)):
                self.styles.height = max(1, len(rows))
            self._asked = tuple(rows)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        return self.strip(self._asked[y].spans) if y < len(self._asked) else super().render_line(y)
