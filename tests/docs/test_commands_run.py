"""The manual is true: commands run in order on a lab, links lead somewhere, keys are those of the console."""

import re
from pathlib import Path

import pytest

from edgeconsole.cli.arguments import VERBS
from edgeconsole.config.read import parse
from edgeconsole.config.settings import Context, parse_settings
from edgeconsole.rules.probing.codes import CODES
from edgeconsole.tui import themes
from edgeconsole.tui.keys import DEFAULT_KEYS
from tests.docs.lab_shell import Block, blocks, lab_shell

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RUN_ELSEWHERE = {"admin-api.md"}
"""Its examples have a test of their own, with credentials: tests/admin/test_manual.py."""
SAMPLE = {"README.md", "safety-net.md"}
"""Pages whose commands run in every suite; the others run in the long one."""
WITH_STEPS = [
    pytest.param(page, id=page.name, marks=() if page.name in SAMPLE else pytest.mark.slow)
    for page in PAGES
    if any(block.steps for block in blocks(page.read_text()))
]


@pytest.mark.parametrize("page", WITH_STEPS)
@pytest.mark.timeout(180)
def test_the_commands_of_a_page_run_in_order(page: Path, tmp_path: Path) -> None:
    with lab_shell(tmp_path) as shell:
        for block in blocks(page.read_text()):
            for step in block.steps:
                shell.run(step)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_block_that_is_not_run_says_why(page: Path) -> None:
    if page.name in RUN_ELSEWHERE:
        return
    silent = [block.line for block in blocks(page.read_text()) if not block.steps and not block.no_run]
    assert silent == []


def test_few_blocks_are_not_run() -> None:
    unrun: list[Block] = [block for page in PAGES for block in blocks(page.read_text()) if block.no_run]
    assert len(unrun) <= 8


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_pages_and_headings_that_exist(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        path, _, heading = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists() or (heading and heading not in _headings(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_named_in_words_exist(page: Path) -> None:
    named = set(re.findall(r"`(docs/[a-z/-]+\.\w+)`", page.read_text()))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def _headings(file: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", ["README.md", "docs/daily-tasks.md"])
def test_the_keys_of_the_tables_are_keys_of_the_console(name: str) -> None:
    known = {key for entry in DEFAULT_KEYS for key in entry.keys} | {"y"}
    rows = re.findall(r"^\|[^|\n]+\|([^|\n]*)\|[^|\n]*\|$", (ROOT / name).read_text(), re.MULTILINE)
    keys = {key for row in rows for key in re.findall(r"`(\S)`", row)}
    assert len(keys) > 8
    assert keys - known == set()


def test_every_command_named_in_words_is_one() -> None:
    verbs = {" ".join(verb.words) for verb in VERBS}
    wrong = set()
    for page in PAGES:
        for line in re.findall(r"(?:`|^\$ )(edgeconsole [^`\n|]+)", page.read_text(), re.MULTILINE):
            words = [word.rstrip(",;:") for word in _without_options(line.split()[1:])]
            if words and not ({words[0], " ".join(words[:2])} & verbs) and words[0].islower():
                wrong.add(line)
    assert wrong == set()


def _without_options(words: list[str]) -> list[str]:
    found: list[str] = []
    for at, word in enumerate(words):
        valued = at > 0 and words[at - 1] in ("--context", "--config", "--socket")
        if not word.startswith("-") and not valued:
            found.append(word)
    return found


def test_every_command_is_somewhere_in_the_manual() -> None:
    text = " ".join(page.read_text() for page in PAGES)
    groups = {verb.words[0] for verb in VERBS}
    assert {group for group in groups if f"edgeconsole {group}" not in text} == set()


def test_every_cmdlet_the_code_names_is_mapped() -> None:
    page = (ROOT / "docs" / "lync.md").read_text()
    named = {
        cmdlet
        for path in (ROOT / "edgeconsole").rglob("*.py")
        for cmdlet in re.findall(r"\b(?:New|Set|Get|Remove|Grant|Enable|Disable|Test)-Cs[A-Za-z]+", path.read_text())
    }
    online = {"Set-CsTeamsExternalAccessConfiguration"}
    assert len(named) > 15
    assert {cmdlet for cmdlet in named - online if cmdlet not in page} == set()


def test_the_console_file_of_the_manual_is_valid_and_every_key_is_told() -> None:
    page = (ROOT / "docs" / "console.md").read_text()
    example = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0]
    assert parse_settings(example, Path("console.toml")).default_context == "production"
    assert [key for key in Context.__struct_fields__ if f"`{key}`" not in page] == []
    assert [name for name in themes.available() if f"`{name}`" not in page] == []


def test_the_probe_settings_of_the_manual_are_valid() -> None:
    page = (ROOT / "docs" / "probes.md").read_text()
    example = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0]
    shown = parse('version = 1\n[edge]\nfqdn = "sip.contoso.example"\n' + example, "probes.md")
    assert [(target.name, target.canary) for target in shown.configuration.probe_targets] == [
        ("fabrikam.example", True)
    ]


def test_the_codes_of_the_symptoms_are_codes_of_probes_under_that_cause() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    rows = re.findall(r"^\|.*\| (`[a-z].*?) \| (\d+) \|$", page, re.MULTILINE)
    found = [(code, int(cause)) for codes, cause in rows for code in re.findall(r"`([a-z_]+\.[a-z_.]+)`", codes)]
    assert len(found) > 12
    assert [each for each in found if each[0] not in CODES or CODES[each[0]].cause != each[1]] == []
