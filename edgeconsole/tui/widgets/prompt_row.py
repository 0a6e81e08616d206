"""The last two rows: what just happened, what is typed, what is asked; and the keys that answer."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.strip import Strip

from edgeconsole.present.table import Line, Span
from edgeconsole.tui.prompt import Typing
from edgeconsole.tui.strips import fit, width_of, wrap
from edgeconsole.tui.widgets.span_widget import OneLine

_LEAST_TYPED = 12
"""Cells that a typed text keeps however long its label is."""


class KeyUnit(NamedTuple):
    """A key and its word in the key row."""

    key: Span
    word: Span
    kept: bool = False
    """Whether it stays however narrow the row is."""


def question_rows(question: Line, answers: Line, width: int) -> list[Line]:
    """Return a question on as many rows as it needs, all of it, its answers at the end; two rows as a rule."""
    first, *rest = wrap(question, width)
    last = rest[-1].spans if rest else ()
    joined = (*last, Span("   " if last else ""), *answers.spans)
    if sum(width_of(span.text) for span in joined) <= width:
        return [first, *rest[:-1], Line(joined)]
    return [first, *rest, *_packed(answers, width)]


_MESSAGE_ROWS = 3


def message_rows(message: Line, width: int) -> list[Line]:
    """Return a message on as many rows as it needs, three at most: its end says what to do."""
    rows = wrap(message, width)
    if len(rows) <= _MESSAGE_ROWS:
        return rows
    left = tuple(span for row in rows[_MESSAGE_ROWS - 1 :] for span in (*row.spans, Span(" ")))
    return [*rows[: _MESSAGE_ROWS - 1], Line(left)]


def typed_row(typing: Typing, width: int) -> Line:
    """Return a line being typed in so many cells: what is too long moves sideways, the cursor is always seen."""
    room = max(_LEAST_TYPED, width - width_of(typing.label.text))
    cursor = width_of(typing.cursor.text)
    behind = width_of(typing.after.text)
    if width_of(typing.before.text) + cursor + behind <= room:
        return Line(typing)
    ahead = room - cursor - min(behind, room // 4)
    before = tail(typing.before.text, ahead)
    after = typing.after.text
    left = room - cursor - width_of(before)
    label = typing.label.text
    return Line(
        (
            Span(label if width_of(label) + room <= width else tail(label, max(0, width - room)), typing.label.style),
            Span(before),
            typing.cursor,
            Span(after if behind <= left else fit(after, left)),
        )
    )


def tail(text: str, width: int) -> str:
    """Return the end of a text in at most so many cells, with a mark where its start is cut off."""
    if width_of(text) <= width:
        return text
    used, at = 1, len(text)
    while at and used + width_of(text[at - 1]) <= width:
        at -= 1
        used += width_of(text[at])
    return "…" + text[at:] if width else ""


def keys_within(units: Sequence[KeyUnit], width: int) -> list[Span]:
    """Return the keys that fit, none torn; the last give way first, those that are kept never."""
    shown = list(units)
    while _width(shown) > width and (loose := [each for each in shown if not each.kept]):
        shown.remove(loose[-1])
    spans = [(Span("  "), each.key, Span(" "), each.word) for each in shown]
    return [span for unit in spans for span in unit][1:]


def _width(units: Sequence[KeyUnit]) -> int:
    return sum(width_of(each.key.text) + width_of(each.word.text) + 3 for each in units) - 2


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
        self._keys: tuple[KeyUnit, ...] = ()

    def show_keys(self, keys: Sequence[KeyUnit]) -> None:
        """Show other keys; those for which there is no room are left to the help."""
        if self._keys != keys:
            self._keys = tuple(keys)
            self.refresh()

    def spans(self, width: int) -> Sequence[Span]:
        return keys_within(self._keys, width)

    def show_question(self, rows: Sequence[Line]) -> None:
        """Show the rest of a question and its answers instead of the keys; no rows show the keys again."""
        if tuple(rows) != self._asked:
            if max(1, len(rows)) != max(1, len(self._asked)):
                self.styles.height = max(1, len(rows))
            self._asked = tuple(rows)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        return self.strip(self._asked[y].spans) if y < len(self._asked) else super().render_line(y)
