"""Drafts on disk: one private file for each, beside a lock its live console holds, so that orphans can be told.

`$XDG_STATE_HOME/edgeconsole/drafts/<hash of the context>/<draft id>.json`. The kernel drops the lock when a console
dies, however it dies; a file whose lock is free is an orphan.
"""

import contextlib
import errno
import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from edgeconsole.config.limits import MAX_BYTES
from edgeconsole.config.lock import Lock, holder_of
from edgeconsole.config.save import save, sweep
from edgeconsole.config.source import read_bytes
from edgeconsole.model.draft import DRAFT_FORMAT, Draft
from edgeconsole.model.errors import BadInput, Conflict, NotSaved, Problem

_DRAFT_FILE = re.compile(r"([0-9A-Za-z-]{1,64})\.json")
_BROKEN = ".broken"
_LEFT_BEHIND_SECONDS = 60.0
"""Age at which a lock without a draft is swept up; a console takes its lock a moment before it writes the draft."""


class StoredDraft(NamedTuple):
    """A draft on disk, and the process whose console it is; None for an orphan, 0 for a process that cannot be told."""

    draft: Draft
    holder: int | None


class Stored(NamedTuple):
    """What a directory of drafts holds, oldest first."""

    drafts: tuple[StoredDraft, ...]
    problems: tuple[Problem, ...]
    """Files that cannot be read; each is kept where its problem says."""


def context_of(config: str | Path | None, socket: str | Path | None, name: str = "") -> str:
    """Return under what drafts for an edge are kept: its context's name, else the file or socket it is reached by."""
    if name:
        return f"context:{name}"
    if config is not None:
        return f"file:{Path(config).resolve()}"
    return f"socket:{Path(socket).resolve()}" if socket is not None else ""


def directory_for(context: str, environ: Mapping[str, str]) -> Path:
    """Return the directory that holds the drafts of a context."""
    state = environ.get("XDG_STATE_HOME", "")
    # The specification has a relative path ignored.
    root = Path(state) if state.startswith("/") else Path(environ.get("HOME") or Path.home()) / ".local" / "state"
    return root / "edgeconsole" / "drafts" / hashlib.sha256(context.encode()).hexdigest()[:16]


