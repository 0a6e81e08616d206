"""Hostile texts through what the console shows beside its lists: the log, contexts, why and next steps, what is typed.

The values are given uncleaned, as in the tests of the other surfaces.
"""

from collections.abc import Iterable

import msgspec

from edgeconsole.model.verdict import Direction, Question
from edgeconsole.present import calls, contexts, domains, why
from edgeconsole.present.calls import LogEntry
from edgeconsole.present.contexts import Answered, ContextRow, ContextsView
from edgeconsole.present.table import Line, Span
from edgeconsole.rules.next_steps import NextStep
from edgeconsole.tui.command_line import found, palette_lines
from edgeconsole.tui.commands import COMMANDS
from edgeconsole.tui.keys import DEFAULT_KEYS
from edgeconsole.tui.lists import hint
from edgeconsole.tui.prompt import Kind, Prompt
from edgeconsole.tui.strips import strip_of, wrap
from edgeconsole.tui.widgets.help_overlay import HelpRow, matching
from tests.hostile.corpus import CORPUS
from tests.hostile.test_surfaces import _drawn, _drawn_list, _poisoned, inert
from tests.tui.console_world import NOW, EdgeInMemory, console, explanation, shows
from tests.tui.records_world import press


def _told(lines: Iterable[Line]) -> None:
    for line in lines:
        _drawn(wrap(Line(tuple(Span(span.text[:600], span.style) for span in line.spans)), 60))


def test_the_log_shows_every_text_as_text() -> None:
    for text in CORPUS:
        entry = LogEntry(1, NOW, text, (f"domains allow {text}",), f"--context {text}", 0.1, error=text)
        _drawn_list(calls.list_view([entry]))
        _told(calls.detail([entry], calls.list_view([entry]).keys[0]))


def test_contexts_show_every_text_as_text() -> None:
    for text in CORPUS:
        row = ContextRow(text, "remote", f"https://{text}", theme=text)
        view = ContextsView((row,), {text: Answered(problem=text)})
        _drawn_list(contexts.list_view(view))
        _told(contexts.detail(view, text))


def test_why_and_its_next_steps_show_every_text_as_text() -> None:
    question = Question(sender="ann@fabrikam.example", recipient="alice@contoso.example", direction=Direction.INBOUND)
    known = explanation(question, blocked=True)
    for text in CORPUS[::2]:
        steps = [msgspec.structs.replace(step, why=text, rule=text, where=text) for step in known.steps]
        told = msgspec.structs.replace(known, steps=tuple(steps), sender=text, recipient=text, next_hop=text)
        _told(why.answer([told], [NextStep(text, text, text)], lambda _: "", NOW, [Line((Span(text),))]))


def test_what_is_typed_to_search_is_text_wherever_it_is_shown_again() -> None:
    rows = [HelpRow("x", "Why", "Why it is so")]
    view = domains.list_view(_poisoned("]\x1b[2J[/b]"), NOW)
    for text in CORPUS:
        assert set(matching(rows, text)) <= {0}
        _told(palette_lines(found(text, DEFAULT_KEYS, COMMANDS), 0, lambda _: None))
        for typed in (text, f"state:{text}", f"!{text}", f"/{text}/"):
            assert inert(strip_of((Span(hint(typed, view)),), 80, lambda _style: None).text), ascii(typed)


def test_pasted_text_is_never_a_key() -> None:
    for text in CORPUS:
        prompt = Prompt()
        prompt.ask("apply it?", {"y": "apply"})
        prompt.arm(prompt.turn)
        assert prompt.paste(f"y{text}") is None
        prompt.filter("")
        taken = prompt.paste(text)
        assert taken is not None
        assert taken.kind is Kind.FILTERED
        assert inert(strip_of(prompt.line.spans, 80, lambda _style: None).text), ascii(text)


async def test_hostile_text_pasted_into_every_line_does_nothing() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    worst = "y\r\n:q\x1b[201~\x1b]52;c;eA==\x07[@click=app.quit]\u202e\x00D\ry"
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        for keys in (("2", "/"), (":",), ("X",), ("question_mark", "/"), ("ctrl+p",), ("I",)):
            await press(pilot, *keys)
            app._prompted(app.prompt.paste(worst))
            await pilot.pause()
            assert all(inert(strip.text) for strip in app.screen._compositor.render_strips())
            await press(pilot, "escape", "escape")
    assert app.crash is None
    assert edge.applied == []
