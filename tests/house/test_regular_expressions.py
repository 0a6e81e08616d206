"""A trap of the interpreter: possessive groups match wrongly on Python 3.11 before 3.11.5."""

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "edgeconsole"
POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+")


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_group_is_possessive_an_atomic_group_says_the_same_on_every_python(path: Path) -> None:
    assert [line for line in path.read_text().splitlines() if POSSESSIVE_GROUP.search(line)] == []
