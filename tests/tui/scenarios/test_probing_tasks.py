"""The on-call tasks T4, T5, T9, T10, T12, X2 and X3, key by key, each also with a wrong key and with an Esc."""

import msgspec
import pytest

from edgeconsole.model.configuration import Action
from tests.tui.console_world import console, shows, text_of
from tests.tui.probe_world import ProbedEdge, throttled
from tests.tui.records_world import press
from tests.tui.scenarios.tasks import TASKS

T4, T5, T9, T10, T12, X2, X3 = (TASKS[name].keys for name in ("T4", "T5", "T9", "T10", "T12", "X2", "X3"))
FIRST = "tailspin.example"


@pytest.fixture
def edge() -> ProbedEdge:
    edge = ProbedEdge()
    seen = (*edge.seen.discovered, throttled("wingtip.example"))
    edge.seen = msgspec.structs.replace(edge.seen, discovered=seen)
    return edge


async def test_t4_says_whether_alice_may_write_to_bob_and_back(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, FIRST)
        await press(pilot, *T4)
        await shows(pilot, "alice@contoso.example -> bob@fabrikam.example")
        assert "federation is on" in text_of(app)
        await press(pilot, "escape")
        assert "alice@" not in text_of(app)


async def test_t4_with_a_typo_taken_back(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, FIRST)
        await press(pilot, *T4[:-3], "x", "backspace", *T4[-3:])
        await shows(pilot, "-> bob@fabrikam.example")


async def test_t4_left_by_esc_asks_nothing(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, FIRST)
        await press(pilot, *T4[:-1], "escape")
        assert "->" not in text_of(app)


async def test_t5_lists_every_certificate_the_first_to_end_on_top(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, *T5)
        await shows(pilot, "X expired")
        assert app.front.table.cursor_key == "b" * 64  # type: ignore[union-attr]


async def test_t5_with_a_wrong_key_is_told_and_costs_one_more(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "5", "y", "escape", "5", "t")
        await shows(pilot, "X expired")


@pytest.mark.parametrize("keys", [T9, X2], ids=["T9", "X2"])
async def test_t9_and_x2_probe_the_partner_under_the_cursor_stage_by_stage(
    edge: ProbedEdge, keys: tuple[str, ...]
) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, FIRST)
        await press(pilot, *keys)
        await shows(pilot, "1 target probed")
        assert ". tls" in text_of(app)
    assert edge.asked == [f"sip:{FIRST}"]


async def test_t9_left_by_esc_shows_the_list_again(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, FIRST)
        await press(pilot, "equals_sign", *T9)
        await shows(pilot, "1 target probed")
        await press(pilot, "escape")
        assert ". tls" not in text_of(app)


async def test_t10_lists_only_what_fails_and_esc_leaves_the_screen(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, FIRST)
        await press(pilot, "equals_sign", *T10)
        await shows(pilot, "failing only")
        assert "Probes > 2" in text_of(app)
        assert "fabrikam.example" not in text_of(app)
        await press(pilot, "escape")
        await shows(pilot, "Overview >")


async def test_t12_the_throttled_partner_stands_first_and_is_allowed(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, FIRST)
        await press(pilot, *T12[:2])
        await shows(pilot, "! throttled")
        await press(pilot, *T12[2:])
        await shows(pilot, "done #2: allow wingtip.example")
    assert [each.action for each in edge.now.domains if each.name == "wingtip.example"] == [Action.ALLOW]


async def test_t12_with_a_key_that_means_nothing_still_ends_well(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, FIRST)
        await press(pilot, *T12[:2], "equals_sign", *T12[2:])
        await shows(pilot, "done #2: allow wingtip.example")


async def test_t12_left_by_esc_allows_nobody(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, FIRST)
        await press(pilot, *T12[:-1], "escape")
    assert edge.applied == []


async def test_x3_closes_the_connections_of_one_partner_and_no_others(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        await shows(pilot, "fabrikam.example")
        assert app.front.table.to_key("fabrikam.example")  # type: ignore[union-attr]
        await press(pilot, *X3)
        await shows(pilot, "closed 1 connection of fabrikam.example")
    assert edge.closed_for == ["fabrikam.example"]


@pytest.mark.parametrize("key", ["escape", "enter", "n"])
async def test_x3_closes_nothing_unless_y_is_pressed(edge: ProbedEdge, key: str) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        await shows(pilot, "fabrikam.example")
        assert app.front.table.to_key("fabrikam.example")  # type: ignore[union-attr]
        await press(pilot, "K", key)
        await pilot.pause()
    assert edge.closed_for == []


async def test_a_read_only_console_closes_no_connection(edge: ProbedEdge) -> None:
    app = console(edge, readonly=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2")
        await shows(pilot, "fabrikam.example")
        await press(pilot, *X3)
        await pilot.pause()
    assert edge.closed_for == []


async def test_enter_on_our_own_side_in_the_work_list_opens_its_probe(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "sip.contoso.example")
        assert app.front.table.to_key("ours sip.contoso.example")  # type: ignore[union-attr]
        await press(pilot, "enter")
        await shows(pilot, "own.record_missing")


async def test_each_of_our_domains_says_what_is_to_mend(edge: ProbedEdge) -> None:
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, FIRST)
        await press(pilot, "2", "t", "t")
        await shows(pilot, "1 thing to mend")
        await press(pilot, "enter")
        await shows(pilot, "Publish `_sipfederationtls")
