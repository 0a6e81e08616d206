"""The directory a lab lives in: private, locked by one lab at a time, remembered or removed at the end."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import Self

import msgspec

from edgeconsole.lab.federation_file import Places
from edgeconsole.model.errors import BadInput, Conflict

MAX_SOCKET_PATH = 100
"""Bytes; Linux takes 107, macOS 103."""

_MEMORY = "lab.json"
_LOCK = "lab.lock"


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What the next start in the same directory should find again."""

    places: Places
    ports: dict[str, int]
    """Ports of the lab's own servers, by the name of the server."""


class Home:
    """An open lab directory; `close` gives it back."""

    def __init__(self, path: Path, lock: int, *, temporary: bool) -> None:
        self.path = path
        self._lock = lock
        self._temporary = temporary
        self._socket_directory: Path | None = None
        self.certificates = path / "certificates"
        self.configuration = path / "federation.toml"
        self.log = path / "proxy.log"
        self.certificates.mkdir(mode=0o700, exist_ok=True)

    @classmethod
    def open(cls, directory: Path | None) -> Self:
        """Open a directory of a lab, or make one; None makes a private one that `close` removes.

        Raises BadInput for a directory that holds something else, Conflict when another lab runs in it.
        """
        path = _prepare(directory) if directory else Path(tempfile.mkdtemp(prefix="edgeconsole-lab-")).resolve()
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise Conflict(
                f"another lab runs in {path}", remedy="Stop it, or give another directory with --dir"
            ) from None
        return cls(path, lock, temporary=directory is None)

    def close(self) -> None:
        """Release the directory; remove what is temporary."""
        if self._socket_directory is not None:
            shutil.rmtree(self._socket_directory, ignore_errors=True)
        if self._temporary:
            shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)

    def admin_socket(self) -> Path:
        """Where the admin socket goes: here, or in a short private directory when this path is too long for one."""
        path = self.path / "admin.sock"
        if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
            return path
        if self._socket_directory is None:
            self._socket_directory = Path(tempfile.mkdtemp(prefix="ec-lab-", dir="/tmp"))
        return self._socket_directory / "admin.sock"

    def recall(self) -> Memory | None:
        """What the last start here left; None for the first, or when it cannot be read."""
        try:
            return msgspec.json.decode((self.path / _MEMORY).read_bytes(), type=Memory)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def remember(self, memory: Memory) -> None:
        """Keep for the next start."""
        temporary = self.path / f"{_MEMORY}.new"
        temporary.write_bytes(msgspec.json.encode(memory))
        temporary.replace(self.path / _MEMORY)


def _prepare(directory: Path) -> Path:
    path = directory.expanduser().absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = path.resolve()
        content = {entry.name for entry in path.iterdir()}
        if not content:
            path.chmod(0o700)
    except OSError as error:
        raise BadInput(
            f"{directory} cannot be the lab's directory: {error.strerror}",
            remedy="Give another with --dir, or leave it out",
        ) from None
    if content and _LOCK not in content:
        raise BadInput(
            f"{directory} is not empty and no lab made it", remedy="Give an empty or a new directory with --dir"
        )
    return path
