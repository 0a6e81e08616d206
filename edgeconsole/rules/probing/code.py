"""One entry of the closed code list: what a finding means, how bad it is, who acts, and what they do."""

from typing import NamedTuple

from edgeconsole.model.probe import Severity, Stage, WhoActs


class Code(NamedTuple):
    """A code and all that is fixed about it; it never changes its meaning and is never used again."""

    code: str
    severity: Severity
    stage: Stage
    who: WhoActs
    what: str
    """Sentence about one case; the names in braces are filled from the facts."""
    fix: str
    """What to do: the record, the command, or the sentence for the partner."""
    cause: int | None = None
    """Number of the failure cause (docs/causes.md)."""
    reference: str = ""
    lasting: bool = False
    """Seen once it is believed: neither a certificate nor an authoritative answer changes by itself in a minute."""
    works: bool = False
    """It still works, however bad the finding is: later stages are looked at all the same."""


OK, INFO, WARNING, CRITICAL, UNKNOWN = Severity
US, PARTNER, FIREWALL, AUTHORITY, NOBODY = WhoActs
