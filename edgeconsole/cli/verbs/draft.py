"""draft list|show|discard|adopt: what consoles staged for this edge and left behind."""

import os
import uuid
from pathlib import Path

from edgeconsole.cli import output
from edgeconsole.cli.command import Command, Exit
from edgeconsole.cli.reach import Place, find_place, now
from edgeconsole.model.draft import Side
from edgeconsole.model.errors import BadInput, Conflict
from edgeconsole.model.revision import RevisionRecord
from edgeconsole.present import draft as shown
from edgeconsole.present.ages import age, stamp
from edgeconsole.present.history import summary
from edgeconsole.store.autosave import DraftFiles, Stored, StoredDraft, context_of, directory_for
from edgeconsole.store.draft import edits_of
from edgeconsole.store.draft_view import DraftView, view_of
from edgeconsole.store.drafts import DraftBox

_SHORT = 8
"""Characters of an id that a list shows; any start that is unique names a draft."""

_RECENT = 20
"""Revisions told of those made since a draft."""


async def list_drafts(command: Command) -> int:
    """Print the drafts for this edge, of live consoles and orphaned, oldest first."""
    stored = files_of(command).stored()
    if command.json:
        command.show({"drafts": [_facts(item) for item in stored.drafts], "problems": stored.problems})
        return Exit.YES
    _complain(stored)
    rows = [
        [item.draft.id[:_SHORT], _state(item), age(now(), item.draft.updated), str(item.draft.base), _does(item)]
        for item in stored.drafts
    ]
    if rows:
        output.print_columns(["DRAFT", "STATE", "AGE", "BASE", "WHAT"], rows)
    else:
        output.say("there are no drafts for this edge")
    return Exit.YES


def _facts(item: StoredDraft) -> dict[str, object]:
    return {
        "id": item.draft.id,
        "state": "orphan" if item.holder is None else "live",
        "process": item.holder or None,
        "base": item.draft.base,
        "updated": item.draft.updated,
        "changes": [edit.change for edit in edits_of(item.draft.staged).values()],
    }


def _state(item: StoredDraft) -> str:
    if item.holder is None:
        return "orphan"
    return f"live ({item.holder})" if item.holder else "live"


def _does(item: StoredDraft) -> str:
    return shown.summary(tuple(edits_of(item.draft.staged).values()))


async def show(command: Command) -> int:
    """Print what a draft changes and how it stands to what is saved; 3 where something has to be chosen."""
    stored = files_of(command).stored()
    view = view_of(chosen(stored, command.arguments.draft).draft, await command.store.backend.read())
    if command.json:
        command.show(
            {
                "draft": view.draft,
                "stale": view.stale,
                "changes": view.changes,
                **_fields(view),
                "saved": view.saved.revision,
            }
        )
    else:
        _complain(stored)
        output.print_lines(shown.staged_lines(view.edits, now()))
        _print_standing(view)
    return Exit.CONFLICT if view.conflicts else Exit.YES


def _fields(view: DraftView) -> dict[str, object]:
    return {
        "differences": view.differences,
        "taken_over": view.rebased.taken_over,
        "conflicts": view.conflicts,
        "problems": view.problems,
    }


def _print_standing(view: DraftView) -> None:
    assert view.draft is not None
    if view.stale:
        output.say(
            f"\nmade on {view.draft.base}; {view.saved.revision} is saved now: edgeconsole draft adopt puts it there"
        )
    output.print_lines(shown.taken_over_lines(view.rebased.taken_over))
    output.print_lines(shown.conflict_lines(view.conflicts))
    output.print_lines(shown.problem_lines(view.problems))


async def discard(command: Command) -> int:
    """Throw an orphaned draft away."""
    files = files_of(command)
    found = chosen(files.stored(), command.arguments.draft)
    files.drop(found.draft.id)
    if command.json:
        command.show({"discarded": found.draft.id})
    else:
        output.say(f"discarded {found.draft.id[:_SHORT]}: {_does(found)}")
    return Exit.YES


