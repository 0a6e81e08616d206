"""A terminal to hold output against: pyte, which was written by others."""

import pyte

from edgeconsole.tui.driver.grid import Grid


class Emulated:
    """A terminal of pyte's."""

    def __init__(self, width: int, height: int) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.Stream(self.screen)

    def feed(self, text: str) -> None:
        """Send text to the terminal, whose line discipline makes CR LF of LF."""
        self._stream.feed(text.replace("\n", "\r\n"))

    def cells(self) -> list[list[tuple[object, ...]]]:
        """Return every cell: its text and how it is drawn; what cannot be seen on a blank is left out."""
        return [
            [_seen(self.screen.buffer[row][column]) for column in range(self.screen.columns)]
            for row in range(self.screen.lines)
        ]


def _seen(cell: pyte.screens.Char) -> tuple[object, ...]:
    marked = cell.underscore or cell.reverse or cell.strikethrough
    foreground = cell.fg if cell.data.strip() or marked else None
    bold = cell.bold if cell.data.strip() else None
    italics = cell.italics if cell.data.strip() else None
    return (cell.data, foreground, cell.bg, bold, italics, cell.underscore, cell.reverse, cell.strikethrough)


def text_of(grid: Grid) -> list[str]:
    """Return a grid's rows as text."""
    return ["".join(row) for row in grid.characters]
