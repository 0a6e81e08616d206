"""The scanner agrees with the TOML parser about where tables begin, whatever stands in strings and arrays."""

import tomllib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.config.limits import OverLimit
from edgeconsole.config.plain import raw_values
from edgeconsole.config.scan import scan, statements
from tests.config.federation_files import SAMPLE, federation_texts, sampled

TRAPS = {
    "a header in a multi-line basic string": ('a = """\n[fake]\n"""\n[real]\nx = 1\n', [("real",)]),
    "a header in a multi-line literal string": ("a = '''\n[[fake]]\n'''\n[[real]]\n", [("real",)]),
    "an escaped quote before a fake header": ('a = """\\"""\n[fake]\n"""\n[real]\n', [("real",)]),
    "two quotes inside a multi-line string": ('a = """x""y\n[fake]\n"""\n[real]\n', [("real",)]),
    "a string that ends in five quotes": ('a = """x"""""\n[real]\n', [("real",)]),
    "a literal string that ends in four quotes": ("a = '''x''''\n[real]\n", [("real",)]),
    "a nested array on lines of its own": ("a = [\n[1],\n[2],\n]\n[real]\n", [("real",)]),
    "a comment in an array with a bracket": ("a = [ # ]\n[1],\n]\n[real]\n", [("real",)]),
    "a string in an array with a bracket": ('a = [ "]",\n"[fake]"\n]\n[real]\n', [("real",)]),
    "an inline table": ('a = {b = "}", c = [1]}\n[real]\n', [("real",)]),
    "a comment that looks like a header": ("# [fake]\n[real] # [fake]\n", [("real",)]),
    "a quoted header with brackets and dots": ('["a.b]".c]\n["x\\u0041"]\n', [("a.b]", "c"), ("xA",)]),
    "a comment that looks like a string": ("a = 1 # \"\"\"\n[real]\n# '''\n[other]\n", [("real",), ("other",)]),
    "spaces in a header": ("  [ a . b ]\n[[ c ]]\t#x\n", [("a", "b"), ("c",)]),
    "carriage returns": ('a = """\r\n[fake]\r\n"""\r\n[real]\r\nx = 1\r\n', [("real",)]),
    "no final newline": ("[a]\n[b]", [("a",), ("b",)]),
    "a string in four quotes before one with a bracket": ('a = [ """x"""", "[" ]\n[real]\n', [("real",)]),
    "a hash in a string": ('a = "# no" # yes\n[real]\n', [("real",)]),
    "a backslash at the end of a literal": ("a = 'x\\'\n[real]\n", [("real",)]),
    "nothing but a header": ("[a]", [("a",)]),
    "nothing": ("", []),
}

FRAGMENTS = ['"', "'", '"""', "[", "]", "[[", "]]", "#", "\n", "\r\n", "a", "=", "\\", " ", "{", "}", ".", ",", "1"]


@pytest.mark.parametrize(("text", "headers"), TRAPS.values(), ids=TRAPS)
def test_only_true_headers_are_found(text: str, headers: list[tuple[str, ...]]) -> None:
    tomllib.loads(text)
    layout = scan(text)
    assert [header.path for header in layout.headers[1:]] == headers
    assert "".join(layout.pieces) == text


@sampled
@given(federation_texts())
def test_pieces_join_to_the_text_and_match_what_the_parser_reads(text: str) -> None:
    layout = scan(text)
    assert "".join(layout.pieces) == text
    parsed = tomllib.loads(text)
    assert len(layout.under("domain")) == len(parsed.get("domain", []))
    for index, table in zip(layout.under("domain"), parsed.get("domain", []), strict=True):
        assert {entry.key[0] for entry in statements(layout.pieces[index])} == table.keys()
        assert tomllib.loads(layout.pieces[index])["domain"] == [table]


