"""A stand-in for the `os` module that counts what touches the disk and lets one call fail, or be the last."""

import os
import signal
from collections.abc import Callable
from typing import Any

COUNTED = frozenset(
    {"open", "write", "fsync", "close", "link", "replace", "unlink", "fchown", "fchmod", "ftruncate", "fstat", "lstat"}
)


class CountedOs:
    """Passes everything on to `os`; before the call with the given number, counted from 1, it does something else."""

    def __init__(self, number: int = 0, instead: Callable[[str], None] | None = None, half: bool = False) -> None:
        self.number = number
        self.instead = instead
        self.half = half
        """Write half of the bytes first, when the call is a write."""
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in COUNTED:
            return real

        def counted(*args: Any, **options: Any) -> Any:
            self.calls.append(name)
            if len(self.calls) == self.number and self.instead is not None:
                if self.half and name == "write":
                    os.write(args[0], bytes(args[1])[: len(args[1]) // 2])
                self.instead(name)
            return real(*args, **options)

        return counted


def die(_: str) -> None:
    """End this process at once, as kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)
