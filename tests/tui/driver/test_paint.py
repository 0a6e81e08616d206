"""The painter's output against a terminal emulator: whatever frames come, both terminals show the same."""

import random
import re

import pytest
from rich.cells import cell_len

from edgeconsole.tui.driver.grid import Grid
from edgeconsole.tui.driver.paint import Painter
from edgeconsole.tui.driver.style import PLAIN, Style, changed, step
from edgeconsole.tui.driver.terminal import Terminal, terminal_of
from tests.tui.driver.emulated import Emulated, text_of

_STYLES = ("", "1", "2", "3", "4", "7", "9", "1;31", "38;5;208", "1;4;38;2;10;20;30;48;5;17", "42", "37;44", "90;107")
_WORDS = ("fabrikam.example", "  ", " " * 12, "●", "contoso", "é", "─" * 9, "a", "┃", "ok  allowed")
_GRAMMAR = re.compile(
    r"(?:[^\x00-\x1f\x7f-\x9f]|\r\n|\x1b\[(?:\d+(?:;\d+)?)?H|\x1b\[\d*C|\x1b\[[\d;]*m|\x1b\[K|\x1b\[2J"
    r"|\x1b\[\d+;\d+r|\x1b\[r|\x1b\[\d+[ML])*"
)


_WIDE = ("日本語", "federation", " ", "한국", "x")


def _frame(chance: random.Random, width: int, height: int) -> str:
    """Make a frame as Textual makes them: positions, styled runs, resets.

    Wide characters come in whole rows of their own: pyte, unlike terminals, keeps half of one that is written over.
    """
    parts = []
    for _ in range(chance.randint(1, 6)):
        column = chance.randint(1, width - 1)
        parts.append(f"\x1b[{chance.randint(1, height - 2)};{column}H")
        room = width - column + 1
        for _ in range(chance.randint(1, 4)):
            word = chance.choice(_WORDS)
            if len(word) > room:
                break
            room -= len(word)
            parts.append(_styled(chance, word))
    for row in (height - 1, height):
        if chance.random() < 0.3:
            parts.append(f"\x1b[{row};1H{_wide_row(chance, width)}")
    parts.append(f"\x1b[{chance.randint(1, height)};{chance.randint(1, width)}H")
    return "".join(parts)


def _styled(chance: random.Random, word: str) -> str:
    style = chance.choice(_STYLES)
    return f"\x1b[{style}m{word}\x1b[0m" if style else word


def _wide_row(chance: random.Random, width: int) -> str:
    parts, room = [], width
    while room:
        word = chance.choice(_WIDE)
        cells = cell_len(word)
        if cells <= room:
            room -= cells
            parts.append(_styled(chance, word))
    return "".join(parts)


def _list_frame(rows: list[str], top: int, cursor: int, width: int) -> str:
    """Make a whole repaint of a list, the row under the cursor reversed."""
    parts = []
    for at, text in enumerate(rows):
        line = text.ljust(width)[:width]
        parts.append(f"\x1b[{top + at + 1};1H" + (f"\x1b[7m{line}\x1b[0m" if at == cursor else line))
    return "".join(parts) + "\x1b[1;1H"


