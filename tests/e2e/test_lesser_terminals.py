"""The bytes a console sends: none a terminal of less ability would not understand, no colour where none is wanted."""

import re
import sys
from pathlib import Path

import pytest

from tests.bench.pty_terminal import PtyTerminal
from tests.e2e.watched import Watched

CHILD = str(Path(__file__).parents[1] / "bench" / "console_child.py")
WALK = (
    (b"2", "fabrikam.example"), (b"x", "WHY"), (b"?", "HELP"), (b"\x1b", "WHY"), (b"/", "/_"),
    (b"zz\r", "0 of 5 match /zz"), (b"3", "[3 Partners]"), (b"4", "[Access Edge]"), (b"5", "[5 Probes]"),
    (b"6", "Nothing is staged"), (b"7", "first revision"), (b"1", "FLEET"),
    (b"D", "y apply"), (b"n", "nothing chang"),
)  # fmt: skip
"""Through every screen, the help, an explanation, a filter without a hit and a question, by what then stands there."""

_COLOURS = re.compile(r"\x1b\[([\d;]*)m")
_PLAIN = re.compile(
    r"(?:[^\x00-\x1f\x7f-\x9f]|[\r\n]|\x1b\[(?:\d+(?:;\d+)?)?H|\x1b\[\d*C|\x1b\[[\d;]*m|\x1b\[[02]?[JK]|\x1b\[(?:\d+;\d+)?r"
    r"|\x1b\[\d+[ML]|\x1b\[\?(?:7|25|1004|1049|2004)[hl])*"
)
"""What the Linux console knows, or passes over: no question, no title, no keyboard protocol, no frame marks."""


def walked(tmp_path: Path, columns: int = 80, rows: int = 24, **environ: str) -> str:
    """Walk through the console on such a terminal and return all that was sent."""
    settings = [f"{name}={value}" for name, value in {"COLORTERM": "", **environ}.items()]
    argv = ["/usr/bin/env", *settings, sys.executable, CHILD, "0", "0"]
    terminal = PtyTerminal(argv, columns=columns, rows=rows, env={"XDG_STATE_HOME": str(tmp_path)})
    try:
        watched = Watched(terminal, columns, rows)
        watched.shows("adatum.example")
        for keys, words in WALK:
            watched.press(keys, words)
        return terminal.output.decode()
    finally:
        terminal.close()


def pens(sent: str) -> set[int]:
    """Return every number that sets how something is drawn."""
    return {int(number or 0) for found in _COLOURS.findall(sent) for number in found.split(";")}


_WITHOUT_COLOUR = {0, 1, 2, 3, 4, 7, 9, 22, 23, 24, 27, 29}


def test_a_console_without_colour_gets_none_and_no_sequence_it_does_not_know(tmp_path: Path) -> None:
    sent = walked(tmp_path, TERM="linux", NO_COLOR="1")
    assert _PLAIN.fullmatch(sent), ascii(sent[_PLAIN.match(sent).end() :][:80])  # type: ignore[union-attr]
    used = pens(sent)
    assert {1, 7} <= used, "what matters must be told apart all the same"
    assert used <= _WITHOUT_COLOUR


@pytest.mark.slow
def test_without_colour_none_is_sent_to_a_terminal_that_has_it(tmp_path: Path) -> None:
    assert pens(walked(tmp_path, NO_COLOR="1", TERM="xterm-256color")) <= _WITHOUT_COLOUR


@pytest.mark.slow
def test_on_the_linux_console_sixteen_colours_and_nothing_it_does_not_know(tmp_path: Path) -> None:
    sent = walked(tmp_path, TERM="linux")
    assert _PLAIN.fullmatch(sent), ascii(sent[_PLAIN.match(sent).end() :][:80])  # type: ignore[union-attr]
    used = pens(sent)
    assert {31, 32, 33} & used
    assert not used & {38, 48}


@pytest.mark.slow
def test_with_256_colours_the_theme_stays_within_the_terminals_own_sixteen(tmp_path: Path) -> None:
    used = pens(walked(tmp_path, TERM="xterm-256color"))
    assert {31, 32, 33} & used
    assert not used & {38, 48}


@pytest.mark.slow
def test_a_locale_without_utf_8_gets_ascii_alone(tmp_path: Path) -> None:
    assert walked(tmp_path, TERM="xterm", LC_ALL="de_DE.ISO-8859-1").isascii()
