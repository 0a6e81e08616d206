"""What is on a screen, cell by cell, and how a frame of Textual's changes it.

Only cells come out of a frame: cursor movements, styles and printable text are understood, everything else in it is
dropped. So whatever text a partner managed to bring into a widget, it cannot reach the terminal as a command.
"""

import re

from rich.cells import get_character_cell_size

from edgeconsole.tui.driver.style import PLAIN, Style, changed

_TOKEN = re.compile(
    r"\x1b\[(?P<row>\d{1,5});(?P<column>\d{1,5})H"
    r"|\x1b\[(?P<style>[0-9;]{0,200})m"
    r"|(?P<line>\n)"
    r"|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+)"
    r"|[\s\S]"
)

RIGHT_HALF = ""
"""Content of the cell behind a character that is two cells wide."""

_MAX_COMBINING = 4


class Grid:
    """A screen of cells; a row is two lists, characters and styles, so that equal rows compare at C speed."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.characters = [[" "] * width for _ in range(height)]
        self.styles = [[PLAIN] * width for _ in range(height)]
        self.cursor = (0, 0)
        """Row and column where the cursor is left."""

    def copy(self) -> "Grid":
        """Return a grid of its own with the same content."""
        twin = Grid(0, 0)
        twin.width, twin.height, twin.cursor = self.width, self.height, self.cursor
        twin.characters = [row[:] for row in self.characters]
        twin.styles = [row[:] for row in self.styles]
        return twin

    def draw(self, frame: str) -> None:
        """Apply a frame; what lies outside the screen is cut off."""
        row = column = 0
        style = PLAIN
        for token in _TOKEN.finditer(frame):
            kind = token.lastgroup
            if kind == "text":
                column = self._write(row, column, token["text"], style)
            elif kind == "style":
                style = changed(style, token["style"])
            elif kind == "column":
                row, column = _cell(token["row"], self.height), _cell(token["column"], self.width)
            elif kind == "line":
                row, column = min(row + 1, self.height - 1), 0
        self.cursor = (row, min(column, self.width - 1))

    def _write(self, row: int, column: int, text: str, style: Style) -> int:
        characters, styles, width = self.characters[row], self.styles[row], self.width
        if text.isascii():
            end = min(column + len(text), width)
            if end > column:
                self._split(characters, column, end)
                characters[column:end] = text[: end - column]
                styles[column:end] = [style] * (end - column)
            return end
        for character in text:
            cells = 1 if " " <= character <= "~" else get_character_cell_size(character)
            if cells <= 0:
                self._combine(characters, column, character)
                continue
            if column + cells > width:
                break
            self._split(characters, column, column + cells)
            characters[column] = character
            styles[column] = style
            if cells == 2:
                characters[column + 1] = RIGHT_HALF
                styles[column + 1] = style
            column += cells
        return column

    def _combine(self, characters: list[str], column: int, mark: str) -> None:
        """Put a combining mark onto the character before the cursor."""
        at = column - 1
        if at >= 1 and characters[at] == RIGHT_HALF:
            at -= 1
        if at >= 0 and len(characters[at]) <= _MAX_COMBINING:
            characters[at] += mark

    def _split(self, characters: list[str], start: int, end: int) -> None:
        """Blank the other halves of wide characters that a write from start to end cuts through."""
        if characters[start] == RIGHT_HALF and start:
            characters[start - 1] = " "
        if end < self.width and characters[end] == RIGHT_HALF:
            characters[end] = " "


def _cell(number: str, limit: int) -> int:
    return max(min(int(number), limit), 1) - 1
