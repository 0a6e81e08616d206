"""What the pages of the guided set-up say at three sizes, against kept text."""

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.text import clean
from tests.tui.console_world import console, draft_box, shows, text_of, until
from tests.tui.kept_screens import SIZES, says_what_it_said
from tests.tui.wizard.walking import ProbingEdge, write

Act = Callable[[ProbingEdge, Pilot[int]], Awaitable[None]]


async def picking(_edge: ProbingEdge, pilot: Pilot[int]) -> None:
    await pilot.press("i")
    await shows(pilot, "push notifications")


async def typing(edge: ProbingEdge, pilot: Pilot[int]) -> None:
    await picking(edge, pilot)
    await pilot.press("enter")
    await shows(pilot, "Partner: _")
    await write(pilot, "contoso.example")
    await shows(pilot, "so far:")


async def finding(edge: ProbingEdge, pilot: Pilot[int]) -> None:
    await picking(edge, pilot)
    await pilot.press("enter")
    await shows(pilot, "Partner: _")
    await write(pilot, "wingtip.example")
    await pilot.press("enter")
    await shows(pilot, "recommended")


async def unable(edge: ProbingEdge, pilot: Pilot[int]) -> None:
    edge.unable = "no proxy runs, so nothing can be probed"
    await picking(edge, pilot)
    await pilot.press("enter")
    await shows(pilot, "Partner: _")
    await write(pilot, "wingtip.example")
    await pilot.press("enter")
    controls = pilot.app._controls  # type: ignore[attr-defined]
    await until(pilot, lambda: bool(controls.wizard._looks.lines) and controls.wizard._looks._running is None)


async def finishing(edge: ProbingEdge, pilot: Pilot[int]) -> None:
    await finding(edge, pilot)
    for _ in range(4):
        await pilot.press("enter")
        await pilot.pause()
    await shows(pilot, "This is what it comes to")


async def checking(edge: ProbingEdge, pilot: Pilot[int]) -> None:
    await finishing(edge, pilot)
    await pilot.press("enter")
    await shows(pilot, "y apply")
    await pilot.press("y")
    await shows(pilot, "All of it done")
    controls = pilot.app._controls  # type: ignore[attr-defined]
    await until(pilot, lambda: not controls.wizard._checking._looking)


async def first_run(_edge: ProbingEdge, pilot: Pilot[int]) -> None:
    await shows(pilot, "Set it up step by step?")


async def away(edge: ProbingEdge, pilot: Pilot[int]) -> None:
    await finishing(edge, pilot)
    edge.fail("the proxy does not answer on /run/edgeconsole/admin.sock")
    await until(pilot, lambda: pilot.app._store.snapshot.down_since is not None)  # type: ignore[attr-defined]


STATES: dict[str, Act] = {
    "pick": picking, "typing": typing, "find": finding, "unable": unable, "finish": finishing, "checks": checking,
    "first-run": first_run, "down": away,
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
async def test_a_page_says_what_it_said_when_somebody_last_read_it(state: str) -> None:
    edge = ProbingEdge(Configuration(), {}) if state == "first-run" else ProbingEdge()
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=SIZES[0]) as pilot:
        await until(pilot, lambda: app._store.snapshot.taken_at is not None)
        await STATES[state](edge, pilot)
        await says_what_it_said(pilot, f"wizard-{state}", SIZES[:3])


async def test_hostile_words_of_a_partner_are_inert() -> None:
    edge = ProbingEdge(targets={"wingtip.example": clean("[/b]\x1b]52;c;x\x07evil")})
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app._store.snapshot.taken_at is not None)
        await pilot.press("i", "enter")
        await shows(pilot, "Partner: _")
        await write(pilot, "wingtip.example")
        await pilot.press("enter")
        await shows(pilot, "[/b]")
        assert "\x1b" not in text_of(app)
