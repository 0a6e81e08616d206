"""History: who changed what, what differs, taken back by one key; restore points, the audit, and who else is here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
from textual.pilot import Pilot

from edgeconsole.actions.direct import allow_change, block_change, discovery_change
from edgeconsole.model.audit import AuditProblem
from edgeconsole.wire.messages import Doing, Presence
from tests.tui.console_world import NOW, EdgeInMemory, console, draft_box, shows, text_of, until


@pytest.fixture
async def edge() -> EdgeInMemory:
    """An edge with a past: three changes by two people."""
    edge = EdgeInMemory()
    await edge.somebody(block_change("fabrikam.example"))
    await edge.somebody(discovery_change(True), by="carol")
    await edge.somebody(allow_change("adatum.example"))
    return edge


@asynccontextmanager
async def looking_back(edge: EdgeInMemory, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[int]]:
    """Look at the revisions."""
    async with console(edge).run_test(size=size) as pilot:
        await pilot.press("7")
        await shows(pilot, "#4")
        yield pilot


async def test_it_tells_who_changed_what_and_how_it_stands(edge: EdgeInMemory) -> None:
    async with looking_back(edge) as pilot:
        screen = text_of(pilot.app)
        assert "bob          allow adatum.example" in screen
        assert ". running" in screen
        assert "carol        partner_discovery off -> on" in screen
        await pilot.press("j")
        await shows(pilot, "false -> true")


async def test_the_filter_finds_a_person(edge: EdgeInMemory) -> None:
    async with looking_back(edge) as pilot:
        await pilot.press("slash", *"who:carol", "enter")
        await shows(pilot, "History > 1 of 4")
        assert "> #3" in text_of(pilot.app)


async def test_who_changed_a_domain_is_one_key(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(pilot, "fabrikam.example")
        await pilot.press("slash", *"fabri", "enter", "h")
        await shows(pilot, "WHO CHANGED fabrikam.example")
        await shows(pilot, "bob via command")
        assert "block fabrikam.example" in text_of(app)
        assert "carol" not in text_of(app)


async def test_two_revisions_are_compared_by_a_mark_and_a_move(edge: EdgeInMemory) -> None:
    async with looking_back(edge) as pilot:
        await pilot.press("space")
        await shows(pilot, "#4 is marked")
        await pilot.press("j", "j")
        await shows(pilot, "#2 -> #4")
        await shows(pilot, "partner_discovery  false -> true")
        screen = text_of(pilot.app)
        assert "domain adatum.example" in screen
        assert "#4*" in screen
        await pilot.press("k", "k", "space")
        await shows(pilot, "no revision is marked")


async def test_r_reverses_one_revision_and_nothing_else_after_y(edge: EdgeInMemory) -> None:
    async with looking_back(edge) as pilot:
        await pilot.press("R")
        await shows(pilot, "remove adatum.example")
        assert edge.applied == []
        await pilot.press("y")
        await shows(pilot, "#5")
        await shows(pilot, "- undone #5")
        assert edge.now == edge.saved[2]


async def test_r_can_be_staged_instead(edge: EdgeInMemory) -> None:
    box = draft_box()
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("7")
        await shows(pilot, "#4")
        await pilot.press("R")
        await shows(pilot, "s stage")
        await pilot.press("s")
        await shows(pilot, "6 Review(1)")
        assert edge.applied == []
        assert [change.fields for change in box.view.changes] == [None]


async def test_back_to_a_revision_brings_its_whole_file(edge: EdgeInMemory) -> None:
    async with looking_back(edge, (120, 30)) as pilot:
        await pilot.press("G", "B")
        await shows(pilot, "3 changes")
        await pilot.press("y")
        await shows(pilot, "rolled back: 3 changes")
        assert edge.now == edge.saved[0]


async def test_the_last_change_is_rolled_back_in_two_keys(edge: EdgeInMemory) -> None:
    app = console(edge)
    keys = ["u", "y"]
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press(keys[0])
        await shows(pilot, "y apply")
        await pilot.press(keys[1])
        await shows(pilot, "done #5")
        assert edge.now == edge.saved[2]


async def test_a_restore_point_is_named_listed_and_taken_away(edge: EdgeInMemory) -> None:
    async with looking_back(edge) as pilot:
        await pilot.press("P", *"before", "enter")
        await shows(pilot, "Name #4 before?")
        assert edge.points == []
        await pilot.press("y")
        await shows(pilot, "[before] allow adatum.example")
        await pilot.press("t")
        await shows(pilot, "[restore points]")
        await shows(pilot, "> before")
        await pilot.press("B")
        await shows(pilot, "nothing would change")
        await pilot.press("P")
        await shows(pilot, "y take the name away")
        await pilot.press("y")
        await shows(pilot, "No revision has a name")


async def test_the_audit_is_checked_when_it_is_looked_at(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("7", "t", "t")
        await shows(pilot, "[audit]")
        await shows(pilot, ". intact: 1 line; head 1:9f3c")


async def test_signs_of_tampering_stand_first(edge: EdgeInMemory) -> None:
    edge.tampered = (AuditProblem(line=7, message="the seal does not fit"),)
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("7", "t", "t")
        await shows(pilot, "X TAMPERED WITH")
        assert "line 7: the seal does not fit" in text_of(app)


async def test_an_edge_that_does_not_tell_is_said_once_and_asked_again_by_r(edge: EdgeInMemory) -> None:
    from edgeconsole.model.errors import NotPermitted

    asked = 0

    async def refuse() -> None:
        nonlocal asked
        asked += 1
        raise NotPermitted("the restore points are not for you")

    tell, edge.restore_points = edge.restore_points, refuse  # type: ignore[method-assign,assignment]
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("7")
        await shows(pilot, "the restore points are not for you")
        for _ in range(5):
            await pilot.pause()
        assert asked == 1
        edge.restore_points = tell  # type: ignore[method-assign]
        await pilot.press("r")
        await shows(pilot, "> #4")


async def test_who_else_is_here_and_edits_the_same_is_said(edge: EdgeInMemory) -> None:
    edge.here = (
        Presence(who="bob", doing=Doing.EDITING, about="domain fabrikam.example", console="b", since=NOW, seen=NOW),
        Presence(who="eve", doing=Doing.LOOKING, about="", console="e", since=NOW - timedelta(minutes=1), seen=NOW),
    )
    box = draft_box()
    app = console(edge, drafts=box)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "bob edits domain fabrikam.example")
        box.stage([allow_change("fabrikam.example")])
        await until(pilot, lambda: edge.notes[-1].doing is Doing.EDITING)
        assert edge.notes[-1].about == "domain fabrikam.example"
        edge.here = (msgspec.structs.replace(edge.here[1]),)
        box.undo()
        await shows(pilot, "eve here too")
    assert edge.notes[-1].doing is Doing.AWAY
