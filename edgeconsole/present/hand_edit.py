"""A configuration file that was edited by hand, in one line: changed and not in force, or broken and not taken in."""

from pathlib import PurePath

from edgeconsole.model.errors import Problem
from edgeconsole.model.revision import Origin
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present.ages import minute
from edgeconsole.present.table import Line, Span, Style

_NOTHING = Line(())
_USUAL = "federation.toml"


def file_name(snapshot: Snapshot) -> str:
    """Return what the file is called, without its folders."""
    path = snapshot.health.configuration_path if snapshot.health else ""
    return PurePath(path).name or _USUAL


def waits(snapshot: Snapshot) -> bool:
    """Return whether the saved file is not what runs, since somebody edited it by hand."""
    health = snapshot.health
    if health is None or not health.enforcing or health.running is None or health.saved is None:
        return False
    newest = snapshot.history[0] if snapshot.history else None
    return health.running != health.saved and newest is not None and newest.origin is Origin.EXTERNAL


def first_problem(snapshot: Snapshot) -> Problem | None:
    """Return the first thing that is wrong with the file on disk, None where it is good."""
    return snapshot.health.problems[0] if snapshot.health and snapshot.health.problems else None


def broken(snapshot: Snapshot, *, short: bool = False) -> str:
    """Return where the file on disk is broken and why, without its folders; empty where it is good.

    `short` leaves the field to the line that is named.
    """
    problem = first_problem(snapshot)
    if problem is None:
        return ""
    place = ":".join(str(part) for part in (file_name(snapshot), problem.line, problem.column) if part)
    said = ": ".join(part for part in (place, "" if short else problem.field, problem.message) if part)
    assert snapshot.health is not None
    more = len(snapshot.health.problems) - 1
    return f"{said} (+{more} more)" if more else said


def notice(snapshot: Snapshot, reload: str, editor: str) -> Line:
    """Return the line of the bottom row, empty where file and edge agree; the arguments are labels of keys.

    `editor` is empty where the file cannot be opened from here.
    """
    wrong = broken(snapshot, short=True)
    if wrong:
        opens = f"{editor} opens it. " if editor else ""
        goes_on = f"{snapshot.revision} stays. " if snapshot.revision else ""
        return Line((Span("X ", Style.FAIL), Span(f"{goes_on}{opens}", Style.WARN), Span(wrong)))
    if waits(snapshot):
        changed = f"{file_name(snapshot)} changed {minute(snapshot.history[0].at)}, not in force: "
        return Line((Span(f"! {changed}", Style.WARN), Span(f"{reload} reloads", Style.STRONG)))
    return _NOTHING
