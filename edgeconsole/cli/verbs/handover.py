"""handover: one file for whoever comes next - state, changes, faults, what waits, and scripts that can be run."""

from pathlib import Path

from edgeconsole.actions import handover as handing
from edgeconsole.cli import output
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.reach import find_place, now
from edgeconsole.cli.verbs.draft import files_of
from edgeconsole.present import draft as shown
from edgeconsole.store.draft import edits_of
from edgeconsole.transfer.export.handover import Staged, write_handover


async def hand_over(command: Command) -> int:
    """Write the hand-over file, or print it where the path is `-`."""
    given = command.arguments
    told = await handing.gather(command.store, now(), since=given.since, reach=_reach(command), staged=_staged(command))
    if given.path == "-":
        output.say(write_handover(told).rstrip("\n"))
        return Exit.YES
    path = Path(given.path) if given.path else Path(handing.file_name(told.snapshot, told.at))
    path = handing.save(path.absolute(), told, replace=given.replace)
    if command.json:
        command.show({"written": str(path)})
    else:
        output.say(f"wrote {path}, readable by you alone")
    return Exit.YES


def _reach(command: Command) -> tuple[str, ...]:
    """Return the options that name the same edge to another shell of this host."""
    place = find_place(
        config=command.arguments.config, socket=command.arguments.socket, context=command.arguments.context
    )
    if place.context is not None:
        return ("--context", place.context.name)
    if place.config is not None:
        return ("--config", str(Path(place.config).absolute()))
    return ("--socket", str(Path(place.socket).absolute())) if place.socket is not None else ()


def _staged(command: Command) -> tuple[Staged, ...]:
    """Return the drafts kept for the edge that change something."""
    found = []
    for item in files_of(command).stored().drafts:
        edits = tuple(edits_of(item.draft.staged).values())
        if edits:
            whose = "a console that is gone" if item.holder is None else "an open console"
            found.append(
                Staged(
                    name=f"{whose} (draft {item.draft.id[:8]}: {shown.summary(edits)})",
                    updated=item.draft.updated,
                    changes=tuple(edit.change for edit in edits),
                )
            )
    return tuple(found)
