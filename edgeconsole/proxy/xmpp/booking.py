"""Books each stanza and each stream that failed once: counters, failures and events, as the SIP side does."""

from collections.abc import Callable
from datetime import datetime

from edgeconsole.model.verdict import Direction, Outcome, VerdictKind
from edgeconsole.proxy.observed import Tally
from edgeconsole.proxy.record import Record


class Booking:
    """The record of the edge in the words of XMPP."""

    def __init__(self, record: Record, clock: Callable[[], datetime]) -> None:
        self._record = record
        self._clock = clock

    def passed(self, direction: Direction, domain: str, outcome: Outcome) -> None:
        """A stanza was relayed, or waits for a stream that is being opened."""
        tally = self._tally(domain, listed=outcome.rule == domain)
        tally.asked(direction, self._clock())
        tally.relayed(direction)

    def refused(
        self, direction: Direction, domain: str, outcome: Outcome, condition: str, text: str, peer: str
    ) -> None:
        """A stanza or a stream did not pass the rules."""
        tally = self._tally(domain, listed=outcome.rule == domain)
        tally.asked(direction, self._clock())
        if outcome.verdict is VerdictKind.DENIED:
            tally.denied(direction)
        else:
            tally.failed += 1
        self._record.failures.add(direction, "decide", f"{condition}: {text}", domain=domain, peer=peer)

    def undelivered(self, direction: Direction, domain: str, stage: str, text: str, peer: str = "") -> None:
        """A stanza that was allowed found no way; it was booked as passed when it came."""
        self._tally(domain, listed=False).failed += 1
        self._record.failures.add(direction, stage, text, domain=domain, peer=peer)

    def stream(self, direction: Direction, domain: str, stage: str, text: str, peer: str) -> None:
        """A stream did not come about, or ended with an error."""
        self._record.failures.add(direction, stage, text, domain=domain, peer=peer)

    def _tally(self, domain: str, *, listed: bool) -> Tally:
        self._record.events.traffic()
        return self._record.counters.of(domain, listed=listed)
