"""The page of rules has every number and every source that the code cites, and names modules that exist."""

import re
from pathlib import Path

from edgeconsole.model.glossary import ENTRIES
from edgeconsole.rules.lint.table import RULES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text()
NUMBERS = set(re.findall(r"^##+ (\d+(?:\.\d+)?)\.? ", PAGE, re.MULTILINE))
SOURCES = set(re.findall(r"^\| ([A-Z][A-Z0-9-]+) \|", PAGE, re.MULTILINE))
CODE = [*sorted((ROOT / "edgeconsole").rglob("*.py")), *sorted((ROOT / "docs").glob("*.md"))]


def test_every_number_the_code_cites_is_a_section_of_the_page() -> None:
    cited = {
        (number, path.name)
        for path in CODE
        for list_of_numbers in re.findall(r"docs/rules\.md ((?:\d+(?:\.\d+)?(?:, | and )?)+)", path.read_text())
        for number in re.findall(r"\d+(?:\.\d+)?", list_of_numbers)
    }
    assert len(cited) > 20
    assert {each for each in cited if each[0] not in NUMBERS} == set()


def test_every_number_of_the_glossary_and_of_lint_is_a_section_of_the_page() -> None:
    said = [entry.source for entry in ENTRIES] + [rule.source for rule in RULES]
    numbers = {number for source in said for number in re.findall(r"(?<![\w.])(\d{1,2}\.\d{1,2})(?![\w.])", source)}
    assert len(numbers) > 10
    assert numbers - NUMBERS == set()


def test_every_source_the_code_cites_is_listed_with_its_page() -> None:
    cited = {
        (short, path.name)
        for path in CODE
        for short in re.findall(r"\b(P-[A-Z]{2}[A-Z0-9]*|SFB-[A-Z0-9]+|OCER|SIPREGE)\b", path.read_text())
    }
    assert {each for each in cited if each[0] not in SOURCES} == set()


def test_the_modules_it_names_exist() -> None:
    named = set(re.findall(r"`([a-z_]+/[a-z_/]*(?:\.py)?)`", PAGE))
    assert len(named) > 15
    assert [name for name in sorted(named) if not (ROOT / "edgeconsole" / name).exists()] == []
