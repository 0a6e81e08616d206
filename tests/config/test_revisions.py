"""Revisions: planned on one, saved as the next, refused when somebody else was first."""

import errno
import hashlib
import json
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from edgeconsole.config.journal import Intent
from edgeconsole.config.read import load
from edgeconsole.config.revisions import MAX_PLANS, PLAN_LIFE, Committed, Revisions
from edgeconsole.config.splice import SpliceRefused
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput, Conflict, NotPermitted, NotSaved
from edgeconsole.model.revision import Author, Origin, Revision, WriteOutcome
from tests.config.conftest import World
from tests.config.counted_os import CountedOs
from tests.config.federation_files import SAMPLE, domain

ALICE = Author("alice", "console")
BOB = Author("bob", "command")
DISCOVERY_ON = Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": True})


def save(revisions: Revisions, *changes: Change, author: Author = ALICE, why: str = "") -> Committed:
    return revisions.commit(revisions.plan(changes).plan_id, author=author, why=why)


def test_the_first_open_makes_a_lineage_and_revision_one(world: World) -> None:
    revisions = world.open()
    etag = hashlib.sha256(SAMPLE.encode()).hexdigest()
    assert revisions.head == Revision("id-1", 1, etag)
    (record,) = revisions.history()
    assert (record.origin, record.at) == (Origin.CREATED, world.now)
    assert world.text == SAMPLE


def test_the_history_is_for_its_owner_only(world: World, revisions: Revisions) -> None:
    save(revisions, DISCOVERY_ON)
    assert stat.S_IMODE(world.history.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in world.history.iterdir())


def test_a_reopened_file_is_at_the_revision_it_was_left_at(world: World) -> None:
    first = world.open()
    done = save(first, DISCOVERY_ON, why="ticket 7")
    first.close()
    second = world.open()
    assert second.head == done.record.revision
    assert second.history() == first.history()
    assert second.history()[0].why == "ticket 7"


def test_a_plan_tells_fields_text_and_impact_and_writes_nothing(world: World, revisions: Revisions) -> None:
    files = sorted(os.listdir(world.history))
    plan = revisions.plan([domain("fabrikam.example", action="block", access_edge=None)])
    assert [(step.field, step.before, step.after) for step in plan.differences] == [
        ("action", "allow", "block"),
        ("access_edge", "sip.fabrikam.example", None),
    ]
    assert plan.toml_diff == (
        "--- federation.toml\n+++ federation.toml\n@@ -22,8 +22,7 @@\n # contract 4411\n [[domain]]\n"
        ' name = "fabrikam.example"\n-action = "allow"\n-access_edge = "sip.fabrikam.example"\n+action = "block"\n \n'
        " [[domain]]\n \"name\" = 'litware.example'   # quoted and literal\n"
    )
    assert plan.impact.closed == ("fabrikam.example",)
    assert (plan.base, plan.expires) == (revisions.head, world.now + PLAN_LIFE)
    assert world.text == SAMPLE
    assert sorted(os.listdir(world.history)) == files


def test_the_impact_covers_domains_the_edge_has_seen(revisions: Revisions) -> None:
    plan = revisions.plan([DISCOVERY_ON], domains=["stranger.example", "evil.example"])
    assert plan.impact.opened == ("stranger.example",)
    assert plan.impact.opens_to_strangers


def test_the_master_switch_closes_every_listed_domain(revisions: Revisions) -> None:
    plan = revisions.plan([Change(table=Table.ACCESS_EDGE, fields={"federation": False})])
    assert plan.impact.closed == ("fabrikam.example", "litware.example")


def test_a_commit_saves_what_was_planned_as_the_next_revision(world: World, revisions: Revisions) -> None:
    world.later(minutes=3)
    done = save(revisions, DISCOVERY_ON, why="asked for")
    assert done.outcome is WriteOutcome.COMMITTED
    assert revisions.head.number == 2
    assert done.record.revision == revisions.head
    assert (done.record.by, done.record.why, done.record.at) == (ALICE, "asked for", world.now)
    assert world.text == SAMPLE.replace("partner_discovery = false", "partner_discovery = true")
    assert revisions.loaded.configuration == load(world.path).configuration
    assert revisions.loaded.etag == hashlib.sha256(world.path.read_bytes()).hexdigest() == revisions.head.etag
    assert (world.history / "000001.toml").read_text() == SAMPLE


