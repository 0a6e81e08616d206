"""The shortest output that turns what the terminal shows into what it should show.

The grammar is closed: printable text, cursor position and forward, style, erase line and screen, scroll region with
insert and delete line. Nothing else leaves here.
"""

from typing import TypeVar

from edgeconsole.tui.driver.grid import RIGHT_HALF, Grid
from edgeconsole.tui.driver.style import PLAIN, VISIBLE_ON_BLANK, Style, step
from edgeconsole.tui.driver.terminal import Terminal

_MIN_ERASE = 5
"""Blank cells from which on erasing the rest of a line is shorter than writing them."""

_MIN_SHIFT = 4
"""Changed rows from which on a shift is looked for."""

_BRIDGE = 5
"""Unchanged cells written again rather than jumped over; a jump costs four to six bytes."""

_EDGE = 2
"""Columns at the right left out when rows are compared for a shift: a scroll bar does not move with them."""


class Painter:
    """Knows what the terminal shows, where its cursor is and which style its pen has."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._shown: Grid | None = None
        self._pen: Style | None = None
        self._at: tuple[int, int] | None = None
        self._output: list[str] = []

    def forget(self) -> None:
        """Take what the terminal shows as unknown: the next paint clears it and draws everything."""
        self._shown = None
        self._pen = None
        self._at = None

    def paint(self, wanted: Grid) -> str:
        """Return what to send, and take it as shown from then on."""
        self._output = []
        shown = self._shown
        if shown is None or (shown.width, shown.height) != (wanted.width, wanted.height):
            self._output.append("\x1b[m\x1b[H\x1b[2J")
            self._pen, self._at = PLAIN, (0, 0)
            shown = self._shown = Grid(wanted.width, wanted.height)
        elif self._terminal.scroll_regions:
            self._shift(shown, wanted)
        for row in range(wanted.height):
            if wanted.characters[row] != shown.characters[row] or wanted.styles[row] != shown.styles[row]:
                self._row(row, wanted, shown)
        if self._at != wanted.cursor:
            self._move(*wanted.cursor)
        shown.cursor = wanted.cursor
        return "".join(self._output)

    def _row(self, row: int, wanted: Grid, shown: Grid) -> None:
        characters, styles = wanted.characters[row], wanted.styles[row]
        old, old_styles = shown.characters[row], shown.styles[row]
        width = wanted.width
        tail = self._blank_tail(characters, styles)
        end = tail if characters[tail:] != old[tail:] or styles[tail:] != old_styles[tail:] else width
        column = 0
        while column < end:
            if characters[column] == old[column] and styles[column] == old_styles[column]:
                column += 1
                continue
            start = column - 1 if characters[column] == RIGHT_HALF else column
            column = self._run(row, start, end, wanted, shown)
        if end < width:
            self._go(row, end, characters, styles)
            self._draw(styles[end])
            self._output.append("\x1b[K")
        shown.characters[row] = characters[:]
        shown.styles[row] = styles[:]

    def _run(self, row: int, start: int, end: int, wanted: Grid, shown: Grid) -> int:
        """Write cells from start to where nothing has changed any more; return the column behind them."""
        characters, styles = wanted.characters[row], wanted.styles[row]
        old, old_styles = shown.characters[row], shown.styles[row]
        self._go(row, start, characters, styles)
        text: list[str] = []
        column, certain = start, True
        while column < end:
            same = characters[column] == old[column] and styles[column] == old_styles[column]
            if same and column > start and characters[column] != RIGHT_HALF:
                break
            character = characters[column]
            if styles[column] != self._pen:
                self._output.append("".join(text))
                text = []
                self._draw(styles[column])
            text.append(character)
            certain = certain and len(character) == 1 and character <= "\u2fff"
            column += 1
        self._output.append("".join(text))
        # Terminals differ on how wide a character is, and on where the cursor is behind the last column.
        self._at = (row, column) if certain and column < wanted.width else None
        return column

    def _go(self, row: int, column: int, characters: list[str], styles: list[Style]) -> None:
        """Bring the cursor to a cell: by writing what stands between again, forward, or by its position."""
        if self._at == (row, column):
            return
        if self._at is not None and self._at[0] == row and self._at[1] < column:
            between = slice(self._at[1], column)
            distance = column - self._at[1]
            text = "".join(characters[between])
            if (
                distance <= _BRIDGE
                and len(text) == distance
                and text.isascii()
                and all(style == self._pen for style in styles[between])
            ):
                self._output.append(text)
                self._at = (row, column)
                return
            self._output.append(f"\x1b[{distance}C" if distance > 1 else "\x1b[C")
            self._at = (row, column)
            return
        self._move(row, column)

    def _move(self, row: int, column: int) -> None:
        if self._at is not None and column == 0 and row == self._at[0] + 1:
            self._output.append("\r\n")
        elif column == 0:
            self._output.append(f"\x1b[{row + 1}H" if row else "\x1b[H")
        else:
            self._output.append(f"\x1b[{row + 1};{column + 1}H")
        self._at = (row, column)

    def _draw(self, style: Style) -> None:
        self._output.append(step(self._pen, style))
        self._pen = style

    def _blank_tail(self, characters: list[str], styles: list[Style]) -> int:
        """Return the column from which on the line can be erased instead of written; the width where it cannot."""
        width = len(characters)
        style = styles[-1] if styles else PLAIN
        if style.attributes & VISIBLE_ON_BLANK or (style.background and not self._terminal.erases_in_background):
            return width
        start = width
        while start and characters[start - 1] == " " and styles[start - 1] == style:
            start -= 1
        return start if width - start >= _MIN_ERASE else width

    def _shift(self, shown: Grid, wanted: Grid) -> None:
        """Where most of the changed rows are rows that stand elsewhere already, move them within the terminal."""
        old, new = _texts(shown), _texts(wanted)
        moved = [row for row in range(wanted.height) if old[row] != new[row]]
        if len(moved) < _MIN_SHIFT:
            return
        top, bottom = moved[0], moved[-1]
        distance = _distance(old[top : bottom + 1], new[top : bottom + 1])
        if not distance:
            return
        self._draw(PLAIN)
        lines = f"\x1b[{distance}M" if distance > 0 else f"\x1b[{-distance}L"
        self._output.append(f"\x1b[{top + 1};{bottom + 1}r\x1b[{top + 1}H{lines}\x1b[r")
        # Setting the region leaves the cursor at home (DECSTBM).
        self._at = (0, 0)
        _move_rows(shown.characters, top, bottom, distance, " ")
        _move_rows(shown.styles, top, bottom, distance, PLAIN)


_Cell = TypeVar("_Cell")


def _move_rows(rows: list[list[_Cell]], top: int, bottom: int, distance: int, empty: _Cell) -> None:
    """Move the rows from top to bottom up, or down where the distance is negative; empty ones come in."""
    blank = [[empty] * len(rows[top]) for _ in range(abs(distance))]
    kept = rows[top : bottom + 1]
    rows[top : bottom + 1] = kept[distance:] + blank if distance > 0 else blank + kept[:distance]


def _texts(grid: Grid) -> list[str]:
    end = max(grid.width - _EDGE, 1)
    return ["".join(row[:end]) for row in grid.characters]


def _distance(old: list[str], new: list[str]) -> int:
    """Return by how many rows most of the text moved up; 0 where it did not move."""
    places: dict[str, int] = {}
    for row, text in enumerate(old):
        places[text] = -1 if text in places else row
    votes: dict[int, int] = {}
    for row, text in enumerate(new):
        place = places.get(text, -1)
        if place >= 0 and text.strip():
            votes[place - row] = votes.get(place - row, 0) + 1
    votes.pop(0, None)
    if not votes:
        return 0
    distance, count = max(votes.items(), key=lambda each: each[1])
    return distance if count * 2 >= len(new) else 0
