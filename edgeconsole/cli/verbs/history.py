"""history, undo, rollback, restore-point, reload: what was changed, and back again."""

import contextlib

from edgeconsole.actions import direct
from edgeconsole.actions.history import HISTORY_READ, configuration_at
from edgeconsole.cli import output
from edgeconsole.cli.changes import carry_out, refuse_others
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.output import print_columns, print_lines
from edgeconsole.config.edit import differences
from edgeconsole.model.change import Difference
from edgeconsole.model.errors import BadInput, Conflict
from edgeconsole.model.revision import WriteOutcome
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
        raise BadInput("a revision is shown by: edgeconsole history show REVISION")
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
    steps = () if command.json and not command.arguments.dry_run else await _not_enforced(command)
    if not command.json:
        print_lines(field_lines(steps))
    if command.arguments.dry_run:
        if command.json:
            command.show({"differences": steps})
        elif not steps:
            output.say("nothing would change: what is saved is enforced already")
        return Exit.YES
    result = await command.store.reload()
    if command.json:
        command.show(result)
    else:
        output.say(f"running {result.running}" + (f"; {result.detail}" if result.detail else ""))
    return Exit.YES if result.enforced else Exit.NO


async def _not_enforced(command: Command) -> tuple[Difference, ...]:
    """Return what is saved and not enforced. Raises Unsupported where no proxy runs."""
    command.store.require_edit()
    backend = command.store.backend
    if not (await backend.health()).enforcing:
        # Nothing can be compared; a backend that enforces nothing refuses to reload, and says why.
        await backend.reload()
    # Planning looks at the file; it is refused where there is a hand edit, which is no news here.
    with contextlib.suppress(Conflict):
        await backend.plan(())
    health = await backend.health()
    if health.running is None or health.saved is None or health.running.etag == health.saved.etag:
        return ()
    saved = await backend.read()
    return differences(await configuration_at(command.store, health.running.number, saved), saved.configuration)


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
