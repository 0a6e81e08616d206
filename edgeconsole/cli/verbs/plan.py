"""plan, apply, diff: what a file or the draft would change, making it so, and what differs between revisions."""

import re
import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from edgeconsole.actions import draft as drafting
from edgeconsole.actions import history as past
from edgeconsole.cli import output
from edgeconsole.cli.changes import OFFERED, again, agreed, can_ask, confirm_length, confirm_required, report
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.verbs.draft import open_draft, print_since
from edgeconsole.config.edit import differences, turned
from edgeconsole.config.limits import MAX_BYTES
from edgeconsole.config.read import parse_bytes
from edgeconsole.config.source import read_bytes
from edgeconsole.model.change import Change, Difference
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import BadInput, Problem, Unsupported
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.present import diff as shown
from edgeconsole.present.confirm import countdown
from edgeconsole.store.drafts import DraftBox
from edgeconsole.wire.json import decode_request

_REVISION = re.compile(r"#?(\d{1,9})")
_LIST_OF_CHANGES = re.compile(rb"\s*\[\s*[\]{]")
"""How a JSON list of changes starts; no TOML starts so."""


async def plan(command: Command) -> int:
    """Print what would change, in fields, in the file's text and for partners; 1 where something would."""
    planned, _ = await _planned(command)
    if command.json:
        command.show(planned)
    else:
        output.print_lines(shown.plan_lines(planned))
    return Exit.YES if planned.empty else Exit.NO


async def apply(command: Command) -> int:
    """Plan, ask, apply; the draft is emptied only when it is saved."""
    length = confirm_length(command)
    planned, box = await _planned(command, offer=not command.arguments.yes)
    if planned.empty:
        return _unchanged(command, planned)
    if not command.json:
        output.print_lines(shown.plan_lines(planned))
    must_wait = bool(planned.guard) and length is None and command.store.confirm is None
    if command.arguments.yes:
        if must_wait:
            raise confirm_required(command, planned)
    elif not _agreed(command, must_wait):
        output.say("nothing was changed")
        return Exit.NO
    elif must_wait:
        length = OFFERED
    return report(command, planned, await _carried_out(command, planned, box, length), shown=True)


def _unchanged(command: Command, planned: Plan) -> int:
    if command.json:
        command.show({"outcome": "unchanged", "revision": planned.base})
    else:
        output.print_lines(shown.plan_lines(planned))
    return Exit.YES


def _agreed(command: Command, must_wait: bool) -> bool:
    """Ask the person at the terminal. Raises BadInput where nobody can be asked."""
    if not can_ask(command):
        words = ("--confirm", "2m", "--yes") if must_wait else ("--yes",)
        raise BadInput(
            "apply asks before it changes anything, and nobody can answer here",
            remedy=f"Type: {again(command, *words)}",
        )
    back = f", so that it goes back in {countdown(OFFERED.total_seconds())} unless you confirm it" if must_wait else ""
    return agreed(f"Apply this{back}?")


async def _carried_out(command: Command, planned: Plan, box: DraftBox | None, confirm: timedelta | None) -> ApplyResult:
    why = command.arguments.why or ""
    if box is not None:
        return await drafting.apply(command.store, box, planned, why, confirm)
    return await drafting.apply_plan(command.store, planned, why, confirm)


async def _planned(command: Command, *, offer: bool = False) -> tuple[Plan, DraftBox | None]:
    """Return the plan of the file that was named, or of the draft with the draft itself.

    `offer` asks, where others changed something meanwhile and none of it meets the draft, whether to go on upon that.
    """
    name = command.arguments.file
    if name is None:
        box = await open_draft(command)
        if box.view.stale and not command.json:
            await _settle(command, box, offer=offer)
        return await drafting.plan(command.store, box), box
    content = _content(name)
    saved = await command.store.backend.read()
    return await command.store.plan(_changes(content, name, saved.configuration), base=saved.revision), None


async def _settle(command: Command, box: DraftBox, *, offer: bool) -> None:
    """Show what others made of the file since the draft, and put the draft onto it where that is wanted."""
    await print_since(command, box.view)
    if not offer or box.view.conflicts or not can_ask(command):
        return
    if agreed("Nothing of it meets the draft. Go on, on top of it?"):
        box.rebase()


def _content(name: str) -> bytes:
    return sys.stdin.buffer.read(MAX_BYTES + 1) if name == "-" else read_bytes(Path(name))


def _changes(content: bytes, name: str, saved: Configuration) -> tuple[Change, ...]:
    """Return the changes a file asks for: those it lists, or all that make the saved configuration say what it says."""
    if not _LIST_OF_CHANGES.match(content):
        return turned(differences(saved, parse_bytes(content, name).configuration))
    if len(content) > MAX_BYTES:
        raise BadInput(
            f"{name} has more than {MAX_BYTES:,} bytes",
            remedy="Apply the changes in parts, or give the whole federation.toml",
        )
    try:
        return tuple(decode_request(content, list[Change]))
    except BadInput as error:
        problems = tuple(msgspec.structs.replace(problem, file=name) for problem in error.problems)
        raise BadInput(
            f"{name} is no list of changes",
            remedy='Each is {"table": "domain", "key": "fabrikam.example", "fields": {"action": "block"}}',
            problems=problems or (Problem(file=name, message=error.message),),
        ) from None


async def diff(command: Command) -> int:
    """Print what differs: running and saved, a revision and the saved one, two revisions, the saved one and a file."""
    given = command.arguments
    if given.first is None:
        return await _running_and_saved(command)
    saved = await command.store.backend.read()
    first = _REVISION.fullmatch(given.first)
    if first is None:
        if given.second is not None:
            raise BadInput("a file is compared with what is saved only", remedy="edgeconsole diff FILE")
        after = parse_bytes(_content(given.first), given.first).configuration
        return _show(command, str(saved.revision), given.first, differences(saved.configuration, after))
    second = None if given.second is None else _REVISION.fullmatch(given.second)
    if given.second is not None and second is None:
        raise BadInput(f"{given.second!r} is no revision", remedy="Revisions are numbers: edgeconsole history")
    head = saved.revision.number
    older, newer = int(first[1]), head if second is None else int(second[1])
    before = await past.configuration_at(command.store, older, saved)
    after = await past.configuration_at(command.store, newer, saved)
    return _show(command, f"#{older}", f"#{newer}", differences(before, after))


async def _running_and_saved(command: Command) -> int:
    health = await command.store.backend.health()
    if health.running is None or health.saved is None:
        raise Unsupported(
            "nothing enforces this file, so no configuration is running to compare it with",
            remedy="edgeconsole diff REVISION compares with an older one, edgeconsole diff FILE with a file",
        )
    if health.running.etag == health.saved.etag:
        return _show(command, f"running {health.running}", f"saved {health.saved}", ())
    saved = await command.store.backend.read()
    before = await past.configuration_at(command.store, health.running.number, saved)
    steps = differences(before, saved.configuration)
    return _show(command, f"running {health.running}", f"saved {saved.revision}", steps)


def _show(command: Command, before: str, after: str, steps: tuple[Difference, ...]) -> int:
    if command.json:
        command.show({"from": before, "to": after, "differences": steps})
    elif steps:
        output.say(f"{before} -> {after}")
        output.print_lines(shown.field_lines(steps))
    else:
        output.say(f"{before} and {after} say the same")
    return Exit.NO if steps else Exit.YES
