"""What the Probes screen says in every state, against kept text, and what its lists mean."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from textual.pilot import Pilot

from edgeconsole.model.probe import Severity
from edgeconsole.model.probing import Probes
from edgeconsole.present import watch
from edgeconsole.present.watch import Watch
from edgeconsole.tui.app import ConsoleApp
from tests.tui.console_world import NOW, console, shows, text_of, until
from tests.tui.kept_screens import SIZES, says_what_it_said
from tests.tui.probe_world import EXPIRED, ProbedEdge, known, result, status
from tests.tui.records_world import press

PROBLEM = "the proxy does not answer on /run/edgeconsole/admin.sock"

State = Callable[[ProbedEdge, Pilot[int]], Awaitable[None]]


async def live(_edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await press(pilot, "5")
    await shows(pilot, "tailspin.example")
    app = pilot.app
    assert isinstance(app, ConsoleApp)
    await until(pilot, lambda: bool(app._controls.desk.watch.histories))


async def deep(edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await live(edge, pilot)
    await press(pilot, "enter")
    await shows(pilot, "RUNBOOK")


async def failing(edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await live(edge, pilot)
    await press(pilot, "f")
    await shows(pilot, "failing only")


async def certificates(_edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await press(pilot, "5", "t")
    await shows(pilot, "X expired")


async def running(edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await live(edge, pilot)
    edge.run_gate = asyncio.Event()
    await press(pilot, "T")
    await shows(pilot, "probing sip:tailspin")


async def probed(edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await live(edge, pilot)
    await press(pilot, "T")
    await shows(pilot, "1 target probed")


async def loading(_edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await press(pilot, "5")
    await shows(pilot, "loading probes")


async def empty(_edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await press(pilot, "5")
    await shows(pilot, "Nothing is probed yet")


async def none_fails(_edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await press(pilot, "5", "f")
    await shows(pilot, "No target fails")


async def nothing_matches(edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await live(edge, pilot)
    await press(pilot, "slash", "a", "c", "m", "e", "e", "enter")
    await shows(pilot, "match /acmee")


async def down(edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await live(edge, pilot)
    edge.fail(PROBLEM)
    await shows(pilot, "Data from")


async def never_up(_edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await press(pilot, "5")
    await shows(pilot, "does not answer")


async def helped(edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await live(edge, pilot)
    await press(pilot, "question_mark")
    await shows(pilot, "KEYS")


async def is_it_us(_edge: ProbedEdge, pilot: Pilot[int]) -> None:
    await press(pilot, "5")
    await shows(pilot, "IS IT US?")


STATES: dict[str, State] = {
    "live": live, "deep": deep, "failing": failing, "certificates": certificates, "running": running,
    "probed": probed, "loading": loading, "empty": empty, "none-fails": none_fails, "down": down,
    "nothing-matches": nothing_matches, "never-up": never_up, "read-only": live, "help": helped, "us": is_it_us,
}  # fmt: skip
ALSO_SMALL = {"live", "certificates"}


def edge_for(state: str) -> ProbedEdge:
    targets = {"empty": Probes(), "none-fails": Probes(targets=(status("fabrikam.example"),))}
    edge = ProbedEdge(probes=targets.get(state))
    edge.outcomes["sip:tailspin.example"] = result("tailspin.example")
    if state == "us":
        edge.seen = msgspec.structs.replace(edge.seen, probes=msgspec.structs.replace(known(), vantage_down=True))
    if state == "loading":
        edge.health = asyncio.Event().wait  # type: ignore[assignment,method-assign]
    if state == "never-up":
        edge.down = PROBLEM
    return edge


@pytest.mark.parametrize("state", STATES)
async def test_probes_says_what_it_said_when_somebody_last_read_it(state: str) -> None:
    edge = edge_for(state)
    app = console(edge, readonly=state == "read-only")
    async with app.run_test(size=SIZES[0]) as pilot:
        await STATES[state](edge, pilot)
        await says_what_it_said(pilot, f"probes-{state}", SIZES[: 3 if state in ALSO_SMALL else 2])


async def test_a_second_t_gives_a_probe_up_and_nothing_of_it_comes_later() -> None:
    edge = ProbedEdge()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await running(edge, pilot)
        await press(pilot, "T")
        await shows(pilot, "given up: sip:tailspin.example")
        assert edge.run_gate is not None
        edge.run_gate.set()
        await pilot.pause()
        assert "probed from" not in text_of(app)


async def test_a_probe_left_by_esc_does_not_come_back_by_itself() -> None:
    edge = ProbedEdge()
    app = console(edge)
    async with app.run_test(size=(80, 24)) as pilot:
        await running(edge, pilot)
        await press(pilot, "escape")
        assert edge.run_gate is not None
        edge.run_gate.set()
        await shows(pilot, "1 target probed")
        assert "PROBE tailspin" not in text_of(app)


def test_what_never_ran_does_not_count_as_failing() -> None:
    shown = watch.list_view(Watch(failing=True), ProbedEdge().seen, NOW)
    assert shown.keys == ["sip tailspin.example", "ours sip.contoso.example"]


def test_certificates_stand_in_the_order_of_the_days_they_have_left() -> None:
    edge = ProbedEdge()
    shown = watch.list_view(Watch(tab=watch.Tab.CERTIFICATES, certificates=edge.certificate_rows), edge.seen, NOW)
    assert [shown.row(place).cells[3].text for place in range(3)] == [
        "tailspin.example",
        "external",
        "fabrikam.example",
    ]


def test_the_runbook_of_a_finding_says_how_people_meet_it() -> None:
    told = "\n".join(
        span.text for line in watch.runbook(result("t.example", result("t").kind, EXPIRED), 70) for span in line.spans
    )
    assert "RUNBOOK 6" in told
    assert "seen as" in told


def test_a_finding_that_is_expected_has_no_runbook() -> None:
    expected = msgspec.structs.replace(EXPIRED, expected=True)
    assert list(watch.runbook(result("t.example", result("t").kind, expected), 70)) == []


def test_bars_of_a_steady_value_are_level() -> None:
    assert len(set(watch.sparkline([4.0] * 5))) == 1
    assert watch.sparkline([1.0, 9.0])[0] != watch.sparkline([1.0, 9.0])[1]


def test_severities_that_count_as_bad_are_all_but_well() -> None:
    assert set(Severity) - {Severity.OK, Severity.INFO} == watch.BAD
