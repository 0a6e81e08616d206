"""A draft whose base moved: what others changed is taken, what both changed is chosen, nothing is lost unseen."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.config.edit import apply_changes
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.draft import FieldConflict, Side
from edgeconsole.model.errors import BadInput
from tests.drafts.worlds import SAVED, Box, content, domain, gone, one_change, sampled, saved, switches


def record(configuration: Configuration, name: str):
    return next((entry for entry in configuration.domains if entry.name == name), None)


@pytest.fixture
def box() -> Box:
    return Box()


def test_what_only_others_changed_is_taken_over(box: Box) -> None:
    box.stage([domain("fabrikam.example", comment="mine")])
    box.others(domain("fabrikam.example", owner="them"), switches(partner_discovery=True))
    assert box.view.stale
    found = box.rebase()
    assert {(step.key, step.field, step.after) for step in found.taken_over} == {
        ("fabrikam.example", "owner", "them"),
        ("", "partner_discovery", True),
    }
    assert found.conflicts == ()
    assert not box.view.stale
    assert box.view.draft.base == box.view.saved.revision
    assert box.view.changes == (domain("fabrikam.example", comment="mine"),)
    after = box.view.configuration
    assert (record(after, "fabrikam.example").comment, record(after, "fabrikam.example").owner) == ("mine", "them")
    assert after.access_edge.partner_discovery


def test_what_only_the_draft_changed_is_kept_with_every_step(box: Box) -> None:
    box.stage([domain("fabrikam.example", comment="mine")])
    box.stage([domain("fabrikam.example", owner="me")])
    box.others(domain("litware.example", action="allow"))
    staged = box.view.draft.staged
    found = box.rebase()
    assert [edit.change for edit in found.kept] == [domain("fabrikam.example", comment="mine", owner="me")]
    assert box.view.draft.staged == staged
    box.undo()
    assert box.view.changes == (domain("fabrikam.example", comment="mine"),)


def test_the_same_value_from_both_leaves_the_draft(box: Box) -> None:
    box.stage([domain("fabrikam.example", comment="same"), gone("evil.example")])
    box.others(domain("fabrikam.example", comment="same"), gone("evil.example"))
    found = box.rebase()
    assert (found.kept, found.conflicts) == ((), ())
    assert box.view.changes == ()


def test_the_same_field_set_differently_is_a_conflict_that_holds_the_field_out(box: Box) -> None:
    box.stage([domain("fabrikam.example", comment="mine", owner="me")])
    box.others(domain("fabrikam.example", comment="theirs"))
    found = box.rebase()
    conflict = FieldConflict(
        table=Table.DOMAIN,
        key="fabrikam.example",
        field="comment",
        base="contract 4411",
        mine="mine",
        theirs="theirs",
    )
    assert found.conflicts == box.view.conflicts == (conflict,)
    assert box.view.changes == (domain("fabrikam.example", owner="me"),)
    assert record(box.view.configuration, "fabrikam.example").comment == "theirs"


@pytest.mark.parametrize(("side", "comment"), [(Side.MINE, "mine"), (Side.THEIRS, "theirs")])
def test_a_choice_settles_a_conflict_and_undo_brings_it_back(box: Box, side: Side, comment: str) -> None:
    box.stage([domain("fabrikam.example", comment="mine", owner="me")])
    box.others(domain("fabrikam.example", comment="theirs"))
    box.rebase()
    (conflict,) = box.view.conflicts
    box.resolve(conflict, side)
    assert box.view.conflicts == ()
    assert record(box.view.configuration, "fabrikam.example").comment == comment
    assert record(box.view.configuration, "fabrikam.example").owner == "me"
    with pytest.raises(BadInput):
        box.resolve(conflict, side)
    box.undo()
    assert box.view.conflicts == (conflict,)


def test_staging_a_field_in_conflict_anew_is_a_choice(box: Box) -> None:
    box.stage([domain("fabrikam.example", comment="mine")])
    box.others(domain("fabrikam.example", comment="theirs"))
    box.stage([domain("fabrikam.example", comment="third")])
    assert box.view.conflicts == ()
    assert box.view.changes == (domain("fabrikam.example", comment="third"),)


def test_a_conflict_chosen_once_is_asked_again_when_others_change_it_again(box: Box) -> None:
    box.stage([domain("fabrikam.example", comment="mine")])
    box.others(domain("fabrikam.example", comment="theirs"))
    box.rebase()
    box.resolve(box.view.conflicts[0], Side.MINE)
    box.others(domain("fabrikam.example", comment="theirs again"))
    (conflict,) = box.rebase().conflicts
    assert (conflict.base, conflict.mine, conflict.theirs) == ("theirs", "mine", "theirs again")


def test_others_going_back_to_what_the_draft_saw_ends_the_conflict(box: Box) -> None:
    box.stage([domain("fabrikam.example", comment="mine")])
    box.others(domain("fabrikam.example", comment="theirs"))
    assert box.rebase().conflicts
    box.others(domain("fabrikam.example", comment="contract 4411"))
    assert box.rebase().conflicts == ()
    assert box.view.changes == (domain("fabrikam.example", comment="mine"),)


WHOLE: list[tuple[str, Callable[[Box], None], Callable[[Box], None], object, object]] = [
    (
        "changed here and removed there",
        lambda box: box.stage([domain("fabrikam.example", comment="mine")]),
        lambda box: box.others(gone("fabrikam.example")),
        ("allow", "mine"),
        None,
    ),
    (
        "removed here and changed there",
        lambda box: box.stage([gone("fabrikam.example")]),
        lambda box: box.others(domain("fabrikam.example", comment="theirs")),
        None,
        ("allow", "theirs"),
    ),
    (
        "pinned here and blocked there, which no record can be",
        lambda box: box.stage([domain("fabrikam.example", access_edge="sip.fabrikam.example")]),
        lambda box: box.others(domain("fabrikam.example", action="block")),
        ("allow", "contract 4411"),
        ("block", "contract 4411"),
    ),
]


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(("what", "here", "there", "mine", "theirs"), WHOLE, ids=[case[0] for case in WHOLE])
def test_a_record_that_cannot_be_merged_is_chosen_whole(box: Box, side, what, here, there, mine, theirs) -> None:
    here(box)
    there(box)
    (conflict,) = box.rebase().conflicts
    assert conflict.field == ""
    assert box.view.changes == ()
    assert box.view.configuration is box.view.saved.configuration
    box.resolve(conflict, side)
    assert (box.view.conflicts, box.view.problems) == ((), ())
    entry = record(box.view.configuration, "fabrikam.example")
    assert (entry and (entry.action.value, entry.comment)) == (mine if side is Side.MINE else theirs)
    box.undo()
    assert box.view.conflicts == (conflict,)


def test_a_record_added_by_both_is_compared_field_by_field(box: Box) -> None:
    box.stage([domain("litware.example", action="allow", comment="mine", ticket="T1", owner="same")])
    box.others(domain("litware.example", action="block", comment="theirs", owner="same", tags=["x"]))
    found = box.rebase()
    assert {(item.field, item.base, item.mine, item.theirs) for item in found.conflicts} == {
        ("action", None, "allow", "block"),
        ("comment", None, "mine", "theirs"),
    }
    assert [(step.field, step.after) for step in found.taken_over] == [("tags", ["x"])]
    for conflict in box.view.conflicts:
        box.resolve(conflict, Side.MINE)
    entry = record(box.view.configuration, "litware.example")
    assert (entry.action.value, entry.comment, entry.ticket, entry.owner, entry.tags) == (
        "allow",
        "mine",
        "T1",
        "same",
        ("x",),
    )


def test_a_record_added_by_both_alike_is_nothing_to_do(box: Box) -> None:
    box.stage([domain("litware.example", action="allow")])
    box.others(domain("litware.example", action="allow"))
    assert box.rebase().conflicts == ()
    assert box.view.changes == ()


def test_changes_that_clash_across_records_are_told_and_nothing_is_drawn_wrong(box: Box) -> None:
    box.stage([domain("litware.example", action="allow")])
    box.others(Change(table=Table.SIP_DOMAIN, key="litware.example", fields={}))
    box.rebase()
    assert "one of our own SIP domains" in str(box.view.problems[0])
    assert box.view.configuration is box.view.saved.configuration
    # What is staged meanwhile does not hide it.
    box.stage([switches(partner_discovery=True)])
    assert "one of our own SIP domains" in str(box.view.problems[0])
    assert box.unstage([(Table.DOMAIN, "litware.example")])
    assert box.view.problems == ()
    assert box.view.configuration.access_edge.partner_discovery


def test_the_same_text_under_another_number_moves_the_base_without_a_word(box: Box) -> None:
    box.stage([domain("fabrikam.example", comment="mine")])
    before = box.view.saved
    again = saved(before.configuration, 7)
    box.follow(type(before)(again.configuration, type(again.revision)("named", 7, before.revision.etag)))
    assert not box.view.stale
    assert box.view.draft.base.number == 7


def test_an_unmoved_base_rebases_to_the_same_draft(box: Box) -> None:
    box.stage([domain("fabrikam.example", comment="mine")])
    before = box.view.draft
    box.rebase()
    assert box.view.draft == before


@sampled
@given(st.lists(one_change(), max_size=5), st.lists(one_change(), max_size=5), st.sampled_from(list(Side)))
def test_after_all_choices_each_field_is_one_sides_and_unchosen_ones_are_nobodys_loss(mine, theirs, side) -> None:
    box = Box()
    for change in mine:
        try:
            box.stage([change])
        except BadInput:
            continue
    wanted, base = content(box.view.configuration), content(SAVED)
    moved = SAVED
    for change in theirs:
        try:
            moved = apply_changes(moved, [change])
        except BadInput:
            continue
    box.save(moved)
    box.rebase()
    while box.view.conflicts:
        box.resolve(box.view.conflicts[0], side)
    got, now = content(box.view.configuration), content(moved)
    if side is Side.MINE:
        assert not lost(base, wanted, got)
    else:
        assert not lost(base, now, got)
    # Choosing is over: a second rebase has nothing to say.
    assert box.rebase().conflicts == ()
    assert box.view.problems == ()


def lost(base, wanted, got) -> list[tuple[str, str, str]]:
    """Return the fields one side changed that did not come out as that side wanted them."""
    found = []
    for table, records in wanted.items():
        for key in {*records, *base[table]}:
            was, want, have = base[table].get(key), records.get(key), got[table].get(key)
            if want is None or have is None or was is None:
                if want != was and (want is None) != (have is None):
                    found.append((table, key, ""))
                continue
            for name in {*was, *want}:
                if was.get(name) != want.get(name) and have.get(name) != want.get(name):
                    found.append((table, key, name))
    return found


def test_a_choice_never_makes_a_record_that_cannot_be(box: Box) -> None:
    box.stage([domain("litware.example", action="block")])
    box.others(domain("litware.example", action="allow", access_edge="sip.litware.example"))
    (conflict,) = box.rebase().conflicts
    assert conflict.field == ""
    box.resolve(conflict, Side.MINE)
    entry = record(box.view.configuration, "litware.example")
    assert (entry.action.value, entry.access_edge) == ("block", None)


def test_what_is_staged_over_others_changes_before_a_rebase_loses_nothing_and_invents_no_conflict(box: Box) -> None:
    box.stage([domain("litware.example", action="allow", comment="mine"), domain("fabrikam.example", owner="me")])
    box.others(
        domain("litware.example", action="allow", tags=["x"]), domain("fabrikam.example", comment="theirs", ticket="T1")
    )
    box.stage([domain("litware.example", owner="me"), domain("fabrikam.example", ticket="T2")])
    assert box.view.conflicts == ()
    assert {change.key: change.fields for change in box.view.changes} == {
        "litware.example": {"comment": "mine", "owner": "me"},
        "fabrikam.example": {"owner": "me", "ticket": "T2"},
    }
    assert box.rebase().conflicts == ()
    assert record(box.view.configuration, "fabrikam.example").comment == "theirs"
