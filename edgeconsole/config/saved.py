"""The saved file and its history as one: who holds it, what its head is, hand edits taken in, new texts put down."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from edgeconsole.config import snapshot
from edgeconsole.config.edit import differences
from edgeconsole.config.history import History
from edgeconsole.config.journal import Journal, records_of
from edgeconsole.config.lock import Lock, holder_of
from edgeconsole.config.overtaken import overtaken
from edgeconsole.config.read import Loaded, mark_of, parse_bytes
from edgeconsole.config.save import Placement, check_place, link, restore, save, sweep
from edgeconsole.config.scan import Layout
from edgeconsole.config.source import read_bytes
from edgeconsole.model.change import Difference
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import BadInput, Conflict, NotPermitted, NotSaved, Problem
from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord, WriteOutcome

_STARTER = Author("edgeconsole", "start")
"""Who puts a file back that cannot be read any more."""

_RESCUED = "the file could not be read any more while a change waited to be confirmed"


class Refreshed(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at the file found; true when the head moved."""

    record: RevisionRecord | None = None
    problems: tuple[Problem, ...] = ()
    """What is wrong with the file as it stands now; the last good revision stays loaded."""

    def __bool__(self) -> bool:
        return self.record is not None


class WayBack(NamedTuple):
    """An earlier text and the file that holds it; putting it back renames that file, or a link to it."""

    loaded: Loaded
    content: bytes
    source: Path
    kept: bool
    """Whether the source keeps its name, as a text of the history does."""
    like: Placement | None
    """The mode and owner the file gets; None: those it has."""


class _State(msgspec.Struct, frozen=True):
    """Head and text that belong together; replaced as one."""

    record: RevisionRecord
    loaded: Loaded


