"""Is it us? When many unrelated targets fail at the network within a minute, or all canaries do, it is this place."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from edgeconsole.model.probe import ProbeResult, Severity, Stage, StageState

WINDOW = 60.0
"""Seconds within which failures count as one event."""

SHARE = 0.5
FEWEST = 4
"""Unrelated targets of which that share must fail; among three, two bad partners are no proof."""

_NETWORK = frozenset({Stage.DNS, Stage.ADDRESS, Stage.TCP})
_FAILED = (StageState.FAILED, StageState.UNKNOWN)
_NETWORK_CODES = ("dns.", "tcp.")
"""What a broken network of ours looks like: no answer from DNS, no connection; a missing record is the partner's."""


class _Look(NamedTuple):
    at: float
    failed: bool
    newly: bool


def network_failure(result: ProbeResult) -> bool:
    """Return whether a run ended at DNS or TCP for want of an answer."""
    if result.severity not in (Severity.CRITICAL, Severity.UNKNOWN):
        return False
    first = next((each.stage for each in result.stages if each.state in _FAILED), None)
    if first not in _NETWORK:
        return False
    return any(each.code.startswith(_NETWORK_CODES) for each in result.findings)


class VantageGuard:
    """Watches the latest result of every target; unrelated are targets of different registered domains."""

    def __init__(self, canaries: Iterable[str] = ()) -> None:
        self.canaries = frozenset(canaries)
        """Keys of targets that tell by themselves."""
        self.down = False
        self._latest: OrderedDict[str, _Look] = OrderedDict()

    def observe(self, key: str, failed: bool, now: float) -> bool:
        """Note how a target's last run went at a moment in seconds; return whether it is us."""
        before = self._latest.pop(key, None)
        newly = failed and before is not None and (not before.failed or (before.newly and now - before.at < WINDOW))
        self._latest[key] = _Look(now, failed, newly)
        while self._latest and now - next(iter(self._latest.values())).at > 60 * WINDOW:
            self._latest.popitem(last=False)
        if self.down:
            self.down = self._still_down(now)
        else:
            self.down = self._canaries_fail() or self._many_fail(now)
        return self.down

    def _canaries_fail(self) -> bool:
        looks = [self._latest.get(key) for key in self.canaries]
        return bool(looks) and all(look is not None and look.failed for look in looks)

    def _many_fail(self, now: float) -> bool:
        changed: dict[str, bool] = {}
        worked: dict[str, bool] = {}
        for key, look in self._recent(now):
            name = _registered(key)
            changed[name] = changed.get(name, False) or look.newly
            worked[name] = worked.get(name, False) or not look.failed
        if len(changed) < FEWEST:
            return False
        # Partners that never worked change nothing; that not one works still says something.
        return sum(changed.values()) >= SHARE * len(changed) or not any(worked.values())

    def _still_down(self, now: float) -> bool:
        if self.canaries and not self._canaries_fail():
            return False
        recent = self._recent(now)
        # Nothing new to judge by: it stays as it was.
        return not recent or sum(look.failed for _, look in recent) >= SHARE * len(recent)

    def _recent(self, now: float) -> list[tuple[str, _Look]]:
        return [(key, look) for key, look in self._latest.items() if now - look.at <= WINDOW]


def _registered(key: str) -> str:
    return ".".join(key.rpartition(" ")[2].split(".")[-2:])
