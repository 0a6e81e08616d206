"""A hand edit comes into force like every other change: weighed, guarded, and taken back unless it is confirmed."""

from datetime import timedelta

import pytest

from edgeconsole.backends.file import FileBackend
from edgeconsole.config.confirm import FORMER_FILE, PENDING_FILE, boot_clock
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput, ConfirmPending, ConfirmRequired, Conflict
from edgeconsole.model.plan import CONFIRM_SHORTEST
from tests.reliability.edges import ALICE, BOB, LATER, SOON, TEXT, RunningEdge

SMALL = TEXT.replace("version = 1", "version = 1 # by hand").replace(
    "partner_discovery = false", "partner_discovery = true"
)
WIDE = SMALL.replace(
    "partner_discovery = true", 'partner_discovery = true\ndiscovered_verification = "always-verifiable"'
)
"""Strangers are let in and believed on less, which is more than the discovery toggle."""


async def test_a_reload_is_planned_with_fields_text_impact_and_guard(edge: RunningEdge) -> None:
    edge.path.write_text(WIDE)
    plan = await edge.service.reloading.plan()
    assert {step.field for step in plan.differences} == {"partner_discovery", "discovered_verification"}
    assert "+partner_discovery = true" in plan.toml_diff
    assert plan.impact.opens_to_strangers
    assert any("opens the edge" in reason for reason in plan.guard)
    assert not edge.discovery


async def test_a_hand_edit_above_the_guard_is_not_enforced_without_a_time_to_confirm_it_in(edge: RunningEdge) -> None:
    edge.path.write_text(WIDE)
    with pytest.raises(ConfirmRequired, match="opens the edge"):
        await edge.service.reloading.reload(ALICE)
    assert not edge.discovery
    assert edge.service.health().pending is None


async def test_a_hand_edit_below_the_guard_needs_nobodys_word(edge: RunningEdge) -> None:
    edge.path.write_text(SMALL)
    assert (await edge.service.reloading.reload(ALICE)).enforced
    assert edge.discovery
    assert edge.text == SMALL


async def test_an_unconfirmed_hand_edit_goes_back_to_what_ran_and_stays_in_the_history(edge: RunningEdge) -> None:
    edge.path.write_text(WIDE)
    edge._since = edge.edge.events.last_id
    result = await edge.service.reloading.reload(ALICE, confirm=SOON)
    assert result.pending is not None
    assert edge.discovery
    await edge.settled()
    edge.check_back()
    assert "hand edit" in (edge.revisions.history(1)[0].why or "")
    number = result.revision.number
    assert edge.revisions.points.text_at(edge.revisions.points.numbered(number)).text == WIDE


async def test_a_confirmed_hand_edit_stays_over_a_restart(edge: RunningEdge) -> None:
    edge.path.write_text(WIDE)
    result = await edge.service.reloading.reload(ALICE, confirm=LATER)
    assert result.pending is not None
    await edge.confirmation.confirm(result.pending.token, BOB)
    await edge.restart()
    assert edge.discovery
    assert edge.text == WIDE
    assert edge.service.health().pending is None


async def test_a_restart_takes_up_the_time_of_a_hand_edit_that_waits(edge: RunningEdge) -> None:
    edge.path.write_text(WIDE)
    result = await edge.service.reloading.reload(ALICE, confirm=LATER)
    await edge.restart()
    waits = edge.service.health().pending
    assert waits is not None
    assert waits.after == result.revision
    await edge.confirmation.roll_back(waits.token, BOB)
    edge.check_back()


async def test_while_a_hand_edit_waits_nothing_else_is_applied(edge: RunningEdge) -> None:
    edge.path.write_text(WIDE)
    await edge.service.reloading.reload(ALICE, confirm=LATER)
    with pytest.raises(ConfirmPending):
        await edge.apply(author=BOB)


async def test_an_edit_made_after_the_look_is_not_let_in_unseen(edge: RunningEdge) -> None:
    edge.path.write_text(SMALL)
    seen = (await edge.service.reloading.plan()).base
    edge.path.write_text(WIDE)
    with pytest.raises(Conflict, match="edited again"):
        await edge.service.reloading.reload(ALICE, base=seen)
    assert not edge.discovery


async def test_a_hand_edit_the_edge_does_not_take_leaves_nothing_armed(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge.path.write_text(WIDE)

    def refuse(*_: object) -> int:
        raise OSError("no such key")

    with monkeypatch.context() as patch:
        patch.setattr(edge.edge, "activate", refuse)
        with pytest.raises(OSError, match="no such key"):
            await edge.service.reloading.reload(ALICE, confirm=LATER)
    history = edge.path.with_name("federation.history")
    assert not (history / PENDING_FILE).exists()
    assert not (history / FORMER_FILE).exists()
    assert not edge.discovery


@pytest.mark.parametrize("length", [timedelta(seconds=9.9), timedelta(hours=1, seconds=1)])
async def test_a_time_to_confirm_in_is_from_ten_seconds_to_an_hour(edge: RunningEdge, length: timedelta) -> None:
    edge.confirmation.shortest = CONFIRM_SHORTEST
    with pytest.raises(BadInput, match="no time to confirm"):
        await edge.apply(confirm=length)
    with pytest.raises(BadInput, match="no time to confirm"):
        await edge.service.reloading.reload(ALICE, confirm=length)
    assert edge.text == TEXT


@pytest.mark.parametrize("kept", [True, False])
async def test_with_no_proxy_what_waits_is_kept_or_taken_back_on_the_file(edge: RunningEdge, kept: bool) -> None:
    edge.boot_id = boot_clock().identity()
    token = await edge.pending()
    after = edge.text
    await edge.stop()
    alone = FileBackend(edge.path, clock=edge.clock, new_id=lambda: "plan", via="test")
    waits = (await alone.health()).pending
    assert waits is not None
    plan = await alone.plan([Change(table=Table.ACCESS_EDGE, fields={"federation": False})])
    with pytest.raises(ConfirmPending, match="edgeconsole confirm"):
        await alone.apply(plan.plan_id)
    if kept:
        assert await alone.confirm(token) == waits.after
    else:
        assert (await alone.take_back(token)).running is None
    assert (await alone.health()).pending is None
    await alone.aclose()
    assert edge.text == (after if kept else TEXT)
    await edge.start()


async def test_with_no_proxy_nothing_is_kept_once_its_time_is_over(edge: RunningEdge) -> None:
    edge.boot_id = boot_clock().identity()
    token = await edge.pending()
    await edge.stop()
    edge.wall += timedelta(hours=1)
    alone = FileBackend(edge.path, clock=edge.clock, new_id=lambda: "plan", via="test")
    with pytest.raises(Conflict, match="its time is over"):
        await alone.confirm(token)
    await alone.aclose()
    await edge.start()
    edge.check_back()
