"""The log's lines about what was refused: each kind at once, then at most one every ten seconds with a count.

A stranger sends as many bad messages as it likes; the log must tell of it and must not fill the disk with it.
"""

import logging
import time
from collections.abc import Callable
from typing import NamedTuple

from edgeconsole.model.observed import Failure

log = logging.getLogger(__name__)

_QUIET_SECONDS = 10.0
_MAX_KINDS = 1_000
_MAX_LINES = 20
"""Lines of all kinds in one second."""

Kind = tuple[str, str, str, int]


class _Told(NamedTuple):
    at: float
    suppressed: int


class RefusalLog:
    """Decides which failures become lines."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kinds: dict[Kind, _Told] = {}
        self._second = 0
        self._lines = 0
        self._unheard = 0

    def note(self, failure: Failure) -> None:
        """Write a line about a failure, or count it for the next of its kind."""
        now = self._clock()
        host = failure.peer.rpartition(":")[0]
        kind = failure.direction.value, failure.stage, failure.domain or host, failure.code
        told = self._kinds.get(kind)
        if told is not None and now - told.at < _QUIET_SECONDS:
            self._kinds[kind] = _Told(told.at, told.suppressed + 1)
            return
        if int(now) != self._second:
            self._second, self._lines = int(now), 0
        if self._lines >= _MAX_LINES:
            self._unheard += 1
            return
        self._lines += 1
        if len(self._kinds) >= _MAX_KINDS:
            self._kinds.clear()
        self._kinds[kind] = _Told(now, 0)
        self._write(failure, told.suppressed if told is not None else 0)

    def _write(self, failure: Failure, suppressed: int) -> None:
        fields: dict[str, object] = {
            "direction": failure.direction.value,
            "stage": failure.stage,
            "domain": failure.domain,
            "peer": failure.peer,
            "status": failure.code,
            "diagnostics": failure.diagnostics,
            "more": suppressed,
            "unheard": self._unheard,
        }
        self._unheard = 0
        log.warning(
            "refused: %s", failure.text, extra={"fields": {key: value for key, value in fields.items() if value}}
        )
