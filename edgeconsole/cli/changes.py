"""A planned change carried out from the command line: shown, applied, reported."""

from edgeconsole.actions import direct
from edgeconsole.cli.command import Command, Exit
from edgeconsole.model.plan import Plan
from edgeconsole.model.revision import WriteOutcome
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
    result = await direct.carry_out(command.store, plan, command.arguments.why or "")
    if command.json:
        command.show({"impact": plan.impact, **_fields(result)})
    else:
        print(impact.sentence(plan))
        print(impact.done(result, plan))
    return _EXITS[result.outcome]


def _fields(result: object) -> dict[str, object]:
    return {name: getattr(result, name) for name in result.__struct_fields__}  # type: ignore[attr-defined]


def _show_plan(command: Command, plan: Plan) -> None:
    if command.json:
        command.show(plan)
        return
    print(impact.sentence(plan))
    print(plan.toml_diff, end="")
