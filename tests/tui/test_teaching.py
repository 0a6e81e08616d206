"""The help: what is under the cursor first, keys that are searched and run, text for every code there is."""

import re
from pathlib import Path

import pytest

from edgeconsole.model.text import clean
from edgeconsole.present import topics, words
from edgeconsole.present.table import Span
from edgeconsole.rules.lint import RULES
from edgeconsole.rules.lint.finding import Finding
from edgeconsole.rules.probing.causes import CAUSES
from edgeconsole.rules.probing.codes import CODES
from tests.tui.console_world import EdgeInMemory, console, shows, text_of
from tests.tui.probe_world import ProbedEdge
from tests.tui.records_world import press, typed


def told(lines: object) -> str:
    return "\n".join("".join(span.text for span in line.spans) for line in lines)  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", CODES)
def test_every_probe_code_says_what_was_found_what_to_do_who_does_it_and_why(code: str) -> None:
    text = told(topics.probe_lines(code))
    entry = CODES[code]
    assert code in text
    assert clean(entry.what, 900) in text
    assert clean(entry.fix, 900) in text
    assert "who" in text
    if entry.cause is not None:
        assert CAUSES[entry.cause].fix in text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_lint_code_says_what_it_means_and_names_its_places_with_the_fix(rule: object) -> None:
    code = rule.code  # type: ignore[attr-defined]
    assert rule.title in told(topics.lint_lines(code))  # type: ignore[attr-defined]
    found = Finding(
        code=code, severity=rule.severity, where="federation.toml:4", subject="s",  # type: ignore[attr-defined]
        reason="it is so", fix="mend it thus",
    )  # fmt: skip
    text = told(topics.lint_lines(code, [found]))
    assert "federation.toml:4  it is so" in text
    assert "mend it thus" in text


def test_there_are_as_many_codes_as_the_manual_lists() -> None:
    assert (len(CODES), len(RULES)) == (167, 91)


async def test_help_tells_the_state_and_the_codes_of_the_row_first() -> None:
    app = console(ProbedEdge())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, "question_mark")
        await shows(pilot, "HELP tailspin.example")
        assert "cert.expired" in text_of(app)
        assert "to do" in text_of(app)
        await press(pilot, "G")
        await shows(pilot, "> ctrl+u")
        await press(pilot, "escape")
        await shows(pilot, "Overview >")
        assert "HELP" not in text_of(app)


async def test_help_is_searched_and_enter_runs_the_key() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(60, 15)) as pilot:
        await shows(pilot, "tailspin")
        await press(pilot, "question_mark", "slash", *typed("partner discovery"))
        await shows(pilot, "> D")
        await press(pilot, "enter")
        await shows(pilot, "y apply")
        await press(pilot, "escape")
    assert len(edge.saved) == 1


async def test_a_key_that_is_pressed_in_the_help_does_what_it_does() -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin")
        await press(pilot, "question_mark", "2")
        await shows(pilot, "Domains >")
        await press(pilot, "question_mark", "slash", *typed("zzzz"))
        await shows(pilot, "no key matches")
        await press(pilot, "enter")
        assert "KEYS" not in text_of(app)


async def test_help_on_a_switch_tells_its_meaning_from_the_schema() -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin")
        await press(pilot, "4")
        await shows(pilot, "federation")
        await press(pilot, "question_mark")
        await shows(pilot, "HELP")
        assert "takes" in text_of(app)


_STATE = re.compile(r"""Span\(\s*"([.!X?~+*=-] [A-Za-z][^"{]*)\"""")
_TOLD_IN_PLACE = {"words.py", "diff.py", "hand_edit.py", "bars.py", "wizard.py", "federate.py", "impact.py", "cli"}
"""Modules whose glyphs stand in sentences and steps, which say themselves what they mean; `words` is checked below."""


def test_every_state_a_list_shows_is_explained() -> None:
    folder = Path(topics.__file__).parent
    shown = {
        state.strip()
        for path in folder.glob("*.py")
        if path.name not in _TOLD_IN_PLACE
        for state in _STATE.findall(path.read_text())
    }
    shown |= {span.text for span in vars(words).values() if isinstance(span, Span)}
    assert shown - set(topics.STATES) == {"- passed", "! not running:"}  # Both go on as sentences.