def test_places_follow_a_commit(revisions: Revisions) -> None:
    before = revisions.loaded.places(Table.DOMAIN, "evil.example", "action")
    save(revisions, domain("fabrikam.example", comment="one line more"))
    after = revisions.loaded.places(Table.DOMAIN, "evil.example", "action")
    assert int(after.split(":")[1]) == int(before.split(":")[1]) + 1


def test_a_plan_can_be_used_once(revisions: Revisions) -> None:
    plan = revisions.plan([DISCOVERY_ON])
    revisions.commit(plan.plan_id, author=ALICE)
    with pytest.raises(Conflict, match="applied already"):
        revisions.commit(plan.plan_id, author=ALICE)


def test_a_plan_is_too_old_after_a_quarter_of_an_hour(world: World, revisions: Revisions) -> None:
    plan = revisions.plan([DISCOVERY_ON])
    world.later(seconds=int(timedelta(minutes=15).total_seconds()))
    with pytest.raises(Conflict, match="older than 15 minutes"):
        revisions.commit(plan.plan_id, author=ALICE)
    assert world.text == SAMPLE


def test_only_so_many_plans_are_kept(revisions: Revisions) -> None:
    first = revisions.plan([DISCOVERY_ON])
    for _ in range(MAX_PLANS):
        revisions.plan([DISCOVERY_ON])
    with pytest.raises(Conflict):
        revisions.commit(first.plan_id, author=ALICE)


def test_a_plan_without_differences_saves_nothing(world: World, revisions: Revisions) -> None:
    plan = revisions.plan([domain("evil.example", action="block")])
    assert plan.empty
    assert plan.toml_diff == ""
    before = world.path.stat().st_ino
    done = revisions.commit(plan.plan_id, author=ALICE)
    assert (done.outcome, done.record.revision.number) == (WriteOutcome.COMMITTED, 1)
    assert world.path.stat().st_ino == before
    assert len(revisions.history()) == 1


def test_of_two_plans_on_one_revision_the_second_is_a_conflict_that_says_who_when_and_what(
    world: World, revisions: Revisions
) -> None:
    mine = revisions.plan([domain("evil.example", comment="mine")])
    save(revisions, domain("evil.example", comment="theirs"), author=BOB)
    with pytest.raises(Conflict) as caught:
        revisions.commit(mine.plan_id, author=ALICE)
    assert caught.value.exit_code == 3
    assert 'bob changed domain "evil.example".comment (#2, 2026-03-01 12:00:00 UTC)' in caught.value.message
    (step,) = caught.value.problems
    assert step.field == 'domain "evil.example".comment'
    assert step.message.endswith("-> theirs (#2, bob)")
    assert "theirs" in world.text


def test_a_change_made_on_an_older_revision_is_a_conflict_when_it_is_planned(revisions: Revisions) -> None:
    base = revisions.head
    save(revisions, DISCOVERY_ON, author=BOB)
    with pytest.raises(Conflict, match=r"bob changed access_edge\.partner_discovery \(#2"):
        revisions.plan([DISCOVERY_ON], base=base)
    assert revisions.plan([DISCOVERY_ON], base=revisions.head).empty


def test_a_change_made_on_another_lineage_is_a_conflict(revisions: Revisions) -> None:
    head = revisions.head
    with pytest.raises(Conflict, match="another edge"):
        revisions.plan([DISCOVERY_ON], base=Revision("other", head.number, head.etag))


def test_bad_changes_are_refused_when_they_are_planned(revisions: Revisions) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        revisions.plan([Change(table=Table.DOMAIN, key="nobody.example")])