async def adopt(command: Command) -> int:
    """Put an orphaned draft onto what is saved now; 3 while something both changed is not chosen."""
    given = command.arguments
    if given.mine and given.theirs:
        raise BadInput(
            "--mine and --theirs exclude each other", remedy="Give one of them, or neither and choose in the console"
        )
    box = await open_draft(command)
    since = await _since(command, box.view)
    found = box.rebase()
    side = Side.MINE if given.mine else Side.THEIRS if given.theirs else None
    while side is not None and box.view.conflicts:
        box.resolve(box.view.conflicts[0], side)
    view = box.view
    if command.json:
        command.show({"draft": view.draft, **_fields(view), "taken_over": found.taken_over, "since": since})
    else:
        for record in since:
            output.say(f"since then {record.revision} by {record.by.name}: {summary(record)}")
        output.print_lines(shown.taken_over_lines(found.taken_over))
        output.print_lines(shown.staged_lines(view.edits, now()))
        output.print_lines(shown.conflict_lines(view.conflicts))
        output.print_lines(shown.problem_lines(view.problems))
        output.say(_next(view))
    return Exit.CONFLICT if view.conflicts else Exit.YES


async def print_since(command: Command, view: DraftView) -> None:
    """Print what others changed since the draft was made: who, when, what; then what of it meets the draft."""
    for record in await _since(command, view):
        output.say(f"since the draft {record.revision} by {record.by.name}, {stamp(record.at)}: {summary(record)}")
    output.print_lines(shown.taken_over_lines(view.rebased.taken_over))
    output.print_lines(shown.conflict_lines(view.conflicts))


async def _since(command: Command, view: DraftView) -> tuple[RevisionRecord, ...]:
    """Return the revisions made since the draft's base, oldest first, as far as the history goes."""
    if view.draft is None or not view.stale:
        return ()
    records = await command.store.backend.history(_RECENT)
    return tuple(record for record in reversed(records) if record.revision.number > view.draft.base.number)


def _next(view: DraftView) -> str:
    if view.conflicts:
        return "choose with --mine or --theirs, or field by field in the console"
    if not view.edits:
        return f"nothing is left of the draft: {view.saved.revision} says so already"
    return f"on {view.saved.revision}: edgeconsole plan shows it, edgeconsole apply applies it"


def files_of(command: Command) -> DraftFiles:
    """Return the drafts kept for the edge the command means."""
    return DraftFiles(directory_for(_context(_place(command)), os.environ))


def directory_of(place: Place) -> Path:
    """Return where drafts and unfinished set-ups of an edge are kept."""
    return directory_for(_context(place), os.environ)


def drafts_for(place: Place) -> DraftBox:
    """Return the draft box of a console on an edge; nothing is on disk before something is staged."""
    files = DraftFiles(directory_of(place))
    return DraftBox(_context(place), clock=now, new_id=lambda: str(uuid.uuid4()), files=files)


def _place(command: Command) -> Place:
    given = command.arguments
    return find_place(config=given.config, socket=given.socket, context=given.context)


def _context(place: Place) -> str:
    return context_of(place.config, place.socket, place.name)


def chosen(stored: Stored, named: str | None) -> StoredDraft:
    """Return the draft whose id starts as named, or the only orphan. Raises BadInput, Conflict for a live one only."""
    if named:
        found = [item for item in stored.drafts if item.draft.id.startswith(named)]
        if not found:
            raise BadInput(f"there is no draft {named[:64]!r}", remedy="See: edgeconsole draft list")
    else:
        found = [item for item in stored.drafts if item.holder is None and edits_of(item.draft.staged)]
        if not found and stored.drafts:
            raise Conflict(
                f"the only draft belongs to a console that is open ({_state(stored.drafts[-1])})",
                remedy="Apply it there, or close that console",
            )
        if not found:
            raise BadInput(
                "there is no draft for this edge",
                remedy="Stage changes in the console, or name a file",
                problems=stored.problems,
            )
    if len(found) > 1:
        ids = ", ".join(item.draft.id[:_SHORT] for item in found)
        raise BadInput(f"there are several drafts: {ids}", remedy="Name one; edgeconsole draft list tells them apart")
    return found[0]


async def open_draft(command: Command) -> DraftBox:
    """Take the orphaned draft that is meant over for the length of this command."""
    box = drafts_for(_place(command))
    found = chosen(files_of(command).stored(), command.arguments.draft)
    box.follow(await command.store.backend.read())
    box.adopt(found.draft.id)
    # The store closes it with the backend, and tells it of what is saved meanwhile.
    command.store.drafts = box
    return box


def _complain(stored: Stored) -> None:
    for problem in stored.problems:
        output.complain(f"edgeconsole: {problem}")
