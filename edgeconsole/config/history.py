"""The texts of past revisions, one file each beside the configuration."""

import contextlib
import hashlib
import os
import re
import stat
from pathlib import Path

from edgeconsole.config.pinned import pinned_numbers
from edgeconsole.config.read import Loaded, parse_bytes
from edgeconsole.config.save import keep, sweep, sync_directory
from edgeconsole.model.errors import BadInput, NotSaved
from edgeconsole.model.revision import Revision

KEPT = 50
"""Past texts kept (reliability D1)."""

_TEXT_FILE = re.compile(r"(\d{6,})\.toml")


class History:
    """The history directory of one configuration file: `federation.history/` beside `federation.toml`."""

    def __init__(self, path: Path) -> None:
        self.directory = path.with_name(f"{path.stem}.history")
        self.journal = self.directory / "journal.jsonl"
        self.lock = self.directory / "lock"

    def make(self) -> None:
        """Create the directory, for its owner only. Raises NotSaved."""
        try:
            self.directory.mkdir(mode=0o700, exist_ok=True)
            found = os.lstat(self.directory)
        except OSError as error:
            raise NotSaved(
                f"the history directory {self.directory} cannot be made ({error.strerror})",
                remedy=f"Write access to {self.directory.parent} is needed",
            ) from None
        if not stat.S_ISDIR(found.st_mode):
            raise NotSaved(f"{self.directory} is not a directory", remedy="Move it away")
        if found.st_mode & stat.S_IWOTH:
            raise NotSaved(
                f"everybody may write to the history directory {self.directory}",
                remedy=f"Run: chmod o-w {self.directory}",
            )

    def file(self, number: int) -> Path:
        """Return where the text of a revision is kept."""
        return self.directory / f"{number:06}.toml"

    def keep(self, number: int, content: bytes) -> bool:
        """Keep a copy of a revision's text; whether that worked.

        A copy, not a link to the live file: an editor that writes in place would change both.
        """
        try:
            keep(self.file(number), content)
        except OSError:
            return False
        return True

    def has(self, number: int) -> bool:
        """Return whether a text of its own is kept for a revision; no where that cannot be told."""
        try:
            return stat.S_ISREG(os.lstat(self.file(number)).st_mode)
        except OSError:
            return False

    def text_of(self, revision: Revision) -> Loaded | None:
        """Return a past revision as it was, None where its text is not kept or is not the one meant."""
        try:
            content = self.file(revision.number).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content).hexdigest() != revision.etag:
            return None
        with contextlib.suppress(BadInput):
            return parse_bytes(content, str(self.file(revision.number)))
        return None

    def prune(self, head: int) -> None:
        """Remove texts that are too old to be kept, but those that restore points name."""
        # A table of restore points that cannot be read keeps everything.
        with contextlib.suppress(OSError, BadInput):
            pinned = pinned_numbers(self.directory)
            for file in self.directory.iterdir():
                found = _TEXT_FILE.fullmatch(file.name)
                if found and int(found[1]) <= head - KEPT and int(found[1]) not in pinned:
                    file.unlink()

    def sync_names(self) -> None:
        """Bring names to disk: a journal and a key that were just made must not lose theirs in a power cut."""
        sync_directory(self.directory)
        sync_directory(self.directory.parent)

    def sweep(self) -> None:
        """Remove what interrupted writes left behind; only for who holds the lock."""
        sweep(self.directory)
