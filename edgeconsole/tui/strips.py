"""Spans turned into strips: the one door between text and the terminal.

Nothing here reads markup, and no control character gets past `drawable`, whatever a presenter let through.
"""

from collections.abc import Callable, Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from edgeconsole.model.text import clean
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.glyphs import drawn

Looks = Callable[[Style], RichStyle]
"""What a widget draws a style with; its theme decides."""

_PROSE = (Style.PLAIN, Style.MUTED, Style.STRONG)
_STATE_CELLS = 12
_LONGEST = 4096
"""Characters of one span that are looked at; more never fits a terminal line."""


def drawable(text: str) -> str:
    """Return the text with anything a terminal could act on made visible."""
    text = text[:_LONGEST]
    return drawn(text if text.isprintable() else clean(text, _LONGEST))


def width_of(text: str) -> int:
    """Return the terminal cells the text takes."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return the text in exactly that many cells: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    text = drawable(text)
    used = width_of(text)
    if used > width:
        return set_cell_size(text, width - 1) + drawn("…")
    padding = " " * (width - used)
    return padding + text if right else text + padding


def strip_of(spans: Iterable[Span], width: int, looks: Looks) -> Strip:
    """Return one line of spans in exactly that many cells; neighbours of one style become one segment."""
    segments: list[Segment] = []
    room = width
    for text, style in merged(spans):
        if room <= 0:
            break
        shown = drawable(text)
        used = width_of(shown)
        if used > room:
            shown, used = fit(shown, room), room
        segments.append(Segment(shown, looks(style)))
        room -= used
    if room > 0:
        segments.append(Segment(" " * room, looks(Style.PLAIN)))
    return Strip(segments, width)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans with neighbours of one style joined."""
    joined: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if joined and joined[-1].style is span.style:
            joined[-1] = Span(joined[-1].text + span.text, span.style)
        else:
            joined.append(span)
    return joined


def spread(left: Sequence[Span], right: Sequence[Span], width: int) -> list[Span]:
    """Return both sides on one line; the left side gives way when there is no room."""
    taken = sum(width_of(drawable(span.text)) for span in right)
    room = max(0, width - taken - (1 if right else 0))
    shown: list[Span] = []
    for text, style in left:
        if room <= 0:
            break
        used = width_of(drawable(text))
        shown.append(Span(text if used <= room else fit(text, room), style))
        room -= min(used, room)
    return [*shown, Span(" " * (room + (1 if right else 0))), *right]


def changed_cells(before: Sequence[Span], after: Sequence[Span], width: int) -> tuple[int, int]:
    """Return where two lines begin to differ and where they end to; the whole width where cells are not characters."""
    if not all(span.text.isascii() for span in (*before, *after)):
        return 0, width
    old, new = _cells(before, width), _cells(after, width)
    differing = [place for place, (was, now) in enumerate(zip(old, new, strict=True)) if was != now]
    return (differing[0], differing[-1] + 1) if differing else (0, width)


def _cells(spans: Sequence[Span], width: int) -> list[tuple[str, Style]]:
    cells = [(character, style) for text, style in spans for character in drawable(text)][:width]
    return [*cells, *[(" ", Style.PLAIN)] * (width - len(cells))]


def wrap(line: Line, width: int, indent: int = 0) -> list[Line]:
    """Return the line broken at spaces; continuation lines start `indent` cells in."""
    if sum(width_of(drawable(span.text)) for span in line.spans) <= width:
        return [line]
    width = max(1, width)
    indent = min(indent, max(0, width - 2))
    lines: list[list[Span]] = [[]]
    room = width
    for text, style in line.spans:
        # A state is a glyph and a word; they are not torn apart.
        whole = style not in _PROSE and len(text) <= _STATE_CELLS
        for word in [drawable(text)] if whole else _words(drawable(text)):
            used = width_of(word)
            if used > room and not word.isspace() and room < width - indent:
                lines.append([Span(" " * indent)] if indent else [])
                room = width - indent
            while used > room:
                if word.isspace():
                    word, used = "", 0
                    break
                head, word = _cut(word, room)
                lines[-1].append(Span(head, style))
                lines.append([Span(" " * indent)] if indent else [])
                room, used = width - indent, width_of(word)
            if word:
                lines[-1].append(Span(word, style))
                room -= used
    return [Line(tuple(merged(spans))) for spans in lines]


def _words(text: str) -> list[str]:
    """Split into words and the gaps between them, both kept."""
    words: list[str] = []
    for character in text:
        if words and words[-1].isspace() == character.isspace():
            words[-1] += character
        else:
            words.append(character)
    return words


def _cut(word: str, width: int) -> tuple[str, str]:
    """Return as much of a word as fits, at least one character, and the rest."""
    used = 0
    for place, character in enumerate(word):
        used += width_of(character)
        if used > width and place:
            return word[:place], word[place:]
    return word, ""


def plain(text: str, style: Style = Style.PLAIN) -> Line:
    """Return a line of one span."""
    return Line((Span(text, style),))


def blank(width: int, looks: Looks) -> Strip:
    """Return an empty line."""
    return Strip([Segment(" " * width, looks(Style.PLAIN))], width)
