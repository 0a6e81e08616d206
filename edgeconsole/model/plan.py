"""A planned change and what applying it did."""

from datetime import datetime

import msgspec

from edgeconsole.model.change import Change, Difference
from edgeconsole.model.revision import Revision, WriteOutcome


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """What a change opens and closes among the domains the edge knows or has seen."""

    opened: tuple[str, ...] = ()
    """Domains that could not pass before and can after."""
    closed: tuple[str, ...] = ()
    """Domains that passed before and will be refused."""
    moved: tuple[str, ...] = ()
    """Domains that stay open under another federation type or another Access Edge."""
    sessions: int = 0
    """Live sessions that serve a closed domain."""
    opens_to_strangers: bool = False
    """Discovery goes on: every domain that publishes SRV may address our users."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A change as it would be applied; single use, bound to the revision it was made on."""

    plan_id: str
    base: Revision
    changes: tuple[Change, ...]
    differences: tuple[Difference, ...]
    toml_diff: str
    """Unified diff of the file as it will be written."""
    impact: Impact
    expires: datetime
    warnings: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether applying it would change nothing."""
        return not self.differences


class ApplyResult(msgspec.Struct, frozen=True, kw_only=True):
    """What apply, undo and roll back answer."""

    outcome: WriteOutcome
    revision: Revision
    """The saved revision after the call."""
    running: Revision | None
    """What the proxy enforces now; None where nothing enforces."""
    closed_sessions: int = 0
    detail: str = ""
    differences: tuple[Difference, ...] = ()

    @property
    def enforced(self) -> bool:
        """Whether the saved revision is the one that is enforced."""
        return self.running is not None and self.running == self.revision
