"""The one number a run of probes ends with: for the commands, and for monitoring plug-ins."""

from collections.abc import Iterable

from edgeconsole.model.probe import Severity

NAGIOS_USAGE = 64
"""Exit code of a plug-in that was called wrongly: apart from its four states."""


def nagios(severities: Iterable[Severity]) -> int:
    """Return 0 ok, 1 warning, 2 critical, 3 unknown; the worst wins, and what was not run is never ok."""
    known = set(severities)
    if Severity.CRITICAL in known:
        return 2
    if not known or Severity.UNKNOWN in known:
        return 3
    return 1 if Severity.WARNING in known else 0


def plain(severities: Iterable[Severity], *, strict: bool = False) -> int:
    """Return 0 where nothing fails, 1 where something does, 6 where it could not be told.

    With `strict` a warning fails too.
    """
    known = set(severities)
    if Severity.CRITICAL in known or (strict and Severity.WARNING in known):
        return 1
    return 6 if not known or Severity.UNKNOWN in known else 0
