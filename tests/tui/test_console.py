"""The console's behaviour: what a key does, what it never does, and what the operator is told."""

import asyncio

import pytest

from edgeconsole.model.capability import Capabilities, Capability
from edgeconsole.model.errors import Conflict
from edgeconsole.tui.app import ConsoleApp
from tests.tui.console_world import EdgeInMemory, console, shows, text_of, until


@pytest.fixture
def edge() -> EdgeInMemory:
    return EdgeInMemory()


def bottom(app: ConsoleApp, rows: int = 2) -> str:
    return " ".join(" ".join(text_of(app).split("\n")[-rows:]).split())


async def test_discovery_goes_on_with_three_keys_at_most_from_any_screen(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        for screen in ("1", "2"):
            await pilot.press(screen)
            before = edge.now.access_edge.partner_discovery
            await pilot.press("D")
            await shows(pilot, "y apply")
            await pilot.press("y")
            await shows(pilot, "u undoes")
            assert edge.now.access_edge.partner_discovery is not before


async def test_the_impact_stands_in_the_prompt_before_anything_is_done(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("D")
        await shows(pilot, "y apply")
        assert "discovery OFF -> ON: any domain with SRV may reach us, opens adatum.example" in bottom(app)
        assert edge.applied == []


async def test_a_domain_is_blocked_in_eight_keys(edge: EdgeInMemory) -> None:
    app = console(edge)
    keys = ["slash", "f", "a", "b", "enter", "b"]
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(pilot, "fabrikam.example")
        await pilot.press(*keys)
        await shows(pilot, "block fabrikam.example: closes fabrikam.example, drops 1 live session")
        await pilot.press("y")
        await shows(pilot, "1 session closed")
        assert len(keys) + 1 <= 8
        assert "- blocked" in text_of(app)


@pytest.mark.parametrize("key", ["enter", "escape", "n", "space", "Y", "D", "j", "ctrl+c", "2"])
async def test_any_key_but_y_leaves_the_question_and_changes_nothing(edge: EdgeInMemory, key: str) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("D")
        await shows(pilot, "y apply")
        await pilot.press(key)
        await shows(pilot, "nothing changed")
        assert edge.applied == []
        assert app.current_mode == "overview"


async def test_a_y_typed_ahead_of_the_impact_is_swallowed_and_the_prompt_says_so(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        edge.gate = asyncio.Event()
        await pilot.press("D", "y", "y")
        await shows(pilot, "working out what it changes")
        edge.gate.set()
        await shows(pilot, "that key came before this line")
        assert edge.applied == []
        await pilot.press("y")
        await shows(pilot, "u undoes")
        assert len(edge.applied) == 1


async def test_a_key_pressed_twice_quickly_acts_once(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("D")
        await shows(pilot, "y apply")
        edge.apply_gate = asyncio.Event()
        await pilot.press("y", "y", "y")
        edge.apply_gate.set()
        await shows(pilot, "u undoes")
        assert len(edge.applied) == 1
        assert len(edge.saved) == 2


async def test_escape_gives_up_a_plan_that_does_not_come(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        edge.gate = asyncio.Event()
        await pilot.press("D", "escape")
        await shows(pilot, "nothing changed")
        edge.gate.set()
        await pilot.press("2")
        await shows(pilot, "[2 Domains]")
        assert "y apply" not in text_of(app)
        assert edge.applied == []


async def test_while_a_change_is_applied_the_screens_stay_usable_and_no_other_change_starts(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("D")
        await shows(pilot, "y apply")
        edge.apply_gate = asyncio.Event()
        await pilot.press("y", "escape")
        await shows(pilot, "still being applied")
        await pilot.press("u")
        await shows(pilot, "a change is being applied")
        await pilot.press("2")
        await shows(pilot, "[2 Domains]")
        edge.apply_gate.set()
        await shows(pilot, "u undoes")


async def test_undo_shows_what_it_reverses_and_does_it(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("D")
        await shows(pilot, "y apply")
        await pilot.press("y")
        await shows(pilot, "u undoes")
        await pilot.press("u")
        await shows(pilot, "ON -> OFF")
        await pilot.press("y")
        await shows(pilot, "disc OFF")
        assert not edge.now.access_edge.partner_discovery


@pytest.mark.parametrize(("answer", "expected"), [("a", "allow"), ("r", "remove")])
async def test_b_on_a_blocked_domain_offers_to_allow_it_or_to_remove_its_rule(
    edge: EdgeInMemory, answer: str, expected: str
) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(pilot, "litware.example")
        await pilot.press("slash", "l", "i", "t", "enter", "b")
        await shows(pilot, "a allow")
        await pilot.press(answer)
        await shows(pilot, f"{expected} litware.example")
        assert edge.applied == []
        await pilot.press("y")
        await shows(pilot, "u undoes")
        assert "litware.example" not in {record.name for record in edge.now.domains if record.action.value == "block"}


async def test_a_conflict_is_said_and_the_keys_come_back(edge: EdgeInMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise Conflict("bob changed the same record at 12:03", remedy="Look at it again")

    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("D")
        await shows(pilot, "y apply")
        monkeypatch.setattr(edge, "apply", refuse)
        await pilot.press("y")
        await shows(pilot, "bob changed the same record at 12:03")
        await pilot.press("2")
        await shows(pilot, "[2 Domains]")


async def test_why_shows_every_step_of_both_directions(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.press("2")
        await shows(pilot, "litware.example")
        await pilot.press("slash", "l", "i", "t", "enter", "x")
        await shows(pilot, "WHY litware.example")
        await shows(pilot, "federation.toml:7")
        screen = text_of(app)
        assert "litware.example -> contoso.example (in)" in screen
        assert "contoso.example -> litware.example (out)" in screen
        assert "X denied" in screen


async def test_the_explanation_of_one_row_is_never_shown_for_another(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("2")
        await shows(pilot, "fabrikam.example")
        await pilot.press("x")
        await shows(pilot, "WHY fabrikam.example")
        await pilot.press("j")
        await until(pilot, lambda: "WHY" not in text_of(app))


async def test_a_read_only_console_hides_the_changing_keys_and_says_why(edge: EdgeInMemory) -> None:
    app = console(edge, readonly=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        keys = text_of(app).split("\n")[-1]
        assert "D discovery" not in keys
        assert "? help" in keys
        assert " RO " in text_of(app).split("\n")[0]
        for key in ("D", "b", "u"):
            await pilot.press(key)
            await shows(pilot, "this console is read-only")
        await pilot.press("question_mark")
        await shows(pilot, "this console is read-only. ")
        assert edge.applied == []


async def test_a_capability_the_backend_lacks_is_refused_with_its_reason(edge: EdgeInMemory) -> None:
    edge.able = Capabilities(
        frozenset(Capability) - {Capability.EDIT}, {Capability.EDIT: "your role is viewer; ask an operator"}
    )
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("D")
        await shows(pilot, "your role is viewer; ask an operator")


async def test_a_backend_that_goes_away_is_shown_its_data_kept_and_changes_refused(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        edge.fail("the proxy does not answer")
        await shows(pilot, "DOWN")
        assert "tailspin.example" in text_of(app)
        await pilot.press("D")
        await shows(pilot, "not possible now: the proxy does not answer")
        await pilot.press("2", "j")
        await shows(pilot, "[2 Domains]")
        edge.down = None
        await pilot.press("r")
        await shows(pilot, ". local")


async def test_in_a_window_too_small_to_read_a_question_nothing_can_be_answered(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("D")
        await shows(pilot, "y apply")
        await pilot.resize_terminal(39, 24)
        await shows(pilot, "make the window larger (40x8)")
        await pilot.press("y", "D", "y")
        assert edge.applied == []
        await pilot.resize_terminal(40, 8)
        await shows(pilot, "y apply")
        await pilot.press("y")
        await shows(pilot, "done #2")


async def test_a_question_is_shown_whole_however_narrow_the_window(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(40, 12)) as pilot:
        await shows(pilot, "STATE")
        await pilot.press("D")
        await shows(pilot, "y apply")
        shown = " ".join(text_of(app).split())
        assert "partner discovery OFF -> ON: any domain with SRV may reach us, opens adatum.example" in shown
        await pilot.press("n")
        await shows(pilot, "nothing changed")


async def test_back_goes_one_step_at_a_time_and_never_quits(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("2")
        await shows(pilot, "[2 Domains]")
        await pilot.press("slash", "e", "x", "enter", "enter", "question_mark")
        await shows(pilot, "esc closes")
        await pilot.press("escape")
        await shows(pilot, "- fabrikam.example ---")
        await pilot.press("q")
        await until(pilot, lambda: "- fabrikam.example ---" not in text_of(app))
        await pilot.press("q")
        await until(pilot, lambda: "/ex" not in text_of(app))
        await pilot.press("q")
        await shows(pilot, "[1 Overview]")
        await pilot.press("q")
        await shows(pilot, "Q quits")


async def test_enter_on_the_work_list_opens_the_domain(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("enter")
        await shows(pilot, "- tailspin.example ---")
        assert app.current_mode == "domains"


async def test_movement_keys_scroll_the_pane_after_tab(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(pilot, "fabrikam.example")
        await pilot.press("x")
        await shows(pilot, "1 . pass")
        await pilot.press("tab", "G")
        await shows(pilot, "> WHY fabrikam.example")
        assert "1 . pass    federation is on" not in text_of(app)
        await pilot.press("tab", "j")
        await until(pilot, lambda: "> northwind.example" in text_of(app))


async def test_quit_ends_with_status_nought_and_releases_the_backend(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("Q")
    assert app.return_value == 0
    assert edge.closed


async def test_a_key_without_a_meaning_is_said_not_guessed(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("Z")
        await shows(pilot, "Z means nothing here; ? lists the keys")


async def test_a_change_by_somebody_else_arrives_by_itself(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "disc OFF")
        plan = await edge.plan([])
        from edgeconsole.actions.direct import discovery_change
        from edgeconsole.config.edit import apply_changes

        edge.offered[plan.plan_id] = (plan, apply_changes(edge.now, [discovery_change(True)]), None)
        await edge.apply(plan.plan_id)
        edge.happen()
        await shows(pilot, "disc ON")


async def test_the_terminals_focus_costs_nothing(edge: EdgeInMemory) -> None:
    from textual import events

    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        for event in (events.AppBlur(), events.AppFocus()):
            app.post_message(event)
            await pilot.pause()
            assert app.app_focus