class DraftFiles:
    """The drafts of one context on disk, and the lock of the one that is this console's."""

    def __init__(self, directory: Path, *, wall: Callable[[], float] = time.time) -> None:
        self.directory = directory
        self._wall = wall
        self._lock: Lock | None = None
        self._held = ""

    def save(self, draft: Draft) -> Problem | None:
        """Bring a draft to disk, atomically; return why it is not there, None where it is."""
        path = self._file(draft.id)
        data = msgspec.json.encode(draft, order="deterministic")
        if len(data) > MAX_BYTES:
            return _not_on_disk(path, f"it would have {len(data):,} bytes, at most {MAX_BYTES:,} are kept", "Apply it")
        try:
            self._hold(draft.id)
            save(path, data, previous_link=None)
        except NotSaved as error:
            cause = error.__cause__
            reason = _reason(cause) if isinstance(cause, OSError) else error.message
            return _not_on_disk(path, reason, error.remedy)
        except Conflict as error:
            return _not_on_disk(path, error.message, "")
        except OSError as error:
            return _not_on_disk(path, _reason(error), _REMEDIES.get(error.errno or 0, ""))
        return None

    def remove(self) -> None:
        """Remove the held draft's file and let its lock go; a file that cannot be removed stays an orphan."""
        if self._lock is not None:
            self._clear(self._held)
        self.release()

    def release(self) -> None:
        """Let the held draft's lock go; its file stays and is an orphan from now on."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
            self._held = ""

    def stored(self) -> Stored:
        """Return the drafts of other consoles, live or not; what cannot be read is set aside and told."""
        drafts: list[StoredDraft] = []
        problems: list[Problem] = []
        for name in self._names(problems):
            if name.endswith(_BROKEN):
                problems.append(_set_aside(self.directory / name, "cannot be read", ""))
            elif name.endswith(".lock"):
                self._sweep(name.removesuffix(".lock"))
            elif (found := _DRAFT_FILE.fullmatch(name)) and found[1] != self._held:
                read = self._look(found[1])
                if isinstance(read, Problem):
                    problems.append(read)
                elif read is not None:
                    drafts.append(read)
        drafts.sort(key=lambda item: (item.draft.updated, item.draft.id))
        return Stored(tuple(drafts), tuple(problems))

    def adopt(self, draft_id: str) -> Draft:
        """Take an orphan over: hold its lock and return it. Raises Conflict while a console holds it, BadInput."""
        if not _DRAFT_FILE.fullmatch(f"{draft_id}.json") or not self._file(draft_id).exists():
            raise BadInput(f"there is no draft {draft_id[:64]!r}", remedy="See: edgeconsole draft list")
        lock = self._take(draft_id)
        try:
            # Only now nobody else can apply or remove it.
            draft = self._read(draft_id)
        except BaseException:
            lock.release()
            raise
        self.release()
        self._lock, self._held = lock, draft_id
        sweep(self.directory, f"{draft_id}.json")
        return draft

    def drop(self, draft_id: str) -> None:
        """Remove an orphan. Raises Conflict while a console holds it, BadInput for one that is not there."""
        if not _DRAFT_FILE.fullmatch(f"{draft_id}.json") or not self._file(draft_id).exists():
            raise BadInput(f"there is no draft {draft_id[:64]!r}", remedy="See: edgeconsole draft list")
        lock = self._take(draft_id)
        self._clear(draft_id)
        lock.release()

    def _file(self, draft_id: str) -> Path:
        return self.directory / f"{draft_id}.json"

    def _lock_file(self, draft_id: str) -> Path:
        return self.directory / f"{draft_id}.lock"

    def _hold(self, draft_id: str) -> None:
        if self._held == draft_id:
            return
        _make_private(self.directory)
        lock = Lock.take(self._lock_file(draft_id), self._file(draft_id))
        self.release()
        self._lock, self._held = lock, draft_id

    def _take(self, draft_id: str) -> Lock:
        try:
            return Lock.take(self._lock_file(draft_id), self._file(draft_id))
        except Conflict:
            holder = holder_of(self._lock_file(draft_id))
            who = f"process {holder}" if holder else "another process"
            raise Conflict(
                f"the draft {draft_id} belongs to a console that is open ({who})",
                remedy="Apply or discard it there, or close that console",
            ) from None
        except OSError as error:
            raise BadInput(
                f"{self._lock_file(draft_id)} cannot be opened: {_reason(error)}",
                remedy="The draft is as it was; see to the permissions of its directory",
            ) from None

    def _clear(self, draft_id: str) -> None:
        """Remove a draft while its lock is held; the lock's file goes last, so that no draft is ever without one."""
        sweep(self.directory, f"{draft_id}.json")
        with contextlib.suppress(OSError):
            self._file(draft_id).unlink(missing_ok=True)
            self._lock_file(draft_id).unlink(missing_ok=True)

    def _names(self, problems: list[Problem]) -> Iterator[str]:
        try:
            yield from sorted(os.listdir(self.directory))
        except FileNotFoundError:
            return
        except OSError as error:
            message = f"the drafts kept here cannot be listed ({_reason(error)})"
            problems.append(Problem(file=str(self.directory), message=message))

    def _look(self, draft_id: str) -> StoredDraft | Problem | None:
        try:
            lock = Lock.take(self._lock_file(draft_id), self._file(draft_id))
        except Conflict:
            with contextlib.suppress(BadInput):
                return StoredDraft(self._read(draft_id), holder_of(self._lock_file(draft_id)) or 0)
            # Its console is about to write it again.
            return None
        except OSError as error:
            return Problem(file=str(self._file(draft_id)), message=f"a draft that cannot be opened ({_reason(error)})")
        try:
            return StoredDraft(self._read(draft_id), None)
        except _NotADraft as error:
            return self._put_aside(self._file(draft_id), error.message)
        except BadInput as error:
            if not self._file(draft_id).exists():
                # Applied or removed while we looked.
                return None
            return Problem(file=str(self._file(draft_id)), message=error.message, remedy=error.remedy)
        finally:
            lock.release()

    def _read(self, draft_id: str) -> Draft:
        """Return a draft from its file. Raises BadInput for what cannot be opened, _NotADraft for what is none."""
        path = self._file(draft_id)
        content = read_bytes(path, follow_links=False)
        try:
            kind = msgspec.json.decode(content, type=_Format)
            if kind.format > DRAFT_FORMAT:
                raise BadInput(
                    f"{path} was written by a newer release (format {kind.format})", remedy="Open it with that release"
                )
            draft = msgspec.json.decode(content, type=Draft)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise _NotADraft(f"{path} is no draft: {str(error)[:200]}") from None
        if draft.id != draft_id:
            raise _NotADraft(f"{path} holds another draft, {draft.id[:64]!r}")
        return draft

    def _put_aside(self, path: Path, reason: str) -> Problem:
        aside = path.with_name(path.name + _BROKEN)
        try:
            os.replace(path, aside)
        except OSError as error:
            return _set_aside(path, "cannot be read, nor moved away", f"{reason}; {_reason(error)}")
        return _set_aside(aside, "could not be read and was set aside", reason)

    def _sweep(self, draft_id: str) -> None:
        """Remove a lock that was left without a draft by a console that died before it wrote one."""
        lock_file = self._lock_file(draft_id)
        with contextlib.suppress(OSError, Conflict):
            if self._file(draft_id).exists() or self._wall() - lock_file.stat().st_mtime < _LEFT_BEHIND_SECONDS:
                return
            lock = Lock.take(lock_file, lock_file)
            if not self._file(draft_id).exists():
                self._clear(draft_id)
            lock.release()


