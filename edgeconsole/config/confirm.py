"""The change that waits for somebody's word: on disk before it is applied, so that no crash loses the way back.

`pending.json` says what waits and until when, `pending.toml` is the file as it was: the very inode, under a second
name, so that going back is one rename and needs no room. Both stand in the history directory (reliability D8).
"""

import contextlib
import functools
import hashlib
import logging
import os
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from edgeconsole.config.edit import differences
from edgeconsole.config.history import History
from edgeconsole.config.journal import Journal, records_of
from edgeconsole.config.lock import Lock
from edgeconsole.config.read import Loaded, parse_bytes
from edgeconsole.config.save import Placement, link, sync_directory, write_durably
from edgeconsole.config.saved import SavedFile, WayBack
from edgeconsole.config.source import read_bytes
from edgeconsole.model.audit import AuditAct
from edgeconsole.model.errors import BadInput, ConfirmPending, Conflict, EdgeconsoleError, NotSaved
from edgeconsole.model.plan import CONFIRM_LONGEST, PendingConfirm
from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord, WriteOutcome

log = logging.getLogger(__name__)

PENDING_FILE = "pending.json"
FORMER_FILE = "pending.toml"

TIMER = Author("edgeconsole", "timer")
"""Who goes back when nobody confirms."""

_SLACK = 1.0
"""Seconds by which a deadline may lie beyond its time-out before it counts as implausible."""


class BootClock(NamedTuple):
    """Time since the host started, which nobody can set, and which start that was."""

    seconds: Callable[[], float]
    identity: Callable[[], str]


def boot_clock() -> BootClock:
    """Return the clock of this host; it goes on while the host sleeps."""
    return BootClock(lambda: time.clock_gettime(time.CLOCK_BOOTTIME), _boot_id)


@functools.cache
def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """What `pending.json` says."""

    token: str
    from_rev: Revision
    to_rev: Revision
    deadline_wall: datetime
    deadline_boot: float
    timeout_s: float
    boot_id: str
    by: Author
    why: str = ""
    mode: int | None = None
    """Of the file as it was, with its owner."""
    uid: int = 0
    gid: int = 0


