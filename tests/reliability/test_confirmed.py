"""Confirmed changes meet what broke other people's: C1 to C18 of the reliability reference.

C1   test_a_read_before_the_deadline_does_not_keep_the_change
C2   test_a_change_that_cannot_be_applied_leaves_nothing_armed
C3   test_a_write_under_way_at_the_deadline_holds_up_the_file_and_not_the_edge
C4   test_timer_roll_backs_leave_no_task_lock_or_descriptor_behind; test_confirmed_process: the same of a process
C5   test_confirmed_process: test_another_session_confirms_or_takes_back_what_a_dead_one_applied
C6   test_confirmed_process: test_killed_and_restarted_after_the_deadline_it_is_back_before_anything_listens
C7   test_confirmed_process: test_killed_and_restarted_before_the_deadline_the_time_goes_on
C8   test_another_start_of_the_host_takes_the_change_back; test_confirmed_process: the same of a process
C9   test_a_way_back_with_another_owner_and_mode_comes_back_as_the_file_was
C10  test_a_hand_edit_in_the_window_is_kept_in_the_history_and_told
C11  test_a_second_operator_is_refused_with_who_and_how_long
C12  test_a_confirmed_change_stays_after_its_deadline
C13  test_looking_and_planning_confirm_nothing
C14  test_confirmed_process: test_a_dropped_session_neither_confirms_nor_reverts_before_the_deadline
C15  test_full_disk: test_a_change_goes_back_on_a_full_disk_and_is_written_down
C16  test_a_stepped_wall_clock_moves_no_deadline
C17  test_of_a_confirmation_and_the_deadline_exactly_one_wins
C18  test_points: every call that touches the disk; test_confirmed_process: test_a_proxy_killed_at_*
"""

import asyncio
import os
import random
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from edgeconsole.config.confirm import FORMER_FILE, PENDING_FILE
from edgeconsole.model.audit import AuditAct
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import ConfirmPending, Conflict, EdgeconsoleError
from edgeconsole.model.observed import EventKind
from edgeconsole.model.revision import Origin, WriteOutcome
from edgeconsole.proxy.confirmation import Confirmation
from tests.reliability.edges import ALICE, BOB, DISCOVERY_ON, LATER, SOON, TEXT, RunningEdge, running_edge


async def test_a_read_before_the_deadline_does_not_keep_the_change(edge: RunningEdge) -> None:
    await edge.pending(SOON)
    await edge.service.history(10)
    edge.service.configuration_page(0, 10)
    await edge.settled()
    edge.check_back()
    assert edge.revisions.history(1)[0].origin is Origin.ROLLED_BACK


async def test_a_change_that_cannot_be_applied_leaves_nothing_armed(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError("no such key")

    with monkeypatch.context() as patch:
        patch.setattr(edge.edge, "activate", _once(refuse, edge.edge.activate))
        result = await edge.apply(confirm=LATER)
    assert result.outcome is WriteOutcome.NOT_COMMITTED
    edge.check_back()
    with pytest.raises(Conflict, match="no change waits"):
        await edge.confirmation.roll_back("token", ALICE)
    history = edge.path.with_name("federation.history")
    assert not {PENDING_FILE, FORMER_FILE} & set(os.listdir(history))


def _once(first, then):
    calls = iter([first])
    return lambda *args: next(calls, then)(*args)


async def test_a_write_under_way_at_the_deadline_holds_up_the_file_and_not_the_edge(edge: RunningEdge) -> None:
    writing = asyncio.Lock()
    former = edge.service._enforcement.in_force()
    confirmation = Confirmation(
        edge.revisions, edge.service._enforcement, edge.edge.events, writing, retry_seconds=0.02, lock_seconds=0.02
    )
    edge.service.confirmation = edge.confirmation = confirmation
    async with writing:
        await edge.pending(SOON)
        await edge.alarmed()
        assert not edge.discovery
        assert edge.text != TEXT
    await edge.settled()
    edge.check_back()
    assert former.revision.etag == edge.service.health().running.etag


async def roll_back_by_timer(edge: RunningEdge, times: int) -> None:
    async def once() -> None:
        await edge.pending(timedelta(milliseconds=1))
        await edge.settled()
        edge.check_back()

    await once()
    before = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
    for _ in range(times):
        await once()
    assert (len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())) == before
    assert not edge.service._writing.locked()


async def test_timer_roll_backs_leave_no_task_lock_or_descriptor_behind(edge: RunningEdge) -> None:
    await roll_back_by_timer(edge, 20)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_thousand_timer_roll_backs_leave_no_task_lock_or_descriptor_behind(edge: RunningEdge) -> None:
    await roll_back_by_timer(edge, 1000)


