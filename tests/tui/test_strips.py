"""Text on its way to the terminal: widths in cells, and nothing a terminal could act on."""

import pytest
from rich.cells import cell_len
from rich.style import Style as RichStyle

from edgeconsole.present.table import Line, Span, Style
from edgeconsole.tui.strips import drawable, fit, merged, spread, strip_of, wrap

HOSTILE = [
    "[/b]",
    "[@click=app.quit]press[/]",
    "\x1b]52;c;cGF5bG9hZA==\x07",
    "\x1b[2J\x1b[H",
    "\x9b31m",
    "\u202eevil\u202c",
    "a\u200bb",
    "tab\there\r\nline",
    "\x00nul",
    "e" + "\u0301" * 40,
    "例え.テスト",
    "[fe80::1]:5061",
    "{curly} %s \\",
    "",
    "x" * 10_000,
]


def looks(style: Style) -> RichStyle:
    return RichStyle(bold=style is Style.STRONG)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [1, 2, 7, 40])
def test_any_text_takes_exactly_its_cells_and_holds_no_control_character(text: str, width: int) -> None:
    for right in (False, True):
        shown = fit(text, width, right=right)
        assert cell_len(shown) == width
        assert shown.isprintable() or all(c.isprintable() or c == " " for c in shown)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [1, 2, 7, 80])
def test_a_strip_is_as_wide_as_it_says(text: str, width: int) -> None:
    strip = strip_of([Span("a"), Span(text, Style.STRONG), Span("b")], width, looks)
    assert sum(cell_len(segment.text) for segment in strip) == width == strip.cell_length
    assert "\x1b" not in strip.text


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [0, 1, 2, 3, 30])
def test_a_wrapped_line_fits_and_loses_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrap(Line((Span("why "), Span(text))), width, 2)
    flat = "".join(drawable(span.text) for line in lines for span in line.spans)
    assert flat.replace(" ", "") == ("why" + drawable(text)).replace(" ", "")
    if width >= 2:
        assert all(cell_len("".join(drawable(span.text) for span in line.spans)) <= width for line in lines)


def test_text_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert fit("fabrikam.example", 8) == "fabrika…"


def test_wide_characters_are_never_halved() -> None:
    assert fit("例え例え", 4) == "例 …"
    assert fit("例え", 4) == "例え"


def test_neighbours_of_one_style_become_one_segment() -> None:
    assert merged([Span("a"), Span("b"), Span("", Style.OK), Span("c", Style.OK)]) == [Span("ab"), Span("c", Style.OK)]


def test_the_left_side_gives_way_to_the_right() -> None:
    shown = "".join(span.text for span in spread([Span("edgeconsole  sip.contoso.example")], [Span("12:04Z")], 20))
    assert shown == "edgeconsole … 12:04Z"


def test_words_move_to_the_next_line_whole() -> None:
    lines = wrap(Line((Span("opens adatum.example and others"),)), 16, 2)
    assert ["".join(span.text for span in line.spans).rstrip() for line in lines] == [
        "opens",
        "  adatum.example",
        "  and others",
    ]
