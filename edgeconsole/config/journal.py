"""What was meant and what became of it: one JSON line each, the intent on disk before the file is touched.

Every line goes through `_append` with a sequence number, so that a keyed chain over the lines can be put in there.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from edgeconsole.config.save import write_all
from edgeconsole.model.change import Difference
from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord, WriteOutcome

MAX_DIFFERENCES = 1_000
"""Differences written with one intent; more are counted only, the texts in the history tell them."""

READ_BACK = 8 * 1024 * 1024
"""Bytes read from the end of a journal when it is opened; some ten thousand revisions."""


class Intent(msgspec.Struct, frozen=True, kw_only=True, tag="intent", tag_field="kind", omit_defaults=True):
    """A change about to be made."""

    seq: int
    txn: str
    at: datetime
    lineage: str
    number: int
    before: str
    """sha256 of the text that was there; empty for the first."""
    after: str
    by: Author
    origin: Origin
    why: str = ""
    undoes: int | None = None
    differences: tuple[Difference, ...] = ()
    left_out: int = 0

    def record(self) -> RevisionRecord:
        """Return the line of history it becomes."""
        return RevisionRecord(
            revision=Revision(self.lineage, self.number, self.after),
            at=self.at,
            by=self.by,
            origin=self.origin,
            why=self.why,
            differences=self.differences,
            undoes=self.undoes,
        )


class Result(msgspec.Struct, frozen=True, kw_only=True, tag="result", tag_field="kind", omit_defaults=True):
    """What became of an intent."""

    seq: int
    txn: str
    at: datetime
    outcome: WriteOutcome
    unknown: bool = False
    """Nobody can tell any more; the number stays used."""


Entry = Intent | Result

_decoder = msgspec.json.Decoder(Entry)


class Journal:
    """The lines of one journal, and the way to add to it; read-only ones add in memory alone."""

    def __init__(self, descriptor: int | None, entries: list[Entry], damaged: int, durable: int) -> None:
        self._descriptor = descriptor
        self._entries = entries
        self._backlog: list[bytes] = []
        self._end = durable
        self.damaged = damaged
        """Lines that could not be read; somebody else wrote to the file, or the disk is failing."""

    @classmethod
    def open(cls, path: Path, *, writer: bool) -> "Journal":
        """Read a journal; a torn last line is cut off. Raises OSError."""
        try:
            content, size = _tail(path)
        except FileNotFoundError:
            content, size = b"", 0
        whole = content[: content.rfind(b"\n") + 1]
        entries: list[Entry] = []
        damaged = 0
        for line in whole.splitlines():
            try:
                entries.append(_decoder.decode(line))
            except msgspec.MsgspecError:
                damaged += 1
        end = size - (len(content) - len(whole))
        if not writer:
            return cls(None, entries, damaged, end)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            os.ftruncate(descriptor, end)
        except OSError:
            os.close(descriptor)
            raise
        return cls(descriptor, entries, damaged, end)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def intend(self, txn: str, record: RevisionRecord, before: str) -> Intent:
        """Write an intent and bring it to disk. Raises OSError; then nothing may be changed."""
        kept = record.differences[:MAX_DIFFERENCES]
        intent = Intent(
            seq=self._next(),
            txn=txn,
            at=record.at,
            lineage=record.revision.lineage,
            number=record.revision.number,
            before=before,
            after=record.revision.etag,
            by=record.by,
            origin=record.origin,
            why=record.why,
            undoes=record.undoes,
            differences=kept,
            left_out=len(record.differences) - len(kept),
        )
        self._append(intent, sync=True)
        return intent

    def conclude(self, txn: str, outcome: WriteOutcome, at: datetime, *, unknown: bool = False) -> None:
        """Write what became of an intent; where the disk is full it is kept for the next line.

        Not brought to disk at once: a lost result is found again by hashing the file.
        """
        try:
            self._append(Result(seq=self._next(), txn=txn, at=at, outcome=outcome, unknown=unknown), sync=False)
        except OSError:
            self._backlog.append(_line(self._entries[-1]))

    def _next(self) -> int:
        return self._entries[-1].seq + 1 if self._entries else 1

    def _append(self, entry: Entry, *, sync: bool) -> None:
        line = _line(entry)
        if self._descriptor is not None:
            keep_in_memory = isinstance(entry, Result)
            try:
                write_all(self._descriptor, b"".join((*self._backlog, line)))
                if sync:
                    os.fsync(self._descriptor)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, self._end)
                if keep_in_memory:
                    self._entries.append(entry)
                raise
            self._end += sum(map(len, self._backlog)) + len(line)
            self._backlog.clear()
        self._entries.append(entry)

    def open_intent(self) -> Intent | None:
        """Return the last intent, if nothing is known of what became of it."""
        for entry in reversed(self._entries):
            return entry if isinstance(entry, Intent) else None
        return None

    def last_number(self) -> int:
        """Return the highest revision number that was, or may have been, in the file."""
        free = {
            entry.txn
            for entry in self._entries
            if isinstance(entry, Result) and entry.outcome is WriteOutcome.NOT_COMMITTED and not entry.unknown
        }
        used = (entry.number for entry in self._entries if isinstance(entry, Intent) and entry.txn not in free)
        return max(used, default=0)

    def committed(self) -> list[Intent]:
        """Return the intents that took effect, oldest first."""
        outcomes = {entry.txn: entry.outcome for entry in self._entries if isinstance(entry, Result)}
        took = (WriteOutcome.COMMITTED, WriteOutcome.INDETERMINATE)
        return [entry for entry in self._entries if isinstance(entry, Intent) and outcomes.get(entry.txn) in took]


def _line(entry: Entry) -> bytes:
    """Return one entry as one line of printable ASCII."""
    text = json.dumps(msgspec.to_builtins(entry), ensure_ascii=True, separators=(",", ":"))
    return text.replace("\x7f", "\\u007f").encode("ascii") + b"\n"


def _tail(path: Path) -> tuple[bytes, int]:
    """Return the last whole lines of a file, and the file's size."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(size - READ_BACK, 0)
        file.seek(start)
        content = file.read(size - start)
    if start:
        content = content[content.find(b"\n") + 1 :]
    return content, size


def records_of(intents: Iterable[Intent]) -> list[RevisionRecord]:
    """Return the lines of history of intents that took effect."""
    return [intent.record() for intent in intents]
