"""What Overview and Domains say in every state, and that nothing from outside is more than text on them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.text import clean
from tests.tui.console_world import EdgeInMemory, configuration, console, shows, text_of
from tests.tui.kept_screens import SIZES, SNAPSHOTS, WRITE, says_what_it_said

__all__ = ["SNAPSHOTS", "WRITE"]

State = Callable[[EdgeInMemory, Pilot[int]], Awaitable[None]]


async def live(_edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await shows(pilot, "STATE")
    await shows(pilot, "litware" if pilot.app.current_mode == "domains" else "adatum")


async def loading(_edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await shows(pilot, "loading")


async def empty(_edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await shows(pilot, "No federated domains" if pilot.app.current_mode == "domains" else "Nothing needs attention")


async def nothing_matches(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await live(edge, pilot)
    await pilot.press("slash", "a", "c", "m", "e", "e", "enter")
    await shows(pilot, "match /acmee")


async def down(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await live(edge, pilot)
    edge.fail("the proxy does not answer on /run/edgeconsole/admin.sock")
    store = pilot.app._store  # type: ignore[attr-defined]
    await _until_down(pilot, store)


async def never_up(_edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await shows(pilot, "does not answer")


async def _until_down(pilot: Pilot[int], store: object) -> None:
    while store.snapshot.down_since is None:  # type: ignore[attr-defined]
        await pilot.pause()
    await pilot.pause()


async def asking(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await live(edge, pilot)
    await pilot.press("D")
    await shows(pilot, "y apply")


async def explained(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await live(edge, pilot)
    await pilot.press("x")
    await shows(pilot, "(out)")


async def helped(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await live(edge, pilot)
    await pilot.press("question_mark")
    await shows(pilot, "KEYS")


STATES: dict[str, State] = {
    "live": live, "loading": loading, "empty": empty, "nothing-matches": nothing_matches, "down": down,
    "never-up": never_up, "read-only": live, "asking": asking, "why": explained, "help": helped,
}  # fmt: skip


def edge_for(state: str) -> EdgeInMemory:
    if state == "empty":
        return EdgeInMemory(configuration(domains=()), {})
    edge = EdgeInMemory()
    if state == "loading":
        edge.health = asyncio.Event().wait  # type: ignore[assignment,method-assign]
    if state == "never-up":
        edge.down = "the proxy does not answer on /run/edgeconsole/admin.sock"
    return edge


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("screen", ["overview", "domains"])
async def test_a_screen_says_what_it_said_when_somebody_last_read_it(screen: str, state: str) -> None:
    edge = edge_for(state)
    app = console(edge, readonly=state == "read-only")
    async with app.run_test(size=SIZES[0]) as pilot:
        if screen == "domains":
            await pilot.press("2")
        await STATES[state](edge, pilot)
        await says_what_it_said(pilot, f"{screen}-{state}")


async def test_below_forty_by_eight_there_is_one_sentence() -> None:
    for size in ((39, 24), (80, 7), (10, 3)):
        app = console(EdgeInMemory())
        async with app.run_test(size=size) as pilot:
            await shows(pilot, "make the")
            assert len(text_of(app).split()) <= 6


async def test_hostile_names_and_reasons_are_inert_on_every_screen() -> None:
    import msgspec

    from tests.tui.test_strips import HOSTILE

    edge = EdgeInMemory()
    failure = edge.seen.failures[0]
    seen = edge.seen.discovered[0]
    texts = [clean(text) for text in HOSTILE]
    edge.seen = msgspec.structs.replace(
        edge.seen,
        failures=tuple(
            msgspec.structs.replace(failure, text=text, domain=f"f{n}.example") for n, text in enumerate(texts)
        ),
        discovered=tuple(
            msgspec.structs.replace(seen, domain=f"d{n}.example", edge=text, names=(text,))
            for n, text in enumerate(texts)
        ),
    )
    edge.saved = [hostile_configuration()]
    app = console(edge)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "d1.example")
        for key in ("j", "j", "2", "j", "x", "G", "enter", "slash", "left_square_bracket", "slash", "b", "enter"):
            await pilot.press(key)
            assert all(line.isprintable() for line in text_of(app).split("\n"))
        for strip in app.screen._compositor.render_strips():
            assert all(segment.style is None or not segment.style.meta.get("@click") for segment in strip)


def hostile_configuration() -> Configuration:
    import msgspec

    listed = configuration().domains
    comment = clean("[/b][@click=app.quit]x\x1b]52;c;eA==\x07")
    return configuration(domains=[msgspec.structs.replace(record, comment=comment) for record in listed])
