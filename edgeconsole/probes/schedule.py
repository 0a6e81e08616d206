"""When which target is looked at: spread out, at a fixed rate without bursts, politely, what was asked for first.

Pure: moments are seconds of any steady clock and are passed in.
"""

import hashlib
import heapq
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from enum import Enum
from typing import NamedTuple

import msgspec

JITTER = 0.1
"""Share of the interval by which a run may come sooner or later, so that edges do not fall into step."""

LONGEST_BACK_OFF = 1800.0
"""Seconds between two runs against a target that stays down."""

_LONGEST_WAIT = 1.0
_SHORTEST_WAIT = 0.01


class Tier(Enum):
    """How much of a target is looked at."""

    FULL = "full"
    """The whole ladder."""
    TOUCH = "touch"
    """Only whether the addresses that worked last time still take a connection."""


class Pace(msgspec.Struct, frozen=True):
    """How often and how much at once; seconds."""

    interval: float
    touch: float
    concurrency: int
    rate: float


class Due(NamedTuple):
    """A run to begin now."""

    key: str
    tier: Tier


class _Entry:
    __slots__ = ("addresses", "backed_off", "due", "healthy", "slot", "touch_due")

    def __init__(self, slot: float) -> None:
        self.slot = slot
        """The moment the fixed rate gives, before jitter."""
        self.due = slot
        self.touch_due = 0.0
        self.backed_off = 0
        self.healthy = False
        self.addresses: frozenset[str] = frozenset()


