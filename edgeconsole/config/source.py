"""The bytes of a file, read once through one descriptor, with a plain answer for everything that is no regular file."""

import contextlib
import errno
import os
import stat
from pathlib import Path

from edgeconsole.config.limits import MAX_BYTES
from edgeconsole.model.errors import BadInput, Problem


def read_bytes(path: Path, *, follow_links: bool = True) -> bytes:
    """Return a file's bytes, at most one more than the limit. Raises BadInput when there is no such regular file."""
    # O_NONBLOCK: opening a FIFO must not wait for a writer.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow_links else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise _refused(path, *_why(path, error, follow_links)) from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
            raise _refused(path, f"{path} is {kind}", "Name the file itself")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refused(path, f"{path} cannot be read: {error.strerror}", "") from None
    finally:
        # It was only read from: an error now is no error of the text.
        with contextlib.suppress(OSError):
            os.close(descriptor)


def _why(path: Path, error: OSError, follow_links: bool) -> tuple[str, str]:
    if error.errno == errno.ENOENT:
        if path.parent.is_dir():
            remedy = f"Name another file with --config; a new edge begins with an empty one: touch {path}"
            return f"{path} does not exist", remedy
        return f"{path} does not exist: there is no directory {path.parent}", "Name another file with --config"
    if error.errno == errno.EACCES:
        return f"{path} may not be read by this user", f"Ask for read access: ls -l {path}"
    if error.errno == errno.ELOOP and not follow_links and path.is_symlink():
        return (
            f"{path} is a symbolic link; saving would replace the link, not the file",
            f"Name the file itself: {os.path.realpath(path)}",
        )
    return f"{path} cannot be opened: {error.strerror}", ""


def _refused(path: Path, message: str, remedy: str) -> BadInput:
    return BadInput(message, remedy=remedy, problems=(Problem(file=str(path), message=message, remedy=remedy),))
