"""One writer at a time: a lock on a file of its own, which the kernel releases when its holder dies."""

import contextlib
import fcntl
import os
from pathlib import Path

from edgeconsole.model.errors import Conflict


class Lock:
    """A held lock; released by `release`, or by the end of the process.

    Trap: a child made by a bare fork shares it. Children started by exec do not, the descriptor is closed on exec.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, path: Path, subject: Path) -> "Lock":
        """Take the lock on behalf of `subject`, without waiting. Raises Conflict naming the process that holds it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = holder_of(path)
            os.close(descriptor)
            who = f"process {holder}" if holder else "another process"
            raise Conflict(
                f"{subject} is held by {who}",
                remedy="Make the change through that process, or stop it first",
            ) from None
        except OSError:
            os.close(descriptor)
            raise
        # For the message only; who holds the lock is known to the kernel alone.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(descriptor)

    def release(self) -> None:
        """Let others have it; the file stays, since removing it would let two hold a lock of the same name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def holder_of(path: Path) -> int | None:
    """Return the process that wrote its number last, None where that cannot be read."""
    try:
        return int(path.read_text("ascii").strip())
    except (OSError, ValueError):
        return None
