"""Any history: what was planned is what is applied, once, and an undo gives the old fields or says why not."""

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeconsole.config.edit import differences
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.errors import BadInput, Conflict
from tests.config.federation_files import changes_for, federation_texts
from tests.config.test_revisions import ALICE, BOB

quiet = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
amounts = pytest.mark.parametrize(
    "examples", [12, pytest.param(500, marks=[pytest.mark.slow, pytest.mark.timeout(600)])], ids=["sample", "500"]
)


def opened(directory: str, text: str) -> Revisions:
    path = Path(directory) / "federation.toml"
    path.write_text(text)
    names = count(1)
    return Revisions.open(path, clock=lambda: datetime(2026, 3, 1, tzinfo=UTC), new_id=lambda: f"id-{next(names)}")


def commit(revisions: Revisions, data: st.DataObject) -> None:
    plan = revisions.plan(data.draw(changes_for(revisions.loaded.configuration)), rewrite=True)
    if plan.differences:
        revisions.commit(plan.plan_id, author=ALICE)


@amounts
def test_what_is_applied_is_what_was_planned_and_a_plan_is_used_once_on_what_it_was_made_for(examples: int) -> None:
    @settings(quiet, max_examples=examples)
    @given(st.data(), federation_texts(max_domains=5))
    def holds(data: st.DataObject, text: str) -> None:
        with TemporaryDirectory() as directory:
            revisions = opened(directory, text)
            try:
                before = revisions.loaded.configuration
                plan = revisions.plan(data.draw(changes_for(before)), rewrite=True)
                stale = revisions.plan(data.draw(changes_for(before)), rewrite=True)
                if not plan.differences:
                    return
                revisions.commit(plan.plan_id, author=ALICE)
                assert differences(before, revisions.loaded.configuration) == plan.differences
                for used in (plan, stale):
                    with pytest.raises(Conflict):
                        revisions.commit(used.plan_id, author=BOB)
            finally:
                revisions.close()

    holds()


@amounts
def test_an_undo_of_any_revision_gives_the_old_fields_or_a_conflict_and_never_a_third_value(examples: int) -> None:
    @settings(quiet, max_examples=examples)
    @given(st.data(), federation_texts(max_domains=5))
    def holds(data: st.DataObject, text: str) -> None:
        with TemporaryDirectory() as directory:
            revisions = opened(directory, text)
            try:
                for _ in range(data.draw(st.integers(1, 4))):
                    commit(revisions, data)
                last = revisions.head.number
                if last == 1:
                    return
                number = data.draw(st.integers(2, last))
                (record,) = (each for each in revisions.history() if each.revision.number == number)
                done = {(each.table, each.key, each.field): each for each in record.differences}
                try:
                    plan = revisions.plan_undo(number)
                except (Conflict, BadInput):
                    assert number < last, "the last change can always be undone"
                    return
                assert plan.differences
                for step in plan.differences:
                    former = done[step.table, step.key, step.field]
                    assert (step.before, step.after) == (former.after, former.before)
            finally:
                revisions.close()

    holds()
