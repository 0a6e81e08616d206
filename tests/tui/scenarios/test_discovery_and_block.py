"""The on-call tasks T1 and T2, key by key: within budget, by key and by command; with a typo, and left by Esc."""

from edgeconsole.model.configuration import Action
from tests.tui.console_world import EdgeInMemory, console, is_open, shows
from tests.tui.records_world import press, typed
from tests.tui.scenarios.tasks import TASKS

T1, T2 = TASKS["T1"].keys, TASKS["T2"].keys


async def test_t1_partner_discovery_is_turned_on() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, *T1)
        await shows(pilot, "done #2")
    assert edge.now.access_edge.partner_discovery


async def test_t1_with_a_wrong_key_and_with_esc_changes_nothing_until_y() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        for wrong in ("escape", "t", "enter"):
            await press(pilot, "D", wrong)
            await shows(pilot, "nothing changed")
        assert edge.applied == []
        await press(pilot, *T1)
        await shows(pilot, "done #2")
    assert edge.now.access_edge.partner_discovery


def blocked(edge: EdgeInMemory) -> list[str]:
    return [record.name for record in edge.now.domains if record.action is Action.BLOCK]


async def test_t2_a_connected_domain_is_blocked() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, *T2)
        await shows(pilot, "done #2")
    assert "fabrikam.example" in blocked(edge)
    assert not is_open(edge.now, "fabrikam.example")


async def test_t2_with_a_typo_in_the_filter_and_with_esc() -> None:
    edge = EdgeInMemory()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "tailspin.example")
        await press(pilot, "2", "/", *typed("fav"), "backspace", "b", "enter", "b", "escape")
        await shows(pilot, "nothing changed")
        assert edge.applied == []
        await press(pilot, "b", "y")
        await shows(pilot, "done #2")
    assert "fabrikam.example" in blocked(edge)
