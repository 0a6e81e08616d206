"""The log of what the console did, as a list and one call in full."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from edgeconsole.model.text import clean
from edgeconsole.present import equivalent
from edgeconsole.present.ages import stamp
from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style, eager


class LogEntry(NamedTuple):
    """One call, as it is told."""

    number: int
    at: datetime
    name: str
    """What was asked, in words."""
    commands: tuple[str, ...]
    """What does the same on the command line, the product's name left out; empty where nothing does."""
    where: str
    """Options that name the edge."""
    seconds: float
    error: str = ""
    times: int = 1
    reads: bool = False
    more: int = 0
    """Changes of it that are not told."""


_COLUMNS = (
    Column("state", "STATE", 8),
    Column("time", "TIME", 8),
    Column("what", "WHAT", 0),
    Column("took", "TOOK", 7, right=True),
    Column("times", "TIMES", 5, right=True),
)
_EMPTY = "Nothing was asked of an edge yet."


def list_view(entries: Sequence[LogEntry]) -> ListView:
    """Return the calls in the order they are given."""
    return eager(_COLUMNS, [_row(entry) for entry in entries], _EMPTY)


def _row(entry: LogEntry) -> Row:
    state = Span("X failed", Style.FAIL) if entry.error else Span("- read", Style.MUTED) if entry.reads else _DONE
    others = len(entry.commands) - 1 + entry.more
    more = f"  (+{others} more)" if entry.commands and others else ""
    said = f"{entry.commands[0]}{more}" if entry.commands else f"({entry.name})"
    return Row(
        f"call {entry.number}",
        (
            state,
            Span(entry.at.astimezone(UTC).strftime("%H:%M:%S")),
            Span(clean(said, 200), Style.MUTED if entry.reads else Style.PLAIN),
            Span(took(entry.seconds)),
            Span(str(entry.times) if entry.times > 1 else ""),
        ),
    )


_DONE = Span(". done", Style.OK)


def detail(entries: Sequence[LogEntry], key: str) -> tuple[Line, ...]:
    """Return one call in full: the commands as they can be copied, when, how long, why it failed."""
    entry = next((each for each in entries if f"call {each.number}" == key), None)
    if entry is None:
        return ()
    prefix = " ".join(part for part in (equivalent.PRODUCT, entry.where) if part)
    commands = [f"{prefix} {clean(each, 400)}" for each in entry.commands[:_MOST]]
    facts = [
        ("asked", entry.name),
        *(("command" if place == 0 else "", each) for place, each in enumerate(commands)),
        ("at", stamp(entry.at)),
        ("took", took(entry.seconds)),
    ]
    if untold := max(0, len(entry.commands) - _MOST) + entry.more:
        facts.append(("", f"and {untold} more"))
    if not commands:
        facts.append(("command", "there is none for this alone"))
    if entry.times > 1:
        facts.append(("times", f"{entry.times}, this the last of them"))
    lines = [Line((Span(f"{label:<9}", Style.MUTED), Span(text))) for label, text in facts]
    failed = Line((Span("failed   ", Style.FAIL), Span(clean(entry.error, 400)))) if entry.error else None
    return (*lines, failed) if failed else tuple(lines)


_MOST = 20
"""Commands of one call that are shown."""


def took(seconds: float) -> str:
    """Return a duration as `12 ms` or `3.4 s`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
