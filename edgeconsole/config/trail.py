"""The audit of one file as its readers ask for it: what was done, the head to note elsewhere, whether it is whole."""

from collections.abc import Callable
from datetime import datetime

from edgeconsole.config import audit
from edgeconsole.config.saved import SavedFile
from edgeconsole.model.audit import AuditAct, AuditRecord, AuditVerification
from edgeconsole.model.errors import NotSaved
from edgeconsole.model.revision import Author


class AuditTrail:
    """What was done to one file."""

    def __init__(self, saved: SavedFile, clock: Callable[[], datetime]) -> None:
        self._saved = saved
        self._clock = clock

    @property
    def head(self) -> str:
        """`SEQ:HASH` of the last line on disk."""
        return self._saved.journal.head

    def records(self, limit: int) -> tuple[AuditRecord, ...]:
        """Return what was done last, newest first."""
        return self._saved.journal.audit(limit)

    def verify(self, head: str | None = None) -> AuditVerification:
        """Check every line, and that a head noted earlier still stands. Raises BadInput where the key is not ours."""
        history = self._saved.history
        if not history.journal.exists():
            return AuditVerification(lines=0, head="")
        return audit.verify(history.journal, audit.load_key(history.directory, make=False), head)

    def note(self, act: AuditAct, author: Author, *, number: int = 0, subject: str = "", why: str = "") -> None:
        """Write down what somebody is about to do. Raises NotSaved; then it may not be done."""
        try:
            self._saved.journal.note(act, author, self._clock(), number=number, subject=subject, why=why)
        except OSError as error:
            raise NotSaved(
                f"the journal {self._saved.history.journal} cannot be written ({error.strerror}); nothing was changed",
                remedy="Make room, or mend its permissions: nothing is done that is not written down first",
            ) from None