class Confirming:
    """What waits to be confirmed on one file; for who holds its lock, one thread at a time."""

    def __init__(self, saved: SavedFile, clock: Callable[[], datetime], boot: BootClock) -> None:
        self._saved = saved
        self._clock = clock
        self._boot = boot
        self._restarted = False
        self.pending: Pending | None = None
        if saved.writer:
            self._settle()

    @property
    def _pending_file(self) -> Path:
        return self._saved.history.directory / PENDING_FILE

    @property
    def _former_file(self) -> Path:
        return self._saved.history.directory / FORMER_FILE

    def _settle(self) -> None:
        """Take up what an earlier process left behind; what needs nobody's word any more is cleared away."""
        self._restarted, self.pending = True, self._waiting()
        # The half of a way back, with which nothing can be done, or what needs nobody's word any more.
        if self.pending is None and (os.path.lexists(self._former_file) or os.path.lexists(self._pending_file)):
            self._clear()

    def _waiting(self) -> Pending | None:
        """Return what waits on disk; not a change that never came to be, or has gone back already."""
        pending = _read(self._saved.history)
        if pending is None or self._saved.head.etag == pending.from_rev.etag:
            return None
        return pending if _waits(pending, self._saved.journal, self._saved.records) else None

    def told(self) -> PendingConfirm | None:
        """Return what waits as consoles show it; a reader looks at the disk for it."""
        if not self._saved.writer:
            self._restarted, self.pending = True, self._waiting()
        pending = self.pending
        if pending is None:
            return None
        return PendingConfirm(
            token=pending.token,
            by=pending.by,
            why=pending.why,
            before=pending.from_rev,
            after=pending.to_rev,
            timeout=pending.timeout_s,
            seconds_left=max(self.remaining(), 0.0),
            deadline=pending.deadline_wall,
        )

    def refuse_others(self) -> None:
        """Raise ConfirmPending, which says whose change it is and how long it waits, while one does."""
        waits = self.told()
        if waits is not None:
            raise ConfirmPending(
                f"{waits.after} by {waits.by.name} waits to be confirmed; "
                f"it goes back in {waits.seconds_left:.0f} seconds",
                remedy="edgeconsole confirm keeps it, edgeconsole rollback takes it back now; then change again",
            )

    def remaining(self) -> float:
        """Return the seconds until it goes back; 0 or less when it is due, or when that cannot be told for sure.

        The clock that counts is the one since the host started. After a restart of the process the wall clock may
        shorten the time, never lengthen it, and another start of the host ends it.
        """
        pending = self.pending
        assert pending is not None
        if pending.boot_id != self._boot.identity():
            return 0.0
        left = pending.deadline_boot - self._boot.seconds()
        if self._restarted:
            left = min(left, (pending.deadline_wall - self._clock()).total_seconds())
        plausible = 0 < pending.timeout_s <= CONFIRM_LONGEST.total_seconds()
        return left if plausible and left <= pending.timeout_s + _SLACK else 0.0

    def arm(
        self, after: Revision, length: timedelta, author: Author, why: str, *, before: Revision | None = None
    ) -> None:
        """Write down what is about to be applied and keep the file as it is. Raises NotSaved, nothing changed.

        `before` is what comes back where that is not the saved file, as for a hand edit that comes into force.
        """
        source = self._saved.path if before is None else self.way_back(before).source
        pending = Pending(
            token=secrets.token_hex(4),
            from_rev=before or self._saved.head,
            to_rev=after,
            deadline_wall=self._clock() + length,
            deadline_boot=self._boot.seconds() + length.total_seconds(),
            timeout_s=length.total_seconds(),
            boot_id=self._boot.identity(),
            by=author,
            why=why,
        )
        try:
            there = Placement.of(self._saved.path)
            if there is not None:
                pending = msgspec.structs.replace(pending, mode=there.mode, uid=there.uid, gid=there.gid)
            if source != self._former_file:
                link(source, self._former_file)
            _sync(self._former_file)
            write_durably(self._pending_file, msgspec.json.format(msgspec.json.encode(pending)) + b"\n")
        except OSError as error:
            self.disarm()
            raise NotSaved(
                f"the way back could not be written to {self._saved.history.directory} ({error.strerror}); "
                "nothing was changed",
                remedy="Make room there: no change that must be confirmed is made without it",
            ) from None
        self._restarted = False
        self.pending = pending

    def disarm(self) -> None:
        """Forget what was never applied."""
        self.pending = None
        self._clear()

    def _clear(self) -> None:
        # What cannot be removed, or comes back in a power cut, is recognised by the journal: see `_waits`.
        for file in (self._pending_file, self._former_file):
            with contextlib.suppress(OSError):
                os.unlink(file)

    def confirm(self, token: str, author: Author) -> Pending:
        """Keep what was applied. Raises Conflict for another token, NotSaved where it could not be written down."""
        pending = self.match(token)
        try:
            # The moment that counts: a later start finds this line and lets the change be.
            self._saved.journal.note(
                AuditAct.CONFIRMED, author, self._clock(), number=pending.to_rev.number, subject=pending.token
            )
        except OSError as error:
            raise NotSaved(
                f"the confirmation could not be written down ({error.strerror}), so it does not count",
                remedy=f"It goes back in {max(self.remaining(), 0):.0f} seconds unless it is confirmed before",
            ) from None
        self.pending = None
        self._clear()
        return pending

    def match(self, token: str) -> Pending:
        """Return what waits, if that is its token. Raises Conflict."""
        pending = self.pending
        if pending is None:
            raise Conflict(
                "no change waits to be confirmed: it was confirmed, or went back already",
                remedy="edgeconsole history says which",
            )
        if token != pending.token:
            raise Conflict(
                f"what waits to be confirmed is {pending.to_rev} by {pending.by.name}, with another token",
                remedy="Look at that change, then confirm it without a token",
            )
        return pending

    def roll_back(self, author: Author, why: str) -> WriteOutcome:
        """Put the file back as it was before. Raises NotSaved: then it still waits, and is tried again."""
        pending = self.pending
        assert pending is not None
        back = self.way_back(pending.from_rev)
        outcome = put_back(self._saved, back, author, why)
        self.pending = None
        self._clear()
        return outcome

    def take_back(self, revision: Revision, author: Author, why: str) -> WriteOutcome:
        """Make an earlier revision the head again at once, whether what came after it waits or not. Raises NotSaved."""
        if self.pending is not None:
            return self.roll_back(author, why)
        return put_back(self._saved, self.way_back(revision), author, why)

    def way_back(self, revision: Revision) -> WayBack:
        """Return a revision and the file that holds it. Raises NotSaved where no whole copy of it is left."""
        number, history = revision.number, self._saved.history
        for source in (self._former_file, history.file(number)):
            try:
                content = source.read_bytes()
            except OSError:
                continue
            if hashlib.sha256(content).hexdigest() == revision.etag:
                known = self._saved.text_of(revision) or parse_bytes(content, str(source))
                loaded = Loaded(known.configuration, known.text, known.etag, str(self._saved.path), known.known_layout)
                kept = source != self._former_file
                return WayBack(loaded, content, source, kept, None if kept else self._placement())
        raise NotSaved(
            f"no whole copy of revision {revision} is left in {history.directory}",
            remedy="edgeconsole history lists those that can be gone back to",
        )

    def _placement(self) -> Placement | None:
        pending = self.pending
        return None if pending is None or pending.mode is None else Placement(pending.mode, pending.uid, pending.gid)


