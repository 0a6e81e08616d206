"""ASCII alone: when it is chosen, and that it keeps every width."""

import pytest
from rich.cells import cell_len

from edgeconsole.tui.glyphs import Glyphs, drawn, wants_ascii
from edgeconsole.tui.strips import fit


@pytest.fixture
def only_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Glyphs, "ascii", True)


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"LANG": "C"}, False),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "en_US.utf8"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({"LC_ALL": "de_DE.ISO-8859-15@euro", "LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "xx.nonsense"}, False),
        ({"EDGECONSOLE_ASCII": "1", "LANG": "en_US.UTF-8"}, True),
    ],
)
def test_ascii_is_drawn_where_it_is_asked_for_or_the_locale_has_nothing_else(
    environ: dict[str, str], wanted: bool
) -> None:
    assert wants_ascii(environ) is wanted


@pytest.mark.parametrize(
    "text", ["plain", "cut…", "─── a │ b", "b\u00fccher.example", "日本語.example", "e\u0301", "▁▃█"]
)
def test_every_width_is_kept(only_ascii: None, text: str) -> None:
    assert drawn(text).isascii()
    assert cell_len(drawn(text)) == cell_len(text)


def test_what_does_not_fit_is_cut_in_ascii_too(only_ascii: None) -> None:
    assert fit("fabrikam.example", 8) == "fabrika~"


def test_without_it_text_stays_as_it_is() -> None:
    assert drawn("日本語…") == "日本語…"
