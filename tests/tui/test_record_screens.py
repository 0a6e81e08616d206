"""What Partners, Policies and the form say in every state, against kept text, and of words from outside."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from textual.pilot import Pilot

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.text import clean
from edgeconsole.tui.app import ConsoleApp
from tests.tui.console_world import EdgeInMemory, configuration, console, draft_box, shows, text_of, until
from tests.tui.kept_screens import SIZES, says_what_it_said
from tests.tui.records_world import EdgeWithDns, full, press, seen

State = Callable[[EdgeInMemory, Pilot[int]], Awaitable[None]]
PROBLEM = "the proxy does not answer on /run/edgeconsole/admin.sock"


async def partners(_edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await press(pilot, "3")
    await shows(pilot, "Microsoft 365")


async def switches(_edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await press(pilot, "4")
    await shows(pilot, "partner_discovery")


async def policies(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await switches(edge, pilot)
    await press(pilot, "t")
    await shows(pilot, "GRANTED TO")


async def grants(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await policies(edge, pilot)
    await press(pilot, "t")
    await shows(pilot, "bob@contoso.example")


async def form(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
    await partners(edge, pilot)
    await press(pilot, "e")
    await shows(pilot, "Form > xmpp_partner jabber.example")
    app = pilot.app
    assert isinstance(app, ConsoleApp)
    await until(pilot, lambda: bool(app._controls.records.form.view.checks))


def then(first: State, *keys: str, until_shown: str, to: str = "") -> State:
    """Return the state some keys after another one, maybe on another row."""

    async def state(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
        await first(edge, pilot)
        if to:
            assert pilot.app.front.table.to_key(to)  # type: ignore[attr-defined]
        await press(pilot, *keys)
        await shows(pilot, until_shown)

    return state


def nothing_yet(screen: str, text: str) -> State:
    """Return the state of a screen that has nothing to show."""

    async def state(_edge: EdgeInMemory, pilot: Pilot[int]) -> None:
        await press(pilot, screen)
        await shows(pilot, text)

    return state


def lost(first: State) -> State:
    """Return the state after the edge went away."""

    async def state(edge: EdgeInMemory, pilot: Pilot[int]) -> None:
        await first(edge, pilot)
        edge.fail(PROBLEM)
        await shows(pilot, "DOWN")

    return state


STATES: dict[str, State] = {
    "partners-live": partners,
    "partners-provider": then(partners, "enter", to="hosting:Microsoft 365", until_shown="split domain"),
    "partners-ended": then(partners, "G", "enter", until_shown="kept as history"),
    "partners-presets": then(partners, "N", until_shown="1 certificate"),
    "partners-why": then(partners, "x", until_shown="1 . pass"),
    "partners-who": then(partners, "h", until_shown="nobody, as far as"),
    "partners-removing": then(partners, "delete", until_shown="remove xmpp_partner"),
    "partners-staged": then(partners, "delete", "s", until_shown="* staged"),
    "partners-new": then(partners, "n", until_shown="which kind"),
    "partners-no-match": then(partners, "slash", "z", "z", "enter", until_shown="match /zz"),
    "partners-help": then(partners, "question_mark", until_shown="KEYS"),
    "partners-read-only": partners,
    "partners-down": lost(partners),
    "partners-loading": nothing_yet("3", "loading partners"),
    "partners-never-up": nothing_yet("3", "does not answer"),
    "partners-empty": nothing_yet("3", "Skype"),
    "policies-switches": switches,
    "policies-typing": then(switches, "e", to="discovered_rate", until_shown="whole number"),
    "policies-asking": then(switches, "e", until_shown="y apply"),
    "policies-list": policies,
    "policies-rights": then(policies, "F", until_shown="turn which"),
    "policies-grants": grants,
    "policies-person": then(policies, "O", "b", "o", "b", "enter", until_shown="user:Legal is in force"),
    "policies-read-only": policies,
    "policies-down": lost(policies),
    "policies-loading": nothing_yet("4", "loading policies"),
    "policies-never-up": nothing_yet("4", "does not answer"),
    "policies-unmanaged": then(nothing_yet("4", "federation"), "t", until_shown="not managed here"),
    "form-live": form,
    "form-picking": then(form, "e", to="tls", until_shown="1 required"),
    "form-changed": then(form, "e", to="dialback", until_shown="1 changed"),
    "form-refused": then(form, "e", "x", "enter", to="connection_limit", until_shown="again:"),
    "form-leaving": then(form, "e", "escape", to="dialback", until_shown="unstaged change"),
    "form-help": then(form, "question_mark", until_shown="KEYS"),
    "form-down": lost(form),
}


def edge_for(state: str) -> EdgeInMemory:
    if state.endswith(("-empty", "-unmanaged")):
        return EdgeWithDns(configuration(), {})
    edge = EdgeWithDns(full(), seen())
    if state.endswith("-loading"):
        edge.health = asyncio.Event().wait  # type: ignore[assignment,method-assign]
    if state.endswith("-never-up"):
        edge.down = PROBLEM
    return edge


ALSO_SMALL = {"partners-live", "partners-presets", "policies-list", "policies-person", "form-live"}


@pytest.mark.parametrize("state", STATES)
async def test_it_says_what_it_said_when_somebody_last_read_it(state: str) -> None:
    edge = edge_for(state)
    app = console(edge, readonly=state.endswith("read-only"), drafts=draft_box())
    async with app.run_test(size=SIZES[0]) as pilot:
        await STATES[state](edge, pilot)
        await says_what_it_said(pilot, state, SIZES[: 3 if state in ALSO_SMALL else 2])


async def test_hostile_words_are_inert_on_all_three() -> None:
    edge = EdgeWithDns(hostile(), seen())
    app = console(edge, drafts=draft_box())
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "3")
        await shows(pilot, "jabber.example")
        for key in ("enter", "x", "j", "j", "h", "4", "t", "t", "3", "g", "e"):
            await press(pilot, key)
            assert all(line.isprintable() for line in text_of(app).split("\n"))
        await shows(pilot, "[/b]")
        for strip in app.screen._compositor.render_strips():
            assert all(segment.style is None or not segment.style.meta.get("@click") for segment in strip)


def hostile() -> Configuration:
    text = clean("[/b][@click=app.quit]x\x1b]52;c;eA==\x07")
    before = full()
    return msgspec.structs.replace(
        before,
        xmpp_partners=tuple(msgspec.structs.replace(each, comment=text, owner=text) for each in before.xmpp_partners),
        hosting_providers=tuple(msgspec.structs.replace(each, name=text) for each in before.hosting_providers),
        policies=(*before.policies, msgspec.structs.replace(before.policies[0], id=f"user:{text}")),
    )