def put_back(saved: SavedFile, back: WayBack, author: Author, why: str) -> WriteOutcome:
    """Make an earlier text the head again, as a new revision; needs no room on the disk.

    What somebody wrote into the file meanwhile is kept: as a revision, or beside the history where it cannot be read.
    """
    # A hand edit that cannot be written down must not keep the old text from coming back; it is kept below.
    with contextlib.suppress(EdgeconsoleError, OSError):
        saved.look()
    try:
        live = hashlib.sha256(saved.path.read_bytes()).hexdigest()
    except OSError:
        live = ""
    if live == back.loaded.etag == saved.head.etag:
        return WriteOutcome.COMMITTED
    if saved.record.origin is Origin.EXTERNAL:
        why += f"; the hand edit {saved.head} is in the history"
    if live and live != saved.head.etag:
        aside = saved.history.directory / f"{saved.head.number:06}.overwritten"
        try:
            link(saved.path, aside)
        except OSError as error:
            raise NotSaved(
                f"the hand edit of {saved.path} could not be kept as {aside} ({error.strerror})",
                remedy="Copy the file aside by hand, or make room; then again",
            ) from None
        why += f"; what stood in the file is kept as {aside}"
    return saved.write(
        back.loaded.configuration,
        back.loaded.layout,
        steps=differences(saved.loaded.configuration, back.loaded.configuration),
        author=author,
        why=why,
        origin=Origin.ROLLED_BACK,
        undoes=None,
        back=back,
    )


def rescue(path: Path) -> bool:
    """Put the file back where a change waits and the file says nothing any more; whether that was done.

    For the start of a process only: nothing of such a file can be held. A file that merely cannot be read at this
    moment is left alone.
    """
    history = History(path)
    try:
        lock = Lock.take(history.lock, path)
    except (OSError, Conflict):
        return False
    try:
        return _is_broken(path) and _rescued(path, history)
    except (OSError, BadInput):
        return False
    finally:
        lock.release()


def _is_broken(path: Path) -> bool:
    try:
        content = read_bytes(path, follow_links=False)
    except BadInput:
        return not os.path.lexists(path) and path.parent.is_dir()
    try:
        parse_bytes(content, str(path))
    except BadInput:
        return True
    return False


def _rescued(path: Path, history: History) -> bool:
    pending, former = _read(history), history.directory / FORMER_FILE
    if pending is None:
        return False
    content = former.read_bytes()
    if hashlib.sha256(content).hexdigest() != pending.from_rev.etag:
        return False
    journal = Journal.open(history.journal, writer=False)
    if not _waits(pending, journal, records_of(journal.committed())):
        return False
    parse_bytes(content, str(former))
    with contextlib.suppress(FileNotFoundError):
        link(path, history.directory / f"{pending.to_rev.number:06}.overwritten")
    os.replace(former, path)
    sync_directory(path.parent)
    return True


def _waits(pending: Pending, journal: Journal, records: Sequence[RevisionRecord]) -> bool:
    """Return whether a change was made and nothing was decided about it since.

    What waited and was settled may stand there still, where the disk refused to remove it.
    """
    if journal.noted(AuditAct.CONFIRMED, pending.token):
        return False
    if not pending.to_rev.etag or not records:
        return True
    if records[-1].revision.lineage != pending.to_rev.lineage:
        # Somebody took the journal away.
        return records[-1].revision.etag == pending.to_rev.etag
    # A hand edit decides nothing about what waits, unless it is what waits.
    ours = [each.revision for each in records if each.origin is not Origin.EXTERNAL or each.revision == pending.to_rev]
    return bool(ours) and ours[-1] == pending.to_rev


def _read(history: History) -> Pending | None:
    """Return what waits; a file that says nothing sensible is one whose deadline is over."""
    try:
        return msgspec.json.decode((history.directory / PENDING_FILE).read_bytes(), type=Pending)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        reason = error
    former = history.directory / FORMER_FILE
    try:
        etag = hashlib.sha256(former.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None
    except OSError:
        etag = ""
    log.warning("%s cannot be read, so its time counts as over: %s", history.directory / PENDING_FILE, reason)
    unknown = Revision("", 0, "")
    return Pending(
        token="",
        from_rev=Revision("", 0, etag),
        to_rev=unknown,
        deadline_wall=datetime.fromtimestamp(0).astimezone(),
        deadline_boot=0.0,
        timeout_s=0.0,
        boot_id="",
        by=Author("unknown"),
    )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