def test_a_layout_that_cannot_be_spliced_is_rewritten_only_when_allowed(world: World) -> None:
    world.path.write_text('# lead\ndomain = [{name = "a.example", action = "allow"}]\n')
    revisions = world.open()
    with pytest.raises(SpliceRefused):
        revisions.plan([domain("b.example", action="block")])
    plan = revisions.plan([domain("b.example", action="block")], rewrite=True)
    revisions.commit(plan.plan_id, author=ALICE)
    assert world.text.startswith("# lead\n\nversion = 1\n\n[[domain]]\n")
    assert [record.name for record in load(world.path).configuration.domains] == ["a.example", "b.example"]


def test_fifty_past_texts_are_kept(revisions: Revisions, world: World) -> None:
    for number in range(60):
        save(revisions, domain("evil.example", comment=f"{number}"))
    kept = sorted(file.name for file in world.history.glob("*.toml"))
    assert kept[0] == "000012.toml"
    assert kept[-1] == "000061.toml"
    assert len(revisions.history(limit=100)) == 61
    assert len(revisions.history(limit=7)) == 7


# One writer


def test_a_second_writer_is_refused_and_a_reader_is_not(world: World, revisions: Revisions) -> None:
    with pytest.raises(Conflict, match=f"held by process {os.getpid()}"):
        world.open()
    reader = world.open(writer=False)
    assert reader.head == revisions.head
    assert not reader.writer


def test_the_lock_is_free_again_after_close(world: World, revisions: Revisions) -> None:
    revisions.close()
    assert world.open().head.number == 1


def test_a_reader_plans_and_never_writes(world: World) -> None:
    reader = world.open(writer=False)
    assert os.listdir(world.path.parent) == ["federation.toml"]
    plan = reader.plan([DISCOVERY_ON])
    assert not plan.empty
    with pytest.raises(NotPermitted, match="reading only"):
        reader.commit(plan.plan_id, author=ALICE)
    assert os.listdir(world.path.parent) == ["federation.toml"]


def test_a_reader_follows_what_the_writer_saves(world: World, revisions: Revisions) -> None:
    reader = world.open(writer=False)
    done = save(revisions, DISCOVERY_ON)
    assert reader.refresh()
    assert reader.head == done.record.revision
    assert reader.history() == revisions.history()
    assert not reader.refresh()


def test_a_plan_base_read_before_there_was_a_history_is_good_for_the_first_writer(world: World) -> None:
    reader = world.open(writer=False)
    assert not world.open().plan([DISCOVERY_ON], base=reader.head).empty


# A file that cannot be opened


def test_a_broken_file_is_not_opened_and_its_problems_are_told(world: World) -> None:
    world.path.write_text('version = 1\n[[domain]]\nname = "1.2.3.4"\naction = "x"\n')
    with pytest.raises(BadInput) as caught:
        world.open()
    assert [problem.line for problem in caught.value.problems] == [3, 4]
    world.path.write_text(SAMPLE)
    assert world.open().head.number == 1


def test_a_missing_file_leaves_nothing_behind(world: World) -> None:
    world.path.unlink()
    with pytest.raises(BadInput, match="does not exist"):
        world.open()
    assert os.listdir(world.path.parent) == []


