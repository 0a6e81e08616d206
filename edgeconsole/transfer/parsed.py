"""What a reader hands on: neutral entries in the words of federation.toml, before any judgement."""

from enum import Enum
from typing import Any

import msgspec

from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput
from edgeconsole.model.text import clean

MAX_ROWS = 100_000
"""Entries of one file: as many domains as a configuration is made for."""

MAX_WARNINGS = 50
"""Warnings kept of one file; the review has to stay readable."""

MAX_COMMENT = 1024
"""Characters of a comment that the configuration takes."""


class Format(Enum):
    """The kinds of file, in the words of `--as`."""

    TOML = "toml"
    JSON = "json"
    CSV = "csv"
    POWERSHELL_CSV = "powershell-csv"
    POWERSHELL_JSON = "powershell-json"
    CLIXML = "clixml"
    LISTING = "listing"
    TEAMS = "teams"
    MASTODON = "mastodon"
    OPENFIRE = "openfire"
    PROSODY = "prosody"
    EJABBERD = "ejabberd"
    PLAIN = "plain"
    PLAIN_ALLOW = "plain-allow"
    PLAIN_BLOCK = "plain-block"
    EVENT_LOG = "event-log"


class Standing(Enum):
    """How far an entry can be taken at its word."""

    RULE = "rule"
    """The file states it."""
    NEEDS_REVIEW = "needs-review"
    """Its meaning differs here or is not certain; only an operator can decide."""
    PROPOSAL = "proposal"
    """Evidence, not a rule: a partner seen in traffic, with the action that suits it."""
    INVALID = "invalid"
    """It cannot be taken, whatever the configuration says."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One record as a file states it."""

    table: Table
    key: str
    """As written in the file, not normalised yet."""
    fields: dict[str, Any]
    """Keys of federation.toml to raw values; None clears. Keys that are absent say nothing."""
    line: int
    """Line of the file; the ordinal of the object in JSON."""
    standing: Standing = Standing.RULE
    reason: str = ""
    """Why it is not simply a rule."""
    notes: tuple[str, ...] = ()


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """All that one file states."""

    format: Format
    entries: tuple[Entry, ...]
    warnings: tuple[str, ...] = ()
    unit: str = "line"
    """What `Entry.line` counts: `line`, or `item` where a parser knows no lines."""


class Gathering:
    """Entries and warnings as a reader comes upon them; refuses more than MAX_ROWS."""

    def __init__(self, form: Format, unit: str = "line") -> None:
        self._form = form
        self._unit = unit
        self._entries: list[Entry] = []
        self._warnings: dict[str, None] = {}

    def add(self, entry: Entry) -> None:
        """Take one entry. Raises BadInput for one too many."""
        if len(self._entries) >= MAX_ROWS:
            raise too_many_rows()
        self._entries.append(entry)

    def warn(self, text: str) -> None:
        """Keep a warning about the whole file, once."""
        if len(self._warnings) < MAX_WARNINGS:
            self._warnings[str(clean(text, 600))] = None

    def parsed(self) -> Parsed:
        """Return what was gathered. Raises BadInput when that is nothing at all."""
        if not self._entries and not self._warnings:
            raise BadInput(f"the file has nothing to import as {self._form.value}", remedy=NAME_THE_KIND)
        return Parsed(format=self._form, entries=tuple(self._entries), warnings=tuple(self._warnings), unit=self._unit)


NAME_THE_KIND = f"Name its kind with --as: {', '.join(form.value for form in Format)}"


def too_many_rows() -> BadInput:
    """Return the error for a file with more entries than are taken."""
    return BadInput(f"the file has more than {MAX_ROWS:,} rows", remedy="Split it and import the parts one by one")


def damaged(form: Format, message: str, line: int | None = None) -> BadInput:
    """Return the error for a file that cannot be read to its end; nothing of it is used."""
    place = f"line {line}: " if line else ""
    return BadInput(f"the file is no sound {form.value}: {place}{clean(message, 300)}", remedy="Nothing was changed")


def comment_of(value: object) -> str | None:
    """Return free text of a foreign file as a comment: one line, nothing hidden, at most 1,024 characters."""
    if not isinstance(value, str) or not value.strip():
        return None
    return str(clean(" ".join(value[: 4 * MAX_COMMENT].split()), MAX_COMMENT))
