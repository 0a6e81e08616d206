"""Files that operators name: read within a limit, and written whole or not at all, for their owner alone."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from edgeconsole.model.errors import BadInput
from edgeconsole.model.text import clean

PRIVATE = 0o600
"""Mode of every file that is written: rules, partners and failures are nobody else's business."""


def read_file(name: str, limit: int) -> bytes:
    """Return the bytes of a regular file, at most one more than the limit, so that too much can be told.

    Raises BadInput for what is no regular file and for what cannot be read.
    """
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
        with open(os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise BadInput(f"{clean(name)} is no regular file", remedy="Give a file; a command reads a pipe as -")
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(
            f"{clean(name)} cannot be read: {why}", remedy="Give a file that is there and that you may read"
        ) from None


def write_private(path: Path, content: bytes, *, replace: bool = True) -> Path:
    """Put a file in place whole or not at all, readable by its owner only; return its path.

    Raises BadInput where it cannot be written, and, unless it may be replaced, where it is there already.
    """
    shown = clean(str(path))
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:200]}.")
        try:
            with open(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if replace:
                os.replace(temporary, path)
            else:
                _place(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except FileExistsError:
        raise BadInput(f"{shown} exists and is left as it is", remedy="Give another name, or move it away") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"{shown} cannot be written: {why}", remedy="Give a place you may write to") from None
    return path


def _place(temporary: str, path: Path) -> None:
    """Give a file its name unless it is taken. Raises FileExistsError."""
    try:
        os.link(temporary, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems have no second names: the name is taken first, and the file put in its place.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE))
        os.replace(temporary, path)
    else:
        os.unlink(temporary)
