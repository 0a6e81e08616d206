"""Faults at the calls that touch the disk: a process dies before one of them, or one of them fails.

The calls are taken at the `os` module itself, so that no module of the product can be forgotten; for processes that
were forked for it only.
"""

import errno
import io
import os
import signal
from collections.abc import Callable
from typing import Any

TOUCHING = (
    "open", "write", "pwrite", "fsync", "close", "link", "replace", "unlink", "mkdir", "fchown", "fchmod", "ftruncate",
    "posix_fallocate", "fstat", "lstat", "stat",
)  # fmt: skip

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES, errno.EINTR)

DIES = 0
"""In the place of an error: the process ends, as by kill -9."""

SHORT = -1
"""In the place of an error: a write takes half of its bytes and says so."""


class Calls:
    """Counts the calls that touch the disk; the one with the given number, from 1, meets a fault, 0 for none."""

    def __init__(self, number: int = 0, fault: int = DIES) -> None:
        self.number = number
        self.fault = fault
        self.names: list[str] = []

    def install(self) -> None:
        """Take the calls of this process, for the rest of its life."""
        for name in TOUCHING:
            setattr(os, name, self._counted(name, getattr(os, name)))
        # What pathlib reads files with.
        io.open = self._counted("read", io.open)

    def heal(self) -> None:
        """Let every further call through."""
        self.number = 0

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        write = os.write

        def counted(*args: Any, **options: Any) -> Any:
            self.names.append(name)
            if len(self.names) != self.number:
                return real(*args, **options)
            if name == "write" and len(args[1]) > 1:
                # Half of it is done already when the fault comes.
                done = write(args[0], bytes(args[1])[: len(args[1]) // 2])
                if self.fault == SHORT:
                    return done
            if self.fault == DIES:
                os.kill(os.getpid(), signal.SIGKILL)
            if self.fault > 0:
                raise OSError(self.fault, os.strerror(self.fault))
            return real(*args, **options)

        return counted
