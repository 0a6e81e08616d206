"""Text from outside is inert after clean()."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.model.text import clean


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b]52;c;ZXZpbA==\x07", r"\x1b]52;c;ZXZpbA==\x07"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b31m", r"\x9b31m"),
        ("a\nb\r\x00", r"a\x0ab\x0d\x00"),
        ("pay\u200bpal", r"pay\u200bpal"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\u2028", r"\u2028"),
        ("\U000e0041", r"\U000e0041"),
        ("bücher 名前", "bücher 名前"),
    ],
)
def test_what_a_terminal_would_act_on_is_shown_as_an_escape(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


def test_bytes_that_are_no_utf8_are_shown_as_escapes() -> None:
    assert clean(b"caf\xe9") == r"caf\xe9"


def test_combining_marks_cannot_pile_up() -> None:
    assert clean("e" + "\u0301" * 5) == "e\u0301\u0301" + r"\u0301" * 3


def test_a_long_value_ends_in_an_ellipsis_within_the_limit() -> None:
    assert clean("x" * 300, 10) == "x" * 9 + "…"
    assert len(clean("\x1b" * 300, 50)) == 50


@given(st.text(max_size=300))
def test_no_control_or_format_character_comes_out_of_any_text(text: str) -> None:
    shown = clean(text)
    assert len(shown) <= 256
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for c in shown)


@pytest.mark.parametrize(
    ("value", "limit", "shown"),
    [
        ("x" * 10, 10, "x" * 10),
        ("x" * 11, 10, "x" * 9 + "…"),
        ("\x1b", 4, r"\x1b"),
        ("\x1b", 3, r"\x…"),
        ("ab\x1b", 6, r"ab\x1b"),
        ("x", 0, "…"),
        ("", 0, ""),
        ("x", 1, "x"),
        ("xy", 1, "…"),
    ],
)
def test_what_fits_is_whole_and_what_does_not_is_cut_to_the_limit(value: str, limit: int, shown: str) -> None:
    assert clean(value, limit) == shown


def test_without_a_limit_of_its_own_a_value_has_256_characters() -> None:
    assert clean("x" * 256) == "x" * 256
    assert clean("x" * 257) == "x" * 255 + "…"


def test_a_text_may_begin_with_two_combining_marks_and_each_letter_has_two_of_its_own() -> None:
    assert clean("\u0301\u0301e\u0301\u0301a\u0301") == "\u0301\u0301e\u0301\u0301a\u0301"


@pytest.mark.parametrize(("hidden", "shown"), [("\xad", r"\xad"), ("\uffff", r"\uffff"), ("\U0001000c", r"\U0001000c")])
def test_an_escape_has_as_many_digits_as_its_plane_needs(hidden: str, shown: str) -> None:
    assert clean(hidden) == shown
