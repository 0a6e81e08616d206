"""What a kind of terminal can do, as far as the output depends on it."""

from typing import NamedTuple


class Terminal(NamedTuple):
    """Abilities of a terminal."""

    scroll_regions: bool = True
    erases_in_background: bool = True
    """Whether erased cells get the pen's background colour (terminfo `bce`)."""
    answers: bool = True
    """Whether it may be asked: older consoles print a question they do not know."""


_NO_BACKGROUND = ("screen", "tmux")
_SILENT = ("linux", "vt", "ansi", "cons")


def terminal_of(term: str) -> Terminal:
    """Return what a terminal of that `TERM` can do; an unknown one is taken as one like xterm."""
    if term in ("", "dumb"):
        return Terminal(scroll_regions=False, erases_in_background=False, answers=False)
    return Terminal(
        erases_in_background=not term.startswith(_NO_BACKGROUND),
        answers=not term.startswith(_SILENT),
    )
