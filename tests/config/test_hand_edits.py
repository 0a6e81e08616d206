"""A file edited by hand is a revision like any other, and a broken edit takes nothing away."""

import os

import pytest

from edgeconsole.config.revisions import Revisions
from edgeconsole.model.errors import Conflict
from edgeconsole.model.revision import Author, Origin, WriteOutcome
from tests.config.conftest import World
from tests.config.federation_files import SAMPLE, domain
from tests.config.test_revisions import ALICE, DISCOVERY_ON, save

BLOCKED = SAMPLE.replace('action = "allow"\naccess_edge = "sip.fabrikam.example"', 'action = "block"')
BROKEN = SAMPLE.replace('"block"', '"blok"')


def test_an_untouched_file_is_nothing_new(revisions: Revisions) -> None:
    assert not revisions.refresh()
    assert revisions.refresh().problems == ()


def test_a_hand_edit_is_taken_in_with_its_differences(world: World, revisions: Revisions) -> None:
    world.path.write_text(BLOCKED)
    world.later(minutes=1)
    found = revisions.refresh()
    assert found
    assert found.record == revisions.history()[0]
    assert (found.record.by, found.record.origin, found.record.at) == (Author("external"), Origin.EXTERNAL, world.now)
    assert [(step.field, step.before, step.after) for step in found.record.differences] == [
        ("action", "allow", "block"),
        ("access_edge", "sip.fabrikam.example", None),
    ]
    assert revisions.head.number == 2
    assert revisions.loaded.text == BLOCKED
    assert not revisions.refresh()


def test_a_hand_edit_made_while_nobody_looked_is_taken_in_at_the_next_open(world: World) -> None:
    world.open().close()
    # In place, as some editors write: a linked history would change with it.
    with world.path.open("r+") as file:
        file.write(BLOCKED)
        file.truncate()
    again = world.open()
    assert (again.head.number, again.history()[0].origin) == (2, Origin.EXTERNAL)
    assert len(again.history()[0].differences) == 2
    assert (world.history / "000001.toml").read_text() == SAMPLE


def test_an_edit_of_the_same_size_within_the_same_clock_tick_is_seen_at_the_commit(
    world: World, revisions: Revisions
) -> None:
    plan = revisions.plan([domain("evil.example", comment="mine")])
    times = world.path.stat()
    with world.path.open("r+") as file:
        file.write(SAMPLE.replace("4411", "4412"))
    os.utime(world.path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert not revisions.refresh()
    with pytest.raises(Conflict, match=r"a hand edit changed comments \(#2"):
        revisions.commit(plan.plan_id, author=ALICE)
    assert "4412" in world.text
    assert revisions.head.number == 2


def test_a_commit_over_a_hand_edit_is_a_conflict_and_the_edit_is_taken_in_first(
    world: World, revisions: Revisions
) -> None:
    plan = revisions.plan([DISCOVERY_ON])
    world.path.write_text(BLOCKED)
    with pytest.raises(Conflict) as caught:
        revisions.commit(plan.plan_id, author=ALICE)
    assert "a hand edit changed" in caught.value.message
    assert 'domain "fabrikam.example".action' in caught.value.message
    assert world.text == BLOCKED
    assert save(revisions, DISCOVERY_ON).record.revision.number == 3
    assert world.text == BLOCKED.replace("partner_discovery = false", "partner_discovery = true")


def test_a_broken_edit_leaves_the_last_good_revision_loaded_and_is_told(world: World, revisions: Revisions) -> None:
    world.path.write_text(BROKEN)
    found = revisions.refresh()
    assert not found
    assert [(problem.line, problem.field) for problem in found.problems] == [(40, 'domain "evil.example".action')]
    assert revisions.problems == found.problems
    assert revisions.refresh().problems == found.problems
    assert (revisions.head.number, revisions.loaded.text) == (1, SAMPLE)


def test_nothing_is_saved_over_a_broken_edit(world: World, revisions: Revisions) -> None:
    plan = revisions.plan([DISCOVERY_ON])
    world.path.write_text(BROKEN)
    with pytest.raises(Conflict, match="edited by hand and cannot be read") as caught:
        revisions.commit(plan.plan_id, author=ALICE)
    assert caught.value.problems
    assert "000001.toml" in caught.value.remedy
    assert world.text == BROKEN


def test_a_mended_file_is_good_again(world: World, revisions: Revisions) -> None:
    world.path.write_text(BROKEN)
    revisions.refresh()
    world.path.write_text(SAMPLE)
    assert not revisions.refresh()
    assert revisions.problems == ()
    assert save(revisions, DISCOVERY_ON).outcome is WriteOutcome.COMMITTED


def test_a_file_that_is_gone_is_told_and_not_made_again_behind_the_operators_back(
    world: World, revisions: Revisions
) -> None:
    world.path.unlink()
    assert "does not exist" in revisions.refresh().problems[0].message
    with pytest.raises(Conflict):
        save(revisions, DISCOVERY_ON)
    assert not world.path.exists()


def test_an_edit_of_comments_alone_is_a_revision_without_differences(world: World, revisions: Revisions) -> None:
    world.path.write_text(SAMPLE + "# by hand\n")
    assert revisions.refresh()
    assert revisions.history()[0].differences == ()
    save(revisions, DISCOVERY_ON)
    assert world.text.endswith("# by hand\n")


def test_a_byte_order_mark_is_no_hand_edit(world: World) -> None:
    world.path.write_bytes(b"\xef\xbb\xbf" + SAMPLE.encode())
    revisions = world.open()
    assert not revisions.refresh()
    save(revisions, DISCOVERY_ON)
    assert not revisions.refresh()
    revisions.close()
    assert world.open().head.number == 2


def test_a_reader_sees_a_hand_edit_and_a_broken_one(world: World, revisions: Revisions) -> None:
    reader = world.open(writer=False)
    world.path.write_text(BLOCKED)
    assert reader.refresh()
    assert (reader.head.number, reader.loaded.text) == (2, BLOCKED)
    world.path.write_text(BROKEN)
    assert reader.refresh().problems
    assert reader.loaded.text == BLOCKED
