"""plan, apply, diff: what a file or the draft would change, making it so, and what differs between revisions."""

import re
import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from edgeconsole.actions import draft as drafting
from edgeconsole.cli import output
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.verbs.draft import open_draft
from edgeconsole.config.edit import apply_changes, differences, turned
from edgeconsole.config.journal import MAX_DIFFERENCES
from edgeconsole.config.limits import MAX_BYTES
from edgeconsole.config.read import parse_bytes
from edgeconsole.config.source import read_bytes
from edgeconsole.model.change import Change, Difference
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.durations import parse_duration
from edgeconsole.model.errors import BadInput, Problem, Unsupported
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.model.revision import Origin, WriteOutcome
from edgeconsole.present import diff as shown
from edgeconsole.present import impact
from edgeconsole.store.drafts import DraftBox
from edgeconsole.wire.json import decode_request

_EXITS = {
    WriteOutcome.COMMITTED: Exit.YES,
    WriteOutcome.NOT_COMMITTED: Exit.NO,
    WriteOutcome.INDETERMINATE: Exit.INDETERMINATE,
}

_REVISION = re.compile(r"#?(\d{1,9})")
_LIST_OF_CHANGES = re.compile(rb"\s*\[\s*[\]{]")
"""How a JSON list of changes starts; no TOML starts so."""

_HISTORY_READ = 1000
"""Revisions asked for when an old one is put together again; the edge keeps fewer texts than that."""


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
    given = command.arguments
    confirm = None if given.confirm is None else parse_duration(given.confirm)
    planned, box = await _planned(command)
    if planned.empty:
        return _unchanged(command, planned)
    if not command.json:
        output.print_lines(shown.plan_lines(planned))
    if not given.yes and not _agreed(command):
        print("nothing was changed")
        return Exit.NO
    result = await _carried_out(command, planned, box, confirm)
    if command.json:
        command.show({"impact": planned.impact, **msgspec.structs.asdict(result)})
    else:
        print(impact.done(result, planned))
    return _EXITS[result.outcome]


def _unchanged(command: Command, planned: Plan) -> int:
    if command.json:
        command.show({"outcome": "unchanged", "revision": planned.base})
    else:
        output.print_lines(shown.plan_lines(planned))
    return Exit.YES


def _agreed(command: Command) -> bool:
    """Ask the person at the terminal; an empty answer is no. Raises BadInput where nobody can be asked."""
    if command.json or not sys.stdin.isatty():
        raise BadInput("apply asks before it changes anything, and nobody can answer here", remedy="Say --yes")
    try:
        return input("Apply this? y applies, anything else does not: ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


async def _carried_out(command: Command, planned: Plan, box: DraftBox | None, confirm: timedelta | None) -> ApplyResult:
    why = command.arguments.why or ""
    if box is not None:
        return await drafting.apply(command.store, box, planned, why, confirm)
    return await drafting.apply_plan(command.store, planned, why, confirm)


async def _planned(command: Command) -> tuple[Plan, DraftBox | None]:
    """Return the plan of the file that was named, or of the draft with the draft itself."""
    name = command.arguments.file
    if name is None:
        box = await open_draft(command)
        return await drafting.plan(command.store, box), box
    content = _content(name)
    saved = await command.store.backend.read()
    return await command.store.plan(_changes(content, name, saved.configuration), base=saved.revision), None


def _content(name: str) -> bytes:
    return sys.stdin.buffer.read(MAX_BYTES + 1) if name == "-" else read_bytes(Path(name))


def _changes(content: bytes, name: str, saved: Configuration) -> tuple[Change, ...]:
    """Return the changes a file asks for: those it lists, or all that make the saved configuration say what it says."""
    if not _LIST_OF_CHANGES.match(content):
        return turned(differences(saved, parse_bytes(content, name).configuration))
    if len(content) > MAX_BYTES:
        raise BadInput(f"{name} has more than {MAX_BYTES:,} bytes")
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
    before = await _at(command, older, saved.configuration, head)
    after = await _at(command, newer, saved.configuration, head)
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
    before = await _at(command, health.running.number, saved.configuration, saved.revision.number)
    steps = differences(before, saved.configuration)
    return _show(command, f"running {health.running}", f"saved {saved.revision}", steps)


async def _at(command: Command, number: int, saved: Configuration, head: int) -> Configuration:
    """Return the configuration of a revision, put together by taking back what came after it."""
    if not 0 < number <= head:
        raise BadInput(f"there is no revision #{number}", remedy=f"The latest is #{head}; see edgeconsole history")
    if number == head:
        return saved
    newest = await command.store.backend.history(min(head - number, _HISTORY_READ))
    records = [record for record in newest if number < record.revision.number <= head]
    if not records or records[-1].revision.number != number + 1:
        raise BadInput(f"the history does not reach back to revision #{number}", remedy="See edgeconsole history")
    configuration = saved
    for record in records:
        unknown = record.origin is Origin.EXTERNAL and not record.differences
        if unknown or len(record.differences) >= MAX_DIFFERENCES:
            raise BadInput(f"the history does not keep all that revision {record.revision} changed")
        configuration = apply_changes(configuration, turned([_back(step) for step in record.differences]))
    return configuration


def _back(step: Difference) -> Difference:
    return msgspec.structs.replace(step, before=step.after, after=step.before)


def _show(command: Command, before: str, after: str, steps: tuple[Difference, ...]) -> int:
    if command.json:
        command.show({"from": before, "to": after, "differences": steps})
    elif steps:
        print(f"{before} -> {after}")
        output.print_lines(shown.field_lines(steps))
    else:
        print(f"{before} and {after} say the same")
    return Exit.NO if steps else Exit.YES
