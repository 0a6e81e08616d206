"""A planned change and what applying it did."""

from datetime import datetime, timedelta

import msgspec

from edgeconsole.model.change import Change, Difference
from edgeconsole.model.revision import Author, Origin, Revision, WriteOutcome

CONFIRM_SHORTEST = timedelta(seconds=10)
CONFIRM_LONGEST = timedelta(hours=1)
"""How long a change may wait for somebody's word (reliability D8)."""


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


class Reversed(msgspec.Struct, frozen=True, kw_only=True):
    """The revision a plan takes back, and whose it is."""

    number: int
    by: Author
    at: datetime
    origin: Origin
    own: bool = False
    """Whether it is of the caller who planned this."""


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
    guard: tuple[str, ...] = ()
    """Why this change must be confirmed after it was applied; empty where it need not (reliability D9)."""

    reverses: Reversed | None = None
    """Set on an undo, and on going back by one revision."""

    def owned_by(self, name: str) -> "Plan":
        """Return the plan as whoever has that name sees it: what it takes back is theirs, or it is not."""
        if self.reverses is None or self.reverses.by.name != name:
            return self
        return msgspec.structs.replace(self, reverses=msgspec.structs.replace(self.reverses, own=True))

    @property
    def empty(self) -> bool:
        """Whether applying it would change nothing."""
        return not self.differences


class PendingConfirm(msgspec.Struct, frozen=True, kw_only=True):
    """A change that is in force and goes back by itself unless somebody confirms it."""

    token: str
    by: Author
    why: str = ""
    before: Revision
    """What comes back at the deadline."""
    after: Revision
    """What waits to be confirmed."""
    timeout: float
    """Seconds from when it was applied to the deadline."""
    seconds_left: float
    deadline: datetime
    """By the wall clock when it was applied; `seconds_left` counts."""


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
    pending: PendingConfirm | None = None
    """Set where the change goes back unless it is confirmed."""

    @property
    def enforced(self) -> bool:
        """Whether the saved revision is the one that is enforced."""
        return self.running is not None and self.running == self.revision