class SavedFile:
    """One federation.toml with its lock, journal and past texts; not for two threads at a time."""

    def __init__(
        self,
        path: Path,
        history: History,
        journal: Journal,
        lock: Lock | None,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self.path = path
        self.history = history
        self.journal = journal
        self._lock = lock
        self._clock = clock
        self._new_id = new_id
        self.records: list[RevisionRecord] = []
        """Oldest first."""
        self._state: _State | None = None
        self._former: Loaded | None = None
        """The text before the head: what the first undo asks for."""
        self._seen: tuple[object, ...] = ()
        self._problems: tuple[Problem, ...] = ()
        self._closed = False

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        writer: bool = True,
        rescued: bool = False,
    ) -> "SavedFile":
        """Open a file and its history.

        A writer holds the file's lock until `close`. Whatever an interrupted save left behind is settled first, and a
        hand edit is taken in as a revision. Raises BadInput with the problems of a broken file, Conflict naming the
        process that holds the lock, NotSaved for a place where saving would not be safe. `writer=False` changes
        nothing on disk and works beside a writer. `rescued` says that the text in the file was put back there by us.
        """
        history = History(path)
        lock: Lock | None = None
        if writer:
            read_bytes(path, follow_links=False)
            check_place(path)
            history.make()
            lock = _locked(history, path)
        journal: Journal | None = None
        try:
            if writer:
                sweep(path.parent, path.name)
                history.sweep()
            journal = _journal(history, writer)
            if writer:
                history.sync_names()
            saved = cls(path, history, journal, lock, clock, new_id)
            saved._start(rescued)
        except BaseException:
            if journal is not None:
                journal.close()
            if lock is not None:
                lock.release()
            raise
        return saved

    @property
    def head(self) -> Revision:
        """The saved revision."""
        return self.record.revision

    @property
    def record(self) -> RevisionRecord:
        """The head's line of history."""
        assert self._state is not None  # `open` sets it before anybody can ask
        return self._state.record

    @property
    def loaded(self) -> Loaded:
        """The saved configuration, its text and places."""
        assert self._state is not None
        return self._state.loaded

    @property
    def writer(self) -> bool:
        """Whether this one may commit."""
        return self._lock is not None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the file as last looked at, when a hand edit broke it."""
        return self._problems

    def _warm(self, content: bytes) -> Loaded | None:
        """Return what is known of a long text from the last time it was read."""
        if len(content) < snapshot.LONG:
            return None
        etag = hashlib.sha256(content).hexdigest()
        configuration = snapshot.recall(self.history.directory, etag)
        if configuration is None:
            return None
        text = content.decode("utf-8").removeprefix("\ufeff")
        return Loaded(configuration, text, etag, str(self.path), None, mark_of(content))

    def _keep_values(self) -> None:
        """Let the next start of a long file be a warm one."""
        if self.writer and self._state is not None and len(self.loaded.text) >= snapshot.LONG:
            snapshot.keep(self.history.directory, self.loaded.etag, self.loaded.configuration)

    def close(self) -> None:
        """Release the lock."""
        if not self._closed:
            self._keep_values()
        self._closed = True
        self.journal.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _start(self, rescued: bool = False) -> None:
        self._seen = self._signature()
        content = read_bytes(self.path, follow_links=not self.writer)
        loaded = self._warm(content) or parse_bytes(content, str(self.path))
        self._settle(loaded.etag)
        self.records = records_of(self.journal.committed())
        if self.records and self.records[-1].revision.etag == loaded.etag:
            self._state = _State(self.records[-1], loaded)
            if self.writer and not self.history.has(self.head.number):
                self.history.keep(self.head.number, content)
        else:
            self._take_in(loaded, content, rescued)

    def _settle(self, etag: str) -> None:
        """Decide an intent of which nothing more is known, by the file itself (reliability D7)."""
        intent = self.journal.open_intent()
        if intent is None:
            return
        outcome = WriteOutcome.COMMITTED if etag == intent.after else WriteOutcome.NOT_COMMITTED
        unknown = etag not in (intent.before, intent.after)
        self.journal.conclude(intent.txn, outcome, self._clock(), unknown=unknown)

    def _take_in(self, loaded: Loaded, content: bytes, rescued: bool = False) -> RevisionRecord:
        """Make a text that stands in the file already a revision."""
        if not self.records:
            lineage = self._new_id() if self.writer else ""
            record = RevisionRecord(
                revision=Revision(lineage, 1, loaded.etag),
                at=self._clock(),
                by=Author("edgeconsole"),
                origin=Origin.CREATED,
                why="the file as it was found",
            )
        else:
            record = self._external(loaded)
            if rescued:
                record = msgspec.structs.replace(record, by=_STARTER, origin=Origin.ROLLED_BACK, why=_RESCUED)
        before = self.records[-1].revision.etag if self.records else ""
        txn = self._new_id()
        if self.writer:
            try:
                self.journal.intend(txn, record, before)
            except OSError as error:
                raise _journal_failed(self.history.journal, error) from None
            self.journal.conclude(txn, WriteOutcome.COMMITTED, record.at)
            self.history.keep(record.revision.number, content)
            self.history.prune(record.revision.number)
        self._move(record, loaded)
        return record

    def _external(self, loaded: Loaded) -> RevisionRecord:
        last = self.records[-1].revision
        known = self.text_of(last)
        return RevisionRecord(
            revision=Revision(last.lineage, max(last.number, self.journal.last_number()) + 1, loaded.etag),
            at=self._clock(),
            by=Author("external"),
            origin=Origin.EXTERNAL,
            why="the file was edited by hand",
            differences=differences(known.configuration, loaded.configuration) if known else (),
        )

    def text_of(self, revision: Revision) -> Loaded | None:
        """Return a revision as it was, None where its text is not kept."""
        for known in (self._state.loaded if self._state else None, self._former):
            if known is not None and known.etag == revision.etag:
                return known
        return self.history.text_of(revision)

    def _move(self, record: RevisionRecord, loaded: Loaded) -> None:
        self._former = self._state.loaded if self._state else None
        self.records.append(record)
        self._state = _State(record, loaded)
        self._problems = ()

    def _signature(self) -> tuple[object, ...]:
        """Return what changes when somebody else writes: the file, and beside a writer its journal."""
        watched = (self.path,) if self.writer else (self.path, self.history.journal)
        seen: list[object] = []
        for path in watched:
            try:
                found = os.stat(path)
            except OSError:
                seen.append(None)
            else:
                seen.append((found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns))
        return tuple(seen)

    def refresh(self) -> Refreshed:
        """Look whether the file was edited by hand, and take that in; cheap when it was not touched.

        A broken edit leaves the last good revision loaded; its problems stay until the file is good again.
        """
        signature = self._signature()
        if signature == self._seen:
            return Refreshed(problems=self._problems)
        return self.look()

    def look(self) -> Refreshed:
        """Do the same by the bytes of the file, whatever its times and sizes say."""
        signature = self._signature()
        try:
            content = read_bytes(self.path, follow_links=not self.writer)
            if hashlib.sha256(content).hexdigest() == self.head.etag:
                self._seen, self._problems = signature, ()
                return Refreshed()
            loaded = parse_bytes(content, str(self.path))
        except BadInput as error:
            self._seen, self._problems = signature, error.problems
            return Refreshed(problems=error.problems)
        self._seen = signature
        if self.writer:
            return Refreshed(record=self._take_in(loaded, content))
        self.journal = _journal(self.history, writer=False)
        before = self.head
        self._start()
        return Refreshed(record=self.record if self.head != before else None)

    def write(
        self,
        after: Configuration,
        layout: Layout,
        *,
        steps: tuple[Difference, ...],
        author: Author,
        why: str,
        origin: Origin,
        undoes: int | None,
        back: WayBack | None = None,
        arm: Callable[[Revision], None] | None = None,
        urgent: bool = False,
    ) -> WriteOutcome:
        """Put a text down as the next revision. Raises NotSaved, nothing changed; else it is the head.

        `arm` is called with the revision to come before anything is written. `back` puts an earlier text back, which
        needs no room on the disk; like an `urgent` write it does not wait for the journal.
        """
        head = self.head
        text = layout.text
        content = self.loaded.mark + text.encode("utf-8") if back is None else back.content
        etag = hashlib.sha256(content).hexdigest()
        record = RevisionRecord(
            revision=Revision(head.lineage, max(head.number, self.journal.last_number()) + 1, etag),
            at=self._clock(),
            by=author,
            origin=origin,
            why=why,
            differences=steps,
            undoes=undoes,
        )
        if arm is not None:
            arm(record.revision)
        txn = self._new_id()
        try:
            self.journal.intend(txn, record, head.etag, urgent=urgent or back is not None)
        except OSError as error:
            raise _journal_failed(self.history.journal, error) from None
        try:
            outcome = self._put(content, back)
        except NotSaved:
            self.journal.conclude(txn, WriteOutcome.NOT_COMMITTED, self._clock())
            raise
        self._seen = self._signature()
        loaded = Loaded(after, text, etag, str(self.path), layout, mark_of(content))
        self._move(record, loaded)
        self.journal.conclude(txn, outcome, self._clock())
        self.history.keep(record.revision.number, content)
        self.history.prune(record.revision.number)
        return outcome

    def _put(self, content: bytes, back: WayBack | None) -> WriteOutcome:
        number = self.head.number
        if back is None:
            return save(
                self.path, content, previous_link=None if self.history.has(number) else self.history.file(number)
            )
        like = back.like
        try:
            there = Placement.of(self.path)
            if there is not None and not self.history.has(number):
                link(self.path, self.history.file(number))
            source = back.source
            if back.kept:
                source = self.path.with_name(f".{self.path.name}.{self._new_id()}.tmp")
                os.link(back.source, source, follow_symlinks=False)
        except OSError as error:
            raise NotSaved(
                f"{self.path} could not be put back ({error.strerror}); it is unchanged",
                remedy=f"This user needs to write to {self.path.parent}; then again",
            ) from None
        try:
            outcome = restore(self.path, source, like or there)
        except NotSaved:
            if back.kept:
                with contextlib.suppress(OSError):
                    os.unlink(source)
            raise
        if back.kept:
            # The live file must not be a second name of a text of the history: an editor may write in place.
            self.history.keep(int(back.source.stem), content)
        return outcome

    def holder(self) -> int | None:
        """Return the process that holds the lock, as far as can be told."""
        return holder_of(self.history.lock)

    def check_current(self, base: Revision | None) -> None:
        """Raise Conflict unless the file is good and `base` is the head."""
        if self._closed:
            raise NotPermitted(f"{self.path} is closed", remedy="Open it again")
        self.refresh()
        if self._problems:
            raise Conflict(
                f"{self.path} was edited by hand and cannot be read: {self._problems[0]}",
                remedy=f"Mend it, or copy {self.history.file(self.head.number)} over it",
                problems=self._problems,
            )
        head = self.head
        if base is None or base == head:
            return
        if not base.lineage and (base.number, base.etag) == (head.number, head.etag):
            # A reader of a file that had no history yet knew no lineage.
            return
        if base.lineage and base.lineage != head.lineage:
            raise Conflict("the change was made on another edge's configuration", remedy="Read it again")
        raise overtaken(base, self.records)


def _locked(history: History, path: Path) -> Lock:
    try:
        return Lock.take(history.lock, path)
    except OSError as error:
        raise NotSaved(
            f"the lock {history.lock} cannot be taken ({error.strerror})",
            remedy=f"This user needs to write to {history.directory}",
        ) from None


def _journal(history: History, writer: bool) -> Journal:
    try:
        return Journal.open(history.journal, writer=writer)
    except OSError as error:
        if not writer:
            # A reader without access to the history still reads the configuration.
            return Journal(None, [], 0, 0)
        raise _journal_failed(history.journal, error) from None


def _journal_failed(path: Path, error: OSError) -> NotSaved:
    return NotSaved(
        f"the journal {path} cannot be written ({error.strerror}); nothing was changed",
        remedy="Make room, or mend its permissions: no change is made that is not written down first",
    )
