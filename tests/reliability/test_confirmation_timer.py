"""The task behind a change that waits: when it acts, when it rests, and how it ends."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import NoReturn

import pytest

from edgeconsole.config.confirm import Confirming
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput, NotSaved
from edgeconsole.model.observed import EventKind
from edgeconsole.model.revision import WriteOutcome
from edgeconsole.proxy import confirmation as confirming
from tests.reliability.edges import ALICE, BOB, LATER, SOON, TEXT, RunningEdge

TURNS = 50
"""Turns of the event loop: enough for what waits for nothing else, and no time at all."""


async def turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


def not_saved(*_: object) -> NoReturn:
    raise NotSaved("the disk is full")


def failing_once(then: Callable) -> Callable:
    calls = iter([not_saved])
    return lambda *args: next(calls, then)(*args)


class Held:
    """A write that has begun and ends when a test says so."""

    def __init__(self, then: Callable) -> None:
        self._then = then
        self.begun, self.go_on = threading.Event(), threading.Event()

    def write(self, *args: object) -> object:
        self.begun.set()
        assert self.go_on.wait(20)
        return self._then(*args)

    async def has_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, 20)


def held(patch: pytest.MonkeyPatch) -> Held:
    """Hold the write that takes a change back."""
    write = Held(Confirming.roll_back)
    patch.setattr(Confirming, "roll_back", lambda *args: write.write(*args))
    return write


@pytest.mark.parametrize(("left", "back"), [(0.5, False), (0.0, True)])
async def test_the_edge_goes_back_when_no_time_is_left_and_not_while_some_is(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch, left: float, back: bool
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Confirming, "remaining", lambda _: left)
        token = await edge.pending()
        await turns()
        assert edge.discovery is not back
        if not back:
            await edge.confirmation.confirm(token, ALICE)
    await edge.settled()
    (edge.check_back if back else edge.check_kept)()


async def test_a_change_goes_back_at_its_deadline_and_not_at_the_next_look_at_the_clock(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming, "_LOOK_SECONDS", 3_600.0)
    await edge.pending(SOON)
    async with asyncio.timeout(10):
        await edge.settled()
    edge.check_back()


async def test_the_time_goes_on_in_the_next_process(edge: RunningEdge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirming, "_LOOK_SECONDS", 0.01)
    await edge.pending()
    await edge.restart()
    edge._since = 0
    assert edge.discovery
    edge.boot += LATER.total_seconds()
    async with asyncio.timeout(10):
        await edge.settled()
    edge.check_back()


@pytest.mark.parametrize("settle", ["confirm", "roll_back"])
async def test_what_is_settled_leaves_no_task_behind(edge: RunningEdge, settle: str) -> None:
    before = asyncio.all_tasks()
    await getattr(edge.confirmation, settle)(await edge.pending(), ALICE)
    await turns()
    assert asyncio.all_tasks() == before


async def test_taking_back_on_demand_begins_at_once(edge: RunningEdge) -> None:
    token = await edge.pending()
    await turns()
    asked = asyncio.create_task(edge.confirmation.roll_back(token, ALICE))
    await turns()
    assert not edge.discovery
    await asked


async def test_a_confirmation_that_failed_over_the_deadline_lets_the_change_go_back_at_once(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await edge.pending()
    await turns()

    def too_slow(*_: object) -> NoReturn:
        edge.boot += 600
        raise NotSaved("the confirmation could not be written down")

    monkeypatch.setattr(Confirming, "confirm", too_slow)
    with pytest.raises(NotSaved):
        await edge.confirmation.confirm(token, ALICE)
    await turns()
    assert not edge.discovery
    await edge.settled()
    edge.check_back()


async def test_a_confirmation_that_failed_does_not_keep_the_timer_busy(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await edge.pending()
    monkeypatch.setattr(Confirming, "confirm", not_saved)
    with pytest.raises(NotSaved):
        await edge.confirmation.confirm(token, ALICE)
    await turns()
    looks, remaining = [], Confirming.remaining
    monkeypatch.setattr(Confirming, "remaining", lambda self: looks.append(1) or remaining(self))
    await turns()
    assert len(looks) <= 2


async def test_an_attempt_that_failed_is_followed_by_a_pause(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []

    def refuse(*_: object) -> NoReturn:
        attempts.append(1)
        raise NotSaved("the disk is full")

    monkeypatch.setattr(Confirming, "roll_back", refuse)
    await edge.pending(timedelta(milliseconds=1))
    await edge.alarmed()
    for _ in range(5):
        await turns()
        await asyncio.to_thread(lambda: None)
    assert len(attempts) == 1


@pytest.mark.parametrize("fails", [False, True])
async def test_who_asks_for_the_way_back_and_leaves_does_not_stop_it(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    edge.confirmation._retry_seconds = 0.01
    token = await edge.pending()
    write = Held(failing_once(Confirming.roll_back) if fails else Confirming.roll_back)
    monkeypatch.setattr(Confirming, "roll_back", lambda *args: write.write(*args))
    asked = asyncio.create_task(edge.confirmation.roll_back(token, BOB))
    await write.has_begun()
    asked.cancel()
    await asyncio.wait({asked})
    write.go_on.set()
    await edge.settled()
    edge.check_back()
    await turns()
    await edge.confirmation.stop()


async def test_a_proxy_that_ends_waits_for_a_write_under_way_and_does_nothing_after_it(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await edge.pending()
    write = held(monkeypatch)
    asked = asyncio.create_task(edge.confirmation.roll_back(token, BOB))
    await write.has_begun()
    ending = asyncio.create_task(edge.confirmation.stop())
    await turns()
    assert not ending.done()
    assert edge.text != TEXT
    write.go_on.set()
    await ending
    assert edge.text == TEXT
    assert EventKind.CONFIRM_REVERTED not in [event.kind for event in edge.edge.events.after(0)]
    asked.cancel()
    await edge.restart()
    edge.check_back()


async def test_what_can_neither_be_enforced_nor_taken_back_at_once_is_taken_back_by_the_timer(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError("no such key")

    activate, calls = edge.edge.activate, iter([refuse])
    monkeypatch.setattr(edge.edge, "activate", lambda *args: next(calls, activate)(*args))
    monkeypatch.setattr(Confirming, "take_back", not_saved)
    result = await edge.apply(confirm=LATER)
    assert result.outcome is WriteOutcome.INDETERMINATE
    await edge.settled()
    edge.check_back()
    assert "could not be enforced: no such key" in edge.revisions.history(1)[0].why


async def test_going_back_does_not_ask_whether_the_former_certificates_still_open(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge.edge, "check", lambda _configuration: None)
    await edge.apply(Change(table=Table.EDGE, fields={"fqdn": "edge.contoso.example"}), confirm=LATER)
    pending = edge.confirmation.told()
    assert pending is not None
    with monkeypatch.context() as patch:
        patch.setattr(Confirming, "way_back", not_saved)
        await edge.restart()
    with pytest.raises(BadInput, match="certificates cannot be used"):
        edge.edge.check(edge.edge.configuration)
    result = await edge.confirmation.roll_back(pending.token, ALICE)
    assert result.closed_sessions == 0
    edge.check_back()
