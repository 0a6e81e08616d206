"""A file edited by hand, as the console tells and handles it; a change the timer took back, offered again."""

from datetime import timedelta
from pathlib import Path

import pytest

from edgeconsole.actions.direct import block_change
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord
from edgeconsole.present import hand_edit
from edgeconsole.tui import editor
from tests.tui.console_world import NOW, EdgeInMemory, console, draft_box, shows, text_of, until

BROKEN = Problem(
    file="/etc/edgeconsole/federation.toml",
    line=12,
    column=3,
    field='domain "a.example".action',
    message="needs a word",
)


async def test_an_edit_by_hand_is_told_on_every_screen_and_put_into_force_after_a_question() -> None:
    edge = EdgeInMemory()
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await edge.by_hand(block_change("fabrikam.example"))
        await shows(pilot, "! federation.toml changed 11:04Z, not in force: ctrl+r reloads")
        await pilot.press("7")
        await shows(pilot, "not in force: ctrl+r reloads")
        await pilot.press("ctrl+r")
        await shows(pilot, "y apply")
        assert "block fabrikam.example" in text_of(app)
        assert "s stage" not in text_of(app)
        await pilot.press("y")
        await shows(pilot, "done #2: block fabrikam.example")
        assert edge.running is None
        await pilot.press("j")
        await until(pilot, lambda: "not in force" not in text_of(app))


async def test_a_broken_file_is_told_by_line_and_reason_and_opened_there() -> None:
    edge = EdgeInMemory()
    edge.problems = (BROKEN, BROKEN)
    app = console(edge, drafts=draft_box())
    opened: list[tuple[Path, int]] = []
    app.edit_file = lambda path, line: opened.append((path, line))  # type: ignore[method-assign]
    async with app.run_test(size=(120, 40)) as pilot:
        app._controls.reloading._writable = lambda path: True
        await shows(pilot, "X #1 stays. E opens it. federation.toml:12:3: needs a word (+1 more)")
        for key in ("ctrl+r", "E"):
            await pilot.press(key)
            await shows(pilot, "y open it at line 12")
            assert 'Not taken in, federation.toml:12:3: domain "a.example".action: needs a word' in text_of(app)
            await pilot.press("escape")
            await shows(pilot, "nothing changed")
        assert not edge.applied
        await pilot.press("E")
        await shows(pilot, "y open it at line 12")
        edge.problems = ()
        await pilot.press("y")
        await shows(pilot, "the file is good; ctrl+r puts it into force")
    assert opened == [(Path("/etc/edgeconsole/federation.toml"), 12)]


async def test_nothing_waits_to_be_reloaded_and_the_key_says_so() -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        await pilot.press("colon", *"reload", "enter")
        await shows(pilot, "nothing would change")


def test_a_file_that_agrees_with_the_edge_needs_no_line() -> None:
    assert not hand_edit.notice(EdgeInMemory().seen, "ctrl+r", "E").spans


def test_the_editor_gets_the_line_where_it_takes_one(tmp_path: Path) -> None:
    said, program = tmp_path / "said", tmp_path / "vim"
    program.write_text(f'#!/bin/sh\necho "$@" > {said}\n')
    program.chmod(0o755)
    editor.edit_file(tmp_path / "federation.toml", 7, {"EDITOR": str(program)})
    assert said.read_text() == f"+7 {tmp_path}/federation.toml\n"
    other = program.rename(tmp_path / "ours")
    editor.edit_file(tmp_path / "federation.toml", 7, {"VISUAL": str(other), "EDITOR": "false"})
    assert said.read_text() == f"{tmp_path}/federation.toml\n"
    with pytest.raises(BadInput, match="ended with 1"):
        editor.edit_file(tmp_path / "federation.toml", 7, {"EDITOR": "false"})


async def test_what_the_timer_took_back_is_staged_again_by_the_key_that_says_seen() -> None:
    edge, box = EdgeInMemory(), draft_box()
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        plan = await edge.plan([block_change("fabrikam.example")])
        await edge.apply(plan.plan_id, confirm=timedelta(seconds=60))
        edge.happen()
        await shows(pilot, "reverting in")
        await edge.revert()
        await shows(pilot, "reverted by timer")
        await pilot.press("6")
        await shows(pilot, "The timer took back: block fabrikam.example. A stages it")
        await pilot.press("!")
        await shows(pilot, "y stage it")
        assert "The timer took this back at 11:04Z: block fabrikam.example" in text_of(app)
        await pilot.press("y")
        await shows(pilot, "staged again: block fabrikam.example")
        assert [edit.key for edit in box.view.edits] == ["fabrikam.example"]
        await pilot.press("u")
        await shows(pilot, "last staged step taken back")


async def test_on_history_a_revision_is_staged_again_whether_it_was_taken_back_or_not() -> None:
    edge, box = EdgeInMemory(), draft_box()
    await edge.somebody(block_change("fabrikam.example"))
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("7")
        await shows(pilot, "block fabrikam")
        await pilot.press("A")
        await shows(pilot, "nothing to stage: it is so already")
        undo = await edge.plan_undo()
        await edge.apply(undo.plan_id)
        edge.happen()
        await shows(pilot, "undid #2")
        await pilot.press("g", "A")
        await shows(pilot, "staged again: block fabrikam.example")


def test_a_revision_whose_changes_are_not_kept_cannot_be_staged_again() -> None:
    from edgeconsole.actions.history import again

    record = RevisionRecord(revision=Revision("l", 3, "e"), at=NOW, by=Author("alice"), origin=Origin.APPLIED)
    with pytest.raises(BadInput, match="does not keep"):
        again(record)


async def test_while_the_edge_is_away_a_form_can_be_filled_and_staged_and_apply_says_why_not() -> None:
    edge, box = EdgeInMemory(), draft_box()
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "adatum")
        edge.fail("the proxy does not answer on /run/edgeconsole/admin.sock")
        await until(pilot, lambda: app._store.snapshot.down_since is not None)
        await pilot.press("2", "g", "e")
        await shows(pilot, "w stage")
        app.front.table.to_key("comment")  # type: ignore[union-attr]
        await pilot.press("e", "ctrl+u", *"while away", "enter", "w")
        await shows(pilot, "staged:")
        await pilot.press("n", *"adventure-works.example", "enter")
        await shows(pilot, "adventure-works.example")
        await pilot.press("w")
        await until(pilot, lambda: len(box.view.edits) == 2)
        await pilot.press("6", "a")
        await shows(pilot, "Apply draft is not possible now: the proxy does not answer")
        await pilot.press("2", "b")
        await shows(pilot, "Block is not possible now")
        assert not edge.applied
