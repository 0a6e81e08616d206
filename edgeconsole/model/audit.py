"""What was done to an edge, by whom and with what end; and whether the record of it was tampered with."""

from datetime import datetime
from enum import Enum

import msgspec

from edgeconsole.model.revision import Author, Origin, WriteOutcome


class AuditAct(Enum):
    """What a record of the audit is about."""

    REVISION = "revision"
    """A text of the configuration was to become the saved one; `origin` says how."""
    CONFIRMED = "confirmed"
    RELOADED = "reloaded"
    POINT_SET = "restore-point-set"
    POINT_REMOVED = "restore-point-removed"


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing somebody did."""

    seq: int
    """Number of its line in the audit; they have no gaps."""
    at: datetime
    by: Author
    act: AuditAct
    revision: int | None = None
    origin: Origin | None = None
    outcome: WriteOutcome | None = None
    """None: the process ended before it was known."""
    subject: str = ""
    """What it was done to, where that is no revision."""
    why: str = ""


class AuditProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One sign of tampering, or of a failing disk."""

    line: int
    """Line of the file, from 1; 0 where no line can be named."""
    message: str


class AuditVerification(msgspec.Struct, frozen=True, kw_only=True):
    """What checking every line of the audit found."""

    lines: int
    head: str
    """`SEQ:HASH` of the last line; empty where there is none."""
    problems: tuple[AuditProblem, ...] = ()
    """At most 50."""

    @property
    def intact(self) -> bool:
        """Whether nothing speaks of tampering."""
        return not self.problems
