"""The `:` line and the palette: what is typed, what it becomes, what is said when it is wrong; changes still ask."""

from collections.abc import Sequence

import pytest

from edgeconsole.model.configuration import Action
from edgeconsole.model.errors import BadInput
from edgeconsole.tui.commands import COMMANDS, completions, known, parse
from edgeconsole.tui.keys import DEFAULT_KEYS
from tests.tui.console_world import EdgeInMemory, console, draft_box, shows, text_of
from tests.tui.records_world import press, typed

KNOWN = known(DEFAULT_KEYS)


def names(kind: str) -> Sequence[str]:
    return ("adatum.example", "fabrikam.example", "litware.example") if kind == "domain" else ()


def test_every_action_can_be_typed_by_its_id_and_every_command_has_help() -> None:
    assert {entry.id for entry in DEFAULT_KEYS} <= set(KNOWN)
    assert all(command.help for command in KNOWN.values())


def test_every_everyday_command_but_the_tour_names_an_action_or_takes_something() -> None:
    assert [command.word for command in COMMANDS if not command.action and not command.takes] == ["tour"]


@pytest.mark.parametrize(
    ("text", "word", "arguments"),
    [
        ("block fabrikam.example", "block", ("fabrikam.example",)),
        ("  allow a.example sip.a.example:5061 ", "allow", ("a.example", "sip.a.example:5061")),
        ("DISCOVERY on", "discovery", ("on",)),
        ("filter two  words", "filter", ("two  words",)),
        ("go.domains", "go.domains", ()),
    ],
)
def test_what_is_typed_is_understood(text: str, word: str, arguments: tuple[str, ...]) -> None:
    order = parse(text, KNOWN)
    assert (order.command.word, order.arguments) == (word, arguments)


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("blok x.example", "no command", "block"),
        ("discovery maybe", "on or off", "discovery on|off"),
        ("block", "needs more", "block DOMAIN"),
        ("block a.example b.example", "takes no more", "block DOMAIN"),
        ("quit now", "takes nothing", "quit"),
        ("zzz", "no command", "tab lists"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_type(text: str, message: str, remedy: str) -> None:
    with pytest.raises(BadInput) as error:
        parse(text, KNOWN)
    assert message in error.value.message
    assert remedy in error.value.remedy


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("disc", ["discovery"]),
        ("discovery o", ["discovery on", "discovery off"]),
        ("block fab", ["block fabrikam.example"]),
        ("block ware", ["block litware.example"]),
        ("block fabrikam.example ", []),
        ("nothing ", []),
    ],
)
def test_a_line_is_completed(text: str, expected: list[str]) -> None:
    assert completions(text, KNOWN, names) == expected


async def test_a_domain_is_blocked_by_command_and_only_y_confirms() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, ":", *typed("block fab"), "tab", "enter")
        await shows(pilot, "y apply")
        await press(pilot, "enter")
        await shows(pilot, "nothing changed")
        assert edge.applied == []
        await press(pilot, ":", "up", "enter", "y")
        await shows(pilot, "done #2")
    assert next(r for r in edge.now.domains if r.name == "fabrikam.example").action is Action.BLOCK


async def test_a_typo_is_told_and_the_line_comes_back() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, ":", *typed("discovry on"), "enter")
        await shows(pilot, "Did you mean discovery?")
        await press(pilot, ":", "up", *["backspace"] * 5, *typed("ery on"), "enter", "y")
        await shows(pilot, "done #2")
    assert edge.now.access_edge.partner_discovery


async def test_esc_leaves_the_line_and_the_palette_and_nothing_is_done() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, ":", *typed("discovery on"), "escape")
        await shows(pilot, "nothing changed")
        await press(pilot, "ctrl+p")
        await shows(pilot, "ACTIONS")
        await press(pilot, "escape")
        await shows(pilot, "nothing changed")
        assert "ACTIONS" not in text_of(app)
    assert edge.applied == []


async def test_tab_cycles_through_what_a_line_may_become() -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, ":", *typed("discovery o"), "tab", "tab")
        await shows(pilot, ": discovery off_")
        await press(pilot, "shift+tab")
        await shows(pilot, ": discovery on_")


async def test_the_palette_searches_and_does_what_is_chosen() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, "ctrl+p", *typed("revisions"), "enter")
        await shows(pilot, "History > ")
        await press(pilot, "ctrl+p", *typed("block"), "enter")
        await shows(pilot, ": block _")
    assert edge.applied == []


async def test_the_palette_says_why_something_cannot_be_done() -> None:
    app = console(EdgeInMemory(), readonly=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, "ctrl+p", *typed("partner discovery"))
        await shows(pilot, "read-only")


async def test_a_command_for_another_screen_says_where_it_is() -> None:
    app = console(EdgeInMemory(), drafts=draft_box())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, ":", *typed("apply"), "enter")
        await shows(pilot, "It is on: review")


async def test_a_domain_is_opened_by_name() -> None:
    app = console(EdgeInMemory())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, ":", *typed("open northw"), "tab", "enter")
        await shows(pilot, "sip.northwind.example")
