"""confirm: keep a change that goes back by itself otherwise."""

from edgeconsole.cli.command import Command, Exit


async def confirm(command: Command) -> int:
    """Keep the change with the token, or the one that waits; 1 where none waits."""
    command.store.require_edit()
    token = command.arguments.token
    if token is None:
        pending = (await command.store.backend.health()).pending
        if pending is None:
            if command.json:
                command.show({"confirmed": None})
            else:
                print("no change waits to be confirmed")
            return Exit.NO
        token = pending.token
    revision = await command.store.backend.confirm(token)
    if command.json:
        command.show({"confirmed": revision})
    else:
        print(f"confirmed: {revision} stays")
    return Exit.YES
