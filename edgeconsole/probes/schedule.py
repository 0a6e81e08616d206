"""When which target is looked at: spread out, at a fixed rate without bursts, politely, what was asked for first.

Pure: moments are seconds of any steady clock and are passed in.
"""

import hashlib
import heapq
import ipaddress
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Iterable
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

import msgspec

from edgeconsole.rules.addresses import why_denied

JITTER = 0.1
"""Share of the interval by which a run may come sooner or later, so that edges do not fall into step."""

LONGEST_BACK_OFF = 1800.0
"""Seconds between two runs against a target that stays down."""

MOST_IN_NETWORK = 10
"""Runs begun by themselves in a minute towards one public network, /24 or /48: many partners share a host, and to its
watch a probe looks like a scan."""

_MINUTE = 60.0

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


@lru_cache(maxsize=16_384)
def network_of(address: str) -> str:
    """Return the network of a stranger's address; nothing for one that is no public address, which is ours."""
    if why_denied(address) is not None:
        return ""
    return str(ipaddress.ip_network(f"{address}/{48 if ':' in address else 24}", strict=False))


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
        self._crowds: Counter[str] = Counter()
        """How many targets each network has."""
        self._visits: defaultdict[str, deque[float]] = defaultdict(_visits)
        """When the last runs towards a network began."""
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
        self._crowds = Counter(network for entry in known.values() for network in _networks(entry.addresses))
        self._visits = defaultdict(_visits, {each: self._visits[each] for each in self._crowds if each in self._visits})
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
            due = self._next_asked() or self._next_held(held, now) or self._next_due(now)
            if due is None:
                break
            self._tokens -= 1
            self._running[due.key] = due.tier
            entry = self._entries.get(due.key)
            self._busy[due.key] = entry.addresses if entry else frozenset()
            for network in _networks(self._busy[due.key]):
                self._visits[network].append(now)
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
        self._crowds -= Counter(_networks(entry.addresses))
        entry.addresses = frozenset(addresses)
        self._crowds.update(_networks(entry.addresses))
        entry.healthy = good
        if retry is not None:
            self._plan(key, entry, now + retry)
            return
        interval = self.interval_of(key)
        # The slots stay where they are however late a run came; those missed meanwhile are left out.
        entry.slot += self._interval * max(1, -(-(now - entry.slot) // self._interval))
        if interval > self._interval:
            entry.slot = now + interval
        self._plan(key, entry, max(now, entry.slot + interval * JITTER * (2 * self._random() - 1)))
        self._plan_touch(key, entry, now)

    def interval_of(self, key: str) -> float:
        """Return the seconds between two whole runs of a target as things are."""
        entry = self._entries.get(key)
        if entry is None:
            return self._interval
        crowd = max((self._crowds[each] for each in _networks(entry.addresses)), default=0)
        interval = max(self._interval, crowd * _MINUTE / MOST_IN_NETWORK)
        if not entry.backed_off:
            return interval
        return max(interval, min(self._interval * 2.0**entry.backed_off, LONGEST_BACK_OFF))

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

    def _next_held(self, held: list[Due], now: float) -> Due | None:
        for place, due in enumerate(held):
            if self._free(due.key) and self._polite(due.key, now):
                return held.pop(place)
        return None

    def _next_due(self, now: float) -> Due | None:
        while self._heap and self._heap[0][0] <= now:
            at, key, touch = heapq.heappop(self._heap)
            entry = self._entries.get(key)
            if entry is None or at != (entry.touch_due if touch else entry.due) or key in self._running:
                continue
            due = Due(key, Tier.TOUCH if touch else Tier.FULL)
            if self._free(key) and self._polite(key, now):
                return due
            self._held.append(due)
        return None

    def _free(self, key: str) -> bool:
        if key in self._running:
            return False
        entry = self._entries.get(key)
        return entry is None or not any(entry.addresses & busy for busy in self._busy.values())

    def _polite(self, key: str, now: float) -> bool:
        """Return whether a run may begin by itself without being too many for a network; who asks decides himself."""
        entry = self._entries.get(key)
        for network in _networks(entry.addresses) if entry else ():
            visits = self._visits[network]
            while visits and now - visits[0] >= _MINUTE:
                visits.popleft()
            if len(visits) >= MOST_IN_NETWORK:
                return False
        return True

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


def _networks(addresses: Iterable[str]) -> set[str]:
    return {network for each in addresses if (network := network_of(each))}


def _visits() -> deque[float]:
    return deque(maxlen=MOST_IN_NETWORK)
