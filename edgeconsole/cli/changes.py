"""A planned change carried out from the command line: shown, applied, reported."""

from datetime import timedelta

from edgeconsole.cli.command import Command, Exit
from edgeconsole.model.durations import parse_duration
from edgeconsole.model.errors import BadInput
from edgeconsole.model.plan import CONFIRM_LONGEST, CONFIRM_SHORTEST, ApplyResult, Plan
from edgeconsole.model.revision import WriteOutcome
from edgeconsole.present import confirm as confirming
from edgeconsole.present import impact

_EXITS = {
    WriteOutcome.COMMITTED: Exit.YES,
    WriteOutcome.NOT_COMMITTED: Exit.NO,
    WriteOutcome.INDETERMINATE: Exit.INDETERMINATE,
}


async def carry_out(command: Command, plan: Plan) -> int:
    """Apply a plan, or only show it under --dry-run."""
    if command.arguments.dry_run:
        _show_plan(command, plan)
        return Exit.YES
    if plan.empty:
        if command.json:
            command.show({"outcome": "unchanged", "revision": plan.base})
        else:
            print("nothing to change: it is so already")
        return Exit.YES
    result = await _applied(command, plan)
    if command.json:
        command.show({"impact": plan.impact, **_fields(result)})
    else:
        print(impact.sentence(plan))
        print(impact.done(result, plan))
        if result.pending is not None:
            print(confirming.how(result.pending))
    return _EXITS[result.outcome]


async def _applied(command: Command, plan: Plan) -> ApplyResult:
    why, length = command.arguments.why or "", confirm_length(command)
    if getattr(command.arguments, "emergency", False):
        if command.store.readonly:
            return await command.store.apply(plan, why)
        return await command.store.backend.apply(plan.plan_id, why=why, confirm=length, emergency=True)
    return await command.store.apply(plan, why, confirm=length)


def confirm_length(command: Command) -> timedelta | None:
    """Return how long a change waits to be confirmed, None where it need not be. Raises BadInput."""
    text = getattr(command.arguments, "confirm", None)
    if text is None:
        return None
    length = parse_duration(text)
    if not CONFIRM_SHORTEST <= length <= CONFIRM_LONGEST:
        raise BadInput(
            f"{text} is no time to confirm a change in; it is from 10s to 1h",
            remedy="Long enough to see whether it works and to type edgeconsole confirm",
        )
    return length


def _fields(result: object) -> dict[str, object]:
    return {name: getattr(result, name) for name in result.__struct_fields__}  # type: ignore[attr-defined]


def _show_plan(command: Command, plan: Plan) -> None:
    if command.json:
        command.show(plan)
        return
    print(impact.sentence(plan))
    if plan.guard:
        print(confirming.demanded(plan))
    print(plan.toml_diff, end="")
