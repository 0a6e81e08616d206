"""The change that waits: seen on every screen, decided by one key and an answer, and told when nobody decided."""

from datetime import timedelta

import pytest

from edgeconsole.actions.direct import discovery_change
from edgeconsole.model.plan import PendingConfirm
from tests.tui.console_world import ALICE, NOW, Clock, EdgeInMemory, console, shows, text_of, until


@pytest.fixture
async def edge() -> EdgeInMemory:
    """An edge on which somebody applied something with a minute to keep it."""
    edge = EdgeInMemory()
    before = edge.revision
    await edge.somebody(discovery_change(True), by="alice")
    edge.waiting = PendingConfirm(
        token="t1", by=ALICE, before=before, after=edge.revision, timeout=60, seconds_left=43,
        deadline=NOW + timedelta(seconds=43),
    )  # fmt: skip
    return edge


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 15), (50, 10)], ids=str)
async def test_it_is_seen_on_every_screen_at_every_size(edge: EdgeInMemory, size: tuple[int, int]) -> None:
    app = console(edge)
    async with app.run_test(size=size) as pilot:
        await shows(pilot, "reverting in 0:43")
        for key in ("2", "6", "7", "1"):
            await pilot.press(key)
            await shows(pilot, "reverting in 0:43")


async def test_it_counts_by_the_consoles_clock_and_repaints_only_what_moved(edge: EdgeInMemory) -> None:
    clock = Clock()
    app = console(edge, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "reverting in 0:43")
        banner = app.screen.query_one("#banner")
        painted: list[object] = []
        banner.refresh = lambda *regions, **_: painted.extend(regions)  # type: ignore[method-assign]
        clock.now += timedelta(seconds=1)
        app.redraw()
        assert [(region.x, region.width) for region in painted] == [(16, 1)]


async def test_it_goes_on_counting_while_the_edge_is_away(edge: EdgeInMemory) -> None:
    clock = Clock()
    app = console(edge, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "reverting in 0:43")
        edge.fail("the proxy does not answer")
        await shows(pilot, "DOWN")
        clock.now += timedelta(seconds=13)
        app.redraw()
        await shows(pilot, "reverting in 0:30")
        await pilot.press("exclamation_mark")
        await shows(pilot, "not possible now: the proxy does not answer")


async def test_y_keeps_it(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "reverting in")
        await pilot.press("exclamation_mark")
        await shows(pilot, "y keep")
        await pilot.press("y")
        await shows(pilot, "#2 stays")
        await until(pilot, lambda: "reverting" not in text_of(app))
        assert edge.waiting is None
        assert len(edge.saved) == 2


async def test_r_takes_it_back_now(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "disc ON")
        await pilot.press("exclamation_mark")
        await shows(pilot, "r roll back now")
        await pilot.press("r")
        await shows(pilot, "#2 is taken back")
        await shows(pilot, "disc OFF")


@pytest.mark.parametrize("key", ["enter", "escape", "n", "Y"])
async def test_any_other_key_leaves_it_to_its_timer(edge: EdgeInMemory, key: str) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "reverting in")
        await pilot.press("exclamation_mark")
        await shows(pilot, "any other key: later")
        await pilot.press(key)
        await shows(pilot, "nothing changed")
        assert edge.waiting is not None
        assert "reverting in" in text_of(app)


async def test_what_the_timer_took_back_is_told_until_it_was_seen(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "reverting in")
        await edge.revert()
        await shows(pilot, "X reverted by timer, nobody confirmed   ! seen   #2 by alice")
        await pilot.press("2", "j")
        await shows(pilot, "nobody confirmed")
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: "nobody confirmed" not in text_of(app))


async def test_what_another_console_kept_is_told_here_too(edge: EdgeInMemory) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "reverting in")
        await edge.confirm("t1")
        edge.happen()
        await shows(pilot, "#2 by alice was kept")


async def test_a_read_only_console_sees_it_and_cannot_decide(edge: EdgeInMemory) -> None:
    app = console(edge, readonly=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "reverting in")
        await pilot.press("exclamation_mark")
        await shows(pilot, "read-only")
        assert edge.waiting is not None


async def test_with_nothing_waiting_the_key_says_so() -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await pilot.press("exclamation_mark")
        await shows(pilot, "no change waits to be kept")