async def test_another_start_of_the_host_takes_the_change_back(edge: RunningEdge) -> None:
    await edge.pending()
    edge.boot_id = "second"
    await edge.restart()
    edge.check_back()


@pytest.mark.parametrize("found", ["token", "{}", ""])
async def test_a_way_back_that_says_nothing_sensible_takes_the_change_back(edge: RunningEdge, found: str) -> None:
    await edge.pending()
    (edge.path.with_name("federation.history") / PENDING_FILE).write_text(found)
    await edge.restart()
    edge.check_back()


async def test_a_way_back_of_which_nothing_is_left_is_cleared_away_and_holds_nobody_up(edge: RunningEdge) -> None:
    await edge.pending()
    history = edge.path.with_name("federation.history")
    (history / PENDING_FILE).write_text("{}")
    (history / FORMER_FILE).unlink()
    await edge.restart()
    edge.check_kept()
    assert not (history / PENDING_FILE).exists()


async def test_a_way_back_that_was_settled_and_is_still_there_never_comes_to_life_again(edge: RunningEdge) -> None:
    history = edge.path.with_name("federation.history")
    for settle in ("confirm", "roll_back"):
        token = await edge.pending()
        kept = {name: (history / name).read_bytes() for name in (PENDING_FILE, FORMER_FILE)}
        await getattr(edge.confirmation, settle)(token, ALICE)
        if edge.discovery:
            undo = await edge.service.plan_undo(None)
            await edge.service.apply(undo.plan_id, author=ALICE, why="")
        await edge.apply(Change(table=Table.DOMAIN, key="evil.example", fields={"action": "block"}))
        for name, content in kept.items():
            (history / name).write_bytes(content)
        text = edge.text
        edge.boot += 600
        await edge.restart()
        assert edge.text == text
        assert not (history / PENDING_FILE).exists()
        undo = await edge.service.plan_undo(None)
        await edge.service.apply(undo.plan_id, author=ALICE, why="")


async def test_a_way_back_with_another_owner_and_mode_comes_back_as_the_file_was(edge: RunningEdge) -> None:
    edge.path.chmod(0o640)
    before = edge.path.stat()
    await edge.pending(SOON)
    former = edge.path.with_name("federation.history") / FORMER_FILE
    if os.geteuid() == 0:
        os.chown(former, 12345, 23456)
    former.chmod(0o400)
    edge.path.chmod(0o604)
    await edge.settled()
    edge.check_back()
    after = edge.path.stat()
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


async def test_a_hand_edit_in_the_window_is_kept_in_the_history_and_told(edge: RunningEdge) -> None:
    await edge.pending()
    edited = edge.text + "# by hand\n"
    edge.path.write_text(edited)
    edge.boot += 600
    await edge.settled()
    edge.check_back()
    back, external, applied = edge.revisions.history(3)
    assert [each.origin for each in (back, external, applied)] == [
        Origin.ROLLED_BACK,
        Origin.EXTERNAL,
        Origin.APPLIED,
    ]
    assert f"the hand edit {external.revision} is in the history" in back.why
    plan = edge.revisions.plan_rollback(external.revision.number)
    assert "+# by hand" in plan.toml_diff


async def test_a_hand_edit_in_the_window_that_cannot_be_read_is_kept_beside_the_history(edge: RunningEdge) -> None:
    await edge.pending()
    edge.path.write_text("[[[ nothing of ours")
    edge.boot += 600
    await edge.settled()
    edge.check_back()
    (kept,) = edge.path.with_name("federation.history").glob("*.overwritten")
    assert kept.read_text() == "[[[ nothing of ours"
    assert str(kept) in edge.revisions.history(1)[0].why


@pytest.mark.parametrize("found", [None, "[[[ nothing of ours"])
async def test_a_change_goes_back_where_somebody_broke_the_file_and_the_proxy_starts_again(
    edge: RunningEdge, found: str | None
) -> None:
    await edge.pending()
    edge.path.unlink()
    if found is not None:
        edge.path.write_text(found)
    await edge.restart()
    edge.check_back()
    record = edge.revisions.history(1)[0]
    assert record.origin is Origin.ROLLED_BACK
    assert "could not be read" in record.why


