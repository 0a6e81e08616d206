"""history, undo, rollback, restore-point, reload: what was changed, and back again."""

from edgeconsole.actions import direct
from edgeconsole.actions.history import HISTORY_READ
from edgeconsole.cli import output
from edgeconsole.cli.changes import carry_out, confirm_length, demanded, refuse_others, waits
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.output import print_columns, print_lines
from edgeconsole.model.errors import BadInput
from edgeconsole.model.revision import WriteOutcome
from edgeconsole.present import confirm as confirming
from edgeconsole.present import impact
from edgeconsole.present.ages import stamp
from edgeconsole.present.diff import field_lines
from edgeconsole.present.history import summary
from edgeconsole.present.revision import record_lines


async def history(command: Command) -> int:
    """Print the latest revisions, newest first, or all of one."""
    given = command.arguments
    if given.what == "show":
        return await _show(command)
    if given.number is not None:
        raise BadInput(
            "no revision is named", remedy="edgeconsole history show REVISION; edgeconsole history lists them"
        )
    records = await command.store.backend.history(max(given.limit, 0))
    if command.json:
        command.show({"history": records})
        return Exit.YES
    rows = [
        [str(item.revision), stamp(item.at), item.by.name, item.by.via or "-", summary(item), item.why or ""]
        for item in records
    ]
    print_columns(["REVISION", "WHEN", "WHO", "VIA", "WHAT", "WHY"], rows)
    return Exit.YES


async def _show(command: Command) -> int:
    backend = command.store.backend
    head = (await backend.health()).saved
    number = command.arguments.number if command.arguments.number is not None else head.number if head else 0
    newest = await backend.history(min(max((head.number if head else 0) - number + 1, 1), HISTORY_READ))
    record = next((each for each in newest if each.revision.number == number), None)
    if record is None:
        raise BadInput(f"there is no revision #{number} in the history", remedy="See: edgeconsole history")
    if command.json:
        command.show(record)
        return Exit.YES
    points = [point.name for point in await backend.restore_points() if point.revision.number == number]
    undone = next((each for each in newest if each.undoes == number), None)
    print_lines(record_lines(record, points, undone))
    return Exit.YES


async def undo(command: Command) -> int:
    """Reverse the last change that is not undone yet, or the one with the given number."""
    plan = await direct.undo(command.store, command.arguments.number)
    if command.arguments.number is None and not command.arguments.dry_run:
        refuse_others(command, plan)
    return await carry_out(command, plan)


async def reload(command: Command) -> int:
    """Let the proxy enforce the file as it stands, a hand edit included; show first what that changes."""
    plan = await command.store.plan_reload()
    if not command.json:
        print_lines(field_lines(plan.differences))
    if command.arguments.dry_run:
        if command.json:
            command.show(plan)
        elif plan.empty:
            output.say("nothing would change: what is saved is enforced already")
        else:
            output.say(impact.sentence(plan))
            if plan.guard:
                output.say(confirming.demanded(plan))
        return Exit.YES
    length = confirm_length(command)
    if plan.guard and not waits(command, length):
        length = demanded(command, plan)
        if length is None:
            output.say("nothing was changed")
            return Exit.NO
    result = await command.store.reload(plan, command.arguments.why or "", confirm=length)
    if command.json:
        command.show(result)
    else:
        output.say(f"running {result.running}" + (f"; {result.detail}" if result.detail else ""))
        if result.pending is not None:
            output.say(confirming.how(result.pending))
    return Exit.YES if result.enforced else Exit.NO


async def rollback(command: Command) -> int:
    """Take back what waits to be confirmed; else bring the whole file of a revision or a restore point back."""
    target = command.arguments.target
    command.store.require_edit()
    if target is None and not command.arguments.dry_run:
        pending = (await command.store.backend.health()).pending
        if pending is not None:
            return await _take_back(command, pending.token)
    number = (target or "").removeprefix("#")
    wanted = int(number) if number.isascii() and number.isdigit() else target
    plan = await command.store.plan_rollback(wanted)
    if target is None and not command.arguments.dry_run:
        refuse_others(command, plan)
    return await carry_out(command, plan)


async def _take_back(command: Command, token: str) -> int:
    result = await command.store.backend.take_back(token)
    if command.json:
        command.show(result)
    else:
        output.say(f"{result.detail}; running {result.running}")
    return Exit.YES if result.outcome is WriteOutcome.COMMITTED else Exit.INDETERMINATE


async def add_point(command: Command) -> int:
    """Name a revision."""
    command.store.require_edit()
    given = command.arguments
    point = await command.store.backend.add_restore_point(given.name, given.number, why=given.why or "")
    if command.json:
        command.show(point)
    else:
        output.say(f"restore point {point.name} is revision {point.revision}")
    return Exit.YES


async def list_points(command: Command) -> int:
    """Print the revisions that have names."""
    points = await command.store.backend.restore_points()
    if command.json:
        command.show({"restore_points": points})
        return Exit.YES
    if not points:
        output.say("no revision has a name; edgeconsole restore-point add NAME gives the saved one a name")
        return Exit.YES
    rows = [[item.name, str(item.revision), stamp(item.at), item.by.name, item.why or ""] for item in points]
    print_columns(["NAME", "REVISION", "NAMED", "WHO", "WHY"], rows)
    return Exit.YES


async def remove_point(command: Command) -> int:
    """Take a name away."""
    command.store.require_edit()
    point = await command.store.backend.remove_restore_point(command.arguments.name)
    if command.json:
        command.show({"removed": point})
    else:
        output.say(
            f"restore point {point.name} is gone; revision {point.revision} stays in the history while it is recent"
        )
    return Exit.YES
