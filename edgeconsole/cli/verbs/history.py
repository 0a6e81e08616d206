"""history, undo, reload: what was changed, and back again."""

from edgeconsole.actions import direct
from edgeconsole.cli.changes import carry_out
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.output import print_columns
from edgeconsole.present.ages import stamp
from edgeconsole.present.history import summary


async def history(command: Command) -> int:
    """Print the latest revisions, newest first."""
    records = await command.store.backend.history(command.arguments.limit)
    if command.json:
        command.show({"history": records})
        return Exit.YES
    rows = [
        [str(item.revision), stamp(item.at), item.by.name, item.by.via or "-", summary(item), item.why or ""]
        for item in records
    ]
    print_columns(["REVISION", "WHEN", "WHO", "VIA", "WHAT", "WHY"], rows)
    return Exit.YES


async def undo(command: Command) -> int:
    """Reverse the last change that is not undone yet, or the one with the given number."""
    return await carry_out(command, await direct.undo(command.store, command.arguments.number))


async def reload(command: Command) -> int:
    """Let the proxy enforce the file as it stands, a hand edit included."""
    result = await command.store.reload()
    if command.json:
        command.show(result)
    else:
        print(f"running {result.running}" + (f"; {result.detail}" if result.detail else ""))
    return Exit.YES if result.enforced else Exit.NO
