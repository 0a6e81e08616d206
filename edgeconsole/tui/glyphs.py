"""Which glyphs the terminal can draw: everything, or ASCII alone where that is asked for or the locale says so."""

import codecs
from collections.abc import Mapping

from rich.cells import get_character_cell_size

_OURS = str.maketrans(
    {
        "…": "~", "·": ".", "•": "*", "→": ">", "←": "<", "↑": "^", "↓": "v", "─": "-", "│": "|", "┃": "|", "━": "=",
        "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+", "✓": "v", "✗": "x",
        "\u00d7": "x", "\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
        "≤": "<", "≥": ">", "°": "o", "µ": "u",
        "▁": "_", "▂": "_", "▃": "-", "▄": "-", "▅": "=", "▆": "=", "▇": "#", "█": "#", "▏": "|", "▎": "|", "▌": "|",
        "░": ".", "▒": ":", "▓": "#", "●": "*", "○": "o", "◐": "o", "▲": "^", "▼": "v", "▶": ">", "◀": "<",
    }
)  # fmt: skip
"""What we draw ourselves, each by a character as wide as itself."""

_LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")


def wants_ascii(environ: Mapping[str, str]) -> bool:
    """Return whether only ASCII is drawn: `EDGECONSOLE_ASCII` is set, or the locale names another encoding than UTF-8.

    A locale without an encoding, `C` included, says nothing about the terminal: over SSH it is what remains where the
    host does not know the operator's.
    """
    if environ.get("EDGECONSOLE_ASCII", ""):
        return True
    locale = next((environ[name] for name in _LOCALE if environ.get(name)), "")
    encoding = locale.partition(".")[2].partition("@")[0]
    try:
        return bool(encoding) and codecs.lookup(encoding).name != "utf-8"
    except LookupError:
        return False


class Glyphs:
    """What text is drawn with; set once, before the console starts."""

    ascii = False


def drawn(text: str) -> str:
    """Return text as it goes to the terminal; in ASCII every other character becomes one or two question marks.

    The width stays: a character of two cells becomes two, a combining mark none.
    """
    if not Glyphs.ascii or text.isascii():
        return text
    return "".join(
        each if each.isascii() else "?" * max(get_character_cell_size(each), 0) for each in text.translate(_OURS)
    )
