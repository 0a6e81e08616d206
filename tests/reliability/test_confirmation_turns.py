"""The turns of a change that waits: bounds of its time, two who decide at once, and a word that could not be kept."""

import asyncio
from datetime import timedelta

import pytest

from edgeconsole.config.confirm import Confirming
from edgeconsole.model.errors import BadInput, Conflict, NotSaved
from edgeconsole.model.plan import CONFIRM_LONGEST
from edgeconsole.proxy.confirmation import settle_overdue
from tests.reliability.edges import ALICE, BOB, RunningEdge

TICK = timedelta(milliseconds=1)


async def test_the_time_to_confirm_in_has_bounds_that_count_as_within(edge: RunningEdge) -> None:
    confirmation = edge.confirmation
    for length in (None, confirmation.shortest, CONFIRM_LONGEST):
        confirmation.check(length)
    for length in (confirmation.shortest - TICK, CONFIRM_LONGEST + TICK):
        with pytest.raises(BadInput, match="no time to confirm a change in"):
            confirmation.check(length)


async def test_of_two_who_take_it_back_at_once_the_second_is_told_of_the_first(edge: RunningEdge) -> None:
    token = await edge.pending()
    first = asyncio.create_task(edge.confirmation.roll_back(token, ALICE))
    await asyncio.sleep(0)
    for act in (edge.confirmation.roll_back, edge.confirmation.confirm):
        with pytest.raises(Conflict, match="at this moment"):
            await act(token, BOB)
    await first
    edge.check_back()


async def test_a_confirmation_that_could_not_be_written_down_does_not_count_and_can_be_given_again(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await edge.pending()

    def refuse(*_: object) -> None:
        raise NotSaved("the confirmation could not be written down")

    with monkeypatch.context() as patch:
        patch.setattr(Confirming, "confirm", refuse)
        with pytest.raises(NotSaved):
            await edge.confirmation.confirm(token, ALICE)
    assert edge.confirmation.told() is not None
    await edge.confirmation.confirm(token, ALICE)
    edge.check_kept()


@pytest.mark.parametrize(("left", "back"), [(0.0, True), (0.5, False)])
async def test_at_a_start_what_has_no_time_left_goes_back_and_what_has_some_waits(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch, left: float, back: bool
) -> None:
    await edge.pending()
    await edge.confirmation.stop()
    monkeypatch.setattr(Confirming, "remaining", lambda _: left)
    settle_overdue(edge.revisions)
    assert (edge.revisions.confirming.pending is None) is back


async def test_what_has_no_time_left_cannot_be_confirmed(edge: RunningEdge, monkeypatch: pytest.MonkeyPatch) -> None:
    token = await edge.pending()
    await edge.confirmation.stop()
    monkeypatch.setattr(Confirming, "remaining", lambda _: 0.0)
    with pytest.raises(Conflict, match="time is over"):
        await edge.confirmation.confirm(token, ALICE)
