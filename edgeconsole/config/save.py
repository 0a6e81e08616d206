"""The atomic save of one file: after any failure or power cut the file is the old text or the new, whole.

Order (reliability D5): a new file in the same directory, all bytes, mode and owner, fsync; the old text linked into the
history; rename; fsync of the directory. A failure after the rename is an outcome of its own: the new text is live, but
nobody can promise that it survives a power cut.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from edgeconsole.model.errors import NotSaved
from edgeconsole.model.revision import WriteOutcome

_NEW_FILE_MODE = 0o600


def save(path: Path, data: bytes, *, previous_link: Path | None) -> WriteOutcome:
    """Replace a file's bytes; mode and owner stay.

    The text that was there is linked to `previous_link` first, if given. Returns COMMITTED, or INDETERMINATE when only
    the fsync of the directory failed. Raises NotSaved, the file unchanged, for everything else.
    """
    before = check_place(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        identity = _write_new(temporary, data, before)
        if previous_link is not None and before is not None:
            link(path, previous_link)
        _rename(temporary, path, identity)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise _not_saved(path, error) from error
    return WriteOutcome.COMMITTED if sync_directory(path.parent) else WriteOutcome.INDETERMINATE


def _not_saved(path: Path, error: OSError) -> NotSaved:
    if isinstance(error, _NotGiven):
        remedy = f"Only root, or that user as a member of that group, may replace it: chgrp {os.getegid()} {path} helps"
        return NotSaved(f"{path} could not be saved, since {error.strerror}; it is unchanged", remedy=remedy)
    remedy = {
        errno.ENOSPC: f"Make room on the file system of {path.parent}",
        errno.EDQUOT: f"Make room within the quota on {path.parent}",
        errno.EROFS: f"The file system of {path.parent} is mounted read-only",
        errno.EACCES: f"Write access to the directory {path.parent} is needed",
        errno.EPERM: f"Save as the owner of {path}, or as root",
    }.get(error.errno or 0, "")
    return NotSaved(f"{path} could not be saved ({error.strerror or error}); it is unchanged", remedy=remedy)


def check_place(path: Path) -> os.stat_result | None:
    """Return what stands at the path, None for nothing. Raises NotSaved for a place where saving would not be safe."""
    try:
        parent = os.stat(path.parent)
        _check_above(path.parent)
    except OSError as error:
        raise NotSaved(
            f"there is no directory {path.parent} ({error.strerror})", remedy=f"Make it: mkdir -p {path.parent}"
        ) from None
    if parent.st_mode & stat.S_IWOTH:
        sticky = bool(parent.st_mode & stat.S_ISVTX)
        raise NotSaved(
            f"everybody may write to the directory {path.parent}, so anybody could replace {path.name}",
            remedy="Move the file into a directory of its own" if sticky else f"Run: chmod o-w {path.parent}",
        )
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotSaved(
            f"{path} cannot be looked at ({error.strerror})", remedy="Its directory must let this user in"
        ) from None
    if stat.S_ISLNK(found.st_mode):
        raise NotSaved(
            f"{path} is a symbolic link; saving would replace the link, not the file",
            remedy=f"Name the file itself: {os.path.realpath(path)}",
        )
    if not stat.S_ISREG(found.st_mode):
        raise NotSaved(f"{path} is not a regular file", remedy="Name the file itself")
    return found


def _check_above(directory: Path) -> None:
    for above in directory.absolute().parents:
        # A sticky one, as /tmp, lets nobody rename what is another's.
        if os.stat(above).st_mode & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH:
            raise NotSaved(
                f"everybody may write to the directory {above}, so anybody could replace what is below it",
                remedy=f"Run: chmod o-w {above}",
            )


def _write_new(temporary: Path, data: bytes, like: os.stat_result | None) -> tuple[int, int]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, _NEW_FILE_MODE)
    try:
        write_all(descriptor, data)
        made = os.fstat(descriptor)
        if like is not None:
            if (made.st_uid, made.st_gid) != (like.st_uid, like.st_gid):
                _give(descriptor, like)
            os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return made.st_dev, made.st_ino


class _NotGiven(OSError):
    """The new file cannot be given to the owner and group of the old one."""


def _give(descriptor: int, like: os.stat_result) -> None:
    try:
        os.fchown(descriptor, like.st_uid, like.st_gid)
    except OSError as error:
        raise _NotGiven(error.errno, f"it belongs to user {like.st_uid} and group {like.st_gid}") from None


def write_all(descriptor: int, data: bytes) -> None:
    """Write all bytes; the kernel may take fewer at a time."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def link(source: Path, target: Path) -> None:
    """Give the file a second name, in the place of what has that name; no room on the disk is needed.

    Where the file system knows no hard links the text is copied instead.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        os.link(source, temporary, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV, errno.ENOSYS):
            raise
        keep(target, source.read_bytes())
        return
    try:
        os.replace(temporary, target)
        # Renaming one name of a file to another of its names does nothing and leaves both (rename(2)).
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def keep(target: Path, data: bytes) -> None:
    """Write a copy for the history, mode 0600; whole or not at all, but not promised to survive a power cut."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            write_all(descriptor, data)
        finally:
            os.close(descriptor)
        os.replace(temporary, target)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def write_durably(target: Path, data: bytes) -> None:
    """Write a file of the history, mode 0600, whole, and bring it and its name to disk. Raises OSError."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        _write_new(temporary, data, None)
        os.replace(temporary, target)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    if not sync_directory(target.parent):
        raise OSError(errno.EIO, f"the directory {target.parent} cannot be brought to disk")


class Placement(NamedTuple):
    """Whose a file is and who may read it."""

    mode: int
    uid: int
    gid: int

    @classmethod
    def of(cls, path: Path) -> "Placement | None":
        """Return a file's; None where there is no file. Raises OSError."""
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            return None
        return cls(stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)


