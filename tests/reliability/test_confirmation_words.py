"""What a change that waits tells: the answers to who decides, the events for the consoles, and the lines of the log."""

import logging
from datetime import timedelta
from typing import NoReturn

import pytest

from edgeconsole.config.confirm import Confirming
from edgeconsole.model.errors import Conflict, NotSaved
from edgeconsole.model.observed import EventKind
from edgeconsole.model.revision import Author, WriteOutcome
from edgeconsole.proxy.confirmation import settle_overdue, take_back_at_start
from tests.reliability.edges import ALICE, BOB, RunningEdge

CLOSED_FIRST, CLOSED_AFTER = 2, 3


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "edgeconsole.proxy.confirmation")
    return caplog


def said(edge: RunningEdge, kind: EventKind) -> list[tuple[str, str]]:
    """Return subject and detail of the events of a kind."""
    return [(event.subject, event.detail) for event in edge.edge.events.after(0) if event.kind is kind]


def not_saved(*_: object) -> NoReturn:
    raise NotSaved("the disk is full " + "x" * 300)


async def test_a_confirmation_answers_with_the_change_and_tells_consoles_and_log_who_gave_it(
    edge: RunningEdge, logged: pytest.LogCaptureFixture
) -> None:
    kept = await edge.confirmation.confirm(await edge.pending(), BOB)
    change = str(edge.revisions.head)
    assert str(kept.to_rev) == change
    assert said(edge, EventKind.CONFIRM_PENDING) == [(change, "alice")]
    assert said(edge, EventKind.CONFIRM_DONE) == [(change, "bob")]
    assert logged.messages == [
        f"{change} by alice goes back in 300 s unless confirmed",
        f"{change} confirmed by bob; audit head {edge.revisions.trail.head}",
    ]


async def test_going_back_on_demand_answers_with_what_runs_and_how_many_sessions_both_steps_closed(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch, logged: pytest.LogCaptureFixture
) -> None:
    token = await edge.pending()
    change, closed, activate = str(edge.revisions.head), iter([CLOSED_FIRST, CLOSED_AFTER]), edge.edge.activate

    def counting(*args) -> int:
        activate(*args)
        return next(closed)

    monkeypatch.setattr(edge.edge, "activate", counting)
    long_name = Author("b" * 300, "console")
    result = await edge.confirmation.roll_back(token, long_name)
    assert result.outcome is WriteOutcome.COMMITTED
    assert result.revision == result.running == edge.revisions.head
    assert result.closed_sessions == CLOSED_FIRST + CLOSED_AFTER
    assert result.detail == f"{change} taken back by {long_name.name} before it was confirmed"
    assert said(edge, EventKind.CONFIRM_REVERTED) == [(str(edge.revisions.head), result.detail[:200])]
    assert logged.messages[-1] == (
        f"{result.detail}; revision {edge.revisions.head} runs; audit head {edge.revisions.trail.head}"
    )


async def test_going_back_without_sessions_closes_none(edge: RunningEdge) -> None:
    assert (await edge.confirmation.roll_back(await edge.pending(), ALICE)).closed_sessions == 0


async def test_at_the_deadline_the_history_says_whose_change_nobody_confirmed_and_within_what(
    edge: RunningEdge,
) -> None:
    await edge.pending(timedelta(milliseconds=1))
    change = edge.revisions.head
    await edge.settled()
    assert edge.revisions.history(1)[0].why == f"nobody confirmed {change} by alice via console within 0 seconds"


async def test_a_failed_return_is_told_to_who_asked_and_to_consoles_and_log(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch, logged: pytest.LogCaptureFixture
) -> None:
    token = await edge.pending()
    monkeypatch.setattr(Confirming, "roll_back", not_saved)
    with pytest.raises(NotSaved, match="the disk is full") as caught:
        await edge.confirmation.roll_back(token, BOB)
    assert said(edge, EventKind.ALARM) == [(str(edge.revisions.head), str(caught.value)[:200])]
    (alarm,) = [record for record in logged.records if record.levelno == logging.CRITICAL]
    assert "it could not be taken back, tried again in 10 s: the disk is full" in alarm.getMessage()


async def test_a_word_for_what_is_settled_is_answered_with_that_nothing_waits(edge: RunningEdge) -> None:
    token = await edge.pending()
    await edge.confirmation.confirm(token, ALICE)
    for act in (edge.confirmation.confirm, edge.confirmation.roll_back):
        with pytest.raises(Conflict, match="no change waits to be confirmed"):
            await act(token, BOB)


async def test_a_start_that_takes_up_a_change_says_how_long_it_still_waits(
    edge: RunningEdge, logged: pytest.LogCaptureFixture
) -> None:
    await edge.pending()
    change = edge.revisions.head
    logged.clear()
    edge.boot += 200
    await edge.restart()
    (line,) = logged.messages
    assert line in {f"{change} goes back in {left} s unless confirmed" for left in range(80, 101)}


async def test_a_start_that_cannot_take_back_what_is_overdue_says_so_and_the_timer_tries_again(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch, logged: pytest.LogCaptureFixture
) -> None:
    await edge.pending()
    change = edge.revisions.head
    edge.boot += 600
    logged.clear()
    with monkeypatch.context() as patch:
        patch.setattr(Confirming, "roll_back", not_saved)
        await edge.restart()
        failed, taken_up = logged.messages
        assert failed.startswith(f"nobody confirmed {change} by alice via console within 300 seconds: it could not be")
        assert taken_up == f"{change} goes back in 0 s unless confirmed"
        assert take_back_at_start(edge.revisions, "it does not start") is None
    edge._since = 0
    await edge.settled()
    edge.check_back()


async def test_a_start_that_takes_a_change_back_says_which_revision_is_back(
    edge: RunningEdge, logged: pytest.LogCaptureFixture
) -> None:
    await edge.pending()
    await edge.confirmation.stop()
    logged.clear()
    assert take_back_at_start(edge.revisions, "it does not start") is WriteOutcome.COMMITTED
    head = edge.revisions.trail.head
    assert logged.messages == [f"it does not start; revision {edge.revisions.head} is back; audit head {head}"]
    settle_overdue(edge.revisions)
    assert edge.revisions.history(1)[0].why == "it does not start"
