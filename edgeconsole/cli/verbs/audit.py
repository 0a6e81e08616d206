"""audit, audit verify: who did what, and whether somebody tampered with the record of it."""

from edgeconsole.cli import output
from edgeconsole.cli.command import Command, Exit
from edgeconsole.model.errors import BadInput
from edgeconsole.present import audit as words
from edgeconsole.present.ages import stamp


async def audit(command: Command) -> int:
    """Print what was done, newest first; or check every line of it, 1 where a sign of tampering is found."""
    given = command.arguments
    if given.what == "verify":
        return await _verify(command)
    if given.head is not None:
        raise BadInput("--head belongs to verify", remedy="edgeconsole audit verify --head SEQ:HASH")
    records = await command.store.backend.audit(max(given.limit, 0))
    if command.json:
        command.show({"audit": records})
        return Exit.YES
    rows = [
        [
            str(item.seq),
            stamp(item.at),
            item.by.name,
            item.by.via or "-",
            f"#{item.revision}" if item.revision else "-",
            words.act(item),
            words.outcome(item),
            item.why,
        ]
        for item in records
    ]
    output.print_columns(["SEQ", "WHEN", "WHO", "VIA", "REVISION", "WHAT", "END", "WHY"], rows)
    return Exit.YES


async def _verify(command: Command) -> int:
    found = await command.store.backend.verify_audit(command.arguments.head)
    if command.json:
        command.show({"intact": found.intact, "lines": found.lines, "head": found.head, "problems": found.problems})
    else:
        print(*words.verified(found), sep="\n")
    return Exit.YES if found.intact else Exit.NO
