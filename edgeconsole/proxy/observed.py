"""What the edge saw, bounded: counters by partner, unlisted domains, failures, and the journal of events."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from datetime import datetime

from edgeconsole.model.observed import OTHERS, DiscoveredPartner, Event, EventKind, Failure, PartnerCounters
from edgeconsole.model.text import Untrusted, clean
from edgeconsole.model.verdict import Direction, Reason
from edgeconsole.proxy.refusal_log import RefusalLog

_MAX_COUNTED = 5_000
_MAX_DISCOVERED = 1_000
_MAX_FAILURES = 1_000
_MAX_EVENTS = 4_096
_TRAFFIC_SECONDS = 0.5
"""Between two TRAFFIC events."""
_MAX_NAMES = 5
"""Certificate names kept of a discovered partner."""


class EventJournal:
    """The last events by ids that only grow; who comes back too late reads a RESET."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._events: deque[Event] = deque(maxlen=_MAX_EVENTS)
        self._last_id = 0
        self._changed = asyncio.Event()
        self._traffic_timer: asyncio.TimerHandle | None = None
        self._traffic_again = False

    @property
    def last_id(self) -> int:
        """The id of the newest event; 0 before the first."""
        return self._last_id

    def add(self, kind: EventKind, subject: str = "", detail: str = "") -> None:
        """Append an event and wake whoever waits."""
        self._last_id += 1
        self._events.append(Event(id=self._last_id, at=self._clock(), kind=kind, subject=subject, detail=detail))
        self._changed.set()
        self._changed = asyncio.Event()

    def after(self, cursor: int) -> tuple[Event, ...]:
        """Return the events newer than a cursor; one RESET where some of them are gone or the cursor is no id of ours.

        A RESET carries the newest id: reading goes on from there.
        """
        if cursor == self._last_id:
            return ()
        oldest = self._events[0].id if self._events else self._last_id + 1
        if cursor > self._last_id or cursor < oldest - 1:
            return (Event(id=self._last_id, at=self._clock(), kind=EventKind.RESET),)
        return tuple(event for event in self._events if event.id > cursor)

    async def wait(self, cursor: int) -> None:
        """Return when `after(cursor)` has something to say."""
        while cursor == self._last_id:
            await self._changed.wait()

    def traffic(self) -> None:
        """Note that counters moved: an event at once, then at most one every half second."""
        if self._traffic_timer is not None:
            self._traffic_again = True
            return
        self.add(EventKind.TRAFFIC)
        self._traffic_timer = asyncio.get_running_loop().call_later(_TRAFFIC_SECONDS, self._traffic_due)

    def _traffic_due(self) -> None:
        self._traffic_timer = None
        if self._traffic_again:
            self._traffic_again = False
            self.traffic()

    def stop(self) -> None:
        """Cancel the timer."""
        if self._traffic_timer is not None:
            self._traffic_timer.cancel()
            self._traffic_timer = None


class Tally:
    """Running counts for one partner domain."""

    __slots__ = (
        "denied_in", "denied_out", "domain", "failed", "last_seen", "received",
        "refused_contacts", "refused_rate", "relayed_in", "relayed_out", "sent",
    )  # fmt: skip

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self.received = self.relayed_in = self.sent = self.relayed_out = 0
        self.denied_in = self.denied_out = self.failed = self.refused_rate = self.refused_contacts = 0
        self.last_seen: datetime | None = None

    def asked(self, direction: Direction, at: datetime) -> None:
        """A request came, from the partner or for it."""
        self.last_seen = at
        if direction is Direction.INBOUND:
            self.received += 1
        else:
            self.sent += 1

    def relayed(self, direction: Direction) -> None:
        """It was forwarded, or answered by the edge itself."""
        if direction is Direction.INBOUND:
            self.relayed_in += 1
        else:
            self.relayed_out += 1

    def denied(self, direction: Direction) -> None:
        """A rule refused it."""
        if direction is Direction.INBOUND:
            self.denied_in += 1
        else:
            self.denied_out += 1

    def held(self, reason: Reason) -> None:
        """A limit of discovered partners refused it."""
        if reason is Reason.DISCOVERED_CONTACTS:
            self.refused_contacts += 1
        else:
            self.refused_rate += 1

    def frozen(self) -> PartnerCounters:
        """Return the counts as they are now."""
        return PartnerCounters(**{name: getattr(self, name) for name in self.__slots__})


