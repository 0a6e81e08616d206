"""Theme files: complete, checked with file, line and reason, and readable in sixteen colours."""

from pathlib import Path

import pytest

from edgeconsole.model.errors import BadInput
from edgeconsole.tui import themes
from tests.tui.console_world import EdgeInMemory, console, shows

SHIPPED = themes.available()


def test_the_default_and_the_colourless_theme_are_shipped() -> None:
    assert {themes.DEFAULT, themes.MONO} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_theme_defines_every_semantic_variable(name: str) -> None:
    theme = themes.load(name)
    assert set(theme.variables) == {*themes.VARIABLES, *themes.STYLES}
    assert theme.to_textual().name == name


@pytest.mark.parametrize("name", SHIPPED)
def test_ok_warn_and_fail_differ_pairwise_in_sixteen_colours(name: str) -> None:
    variables = themes.load(name).variables
    states = ("state-ok", "state-warn", "state-fail")
    assert len({(variables[state], variables[f"{state}-style"]) for state in states}) == 3
    if themes.load(name).ansi and name != themes.MONO:
        assert len({variables[state] for state in states}) == 3


@pytest.mark.parametrize("name", SHIPPED)
async def test_no_glyph_is_drawn_in_the_colour_of_its_background(name: str) -> None:
    app = console(EdgeInMemory(), theme=name)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "tailspin.example")
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                style = segment.style
                if segment.text.strip() and style is not None and style.color and style.bgcolor:
                    assert style.color.is_default or style.color != style.bgcolor, segment


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", [name for name in SHIPPED if not themes.load(name).ansi])
def test_every_colour_of_a_truecolor_theme_can_be_read_on_its_ground(name: str) -> None:
    theme = themes.load(name)
    ground = _luminance(theme.colours["background"])
    for key in (*themes.VARIABLES, "foreground"):
        colour = theme.variables.get(key, theme.colours.get(key, ""))
        lighter, darker = sorted((_luminance(colour), ground), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, key


GOOD = (themes.folders()[1] / "edge-ansi.toml").read_text().replace('name = "edge-ansi"', 'name = "mine"')


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (('success = "ansi_green"', 'success = "grass"'), 8, "grass"),
        (('state-ok = "ansi_green"', 'state-ok = "rgb(1,2,3)"'), 19, "state-ok"),
        (('state-fail-style = "bold"', 'state-fail-style = "blink"'), 24, "blink"),
        (("dark = true", 'dark = "yes"'), 4, "dark"),
        (("dark = true", "dark = true\nsparkle = 1"), 5, "sparkle"),
        (('name = "mine"', 'name = "yours"'), 3, "name"),
        (('primary = "ansi_blue"', 'primary = "ansi_blue'), 6, ""),
        (('error = "ansi_red"\n', ""), None, "error is missing"),
        (('bar = "ansi_cyan"\n', ""), None, "bar is missing"),
    ],
)
def test_a_bad_theme_is_reported_with_file_line_and_reason_and_the_default_runs(
    tmp_path: Path, change: tuple[str, str], line: int | None, reason: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(BadInput) as caught:
        themes.load("mine", [tmp_path])
    problem = caught.value.problems[0]
    assert problem.file == str(path)
    assert problem.line == line
    assert reason in problem.message
    theme, notice = themes.choose("mine", colour=True, places=[tmp_path, *themes.folders()])
    assert theme.name == themes.DEFAULT
    assert str(path) in notice
    assert "running on edge-ansi" in notice


def test_a_theme_nobody_has_is_reported_with_those_there_are() -> None:
    theme, notice = themes.choose("nobody", colour=True)
    assert theme.name == themes.DEFAULT
    assert "edge-mono" in notice


@pytest.mark.parametrize("name", ["../edge-ansi", "/etc/passwd", "", "a\x1bb"])
def test_a_theme_name_never_leaves_its_folder(name: str) -> None:
    with pytest.raises(BadInput):
        themes.load(name)


def test_without_colour_the_theme_is_mono_whatever_was_wanted() -> None:
    assert themes.choose("edge-ansi", colour=False)[0].name == themes.MONO
