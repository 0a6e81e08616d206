"""The edge's own certificates as they are on disk: read at the start, and again while connections go on.

New handshakes get the new certificate; a connection that is open keeps the one it began with. Files that cannot be used
change nothing: the certificate in memory goes on, and what is wrong is told.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import BadInput
from edgeconsole.proxy.tls import Contexts, load_contexts

log = logging.getLogger(__name__)

_FILE = "file:"
_EDGE = ("certificate", "private_key", "trust", "internal_certificate", "internal_private_key", "internal_trust")
_PROXY = ("admin_certificate", "admin_private_key")

Stamp = tuple[tuple[str, int, int, int] | str, ...]
"""What tells a changed file: name, inode, size and time of change of each, or the name where there is none."""


class OwnCertificates:
    """Reads, keeps and renews the TLS contexts of one edge."""

    def __init__(self, configuration: Configuration, base_directory: Path, clock: Callable[[], datetime]) -> None:
        self._configuration = configuration
        self._base = base_directory
        self._clock = clock
        self._followers: list[Callable[[Contexts], None]] = []
        self._stamp: Stamp = ()
        self._contexts: Contexts | None = None
        self.problem: BadInput | None = None
        """Why the files on disk are not in use; None where they are."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about the certificates in use, and about newer files that cannot be used."""
        found = self._contexts.warnings if self._contexts is not None else ()
        if self.problem is None:
            return found
        told = "; ".join(map(str, self.problem.problems)) or str(self.problem)
        return (*found, f"the certificates on disk cannot be used, those in memory go on: {told}")

    def load(self) -> Contexts:
        """Read the files for the first time. Raises BadInput with every problem."""
        self._stamp = self._look()
        self._contexts = load_contexts(self._configuration, self._base, self._clock())
        return self._contexts

    def follow(self, use: Callable[[Contexts], None]) -> None:
        """Have `use` called with the contexts each time they are read again."""
        self._followers.append(use)

    async def reload(self) -> None:
        """Read the files again and hand them out; before `load` there is nothing to renew.

        Raises BadInput where they cannot be used; nothing changes then.
        """
        if self._contexts is None:
            return
        stamp = await asyncio.to_thread(self._look)
        try:
            contexts = await asyncio.to_thread(load_contexts, self._configuration, self._base, self._clock())
        except BadInput as error:
            self._stamp, self.problem = stamp, error
            raise
        self._stamp, self._contexts, self.problem = stamp, contexts, None
        for use in self._followers:
            try:
                use(contexts)
            except BadInput as error:
                self.problem = error
                raise
        log.info("certificates read again; the external one is valid until %s", contexts.expires)

    async def reload_changed(self) -> bool:
        """Read the files again where one of them changed on disk; return whether that put others in use.

        Files that cannot be used are told once and tried again when they change again: a key often follows its
        certificate a moment later.
        """
        if self._contexts is None or await asyncio.to_thread(self._look) == self._stamp:
            return False
        try:
            await self.reload()
        except BadInput as error:
            log.warning("certificates changed on disk and cannot be used: %s", "; ".join(map(str, error.problems)))
            return False
        return True

    def _look(self) -> Stamp:
        edge, proxy = self._configuration.edge, self._configuration.proxy
        references = [getattr(edge, name, None) for name in _EDGE] + [getattr(proxy, name) for name in _PROXY]
        found: list[tuple[str, int, int, int] | str] = []
        for reference in references:
            if reference is None or not reference.startswith(_FILE):
                continue
            path = self._base / reference.removeprefix(_FILE)
            try:
                status = path.stat()
            except OSError:
                found.append(str(path))
                continue
            found.append((str(path), status.st_ino, status.st_size, status.st_mtime_ns))
        return tuple(found)
