"""presence: who looks at or edits what on this edge, as far as their consoles say."""

from edgeconsole.backends.http import HttpBackend
from edgeconsole.cli import output
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.reach import now
from edgeconsole.model.errors import Unsupported
from edgeconsole.present.ages import age, stamp


async def presence(command: Command) -> int:
    """Print who is about; nobody is kept from anything by it."""
    backend = command.store.backend
    if not isinstance(backend, HttpBackend):
        raise Unsupported(
            "nobody can be seen: no proxy runs behind this file, and consoles tell the proxy what they do",
            remedy="Name a running edge with --socket or --context",
        )
    found = await backend.presence()
    if command.json:
        command.show({"presence": found})
        return Exit.YES
    if not found:
        print("no console is open on this edge")
        return Exit.YES
    rows = [
        [note.who, note.doing.value, note.about or "-", stamp(note.since), age(now(), note.seen), note.console or "-"]
        for note in found
    ]
    output.print_columns(["WHO", "DOES", "WHAT", "SINCE", "SEEN", "CONSOLE"], rows, right={4})
    return Exit.YES