def restore(path: Path, source: Path, like: Placement | None) -> WriteOutcome:
    """Put the file `source` in the place of `path` by renaming it, which needs no room on the disk.

    It gets the mode and owner of `like` first. Raises NotSaved, the file unchanged.
    """
    certain = True
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            # A text that comes back with another owner is better than one that does not come back (netplan#548).
            with contextlib.suppress(OSError):
                if like is not None and (found.st_uid, found.st_gid) != (like.uid, like.gid):
                    os.fchown(descriptor, like.uid, like.gid)
            with contextlib.suppress(OSError):
                if like is not None and stat.S_IMODE(found.st_mode) != like.mode:
                    os.fchmod(descriptor, like.mode)
            try:
                os.fsync(descriptor)
            except OSError:
                certain = False
        finally:
            os.close(descriptor)
        _rename(source, path, (found.st_dev, found.st_ino))
    except OSError as error:
        raise _not_saved(path, error) from error
    certain = sync_directory(path.parent) and certain
    return WriteOutcome.COMMITTED if certain else WriteOutcome.INDETERMINATE


def _rename(temporary: Path, path: Path, identity: tuple[int, int]) -> None:
    try:
        os.replace(temporary, path)
    except OSError:
        # A network file system may rename and lose the answer.
        with contextlib.suppress(OSError):
            found = os.lstat(path)
            if (found.st_dev, found.st_ino) == identity:
                return
        raise


def sync_directory(directory: Path) -> bool:
    """Bring a directory's names to disk; returns whether that is certain."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.fsync(descriptor)
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    return True


def leftovers(directory: Path, name: str = "") -> Iterator[Path]:
    """Yield the temporary files that an interrupted save left behind."""
    yield from directory.glob(f".{name or '*'}.*.tmp")


def sweep(directory: Path, name: str = "") -> None:
    """Remove such files; only for who holds the lock, since a save in progress has one too."""
    with contextlib.suppress(OSError):
        for path in leftovers(directory, name):
            with contextlib.suppress(OSError):
                os.unlink(path)
