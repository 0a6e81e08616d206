"""Undo reverses what one revision did; asked again, it goes on to the one before, and never guesses."""

import pytest

from edgeconsole.config.journal import MAX_DIFFERENCES
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput, Conflict
from edgeconsole.model.revision import Origin
from tests.config.conftest import World
from tests.config.federation_files import SAMPLE, domain
from tests.config.test_revisions import ALICE, BOB, DISCOVERY_ON, save


def undo(revisions: Revisions, number: int | None = None) -> None:
    revisions.commit(revisions.plan_undo(number).plan_id, author=BOB)


def comment(revisions: Revisions) -> str | None:
    return next(record.comment for record in revisions.loaded.configuration.domains if record.name == "evil.example")


def say(revisions: Revisions, text: str) -> None:
    save(revisions, domain("evil.example", comment=text))


def test_an_undo_is_a_revision_of_its_own(world: World, revisions: Revisions) -> None:
    save(revisions, DISCOVERY_ON)
    plan = revisions.plan_undo()
    assert [(step.before, step.after) for step in plan.differences] == [(True, False)]
    record = revisions.commit(plan.plan_id, author=BOB).record
    assert (record.origin, record.undoes, record.revision.number) == (Origin.UNDONE, 2, 3)
    assert world.text == SAMPLE


def test_an_undone_removal_brings_the_comments_back(world: World, revisions: Revisions) -> None:
    save(revisions, Change(table=Table.DOMAIN, key="fabrikam.example"))
    undo(revisions)
    assert world.text == SAMPLE


def test_undo_twice_undoes_two_changes_and_redoes_none(world: World, revisions: Revisions) -> None:
    say(revisions, "first")
    save(revisions, Change(table=Table.DOMAIN, key="litware.example"))
    undo(revisions)
    assert comment(revisions) == "first"
    undo(revisions)
    assert world.text == SAMPLE
    with pytest.raises(BadInput, match="nothing left to undo"):
        revisions.plan_undo()


def test_after_an_undo_a_new_change_is_the_next_to_be_undone(revisions: Revisions) -> None:
    say(revisions, "first")
    say(revisions, "second")
    undo(revisions)
    say(revisions, "third")
    undo(revisions)
    assert comment(revisions) == "first"
    undo(revisions)
    assert comment(revisions) is None


def test_undo_goes_on_after_a_restart(world: World, revisions: Revisions) -> None:
    say(revisions, "first")
    say(revisions, "second")
    undo(revisions)
    revisions.close()
    again = world.open()
    undo(again)
    assert world.text == SAMPLE
    with pytest.raises(BadInput, match="nothing left"):
        again.plan_undo()


def test_an_undo_can_be_undone_by_its_number_and_then_again(revisions: Revisions) -> None:
    say(revisions, "first")
    undo(revisions)
    undo(revisions, 3)
    assert comment(revisions) == "first"
    undo(revisions)
    assert comment(revisions) is None


def test_an_earlier_change_is_undone_and_later_ones_stay(revisions: Revisions) -> None:
    say(revisions, "first")
    save(revisions, DISCOVERY_ON)
    undo(revisions, 2)
    assert comment(revisions) is None
    assert revisions.loaded.configuration.access_edge.partner_discovery


def test_a_later_change_of_the_same_field_is_a_conflict_that_names_it(revisions: Revisions) -> None:
    say(revisions, "first")
    save(revisions, domain("evil.example", comment="second"), author=BOB)
    with pytest.raises(Conflict, match=r'#3 by bob changed domain "evil\.example"\.comment after revision #2'):
        revisions.plan_undo(2)


def test_a_later_change_of_the_same_field_that_was_itself_undone_is_none(revisions: Revisions) -> None:
    say(revisions, "first")
    say(revisions, "second")
    save(revisions, DISCOVERY_ON)
    undo(revisions, 3)
    undo(revisions, 2)
    assert comment(revisions) is None


def test_a_record_that_was_changed_after_it_was_made_is_not_taken_away(revisions: Revisions) -> None:
    save(revisions, domain("new.example", action="allow"))
    save(revisions, domain("new.example", comment="important"))
    with pytest.raises(Conflict, match=r'domain "new\.example"\.comment'):
        revisions.plan_undo(2)


def test_a_change_of_a_record_that_is_gone_is_not_brought_back_in_half(revisions: Revisions) -> None:
    say(revisions, "first")
    save(revisions, Change(table=Table.DOMAIN, key="evil.example"))
    with pytest.raises(Conflict, match=r'domain "evil\.example"'):
        revisions.plan_undo(2)


def test_what_was_undone_is_not_undone_twice(revisions: Revisions) -> None:
    say(revisions, "first")
    undo(revisions)
    with pytest.raises(Conflict, match="#2 was undone already by #3"):
        revisions.plan_undo(2)


def test_the_first_revision_and_unknown_ones_cannot_be_undone(revisions: Revisions) -> None:
    with pytest.raises(BadInput, match="first one"):
        revisions.plan_undo(1)
    with pytest.raises(BadInput, match="no revision #9"):
        revisions.plan_undo(9)


def test_a_hand_edit_is_undone_like_a_change(world: World, revisions: Revisions) -> None:
    world.path.write_text(SAMPLE.replace("partner_discovery = false", "partner_discovery = true"))
    revisions.refresh()
    undo(revisions)
    assert world.text == SAMPLE


def test_an_edit_of_comments_alone_does_not_stand_in_the_way_of_undo(world: World, revisions: Revisions) -> None:
    save(revisions, DISCOVERY_ON)
    world.path.write_text(world.text + "# by hand\n")
    undo(revisions)
    assert world.text == SAMPLE + "# by hand\n"
    with pytest.raises(BadInput, match="nothing left"):
        revisions.plan_undo()


def test_a_revision_whose_text_is_gone_is_undone_by_what_the_journal_says(world: World, revisions: Revisions) -> None:
    say(revisions, "first")
    revisions.close()
    for file in world.history.glob("*.toml"):
        file.unlink()
    again = world.open()
    undo(again)
    assert comment(again) is None


def test_a_past_text_that_somebody_changed_is_not_brought_back(world: World, revisions: Revisions) -> None:
    save(revisions, DISCOVERY_ON)
    revisions.close()
    (world.history / "000001.toml").write_text(SAMPLE.replace("evil.example", "good.example"))
    again = world.open()
    undo(again)
    assert world.text == SAMPLE


def test_an_undo_plan_on_an_overtaken_head_is_a_conflict(revisions: Revisions) -> None:
    say(revisions, "first")
    plan = revisions.plan_undo()
    save(revisions, DISCOVERY_ON)
    with pytest.raises(Conflict):
        revisions.commit(plan.plan_id, author=ALICE)


def test_an_edit_of_comments_alone_has_no_field_to_undo(world: World, revisions: Revisions) -> None:
    world.path.write_text(SAMPLE + "# by hand\n")
    revisions.refresh()
    save(revisions, DISCOVERY_ON)
    with pytest.raises(BadInput, match="comments only"):
        revisions.plan_undo(2)


def test_a_change_of_thousands_of_fields_is_undone_by_its_texts(world: World, revisions: Revisions) -> None:
    save(revisions, *(domain(f"p{number}.example", action="allow") for number in range(600)))
    save(revisions, DISCOVERY_ON)
    revisions.close()
    again = world.open()
    assert len(again.history()[1].differences) == MAX_DIFFERENCES
    undo(again, 2)
    assert len(again.loaded.configuration.domains) == 3
    assert again.loaded.configuration.access_edge.partner_discovery
