"""Review: what is staged, checked, left out, chosen, put off and applied."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from edgeconsole.actions.direct import allow_change, block_change, discovery_change
from edgeconsole.backends.base import Saved
from edgeconsole.model.capability import Capabilities, Capability
from edgeconsole.store.autosave import DraftFiles
from edgeconsole.store.drafts import DraftBox
from tests.tui.console_world import EdgeInMemory, console, draft_box, shows, text_of, until


@pytest.fixture
def edge() -> EdgeInMemory:
    return EdgeInMemory()


def rows(app, start: str) -> list[str]:
    return [line for line in text_of(app).split("\n") if line[2:].startswith(start)]


async def test_s_stages_what_y_would_apply_and_marks_the_row(edge: EdgeInMemory) -> None:
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(pilot, "fabrikam.example")
        await pilot.press("b")
        await shows(pilot, "y apply  s stage")
        await pilot.press("s")
        await shows(pilot, "staged: block fabrikam.example")
        await shows(pilot, "* staged")
        assert edge.applied == []
        assert "6 Review(1)" in text_of(app)
        assert rows(app, "fabrikam.example")[0].endswith("* staged")
        await pilot.press("u")
        await until(pilot, lambda: "* staged" not in text_of(app))
        await pilot.press("U")
        await shows(pilot, "* staged")


@asynccontextmanager
async def reviewing(edge: EdgeInMemory, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Pilot[int], DraftBox]]:
    """Have two changes staged and look at them."""
    box = draft_box()
    async with console(edge, drafts=box).run_test(size=size) as pilot:
        await shows(pilot, "tailspin.example")
        box.stage([block_change("fabrikam.example")])
        box.stage([discovery_change(True)])
        await pilot.press("6")
        await shows(pilot, "lint finds")
        yield pilot, box


async def test_review_shows_records_impact_checks_and_the_text_to_be_written(edge: EdgeInMemory) -> None:
    async with reviewing(edge, (120, 40)) as (pilot, _):
        screen = text_of(pilot.app)
        for words in (
            "domain fabrikam.example", "~ change", "closes fabrikam.example", "drops 1 live session",
            "made on #1, which is what is saved", "AS IT WILL BE WRITTEN", "-action = allow", "+action = block",
        ):  # fmt: skip
            assert words in screen


async def test_a_record_is_left_out_and_brought_back(edge: EdgeInMemory) -> None:
    async with reviewing(edge) as (pilot, box):
        await pilot.press("o")
        await shows(pilot, "left out: domain fabrikam.example")
        assert [edit.table.value for edit in box.view.edits] == ["access_edge"]
        await pilot.press("u")
        await shows(pilot, "6 Review(2)")


async def test_apply_asks_with_a_time_that_can_be_chosen_and_enter_does_nothing(edge: EdgeInMemory) -> None:
    async with reviewing(edge, (120, 24)) as (pilot, box):
        await pilot.press("a")
        await shows(pilot, "Back in 2m unless kept.")
        await pilot.press("enter")
        await shows(pilot, "nothing changed")
        await pilot.press("a")
        await shows(pilot, "y apply")
        await pilot.press("+")
        await shows(pilot, "Back in 5m unless kept.")
        await pilot.press("y")
        await shows(pilot, "reverting in 5:00")
        assert edge.waiting is not None
        assert edge.waiting.timeout == 300
        assert box.view.edits == ()
        assert len(edge.applied) == 1


async def test_without_a_timer_nothing_waits(edge: EdgeInMemory) -> None:
    async with reviewing(edge) as (pilot, _):
        await pilot.press("-", "-", "-")
        await shows(pilot, "no timer + -")
        await pilot.press("a")
        await shows(pilot, "No timer.")
        await pilot.press("y")
        await shows(pilot, "u undoes")
        assert edge.waiting is None


async def test_above_the_guard_a_word_is_typed_and_a_timer_is_needed(edge: EdgeInMemory) -> None:
    edge.guard = ("it opens the edge to every domain that publishes SRV",)
    async with reviewing(edge, (100, 24)) as (pilot, _):
        await pilot.press("-", "-", "-", "a")
        await shows(pilot, "must be kept by hand")
        await shows(pilot, "Back in 2m unless kept.")
        await pilot.press("y")
        await shows(pilot, 'type "apply"')
        await pilot.press("a", "p", "p", "enter", "y", "enter")
        assert edge.applied == []
        await pilot.press("backspace", "l", "y")
        await shows(pilot, "reverting in 2:00")


async def test_escape_from_the_typed_word_changes_nothing(edge: EdgeInMemory) -> None:
    edge.guard = ("it drops 12 live sessions",)
    async with reviewing(edge, (100, 24)) as (pilot, box):
        await pilot.press("a")
        await shows(pilot, "y apply")
        await pilot.press("y", "a", "p", "escape")
        await shows(pilot, "nothing changed")
        assert edge.applied == []
        assert len(box.view.edits) == 2


async def test_the_message_stands_in_the_history(edge: EdgeInMemory) -> None:
    async with reviewing(edge) as (pilot, _):
        await pilot.press("m", *"INC-4411", "enter")
        await shows(pilot, "why: INC-4411")
        await pilot.press("a")
        await shows(pilot, "y apply")
        await pilot.press("y")
        await shows(pilot, "reverting in")
        assert edge.records[0].why == "INC-4411"


async def test_what_only_others_changed_is_taken_over_by_one_key(edge: EdgeInMemory) -> None:
    async with reviewing(edge) as (pilot, box):
        await edge.somebody(block_change("tailspin.example"))
        await shows(pilot, "on #1 (moved)")
        await shows(pilot, "by bob: block tailspin.example")
        await pilot.press("a")
        await shows(pilot, "#2 was saved meanwhile: M puts the draft on it first")
        await pilot.press("M")
        await shows(pilot, "the draft stands on #2 now")
        await shows(pilot, "made on #2, which is what is saved")
        assert len(box.view.edits) == 2


@pytest.mark.parametrize(("key", "blocked"), [("m", True), ("t", False)])
async def test_a_field_changed_by_both_is_chosen(edge: EdgeInMemory, key: str, blocked: bool) -> None:
    edge.saved = [edge.now]
    box = draft_box()
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        box.stage([allow_change("litware.example", fields={"comment": "mine"})])
        await pilot.press("6")
        await shows(pilot, "lint finds")
        box.follow(Saved(_commented(edge, "theirs"), _next(edge)))
        await shows(pilot, "! choose")
        await shows(pilot, "mine    mine")
        await shows(pilot, "theirs  theirs")
        await pilot.press("a")
        await shows(pilot, "1 conflict to settle first: c chooses")
        await pilot.press("c")
        await shows(pilot, "comment was unset: mine mine, theirs theirs")
        await pilot.press(key)
        await until(pilot, lambda: not box.view.conflicts)
        kept = {step.field: step.after for step in box.view.differences}
        assert ("comment" in kept) is blocked
        assert kept["action"] == "allow"


def _commented(edge: EdgeInMemory, comment: str):
    import msgspec

    domains = tuple(
        msgspec.structs.replace(record, comment=comment) if record.name == "litware.example" else record
        for record in edge.now.domains
    )
    return msgspec.structs.replace(edge.now, domains=domains)


def _next(edge: EdgeInMemory):
    import msgspec

    return msgspec.structs.replace(edge.revision, number=2, etag="etag2")


async def test_a_draft_left_behind_is_offered_at_the_next_start_and_taken_up(
    edge: EdgeInMemory, tmp_path: Path
) -> None:
    lost = draft_box(DraftFiles(tmp_path), "lost")
    lost.follow(Saved(edge.now, edge.revision))
    lost.stage([block_change("fabrikam.example")])
    lost.close()
    app = console(edge, drafts=draft_box(DraftFiles(tmp_path), "new"))
    async with app.run_test(size=(120, 24)) as pilot:
        await shows(pilot, "A console left a draft")
        await shows(pilot, "y take it up")
        await pilot.press("enter")
        await shows(pilot, "nothing changed")
        await pilot.press("6")
        await shows(pilot, "1 draft left")
        await pilot.press("A")
        await shows(pilot, "y take it up")
        await pilot.press("y")
        await shows(pilot, "domain fabrikam.example")
        await shows(pilot, "6 Review(1)")


async def test_throwing_away_is_asked_about(edge: EdgeInMemory) -> None:
    async with reviewing(edge) as (pilot, box):
        await pilot.press("W")
        await shows(pilot, "Throw 2 staged changes away? There is no undo.")
        await pilot.press("n")
        assert len(box.view.edits) == 2
        await pilot.press("W")
        await shows(pilot, "y throw away")
        await pilot.press("y")
        await shows(pilot, "Nothing is staged")


async def test_a_draft_is_edited_while_the_edge_is_away_but_not_applied(edge: EdgeInMemory) -> None:
    async with reviewing(edge) as (pilot, _):
        edge.fail("the proxy does not answer")
        await shows(pilot, "DOWN")
        await pilot.press("a")
        await shows(pilot, "is not possible now: the proxy does not answer")
        await pilot.press("o")
        await shows(pilot, "left out")
        await pilot.press("u")
        await shows(pilot, "6 Review(2)")


async def test_a_caller_who_may_not_change_is_told_so(edge: EdgeInMemory) -> None:
    edge.able = Capabilities(frozenset(Capability) - {Capability.EDIT}, {Capability.EDIT: "your role is viewer"})
    box = draft_box()
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await shows(pilot, "Nothing is staged")
        await pilot.press("a")
        await shows(pilot, "your role is viewer")


async def test_quitting_with_a_draft_says_where_it_goes(edge: EdgeInMemory) -> None:
    async with reviewing(edge) as (pilot, _):
        await pilot.press("Q")
        await shows(pilot, "2 staged changes will be offered at the next start")
        await pilot.press("enter")
        await shows(pilot, "nothing changed")
        await pilot.press("Q")
        await shows(pilot, "y quit")
        await pilot.press("y")
    assert pilot.app.return_value == 0


async def test_the_context_decides_the_time_where_it_asks_for_one(edge: EdgeInMemory) -> None:
    box = draft_box()
    app = console(edge, drafts=box)
    app._store.confirm = timedelta(minutes=1)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("D")
        await shows(pilot, "Back in 1m unless kept.")