async def test_a_second_operator_is_refused_with_who_and_how_long(edge: RunningEdge) -> None:
    token = await edge.pending()
    kept = edge.text
    with pytest.raises(ConfirmPending, match=r"#2 by alice waits .* goes back in (299|300) seconds"):
        await edge.apply(DISCOVERY_ON, author=BOB)
    plan = await edge.service.archive.plan_rollback(1, None)
    with pytest.raises(ConfirmPending):
        await edge.service.apply(plan.plan_id, author=BOB, why="")
    assert edge.text == kept
    await edge.confirmation.confirm(token, BOB)
    edge.check_kept()


async def test_a_confirmed_change_stays_after_its_deadline(edge: RunningEdge) -> None:
    token = await edge.pending()
    await edge.confirmation.confirm(token, BOB)
    edge.boot += 600
    edge.wall += timedelta(minutes=10)
    await edge.restart()
    edge.check_kept()
    noted = edge.revisions.trail.records(1)[0]
    assert (noted.act, noted.by) == (AuditAct.CONFIRMED, BOB)


async def test_looking_and_planning_confirm_nothing(edge: RunningEdge) -> None:
    token = await edge.pending()
    await edge.service.plan([DISCOVERY_ON], None)
    await edge.service.impact([DISCOVERY_ON])
    await edge.service.archive.audit(10)
    await edge.service.archive.verify(None)
    with pytest.raises(Conflict, match="another token"):
        await edge.confirmation.confirm("not the token", ALICE)
    told = edge.confirmation.told()
    assert told is not None
    assert told.token == token
    edge.boot += 600
    await edge.settled()
    edge.check_back()


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1)])
async def test_a_stepped_wall_clock_moves_no_deadline(edge: RunningEdge, step: timedelta) -> None:
    await edge.pending()
    edge.wall += step
    told = edge.confirmation.told()
    assert told is not None
    assert LATER.total_seconds() - 1 < told.seconds_left <= LATER.total_seconds()
    edge.boot += LATER.total_seconds()
    await edge.settled()
    edge.check_back()


async def test_a_wall_clock_set_back_lengthens_no_time_of_a_restarted_proxy(edge: RunningEdge) -> None:
    await edge.pending()
    edge.wall -= timedelta(hours=1)
    await edge.restart()
    told = edge.confirmation.told()
    assert told is not None
    assert told.seconds_left <= LATER.total_seconds()


async def race(directory: Path, times: int, chance: random.Random) -> list[bool]:
    """Let confirmations and deadlines meet; return which of them the confirmations won."""
    won = []
    async with running_edge(directory) as edge:
        for _ in range(times):
            token = await edge.pending(timedelta(milliseconds=25))
            told = edge.confirmation.told()
            left = told.seconds_left if told else 0.0
            answer = await _confirmed_around(edge, token, left + chance.uniform(-0.003, 0.001))
            await edge.settled()
            (edge.check_kept if answer else edge.check_back)()
            records = edge.revisions.trail.records(2)
            kinds = (AuditAct.CONFIRMED in [each.act for each in records], records[0].origin is Origin.ROLLED_BACK)
            assert kinds == (answer, not answer)
            won.append(answer)
            if answer:
                undo = await edge.service.plan_undo(None)
                await edge.service.apply(undo.plan_id, author=ALICE, why="")
    return won


async def _confirmed_around(edge: RunningEdge, token: str, seconds: float) -> bool:
    """Confirm at about the deadline, to the tick; return whether that was accepted."""
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def confirm() -> None:
        try:
            await edge.confirmation.confirm(token, BOB)
        except EdgeconsoleError:
            answer.set_result(False)
        else:
            answer.set_result(True)

    tasks = []
    asyncio.get_running_loop().call_later(max(seconds, 0), lambda: tasks.append(asyncio.create_task(confirm())))
    async with asyncio.timeout(20):
        return await answer


async def test_of_a_confirmation_and_the_deadline_exactly_one_wins(tmp_path: Path) -> None:
    assert len(await race(tmp_path, 40, random.Random(17))) == 40


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_of_a_thousand_confirmations_at_the_deadline_exactly_one_side_wins_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    won = await race(tmp_path, 1000, random.Random(17))
    with capsys.disabled():
        print(f"\n1000 races: {won.count(True)} confirmed, {won.count(False)} reverted")
    assert 0 < won.count(True) < 1000


async def test_every_console_hears_that_a_change_waits_and_what_became_of_it(edge: RunningEdge) -> None:
    await edge.pending(SOON)
    await edge.settled()
    kinds = [event.kind for event in edge.edge.events.after(0)]
    assert EventKind.CONFIRM_PENDING in kinds
    assert EventKind.CONFIRM_REVERTED in kinds
