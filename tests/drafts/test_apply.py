"""The draft and the store: bound to its base, emptied when saved, kept after every failure."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from edgeconsole.actions import draft as drafting
from edgeconsole.backends.file import FileBackend
from edgeconsole.backends.local import open_local
from edgeconsole.lab.world import World
from edgeconsole.model.errors import BadInput, Conflict, EdgeconsoleError, Indeterminate, NotSaved
from edgeconsole.model.plan import ApplyResult
from edgeconsole.model.revision import WriteOutcome
from edgeconsole.store.drafts import DraftBox
from edgeconsole.store.store import Store
from tests.drafts.worlds import TEXT, domain, files_in, switches

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BLOCK = domain("fabrikam.example", action="block")


def make_store(backend) -> Store:
    ids = count(1)
    box = DraftBox("file:test", clock=lambda: NOW, new_id=lambda: f"d{next(ids)}")
    return Store(backend, clock=lambda: NOW, drafts=box)


@pytest.fixture(params=["file", pytest.param("local", marks=pytest.mark.slow)])
async def store(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "file":
        path, ids = tmp_path / "federation.toml", count(1)
        path.write_text(TEXT)
        made = make_store(FileBackend(path, clock=lambda: NOW, new_id=lambda: f"id-{next(ids)}"))
        await made.refresh()
        yield made
        await made.aclose()
        return
    async with World(traffic=False) as world:
        made = make_store(open_local(Path(world.description.socket)))
        await made.refresh()
        yield made
        await made.aclose()


async def others(store: Store, change) -> None:
    await store.backend.apply((await store.backend.plan([change])).plan_id)
    await store.refresh()


@pytest.mark.parametrize("store", ["file", "local"], indirect=True)
async def test_a_draft_is_planned_by_the_backend_and_emptied_when_it_is_saved(store: Store) -> None:
    box = store.drafts
    box.stage([BLOCK])
    box.stage([switches(partner_discovery=True)])
    plan = await drafting.plan(store, box)
    assert {step.field for step in plan.differences} == {"action", "partner_discovery"}
    # Opening the edge to everybody along with other changes is above the guard where a proxy enforces it.
    result = await drafting.apply(store, box, plan, "INC-1", timedelta(minutes=2) if plan.guard else None)
    assert result.outcome is WriteOutcome.COMMITTED
    if result.pending is not None:
        await store.backend.confirm(result.pending.token)
    assert box.view.draft is None
    assert store.snapshot.configuration.access_edge.partner_discovery
    assert not box.view.stale
    box.stage([switches(partner_discovery=False)])
    assert box.view.draft.base == result.revision


async def test_what_is_staged_between_plan_and_apply_stays(store: Store) -> None:
    box = store.drafts
    box.stage([BLOCK])
    plan = await drafting.plan(store, box)
    box.stage([switches(partner_discovery=True)])
    await drafting.apply(store, box, plan)
    assert box.view.changes == (switches(partner_discovery=True),)
    assert not box.view.stale
    assert (await drafting.plan(store, box)).base == store.snapshot.revision


async def test_a_draft_whose_base_moved_is_not_planned_before_the_rebase(store: Store) -> None:
    box = store.drafts
    box.stage([BLOCK])
    await others(store, switches(partner_discovery=True))
    with pytest.raises(Conflict):
        await drafting.plan(store, box)
    box.rebase()
    assert (await drafting.plan(store, box)).differences


async def test_a_move_the_console_has_not_heard_of_is_refused_by_the_backend(store: Store) -> None:
    box = store.drafts
    box.stage([BLOCK])
    await store.backend.apply((await store.backend.plan([switches(partner_discovery=True)])).plan_id)
    with pytest.raises(Conflict, match="partner_discovery"):
        await drafting.plan(store, box)
    assert box.view.changes == (BLOCK,)


async def test_conflicts_are_named_with_what_each_side_says(store: Store) -> None:
    box = store.drafts
    box.stage([domain("fabrikam.example", comment="mine")])
    await others(store, domain("fabrikam.example", comment="theirs"))
    box.rebase()
    with pytest.raises(Conflict) as refused:
        await drafting.plan(store, box)
    (problem,) = refused.value.problems
    assert problem.field == 'domain "fabrikam.example".comment'
    assert "mine 'mine', theirs 'theirs'" in problem.message


class Failing:
    """A store whose apply fails, or answers as told, after the plan was made."""

    def __init__(self, store: Store, outcome: EdgeconsoleError | WriteOutcome) -> None:
        self._store = store
        self._outcome = outcome

    async def apply(self, plan, why="") -> ApplyResult:
        if isinstance(self._outcome, EdgeconsoleError):
            raise self._outcome
        return ApplyResult(outcome=self._outcome, revision=plan.base, running=None)


@pytest.mark.parametrize(
    "outcome",
    [NotSaved("the disk is full"), Conflict("overtaken"), Indeterminate("no answer"), *list(WriteOutcome)[1:]],
    ids=str,
)
async def test_every_apply_that_is_not_known_to_be_saved_keeps_the_draft(store: Store, outcome) -> None:
    box = store.drafts
    box.stage([BLOCK])
    draft = box.view.draft
    plan = await drafting.plan(store, box)
    if isinstance(outcome, EdgeconsoleError):
        with pytest.raises(type(outcome)):
            await drafting.apply(Failing(store, outcome), box, plan)
    else:
        await drafting.apply(Failing(store, outcome), box, plan)
    assert box.view.draft == draft


async def test_after_a_lost_answer_a_rebase_finds_what_was_saved_after_all(store: Store) -> None:
    box = store.drafts
    box.stage([BLOCK])
    plan = await drafting.plan(store, box)
    await store.backend.apply(plan.plan_id)
    await store.refresh()
    assert box.view.stale
    assert box.rebase().conflicts == ()
    assert box.view.edits == ()


async def test_a_draft_that_cannot_stand_beside_what_is_saved_says_why(store: Store) -> None:
    box = store.drafts
    box.stage([domain("litware-new.example", action="allow")])
    from edgeconsole.model.change import Change
    from edgeconsole.model.configuration import Table

    await others(store, Change(table=Table.SIP_DOMAIN, key="litware-new.example", fields={}))
    box.rebase()
    with pytest.raises(BadInput, match="our own SIP domains"):
        await drafting.plan(store, box)


async def test_confirm_is_passed_on_only_where_the_store_takes_it(store: Store) -> None:
    class Confirming:
        confirmed: timedelta | None = None

        async def apply(self, plan, why="", confirm=None):
            self.confirmed = confirm
            return ApplyResult(outcome=WriteOutcome.COMMITTED, revision=plan.base, running=None)

    box = store.drafts
    box.stage([BLOCK])
    plan = await drafting.plan(store, box)
    taking = Confirming()
    await drafting.apply_plan(taking, plan, "", timedelta(minutes=2))
    assert taking.confirmed == timedelta(minutes=2)


async def test_a_closed_store_leaves_the_draft_on_disk_for_the_next_console(tmp_path: Path) -> None:
    path = tmp_path / "federation.toml"
    path.write_text(TEXT)
    box = DraftBox("c", clock=lambda: NOW, new_id=lambda: "d1", files=files_in(tmp_path))
    store = Store(FileBackend(path, clock=lambda: NOW, new_id=lambda: "id"), clock=lambda: NOW, drafts=box)
    await store.refresh()
    box.stage([BLOCK])
    await store.aclose()
    later = DraftBox("c", clock=lambda: NOW, new_id=lambda: "d2", files=files_in(tmp_path))
    assert [draft.id for draft in later.orphans()] == ["d1"]