class Counters:
    """Tallies by domain. Strangers can invent domains, so beyond the bound they share one; listed ones never do."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}

    def of(self, domain: str, *, listed: bool) -> Tally:
        """Return the tally of a domain; `listed`: the configuration names this very domain."""
        found = self._tallies.get(domain)
        if found is None:
            if len(self._tallies) >= _MAX_COUNTED and not listed and domain != OTHERS:
                return self.of(OTHERS, listed=False)
            found = self._tallies[domain] = Tally(domain)
        return found

    def all(self) -> tuple[PartnerCounters, ...]:
        """Return every tally, by domain."""
        return tuple(self._tallies[domain].frozen() for domain in sorted(self._tallies))


class Discovered:
    """Unlisted domains seen in traffic; the one not seen for longest makes room."""

    def __init__(self, journal: EventJournal) -> None:
        self._journal = journal
        self._partners: OrderedDict[str, DiscoveredPartner] = OrderedDict()

    def seen(
        self, domain: str, at: datetime, outcome: str, *, allowed: bool, edge: str, names: tuple[str, ...]
    ) -> None:
        """Note a message of an unlisted domain."""
        before = self._partners.get(domain)
        self._partners[domain] = DiscoveredPartner(
            domain=domain,
            first_seen=before.first_seen if before else at,
            last_seen=at,
            messages=(before.messages if before else 0) + 1,
            allowed=allowed,
            outcome=outcome,
            edge=clean(edge) if edge else (before.edge if before else None),
            names=tuple(Untrusted(name) for name in names[:_MAX_NAMES]) or (before.names if before else ()),
        )
        if before is None:
            if len(self._partners) > _MAX_DISCOVERED:
                self._partners.popitem(last=False)
            self._journal.add(EventKind.DISCOVERED, subject=domain, detail=outcome)
        else:
            self._partners.move_to_end(domain)

    def keep(self, unlisted: Callable[[str], bool]) -> None:
        """Forget the domains that are listed now: they are no discoveries any more."""
        for domain in [each for each in self._partners if not unlisted(each)]:
            del self._partners[domain]

    def dismiss(self, domain: str) -> bool:
        """Forget a domain until it is seen again; return whether it was known."""
        if self._partners.pop(domain, None) is None:
            return False
        self._journal.add(EventKind.DISCOVERED, subject=domain, detail="dismissed")
        return True

    def all(self) -> tuple[DiscoveredPartner, ...]:
        """Return them, the last seen first."""
        return tuple(reversed(self._partners.values()))


class Failures:
    """The last failures; each is an event too."""

    def __init__(self, journal: EventJournal, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._clock = clock
        self._failures: deque[Failure] = deque(maxlen=_MAX_FAILURES)
        self.by_stage: Counter[str] = Counter()
        """How many there were at each stage since the start."""
        self._log = RefusalLog()

    def add(
        self,
        direction: Direction,
        stage: str,
        text: str,
        *,
        domain: str = "",
        peer: str = "",
        code: int = 0,
        diagnostics: int | None = None,
    ) -> None:
        """Note a refused or failed message or connection; `domain` is in normal form, the text is cleaned here."""
        self.by_stage[stage] += 1
        failure = Failure(
            at=self._clock(),
            direction=direction,
            domain=domain,
            peer=peer,
            stage=stage,
            code=code,
            diagnostics=diagnostics,
            text=clean(text),
        )
        self._failures.append(failure)
        self._journal.add(EventKind.FAILURE, subject=domain or peer, detail=failure.text)
        self._log.note(failure)

    def all(self) -> tuple[Failure, ...]:
        """Return them, the newest first."""
        return tuple(reversed(self._failures))
