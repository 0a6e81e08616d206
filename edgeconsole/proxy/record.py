"""Books each request once: counters, discovered partners, failures and events, from one outcome."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from edgeconsole.model.evidence import SrvAnswer, SrvStatus
from edgeconsole.model.verdict import Direction, Outcome, PartnerClass, Reason, VerdictKind
from edgeconsole.proxy.observed import Counters, Discovered, EventJournal, Failures, Tally
from edgeconsole.proxy.safeguards import Held
from edgeconsole.rules.diagnostics import Answer
from edgeconsole.rules.srv import choose

_MAX_SHOWN = 1_000
"""For each direction."""
_SHOWN_FOR = timedelta(minutes=15)
"""How long what a partner showed explains what it would meet now: certificates are renewed."""

_Shown = OrderedDict[str, tuple[datetime, tuple[str, ...]]]
"""By domain: when its edge last showed a certificate, and the names in it."""

_DNS_REASONS = frozenset({Reason.SRV_MISSING, Reason.SRV_UNAVAILABLE, Reason.SRV_TARGET})


class Record:
    """What the edge remembers of the traffic; lost with the process."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.events = EventJournal(clock)
        self.counters = Counters()
        self.discovered = Discovered(self.events)
        self.failures = Failures(self.events, clock)
        self._shown_in: _Shown = OrderedDict()
        self._shown_out: _Shown = OrderedDict()
        self.dropped = 0
        """Responses nobody waits for, and ACKs."""

    def passed(
        self, direction: Direction, domain: str, outcome: Outcome, srv: SrvAnswer | None, names: tuple[str, ...]
    ) -> None:
        """A request was relayed, or answered by the edge."""
        self._asked(direction, domain, outcome, srv, names).relayed(direction)

    def refused(
        self,
        direction: Direction,
        domain: str,
        outcome: Outcome,
        answer: Answer,
        srv: SrvAnswer | None,
        names: tuple[str, ...],
        peer: str,
        held: Held | None = None,
    ) -> None:
        """A request did not pass the rules, or the world did not answer as they need."""
        tally = self._asked(direction, domain, outcome, srv, names)
        if outcome.verdict is VerdictKind.DENIED:
            tally.denied(direction)
        else:
            tally.failed += 1
        stage, text = "dns" if outcome.reason in _DNS_REASONS else "decide", _told(outcome, srv, names)
        if held is not None:
            tally.held(held.reason)
            if not held.told:
                return
            stage, text = "safeguards", held.text
        self.failures.add(
            direction,
            stage,
            text,
            domain=domain,
            peer=peer,
            code=answer.status,
            diagnostics=answer.code,
        )

    def disagreed(self, direction: Direction, domain: str, answer: Answer, text: str, peer: str) -> None:
        """A request named domains that do not go together; `domain` is the partner's where it is known."""
        if domain:
            tally = self._tally(direction, domain, listed=False)
            tally.denied(direction)
        self.failures.add(
            direction, "decide", text, domain=domain, peer=peer, code=answer.status, diagnostics=answer.code
        )

    def undelivered(
        self, direction: Direction, domain: str, outcome: Outcome, answer: Answer, stage: str, text: str, peer: str
    ) -> None:
        """A request that was allowed found no way to its next hop."""
        self._tally(direction, domain, listed=outcome.rule == domain).failed += 1
        self.failures.add(direction, stage, text, domain=domain, peer=peer, code=answer.status, diagnostics=answer.code)

    def unanswered(self, direction: Direction, domain: str, answer: Answer, text: str, peer: str) -> None:
        """A forwarded request, counted as relayed already, got no final response."""
        self.counters.of(domain, listed=False).failed += 1
        self.failures.add(
            direction, "relay", text, domain=domain, peer=peer, code=answer.status, diagnostics=answer.code
        )
        self.events.traffic()

    def names_shown(self, direction: Direction, domain: str) -> frozenset[str] | None:
        """Return the names of the certificate that a domain's edge last showed, for explanations; None where none was
        seen of late."""
        at, names = self._shown(direction).get(domain, (None, ()))
        if at is None or self._clock() - at > _SHOWN_FOR:
            return None
        return frozenset(names)

    def _asked(
        self, direction: Direction, domain: str, outcome: Outcome, srv: SrvAnswer | None, names: tuple[str, ...]
    ) -> Tally:
        tally = self._tally(direction, domain, listed=outcome.rule == domain)
        assert tally.last_seen is not None
        if names:
            shown = self._shown(direction)
            shown[domain] = tally.last_seen, names
            shown.move_to_end(domain)
            if len(shown) > _MAX_SHOWN:
                shown.popitem(last=False)
        if outcome.partner_class is PartnerClass.DISCOVERED or outcome.partner_class is PartnerClass.NOT_LISTED:
            found = srv is not None and srv.status is SrvStatus.FOUND
            self.discovered.seen(
                domain,
                tally.last_seen,
                "allowed" if outcome.reason is None else outcome.reason.value,
                allowed=outcome.allowed,
                edge=choose(srv).target if found and srv is not None else "",
                names=names,
            )
        return tally

    def _shown(self, direction: Direction) -> _Shown:
        return self._shown_in if direction is Direction.INBOUND else self._shown_out

    def _tally(self, direction: Direction, domain: str, *, listed: bool) -> Tally:
        tally = self.counters.of(domain, listed=listed)
        tally.asked(direction, self._clock())
        self.events.traffic()
        return tally


def _told(outcome: Outcome, srv: SrvAnswer | None, names: tuple[str, ...]) -> str:
    """Say what was found, for an operator; never sent to the other side."""
    reason = outcome.reason
    assert reason is not None
    if reason is Reason.PEER_NAME:
        shown = ", ".join(names[:5]) or "no DNS name"
        return f"{reason.value}: the certificate carries {shown}, not {' or '.join(sorted(outcome.accepted_names))}"
    if reason is Reason.SRV_TARGET and srv is not None and srv.records:
        return f"{reason.value}: the SRV record leads to {choose(srv).target}"
    if reason in _DNS_REASONS and srv is not None and srv.detail:
        return f"{reason.value}: {srv.detail}"
    return reason.value if outcome.rule is None else f"{reason.value}: rule {outcome.rule}"