def test_a_symbolic_link_is_refused_for_writing_and_read_by_a_reader(world: World, tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    world.path.rename(real)
    world.path.symlink_to(real)
    with pytest.raises(BadInput, match="symbolic link"):
        world.open()
    assert world.open(writer=False).loaded.text == SAMPLE


def test_a_directory_everybody_may_write_to_is_refused_at_once(world: World) -> None:
    world.path.parent.chmod(0o777)
    with pytest.raises(NotSaved, match="everybody may write"):
        world.open()


def test_a_history_directory_that_is_a_link_is_refused(world: World, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    world.history.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotSaved, match="not a directory"):
        world.open()


# Disks


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "open"])
def test_a_commit_that_the_disk_refuses_changes_nothing_and_can_be_made_again(
    world: World, revisions: Revisions, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    plan = revisions.plan([DISCOVERY_ON])

    def fail(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    broken = CountedOs()
    setattr(broken, call, fail)
    with monkeypatch.context() as patch:
        patch.setattr("edgeconsole.config.save.os", broken)
        with pytest.raises(NotSaved, match="No space left"):
            revisions.commit(plan.plan_id, author=ALICE)
    assert world.text == SAMPLE
    assert revisions.head.number == 1
    assert len(revisions.history()) == 1
    assert save(revisions, DISCOVERY_ON).outcome is WriteOutcome.COMMITTED
    revisions.close()
    assert world.open().history() == revisions.history()


def test_nothing_is_changed_that_could_not_be_written_down_first(
    world: World, revisions: Revisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = revisions.plan([DISCOVERY_ON])

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    broken = CountedOs()
    broken.fsync = fail  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setattr("edgeconsole.config.journal.os", broken)
        with pytest.raises(NotSaved, match="journal"):
            revisions.commit(plan.plan_id, author=ALICE)
    assert world.text == SAMPLE
    revisions.close()
    assert world.open().head.number == 1


def test_an_unsynced_directory_is_told_as_indeterminate_and_the_new_text_is_the_head(
    world: World, revisions: Revisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgeconsole.config.save.sync_directory", lambda _: False)
    done = save(revisions, DISCOVERY_ON)
    assert done.outcome is WriteOutcome.INDETERMINATE
    assert revisions.head.number == 2
    revisions.close()
    assert world.open().head == done.record.revision


def test_a_full_disk_during_the_history_copy_does_not_undo_the_commit(
    world: World, revisions: Revisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("edgeconsole.config.history.keep", fail)
        assert save(revisions, DISCOVERY_ON).outcome is WriteOutcome.COMMITTED
    assert not (world.history / "000002.toml").exists()
    middle = world.text
    save(revisions, domain("evil.example", comment="next"))
    # The link made before the rename needs no room.
    assert (world.history / "000002.toml").read_text() == middle


# What a crash left behind


def crash_between(world: World, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    """Commit, and stop as by a crash where `target` would be called; then give the lock up, as the kernel does."""

    class Crash(BaseException):
        pass

    def crash(*_: object, **__: object) -> None:
        raise Crash

    revisions = world.open()
    plan = revisions.plan([DISCOVERY_ON])
    with monkeypatch.context() as patch:
        patch.setattr(target, crash)
        with pytest.raises(Crash):
            revisions.commit(plan.plan_id, author=ALICE, why="before the crash")
    revisions.close()


def test_an_intent_whose_text_is_in_place_was_committed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crash_between(world, monkeypatch, "edgeconsole.config.journal.Journal.conclude")
    again = world.open()
    assert (again.head.number, again.history()[0].by, again.history()[0].why) == (2, ALICE, "before the crash")
    assert again.loaded.configuration.access_edge.partner_discovery


def test_an_intent_whose_text_is_not_in_place_was_not_made(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crash_between(world, monkeypatch, "edgeconsole.config.saved.save")
    again = world.open()
    assert (again.head.number, len(again.history())) == (1, 1)
    assert world.text == SAMPLE


def test_an_intent_that_nobody_can_decide_becomes_a_hand_edit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    crash_between(world, monkeypatch, "edgeconsole.config.saved.save")
    world.path.write_text(SAMPLE + "# by hand\n")
    again = world.open()
    assert (again.head.number, again.history()[0].origin) == (3, Origin.EXTERNAL)
    lines = [json.loads(line) for line in (world.history / "journal.jsonl").read_text().splitlines()]
    assert [line["number"] for line in lines if line["kind"] == "intent"] == [1, 2, 3]
    assert any(line.get("unknown") for line in lines)


def test_leftovers_of_a_crash_are_swept_by_the_next_writer_only(world: World) -> None:
    world.open().close()
    left = [world.path.with_name(".federation.toml.abc.tmp"), world.history / ".000001.toml.abc.tmp"]
    for file in left:
        file.write_bytes(b"half")
    world.open(writer=False)
    assert all(file.exists() for file in left)
    world.open()
    assert not any(file.exists() for file in left)


def test_every_record_of_the_journal_is_an_intent_with_its_result(world: World, revisions: Revisions) -> None:
    save(revisions, DISCOVERY_ON)
    lines = [json.loads(line) for line in (world.history / "journal.jsonl").read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["intent", "result"] * 2
    assert {line["txn"] for line in lines[:2]} == {lines[0]["txn"]}
    assert Intent.__struct_config__.tag == "intent"