@sampled
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=60))
def test_any_text_at_all_is_cut_without_loss_and_never_wrongly_when_it_is_toml(parts: list[str]) -> None:
    text = "".join(parts)
    layout = scan(text)
    assert "".join(layout.pieces) == text
    for piece in layout.pieces:
        for entry in statements(piece):
            assert 0 <= entry.start <= entry.value_start <= entry.end <= len(piece)
    try:
        parsed = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    tops = {header.path[0] for header in layout.headers[1:]}
    tops |= {entry.key[0] for entry in statements(layout.pieces[0])}
    assert tops == parsed.keys()
    assert raw_values(layout) == parsed


@sampled
@given(federation_texts(max_domains=25))
def test_plain_pieces_say_what_the_parser_reads(text: str) -> None:
    # Repeated, so that there are enough tables for the quick way.
    body = text if text.endswith("\n") else text + "\n"
    extra = "".join(f'[[domain]]\nname = "more{n}.example" # {n}\naction = "allow"\n' for n in range(20))
    assert raw_values(scan(body + extra)) == tomllib.loads(body + extra)


@pytest.mark.parametrize(
    "broken",
    [
        '[[domain]]\nname = "twice"\nname = "twice"\n',
        '[domain]\nname = "a"\n',
        "domain = []\n",
        "[domain.sub]\n",
        '[[domain]]\nname = "bell\x07"\n',
        '[[domain]]\nname = "a" # bell\x07\n',
        '[[domain]]\nname = "a"\rname = "b"\n',
        '[[domain]\nname = "a"\n',
        '[[domain]]\nname = "never ends\n',
        "[[domain]]\nname = a\n",
    ],
)
def test_a_text_the_parser_refuses_is_refused_among_plain_tables_too(broken: str) -> None:
    many = "".join(f'[[domain]]\nname = "p{n}.example"\n\n' for n in range(30))
    for text in (broken + many, many + broken):
        assert _read(tomllib.loads, text) == _read(lambda text: raw_values(scan(text)), text)


def _read(read: Callable[[str], object], text: str) -> object:
    try:
        return read(text)
    except ValueError as error:
        return type(error), str(error)


def test_comments_right_above_a_header_belong_to_it_and_others_do_not() -> None:
    layout = scan(SAMPLE)
    starts = [piece.splitlines()[0] for piece in layout.pieces]
    assert starts == [
        "# The edge of Contoso. Change with care.",
        "[edge]",
        "# The switches.",
        "[[sip_domain]]",
        "# contract 4411",
        "[[domain]]",
        "[[domain]]",
    ]


def test_a_line_of_a_string_that_looks_like_a_comment_is_not_taken_for_one() -> None:
    layout = scan('a = """\n# in the string"""\n[b]\n')
    assert layout.pieces == ['a = """\n# in the string"""\n', "[b]\n"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (".".join(["a"] * 40) + " = 1\n", "dots"),
        ("x = [{" + ".".join(["a"] * 40) + " = 1}]\n", "dots"),
        ("[" + ".".join(["a"] * 17) + "]\n", "parts"),
        ("a = " + "[" * 33 + "]" * 33 + "\n", "nested"),
        ("a = [\n" * 33, "nested"),
        ("a = " + "{b = " * 33, "nested"),
        ("".join(f"[t{n}]\n" for n in range(5_001)), "different"),
        ("".join(f"k{n} = 1\n" for n in range(4_000)), "keys"),
        ("a = [" + "1," * 1_000_001 + "]\n", "elements"),
        ("a = [" + "{}," * 250_001 + "]\n", "tables"),
        ("[[a]]\n" * 250_001, "tables"),
    ],
)
def test_a_text_over_a_limit_is_refused(text: str, said: str) -> None:
    with pytest.raises(OverLimit, match=said):
        scan(text)


@pytest.mark.parametrize(
    "text",
    [
        'a = "' + "." * 5000 + '"\n',
        "# " + "." * 5000 + "\n",
        'a = """\n' + "." * 5000 + '\n"""\n',
        "a = " + "[" * 32 + "]" * 32 + "\n",
    ],
)
def test_dots_in_strings_and_nesting_up_to_the_limit_pass(text: str) -> None:
    scan(text)
