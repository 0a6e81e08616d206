"""Contexts, the log, the tour and what is said of the file on disk, at every size, against text kept beside this."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from edgeconsole.actions.direct import block_change
from edgeconsole.present.contexts import Answered
from edgeconsole.store.calls import CallLog
from edgeconsole.store.store import Store
from edgeconsole.tui import themes
from edgeconsole.tui.app import ConsoleApp
from tests.tui.console_world import NOW, EdgeInMemory, draft_box, never, shows
from tests.tui.kept_screens import SIZES, says_what_it_said
from tests.tui.test_contexts import PlacesInMemory
from tests.tui.test_reloading import BROKEN

Act = Callable[[EdgeInMemory, Pilot[int]], Awaitable[None]]


class Silent(PlacesInMemory):
    """None of them has answered yet."""

    async def reach(self, name: str) -> Answered:
        await asyncio.Event().wait()
        raise AssertionError(name)


class Nowhere(PlacesInMemory):
    """There are none."""

    def known(self) -> tuple[()]:
        return ()


async def listed(_edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await pilot.press("C")
    await shows(pilot, "X no answer")
    await pilot.press("G")


async def asking(_edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await pilot.press("C")
    await shows(pilot, "? asking…")


async def none_there(_edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await pilot.press("C")
    await shows(pilot, "No contexts yet")


async def unanswered(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await listed(edge, pilot)
    await pilot.press("enter")
    await shows(pilot, "stay here")


async def logged(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await pilot.press("2", "b")
    await shows(pilot, "y apply")
    await pilot.press("y")
    await shows(pilot, "done #2")
    await pilot.press("L", "slash", *"domains block", "enter")
    await shows(pilot, "command  edgeconsole --context lab domains block")


async def changed_on_disk(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await edge.by_hand(block_change("fabrikam.example"))
    await shows(pilot, "not in force")


async def broken_on_disk(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    edge.problems = (BROKEN, BROKEN)
    edge.happen()
    await shows(pilot, "federation.toml:12:3")


async def touring(_edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await pilot.press("colon", *"tour", "enter")
    await shows(pilot, "TOUR 1")


async def taken_back(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    plan = await edge.plan([block_change("fabrikam.example")])
    await edge.apply(plan.plan_id, confirm=timedelta(seconds=60))
    edge.happen()
    await shows(pilot, "reverting in")
    await edge.revert()
    await shows(pilot, "reverted by timer")
    await pilot.press("6", "!")
    await shows(pilot, "y stage it")


async def dismissing(_edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await pilot.press("2", "t", "delete")
    await shows(pilot, "y dismiss")


STATES: dict[str, Act] = {
    "contexts-live": listed, "contexts-asking": asking, "contexts-empty": none_there, "contexts-no-answer": unanswered,
    "contexts-read-only": listed, "log-live": logged,
    "file-changed": changed_on_disk, "file-broken": broken_on_disk, "tour": touring, "taken-back": taken_back,
    "dismissing": dismissing,
}  # fmt: skip
PLACES = {"contexts-asking": Silent, "contexts-empty": Nowhere}


RARE = ("contexts-asking", "contexts-empty", "contexts-read-only", "dismissing", "file-changed")
"""Seen in the long suite only."""


@pytest.mark.parametrize(
    "state", [pytest.param(state, marks=pytest.mark.slow if state in RARE else ()) for state in STATES]
)
async def test_it_says_what_it_said_when_somebody_last_read_it(state: str) -> None:
    edge, log = EdgeInMemory(), CallLog(lambda: NOW, lambda: 0.0)
    log.note(edge, "--context lab")
    readonly = state.endswith("read-only")
    box = None if readonly else draft_box()
    store = Store(edge, clock=lambda: NOW, readonly=readonly, pause=never, drafts=box, calls=log)
    places = PLACES.get(state, PlacesInMemory)()
    look = themes.load(themes.DEFAULT)
    app = ConsoleApp(store, look, clock=lambda: NOW, pause=never, places=places, context="lab", tour=False)
    async with app.run_test(size=SIZES[0]) as pilot:
        await shows(pilot, "adatum")
        await STATES[state](edge, pilot)
        await says_what_it_said(pilot, state)
