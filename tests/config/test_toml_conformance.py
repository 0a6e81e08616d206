"""What is read of a text is what tomllib reads, and the layout gives the same bytes back: whole collections of TOML."""

import importlib.util
import os
import tomllib
from pathlib import Path

import pytest

from edgeconsole.config.limits import OverLimit
from edgeconsole.config.plain import raw_values
from edgeconsole.config.scan import scan

VALID = (
    "", "# only a comment", "a = 1", "a=1\r\nb=2\r\n", "a.b.c = 1\na.b.d = 2", "'quoted key' = 1", '"" = 1',
    "1234 = 1", "a = 'lit\\eral'", 'a = "\\u00e9\\n"', 'a = """\nlines\\\n   joined"""', "a = '''it''s'''",
    'a = """quote\\""""', "a = [1, 2, # c\n 3,\n]", "a = [[1], ['x']]", "a = {b = 1, c = {d = 2}}", "a = {}",
    "a = 1_000", "a = 0xdead_beef", "a = 0o17", "a = 0b101", "a = -0", "a = +1.5e-3", "a = inf\nb = -nan",
    "a = 1979-05-27T07:32:00Z", "a = 1979-05-27 07:32:00.5-07:00", "a = 1979-05-27", "a = 07:32:00", "a = true",
    "[t]\na = 1\n[t.u]\nb = 2", "[t.u]\n[t]\na=1", "[ t . 'u v' ]\na = 1", "[[l]]\na = 1\n[[l]]\na = 2",
    "[[l]]\n[l.t]\nx=1\n[[l.m]]\n[[l.m]]", "[a]\n[b]\n[a.c]", "a = '[not.a.header]'", 'a = """\n[not]\na = 1\n"""',
    "a = [\n'[[not]]',\n]", "a = 1 # [x]\n[[d]] # c\nname = 'x' # d", "\n\n\ta = 1 \t\n", "a = '\u00e9\U0001f600'",
)  # fmt: skip
INVALID = (
    "a", "a =", "= 1", "a = 1 b = 2", "a = 1\na = 2", "a.b = 1\na.b.c = 2", "[t]\n[t]", "[t\na=1", "[]", "[[t]\na=1",
    "[t]]", "a = 'x", 'a = "x\ny"', 'a = "\\x"', 'a = "\\ud800"', 'a = """x', "a = 01", "a = 1__0", "a = _1", "a = 1_",
    "a = 0xg", "a = 1.", "a = .5", "a = 1e", "a = tru", "a = [1", "a = [1 2]", "a = {b = 1", "a = {b = 1,}",
    "a = {\nb = 1}", "a = {b = 1, b = 2}", "a = {b=1}\n[a.c]", "a = 1979-13-01", "a = 25:00:00", "a = 1979-05-27T",
    "[[l]]\n[l]", "[l]\n[[l]]", "a = []\n[[a]]", "a = 1\r", "a = '\x00'", "a = 1 # \x07", "a = \u00e9", "\u00e9 = 1",
    "[t.]", "[.t]", "a..b = 1", "a = ''''x'''''''", "'''a''' = 1",
)  # fmt: skip


def assert_agreement(text: str) -> bool:
    """Return whether the text is TOML; both readers must say so, and read the same."""
    try:
        wanted = tomllib.loads(text)
    except ValueError:
        with pytest.raises((ValueError, OverLimit)):
            raw_values(scan(text))
        return False
    layout = scan(text)
    assert repr(raw_values(layout)) == repr(wanted), text
    assert layout.text == text
    return True


@pytest.mark.parametrize("text", VALID)
def test_a_valid_text_is_read_as_tomllib_reads_it(text: str) -> None:
    assert assert_agreement(text)


@pytest.mark.parametrize("text", INVALID)
def test_an_invalid_text_is_refused(text: str) -> None:
    assert not assert_agreement(text)


def collections() -> list[Path]:
    """Python's own collection, where it came with its tests, and toml-test's `tests` where EDGECONSOLE_TOML_TEST is."""
    found = [Path(named)] if (named := os.environ.get("EDGECONSOLE_TOML_TEST")) else []
    own = importlib.util.find_spec("test")
    for place in own.submodule_search_locations or () if own else ():
        found.append(Path(place) / "test_tomllib" / "data")
    return [each for each in found if each.is_dir()]


def test_every_text_of_the_collections_at_hand_is_read_as_tomllib_reads_it() -> None:
    texts = [path for place in collections() for path in sorted(place.rglob("*.toml"))]
    if not texts:
        pytest.skip("this Python came without its tests, and EDGECONSOLE_TOML_TEST names no clone of toml-test")
    for path in texts:
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        assert_agreement(text)
