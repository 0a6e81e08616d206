"""The laws of a draft: staged, undone and redone in any order it says what the acts say one after the other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edgeconsole.config.edit import apply_changes
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.errors import BadInput, Unreachable
from edgeconsole.store.drafts import DraftBox
from tests.drafts.worlds import (
    CHANGES,
    SAVED,
    START,
    Box,
    content,
    domain,
    gone,
    in_turn,
    one_change,
    sampled,
    switches,
)


def stage_if_possible(box: Box, changes: list[Change]) -> bool:
    try:
        return box.stage(changes)
    except BadInput:
        return False


class ADraftIsWhatWasDone(RuleBasedStateMachine):
    """A box beside the plainest thing it could be: a list of configurations with a place in it."""

    def __init__(self) -> None:
        super().__init__()
        self.box = Box()
        self.states: list[Configuration] = [SAVED]
        self.place = 0

    @property
    def here(self) -> Configuration:
        return self.states[self.place]

    def moved(self, after: Configuration) -> None:
        del self.states[self.place + 1 :]
        self.states.append(after)
        self.place += 1

    @rule(changes=CHANGES)
    def stage(self, changes: list[Change]) -> None:
        try:
            after = apply_changes(self.here, changes)
        except BadInput:
            return
        if self.box.stage(changes):
            self.moved(after)

    @precondition(lambda self: self.place > 0)
    @rule()
    def undo(self) -> None:
        assert self.box.undo()
        self.place -= 1

    @precondition(lambda self: self.place < len(self.states) - 1)
    @rule()
    def redo(self) -> None:
        assert self.box.redo()
        self.place += 1

    @precondition(lambda self: self.box.view.edits)
    @rule(choose=st.data())
    def leave_a_record_out(self, choose) -> None:
        edit = choose.draw(st.sampled_from(self.box.view.edits))
        assert self.box.unstage([(edit.table, edit.key)])
        assert all((edit.table, edit.key) != (left.table, left.key) for left in self.box.view.edits)
        self.moved(self.box.view.configuration)

    @invariant()
    def the_draft_says_what_was_done(self) -> None:
        assert content(self.box.view.configuration) == content(self.here)

    @invariant()
    def each_record_has_one_change_and_each_changes_something(self) -> None:
        names = [(change.table, change.key) for change in self.box.view.changes]
        assert len(names) == len(set(names))
        assert all(step.before != step.after for step in self.box.view.differences)
        assert bool(names) == (content(self.here) != content(SAVED))


TestADraftIsWhatWasDone = ADraftIsWhatWasDone.TestCase
TestADraftIsWhatWasDone.settings = sampled


@sampled
@given(st.lists(CHANGES, max_size=4), CHANGES)
def test_undo_after_stage_gives_back_what_was_staged(earlier: list[list[Change]], changes: list[Change]) -> None:
    box = Box()
    for step in earlier:
        stage_if_possible(box, step)
    before = box.view.draft.staged if box.view.draft else ()
    if stage_if_possible(box, changes):
        assert box.undo()
    assert (box.view.draft.staged if box.view.draft else ()) == before


@sampled
@given(st.lists(CHANGES, min_size=1, max_size=4), st.integers(1, 4))
def test_redo_after_undo_gives_back_the_same_draft(steps: list[list[Change]], times: int) -> None:
    box = Box()
    for step in steps:
        stage_if_possible(box, step)
    before = box.view.draft
    undone = sum(box.undo() for _ in range(times))
    assert sum(box.redo() for _ in range(undone)) == undone
    if before is not None:
        assert (box.view.draft.staged, box.view.draft.undone) == (before.staged, before.undone)


@sampled
@given(st.lists(one_change().map(lambda change: [change]), max_size=8))
def test_the_merged_changes_make_the_same_configuration_as_the_sequence(steps: list[list[Change]]) -> None:
    box, done = Box(), []
    for step in steps:
        try:
            in_turn(SAVED, [*done, step])
        except BadInput:
            continue
        done.append(step)
        box.stage(step)
    assert content(apply_changes(SAVED, box.view.changes)) == content(in_turn(SAVED, done))


def test_changes_to_one_record_become_one_change() -> None:
    box = Box()
    box.stage([domain("fabrikam.example", comment="new")])
    box.stage([domain("FABRIKAM.example.", owner="netops")])
    assert box.view.changes == (domain("fabrikam.example", comment="new", owner="netops"),)


def test_staging_the_saved_value_again_takes_the_field_out() -> None:
    box = Box()
    box.stage([switches(partner_discovery=True)])
    box.stage([switches(partner_discovery=False)])
    assert box.view.changes == ()
    assert box.undo()
    assert box.view.changes == (switches(partner_discovery=True),)


def test_clearing_a_field_that_is_at_its_default_stages_nothing() -> None:
    box = Box()
    assert not box.stage([switches(partner_discovery=None)])
    assert box.view.draft is None


def test_a_record_removed_and_made_again_keeps_nothing_of_the_old_one() -> None:
    box = Box()
    box.stage([gone("fabrikam.example")])
    box.stage([domain("fabrikam.example", action="allow")])
    assert box.view.changes == (domain("fabrikam.example", comment=None, expires=None),)


def test_changes_staged_by_one_act_are_undone_by_one_undo() -> None:
    box = Box()
    box.stage([domain("litware.example", action="allow"), domain("adatum.example", action="allow")])
    assert len(box.view.changes) == 2
    box.undo()
    assert box.view.changes == ()


def test_a_new_change_after_an_undo_ends_what_can_be_redone() -> None:
    box = Box()
    box.stage([switches(partner_discovery=True)])
    box.undo()
    box.stage([gone("evil.example")])
    assert not box.redo()


def test_one_field_can_be_left_out_and_comes_back_by_undo() -> None:
    box = Box()
    box.stage([domain("fabrikam.example", comment="new", owner="netops")])
    assert box.unstage([(Table.DOMAIN, "fabrikam.example")], "comment")
    assert box.view.changes == (domain("fabrikam.example", owner="netops"),)
    box.undo()
    assert box.view.changes == (domain("fabrikam.example", comment="new", owner="netops"),)
    assert not box.unstage([(Table.DOMAIN, "fabrikam.example")], "tags")


def test_a_field_that_its_record_cannot_be_without_is_not_left_out() -> None:
    box = Box()
    box.stage([domain("litware.example", action="allow", comment="x")])
    before = box.view.draft
    with pytest.raises(BadInput, match="action"):
        box.unstage([(Table.DOMAIN, "litware.example")], "action")
    assert box.view.draft == before


@pytest.mark.parametrize(
    "bad",
    [
        domain("contoso.example", action="allow"),
        domain("litware.example", colour="red"),
        gone("nobody.example"),
    ],
    ids=str,
)
def test_changes_that_cannot_be_taken_stage_nothing_and_say_why(bad: Change) -> None:
    box = Box()
    box.stage([gone("evil.example")])
    before = box.view.draft
    with pytest.raises(BadInput) as refused:
        box.stage([switches(partner_discovery=True), bad])
    assert refused.value.problems
    assert box.view.draft == before


def test_nothing_is_staged_before_the_configuration_was_read() -> None:
    box = DraftBox("", clock=lambda: START, new_id=lambda: "d1")
    with pytest.raises(Unreachable):
        box.stage([switches(partner_discovery=True)])


def test_subscribers_are_told_of_every_act_and_no_more_once_they_left() -> None:
    box, heard = Box(), []
    leave = box.subscribe(lambda view: heard.append(len(view.changes)))
    box.stage([switches(partner_discovery=True)])
    box.undo()
    box.redo()
    box.discard()
    leave()
    box.stage([switches(partner_discovery=True)])
    assert heard == [1, 0, 1, 0]
