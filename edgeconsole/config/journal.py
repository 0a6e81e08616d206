"""What was meant and what became of it: one JSON line each, the intent on disk before the file is touched.

Every line goes through `_append`, which chains and seals it (`config.audit`): the journal is the audit.
"""

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from edgeconsole.config.audit import hash_of, line_of, load_key
from edgeconsole.config.save import write_all
from edgeconsole.model.audit import AuditAct, AuditRecord
from edgeconsole.model.change import Difference
from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord, WriteOutcome

MAX_DIFFERENCES = 1_000
"""Differences written with one intent; more are counted only, the texts in the history tell them."""

SINK_SECONDS = 2.0
"""How long a line may take to be on disk; after that the journal counts as failed (reliability D13)."""

RESERVE = 64 * 1024
"""Bytes kept allocated beside the journal, so that a roll back can be written down on a full disk (reliability D8)."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

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


class Note(msgspec.Struct, frozen=True, kw_only=True, tag="note", tag_field="kind", omit_defaults=True):
    """Something done that made no revision."""

    seq: int
    at: datetime
    act: AuditAct
    by: Author
    number: int = 0
    """The revision it is about; 0 for none."""
    subject: str = ""
    why: str = ""


Entry = Intent | Result | Note

_decoder = msgspec.json.Decoder(Entry)


class Journal:
    """The lines of one journal, and the way to add to it; read-only ones add in memory alone."""

    def __init__(
        self,
        descriptor: int | None,
        entries: list[Entry],
        damaged: int,
        durable: int,
        *,
        path: Path | None = None,
        key: bytes = b"",
        last: str = "",
    ) -> None:
        self._descriptor = descriptor
        self._entries = entries
        self._backlog: list[bytes] = []
        self._end = durable
        self._path = path
        self._key = key
        self._last = last
        """Hash of the last line, of the backlog too."""
        self._head = f"{entries[-1].seq}:{last}" if entries and last else ""
        self._released = False
        self._late: threading.Thread | None = None
        self._torn = False
        """Whether part of a line that does not count may stand at the end."""
        self.damaged = damaged
        """Lines that could not be read; somebody else wrote to the file, or the disk is failing."""

    @classmethod
    def open(cls, path: Path, *, writer: bool) -> "Journal":
        """Read a journal; a torn last line is cut off. Raises OSError, BadInput for a key that cannot be used."""
        try:
            content, size = _tail(path)
        except FileNotFoundError:
            content, size = b"", 0
        whole = content[: content.rfind(b"\n") + 1]
        entries: list[Entry] = []
        damaged, last = 0, b""
        for line in whole.splitlines():
            try:
                entries.append(_decoder.decode(line))
                last = line
            except msgspec.MsgspecError:
                damaged += 1
        end = size - (len(content) - len(whole))
        chained = hash_of(last) if last else ""
        if not writer:
            return cls(None, entries, damaged, end, last=chained)
        key = load_key(path.parent, make=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            os.ftruncate(descriptor, end)
        except OSError:
            os.close(descriptor)
            raise
        journal = cls(descriptor, entries, damaged, end, path=path, key=key, last=chained)
        journal._keep_reserve()
        return journal

    @property
    def head(self) -> str:
        """`SEQ:HASH` of the last line that is on disk; empty before the first."""
        return self._head

    def close(self) -> None:
        """Close the file; what could not be written until now is tried once more."""
        if self._descriptor is not None:
            if self._backlog:
                with contextlib.suppress(OSError):
                    self._put(b"".join(self._backlog), urgent=True)
            os.close(self._descriptor)
            self._descriptor = None

    def intend(self, txn: str, record: RevisionRecord, before: str, *, urgent: bool = False) -> Intent:
        """Write an intent and bring it to disk. Raises OSError; then nothing may be changed.

        An urgent one, as of a roll back, takes the reserve on a full disk; where nothing helps it is kept for the next
        line and nothing is raised.
        """
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
        self._append(intent, urgent=urgent, keep=urgent)
        return intent

    def conclude(self, txn: str, outcome: WriteOutcome, at: datetime, *, unknown: bool = False) -> None:
        """Write what became of an intent; where the disk is full it is kept for the next line.

        A result that is lost is found again by hashing the file.
        """
        entry = Result(seq=self._next(), txn=txn, at=at, outcome=outcome, unknown=unknown)
        self._append(entry, urgent=True, keep=True)

    def note(
        self, act: AuditAct, by: Author, at: datetime, *, number: int = 0, subject: str = "", why: str = ""
    ) -> None:
        """Write what somebody did and bring it to disk. Raises OSError; then it may not be done."""
        self._append(
            Note(seq=self._next(), at=at, act=act, by=by, number=number, subject=subject, why=why), urgent=True
        )

    def _next(self) -> int:
        return self._entries[-1].seq + 1 if self._entries else 1

    def _append(self, entry: Entry, *, urgent: bool = False, keep: bool = False) -> None:
        """Chain, seal and write a line; `keep` holds what cannot be written for the next time and raises nothing."""
        if self._descriptor is None:
            self._entries.append(entry)
            return
        line = line_of(msgspec.to_builtins(entry), self._last, self._key)
        content = b"".join((*self._backlog, line))
        try:
            self._put(content, urgent)
        except OSError:
            if not keep:
                raise
            self._backlog.append(line)
        else:
            self._end += len(content)
            self._backlog.clear()
            self._head = f"{entry.seq}:{hash_of(line)}"
        self._last = hash_of(line)
        self._entries.append(entry)

    def _put(self, content: bytes, urgent: bool) -> None:
        try:
            self._write(content)
        except OSError as error:
            if not (urgent and error.errno in _NO_ROOM and self._release_reserve()):
                raise
            self._write(content)
        else:
            if self._released:
                self._keep_reserve()

    def _write(self, content: bytes) -> None:
        descriptor = self._descriptor
        assert descriptor is not None
        if self._late is not None:
            if self._late.is_alive():
                raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            # It came through after all, when nobody counted on it any more.
            self._late, self._torn = None, True
        self._check_name()
        if self._torn:
            os.ftruncate(descriptor, self._end)
            self._torn = False

        def write() -> None:
            write_all(descriptor, content)
            os.fsync(descriptor)

        try:
            self._late = within(SINK_SECONDS, write)
        except OSError:
            self._torn = True
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, self._end)
                self._torn = False
            raise
        if self._late is not None:
            raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))

    def _check_name(self) -> None:
        """Raise OSError where the file lost its name: what is written to it nobody will ever find (vault#31718)."""
        assert self._descriptor is not None
        if self._path is None:
            return
        found, named = os.fstat(self._descriptor), os.lstat(self._path)
        if found.st_nlink == 0 or (found.st_dev, found.st_ino) != (named.st_dev, named.st_ino):
            raise OSError(errno.ESTALE, "it was removed or replaced while the proxy runs")

    def _reserve(self) -> Path:
        assert self._path is not None
        return self._path.with_suffix(".reserve")

    def _keep_reserve(self) -> None:
        """Set the reserve aside; on a disk without room the next opening tries again."""
        with contextlib.suppress(OSError):
            descriptor = os.open(self._reserve(), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, RESERVE)
                self._released = False
            finally:
                os.close(descriptor)

    def _release_reserve(self) -> bool:
        try:
            os.unlink(self._reserve())
        except OSError:
            return False
        self._released = True
        return True

    def open_intent(self) -> Intent | None:
        """Return the last intent, if nothing is known of what became of it."""
        for entry in reversed(self._entries):
            if not isinstance(entry, Note):
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
        outcomes = self._outcomes()
        took = (WriteOutcome.COMMITTED, WriteOutcome.INDETERMINATE)
        return [entry for entry in self._entries if isinstance(entry, Intent) and outcomes.get(entry.txn) in took]

    def _outcomes(self) -> dict[str, WriteOutcome]:
        return {entry.txn: entry.outcome for entry in self._entries if isinstance(entry, Result)}

    def noted(self, act: AuditAct, subject: str) -> bool:
        """Return whether something was done to a subject."""
        return any(isinstance(each, Note) and (each.act, each.subject) == (act, subject) for each in self._entries)

    def audit(self, limit: int) -> tuple[AuditRecord, ...]:
        """Return what was done last, newest first."""
        outcomes = self._outcomes()
        found = [_told(each, outcomes) for each in self._entries if not isinstance(each, Result)]
        return tuple(reversed(found[-limit:])) if limit > 0 else ()


def within(seconds: float, work: Callable[[], None]) -> threading.Thread | None:
    """Do something that may block for ever; return the thread that is still at it where it took too long."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        return thread
    if failed:
        raise failed[0]
    return None


def _told(entry: Intent | Note, outcomes: dict[str, WriteOutcome]) -> AuditRecord:
    if isinstance(entry, Note):
        return AuditRecord(
            seq=entry.seq,
            at=entry.at,
            by=entry.by,
            act=entry.act,
            revision=entry.number or None,
            subject=entry.subject,
            why=entry.why,
        )
    return AuditRecord(
        seq=entry.seq,
        at=entry.at,
        by=entry.by,
        act=AuditAct.REVISION,
        revision=entry.number,
        origin=entry.origin,
        outcome=outcomes.get(entry.txn),
        why=entry.why,
    )


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