class Schedule:
    """The runs of all targets. Who begins a run says so by taking it from `start`, and reports it `finished`."""

    def __init__(self, pace: Pace, *, random: Callable[[], float]) -> None:
        self._pace = pace
        self._random = random
        self._entries: dict[str, _Entry] = {}
        self._heap: list[tuple[float, str, bool]] = []
        self._held: list[Due] = []
        """Due, and waiting for an address that somebody else is looking at."""
        self._asked: OrderedDict[str, None] = OrderedDict()
        self._running: dict[str, Tier] = {}
        self._busy: dict[str, frozenset[str]] = {}
        self._tokens = float(pace.rate)
        self._filled: float | None = None
        self._interval = pace.interval

    def set_targets(self, keys: Collection[str], now: float, pace: Pace | None = None) -> None:
        """Run these targets from now on; known ones keep their place, new ones get theirs by their names."""
        if pace is not None and pace != self._pace:
            moved = pace.interval != self._pace.interval
            self._pace = pace
            self._tokens = min(self._tokens, pace.rate)
            if moved:
                for entry in self._entries.values():
                    entry.slot = entry.due = min(entry.due, now + pace.interval * self._random())
        # More targets than may be begun in one interval stretch it; no one is left out.
        self._interval = max(self._pace.interval, len(keys) / self._pace.rate)
        known = {key: self._entries[key] for key in keys if key in self._entries}
        for key in keys:
            if key not in known:
                known[key] = _Entry(now + self._offset(key))
        self._entries = known
        self._held = []
        self._heap = [(entry.due, key, False) for key, entry in known.items() if key not in self._running]
        heapq.heapify(self._heap)

    def ask(self, keys: Iterable[str]) -> None:
        """Run these before all others, as soon as the limits allow; their back-off ends."""
        for key in keys:
            entry = self._entries.get(key)
            if entry is not None:
                entry.backed_off = 0
            self._asked[key] = None

    def start(self, now: float) -> list[Due]:
        """Return the runs to begin now, within the limits; they count as running."""
        self._refill(now)
        begun: list[Due] = []
        held, self._held = self._held, []
        while self._tokens >= 1 and len(self._running) < self._pace.concurrency:
            due = self._next_asked() or self._next_held(held) or self._next_due(now)
            if due is None:
                break
            self._tokens -= 1
            self._running[due.key] = due.tier
            entry = self._entries.get(due.key)
            self._busy[due.key] = entry.addresses if entry else frozenset()
            begun.append(due)
        self._held = held + self._held
        return begun

    def finished(
        self,
        key: str,
        now: float,
        *,
        good: bool,
        down: bool = False,
        retry: float | None = None,
        addresses: Collection[str] = (),
    ) -> None:
        """Note that a run ended: whether its target is well, is surely down, or is to be looked at sooner."""
        tier = self._running.pop(key, None)
        self._busy.pop(key, None)
        entry = self._entries.get(key)
        if entry is None or tier is None:
            return
        if tier is Tier.TOUCH:
            if not good:
                # What a touch finds wanting is looked at whole at once.
                self._plan(key, entry, now)
            else:
                self._plan_touch(key, entry, now)
            return
        # Another address is another chance.
        moved = bool(addresses) and entry.addresses != frozenset(addresses)
        entry.backed_off = 0 if not down or moved else entry.backed_off + 1
        entry.addresses = frozenset(addresses)
        entry.healthy = good
        if retry is not None:
            self._plan(key, entry, now + retry)
            return
        interval = self.interval_of(key)
        # The slots stay where they are however late a run came; those missed meanwhile are left out.
        entry.slot += self._interval * max(1, -(-(now - entry.slot) // self._interval))
        if down and interval > self._interval:
            entry.slot = now + interval
        self._plan(key, entry, max(now, entry.slot + interval * JITTER * (2 * self._random() - 1)))
        self._plan_touch(key, entry, now)

    def interval_of(self, key: str) -> float:
        """Return the seconds between two whole runs of a target as things are."""
        entry = self._entries.get(key)
        if entry is None or not entry.backed_off:
            return self._interval
        return max(self._interval, min(self._interval * 2.0**entry.backed_off, LONGEST_BACK_OFF))

    def next_run(self, key: str) -> float | None:
        """Return when a target's next whole run is due; None where none is planned."""
        entry = self._entries.get(key)
        return None if entry is None else entry.due

    def running(self, key: str) -> bool:
        """Return whether a target is being looked at."""
        return key in self._running

    def wait(self, now: float) -> float:
        """Return the seconds until something may be due; nothing is, sooner, unless a run ends or one is asked for."""
        if self._tokens < 1 and (self._asked or self._held or self._heap):
            wanted = (1 - self._tokens) / self._pace.rate
            return min(max(wanted, _SHORTEST_WAIT), _LONGEST_WAIT)
        if not self._heap:
            return _LONGEST_WAIT
        return min(max(self._heap[0][0] - now, _SHORTEST_WAIT), _LONGEST_WAIT)

    def _refill(self, now: float) -> None:
        if self._filled is not None:
            self._tokens = min(self._tokens + (now - self._filled) * self._pace.rate, self._pace.rate)
        self._filled = now

    def _next_asked(self) -> Due | None:
        for key in self._asked:
            if self._free(key):
                del self._asked[key]
                return Due(key, Tier.FULL)
        return None

    def _next_held(self, held: list[Due]) -> Due | None:
        for place, due in enumerate(held):
            if self._free(due.key):
                return held.pop(place)
        return None

    def _next_due(self, now: float) -> Due | None:
        while self._heap and self._heap[0][0] <= now:
            at, key, touch = heapq.heappop(self._heap)
            entry = self._entries.get(key)
            if entry is None or at != (entry.touch_due if touch else entry.due) or key in self._running:
                continue
            due = Due(key, Tier.TOUCH if touch else Tier.FULL)
            if self._free(key):
                return due
            self._held.append(due)
        return None

    def _free(self, key: str) -> bool:
        if key in self._running:
            return False
        entry = self._entries.get(key)
        return entry is None or not any(entry.addresses & busy for busy in self._busy.values())

    def _plan(self, key: str, entry: _Entry, at: float) -> None:
        entry.due = at
        heapq.heappush(self._heap, (at, key, False))

    def _plan_touch(self, key: str, entry: _Entry, now: float) -> None:
        every = self._touch_interval()
        at = now + every * (1 + JITTER * (2 * self._random() - 1)) if every else 0.0
        if not every or not entry.healthy or not entry.addresses or at >= entry.due:
            entry.touch_due = 0.0
            return
        entry.touch_due = at
        heapq.heappush(self._heap, (at, key, True))

    def _touch_interval(self) -> float:
        """Return the seconds between two touches; 0 where the limits leave no room for any worth having."""
        spare = self._pace.rate - len(self._entries) / self._interval
        if not self._pace.touch or spare <= 0:
            return 0.0
        every = max(self._pace.touch, len(self._entries) / spare)
        return every if every <= self._interval / 2 else 0.0

    def _offset(self, key: str) -> float:
        digest = hashlib.blake2s(key.encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") / 2**32 * self._interval