class _Format(msgspec.Struct):
    format: int = DRAFT_FORMAT


class _NotADraft(BadInput):
    """A file that was read and is no draft."""


_REMEDIES = {
    errno.ENOSPC: "Make room on that file system",
    errno.EDQUOT: "Make room within the quota",
    errno.EROFS: "That file system is mounted read-only; name another place with XDG_STATE_HOME",
    errno.EACCES: "Write access is needed there, or name another place with XDG_STATE_HOME",
    errno.ENOTDIR: "Name another place with XDG_STATE_HOME",
}


def _reason(error: OSError) -> str:
    name = errno.errorcode.get(error.errno or 0, "")
    return f"{error.strerror or error} ({name})" if name else str(error)


def _not_on_disk(path: Path, reason: str, remedy: str) -> Problem:
    return Problem(
        file=str(path),
        message=f"the draft is not saved: {reason}. It stays in this console, and the edge is not touched",
        remedy=f"{remedy or 'Apply it before you leave'}; the next change tries again",
    )


def _set_aside(path: Path, what: str, reason: str) -> Problem:
    return Problem(
        file=str(path),
        message=f"a draft {what}" + (f" ({reason})" if reason else ""),
        remedy="Look into the file for what you had staged, then remove it",
    )


def _make_private(directory: Path) -> None:
    """Make a directory with all that lead to it, each that is new for its owner only (XDG base directories)."""
    for place in (*reversed(directory.parents), directory):
        with contextlib.suppress(FileExistsError):
            place.mkdir(mode=0o700)
    for place in (directory.parent, directory):
        found = os.lstat(place)
        if not stat.S_ISDIR(found.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(place))
        if stat.S_IMODE(found.st_mode) & 0o077:
            os.chmod(place, 0o700)
