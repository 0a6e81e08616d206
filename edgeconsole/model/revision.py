"""Revisions: which text of the configuration is meant, and what became of a write."""

from datetime import datetime
from enum import Enum

import msgspec

from edgeconsole.model.change import Difference


class Revision(msgspec.Struct, frozen=True, order=True):
    """A text of federation.toml: number within a lineage, and the sha256 of its bytes.

    The lineage is made when an edge is set up; a plan made on another lineage is never applied here.
    """

    lineage: str
    number: int
    etag: str

    def __str__(self) -> str:
        return f"#{self.number}"


class Origin(Enum):
    """How a revision came about."""

    CREATED = "created"
    APPLIED = "applied"
    UNDONE = "undone"
    ROLLED_BACK = "rolled-back"
    EXTERNAL = "external"
    """Somebody edited the file by hand."""


class Author(msgspec.Struct, frozen=True):
    """Who asked for a change, and through what."""

    name: str
    via: str = ""
    """`console`, `command`, `api`, with the remote address where there is one."""


class RevisionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line of history."""

    revision: Revision
    at: datetime
    by: Author
    origin: Origin
    why: str = ""
    differences: tuple[Difference, ...] = ()
    undoes: int | None = None
    """The revision number whose change this one reversed."""


class RestorePoint(msgspec.Struct, frozen=True, kw_only=True):
    """A revision somebody gave a name; its text is kept however old it grows."""

    name: str
    revision: Revision
    at: datetime
    """When it was named."""
    by: Author
    why: str = ""


class WriteOutcome(Enum):
    """What is known of a write after it returned (reliability D6)."""

    COMMITTED = "committed"
    NOT_COMMITTED = "not_committed"
    INDETERMINATE = "indeterminate"
    """The new text is in place, but it is not known to survive a power cut."""
