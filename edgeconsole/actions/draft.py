"""Verbs on the draft: plan it on the revision it was made on, apply it; it is emptied only when it is saved."""

from datetime import timedelta
from typing import TYPE_CHECKING

from edgeconsole.model.draft import Draft, FieldConflict, RecordEdit, StagedChange
from edgeconsole.model.errors import BadInput, Conflict, Problem
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.model.revision import WriteOutcome
from edgeconsole.store.store import Store

if TYPE_CHECKING:
    from edgeconsole.store.draft_view import DraftView
    from edgeconsole.store.drafts import DraftBox

REBASE = "Rebase the draft first (edgeconsole draft adopt): what only others changed is taken over"


async def plan(store: Store, drafts: "DraftBox") -> Plan:
    """Plan the draft on its base.

    Raises Conflict while something has to be chosen or the saved configuration moved (who moved it, when and in which
    fields is the backend's to say), BadInput where the draft cannot stand together with it.
    """
    view = drafts.view
    _check_chosen(view)
    try:
        return await store.plan(view.changes, base=view.draft.base if view.draft else None)
    except Conflict as error:
        raise Conflict(error.message, remedy=REBASE, problems=error.problems) from error


def _check_chosen(view: "DraftView") -> None:
    if view.conflicts:
        raise Conflict(
            f"{len(view.conflicts)} of the draft's fields were changed by others too",
            remedy="Choose mine or theirs for each",
            problems=tuple(conflict_problem(conflict) for conflict in view.conflicts),
        )
    if view.impossible:
        raise BadInput(str(view.impossible[0]), problems=view.impossible)


def conflict_problem(conflict: FieldConflict) -> Problem:
    """Return a conflict as a problem: base, mine and theirs in one line."""
    place = f'{conflict.table.value} "{conflict.key}"' if conflict.key else conflict.table.value
    if not conflict.field:
        return Problem(field=place, message=_of_the_whole(conflict))
    return Problem(
        field=f"{place}.{conflict.field}",
        message=f"was {_shown(conflict.base)}, mine {_shown(conflict.mine)}, theirs {_shown(conflict.theirs)}",
    )


def _of_the_whole(conflict: FieldConflict) -> str:
    if conflict.theirs is None:
        return "changed in the draft and removed by others"
    if conflict.mine is None:
        return "removed in the draft and changed by others"
    return "changed by both so that no record can be both"


def _shown(value: object) -> str:
    return "unset" if value is None else repr(value)


async def apply(
    store: Store, drafts: "DraftBox", plan: Plan, why: str = "", confirm: timedelta | None = None
) -> ApplyResult:
    """Apply a plan of the draft; when it is saved the draft is emptied of it, after any failure it is as it was.

    What was staged after the plan was made stays.
    """
    before = drafts.view
    result = await apply_plan(store, plan, why, confirm)
    if result.outcome is not WriteOutcome.COMMITTED:
        return result
    after = drafts.view
    if before.changes == plan.changes and _staged(before) == _staged(after):
        drafts.discard()
    elif after.saved.revision == result.revision:
        drafts.rebase()
    return result


def _staged(view: "DraftView") -> tuple[StagedChange, ...]:
    return view.draft.staged if view.draft else ()


def stage(drafts: "DraftBox", plan: Plan) -> bool:
    """Stage what a plan would change instead of applying it; whether it changes anything. Raises BadInput."""
    return drafts.stage(plan.changes)


async def apply_plan(store: Store, plan: Plan, why: str = "", confirm: timedelta | None = None) -> ApplyResult:
    """Apply a plan, with `confirm` so that it is rolled back after that time unless somebody confirms."""
    if confirm is None:
        return await store.apply(plan, why)
    return await store.apply(plan, why, confirm=confirm)


def edits(draft: Draft) -> tuple[RecordEdit, ...]:
    """Return what a draft does to each record."""
    # Late: the schema of the file costs the console's start 60 ms.
    from edgeconsole.store.draft import edits_of

    return tuple(edits_of(draft.staged).values())