SEEDS = [pytest.param(seed, marks=[pytest.mark.slow] if seed >= 3 else []) for seed in range(40)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("term", ["xterm-256color", "screen-256color", "linux", "dumb"])
def test_random_frames_show_the_same_as_when_sent_whole(seed: int, term: str) -> None:
    chance = random.Random(seed)
    width, height = chance.choice([(80, 24), (120, 40), (40, 8)])
    plain, ours = Emulated(width, height), Emulated(width, height)
    grid, painter = Grid(width, height), Painter(terminal_of(term))
    for _ in range(25):
        frames = [_frame(chance, width, height) for _ in range(chance.randint(1, 3))]
        for frame in frames:
            plain.feed(frame)
            grid.draw(frame)
        ours.feed(painter.paint(grid))
        assert ours.cells() == plain.cells()
        assert (ours.screen.cursor.y, ours.screen.cursor.x) == grid.cursor


@pytest.mark.parametrize("seed", SEEDS[:20])
def test_scrolled_lists_show_the_same_and_move_rows_within_the_terminal(seed: int) -> None:
    chance = random.Random(seed)
    plain, ours = Emulated(80, 24), Emulated(80, 24)
    grid, painter = Grid(80, 24), Painter(Terminal())
    names = [f"partner{number:04}.example   allow   {chance.choice(_WORDS[4:5])}" for number in range(400)]
    first, sizes = 0, []
    for _ in range(40):
        first = max(0, min(first + chance.choice([-20, -3, -1, 1, 1, 2, 3, 20]), 370))
        frame = _list_frame(names[first : first + 20], 2, chance.randint(0, 19), 80)
        plain.feed(frame)
        grid.draw(frame)
        sent = painter.paint(grid)
        sizes.append(len(sent))
        ours.feed(sent)
        assert ours.cells() == plain.cells()
    assert sorted(sizes)[len(sizes) // 2] < 500


def test_a_step_of_one_row_in_a_full_list_costs_less_than_a_line_of_it() -> None:
    grid, painter = Grid(80, 24), Painter(Terminal())
    names = [f"partner{number:04}.example".ljust(40, ".") for number in range(60)]
    grid.draw(_list_frame(names[0:20], 2, 19, 80))
    painter.paint(grid)
    grid.draw(_list_frame(names[1:21], 2, 19, 80))
    assert len(painter.paint(grid)) < 200


def test_what_is_shown_already_is_not_sent_again() -> None:
    grid, painter = Grid(80, 24), Painter(Terminal())
    frame = _list_frame(["one", "two", "three"], 0, 1, 80)
    grid.draw(frame)
    painter.paint(grid)
    grid.draw(frame)
    assert painter.paint(grid) == ""


def test_after_a_change_of_size_everything_is_drawn_again() -> None:
    painter = Painter(Terminal())
    small = Grid(40, 10)
    small.draw("\x1b[1;1Hhello")
    painter.paint(small)
    large = Grid(80, 24)
    large.draw("\x1b[2;3Hhello")
    sent = painter.paint(large)
    assert sent.startswith("\x1b[m\x1b[H\x1b[2J")
    assert "hello" in sent


def test_coloured_blanks_are_written_where_erasing_would_not_colour_them() -> None:
    grid = Grid(80, 2)
    grid.draw("\x1b[1;1H\x1b[44m" + " " * 80 + "\x1b[0m\x1b[1;1H")
    assert "\x1b[K" in Painter(terminal_of("xterm")).paint(grid)
    assert "\x1b[K" not in Painter(terminal_of("screen")).paint(grid)


def test_a_wide_character_that_is_half_overwritten_disappears() -> None:
    grid = Grid(10, 1)
    grid.draw("\x1b[1;1H日本\x1b[1;2Hx")
    assert text_of(grid) == [" x本      "[: len("".join(grid.characters[0]))]]
    grid.draw("\x1b[1;3Hy")
    assert "".join(grid.characters[0]).startswith(" xy ")


def test_a_wide_character_does_not_pass_the_last_column() -> None:
    grid = Grid(3, 1)
    grid.draw("\x1b[1;1Hab日")
    assert text_of(grid) == ["ab "]


def test_a_frame_for_a_larger_screen_is_cut_off() -> None:
    grid = Grid(4, 2)
    grid.draw("\x1b[9;9Hxyz\x1b[1;3Habcdef\n\n\n\nq")
    assert text_of(grid) == ["  ab", "q  x"]


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b]52;c;aGFoYQ==\x07",
        "\x1b]0;title\x1b\\",
        "\x1b[2J\x1b[?1049l",
        "\x1bP1;2|abc\x1b\\",
        "\x1b[6n\x1b[c\x1b[>c\x1bZ",
        "\x9b31m\x9d52;c;x\x9c",
        "\x07\x08\x0b\x0c\x0e\x0f\x7f",
        "\x1b[99999999999999m\x1b[;;;m\x1b[38;2;1m\x1b[5;8;48;5m",
        "\u202egnp.exe\u2066\u2028",
        "\x1b[10;20r\x1b[5L\x1b(0lqk",
        "\r\t",
        "\x1b",
    ],
)
def test_nothing_but_our_output_grammar_leaves_whatever_a_frame_holds(hostile: str) -> None:
    grid, painter = Grid(80, 24), Painter(Terminal())
    grid.draw(f"\x1b[3;3Hbefore {hostile} after\x1b[0m\x1b[1;1H")
    sent = painter.paint(grid)
    assert _GRAMMAR.fullmatch(sent), ascii(sent)
    assert not re.search(r"\x1b\[[\d;]*\b(?:5|8)m", sent.replace("38;5", "").replace("48;5", ""))


def test_random_bytes_never_leave_as_anything_but_our_grammar() -> None:
    chance = random.Random(7)
    grid, painter = Grid(60, 10), Painter(Terminal())
    alphabet = [chr(code) for code in (*range(0xA0), 0x1B, 0x1B, 0x1B, 0x5B, 0x3B, 0x6D, 0x48, 0x300, 0x65E5, 0x202E)]
    for _ in range(2_000):
        grid.draw("".join(chance.choices(alphabet, k=chance.randint(1, 80))))
        sent = painter.paint(grid)
        assert _GRAMMAR.fullmatch(sent), ascii(sent)
        assert all(len(row) == 60 for row in grid.characters)


@pytest.mark.parametrize("first", _STYLES)
@pytest.mark.parametrize("second", _STYLES)
def test_a_step_between_styles_ends_in_the_second(first: str, second: str) -> None:
    before, after = changed(PLAIN, first), changed(PLAIN, second)
    sent = step(before, after)
    reached = before
    for parameters in re.findall(r"\x1b\[([\d;]*)m", sent):
        reached = changed(reached, parameters)
    assert reached == after
    assert len(sent) <= len(step(None, after)) or after == PLAIN


def test_styles_add_up_as_a_terminal_adds_them() -> None:
    assert changed(changed(PLAIN, "1;31"), "4;42") == Style(1 | 8, "31", "42")
    assert changed(Style(1 | 2 | 8, "31", ""), "22;39") == Style(8, "", "")
