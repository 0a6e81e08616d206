"""The federated domains: what is listed, what was seen, and how each fares."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from edgeconsole.model.names import to_unicode
from edgeconsole.model.observed import DiscoveredPartner, Failure, PartnerCounters, Session
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.model.verdict import PartnerClass
from edgeconsole.present import words
from edgeconsole.present.ages import age, count, stamp
from edgeconsole.present.compiled import index_of
from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style
from edgeconsole.rules.classify import Classification, classify

COLUMNS = (
    Column("domain", "DOMAIN", 0),
    Column("kind", "KIND", 14),
    Column("edge", "ACCESS EDGE", 28, wide_only=True),
    Column("sessions", "SESS", 4, right=True),
    Column("in", "IN", 5, right=True),
    Column("out", "OUT", 5, right=True),
    Column("denied", "DENIED", 6, right=True),
    Column("last", "LAST", 4, right=True),
    Column("state", "STATE", 9),
)

RECENT = timedelta(minutes=15)
"""A failure older than this no longer colours a row."""


class DomainFacts(NamedTuple):
    """All that is known about one domain."""

    domain: str
    classification: Classification
    sessions: int
    counters: PartnerCounters | None
    discovered: DiscoveredPartner | None
    failure: Failure | None
    """The latest failure, if it is recent and nothing passed since."""


class Fleet:
    """Lookups over one snapshot, built once a frame."""

    def __init__(self, snapshot: Snapshot, now: datetime) -> None:
        self.snapshot = snapshot
        self.now = now
        self.index = index_of(snapshot.configuration)
        self.counters: Mapping[str, PartnerCounters] = {item.domain: item for item in snapshot.counters}
        self.discovered: Mapping[str, DiscoveredPartner] = {item.domain: item for item in snapshot.discovered}
        self.sessions = _count_sessions(snapshot.sessions)
        self.failures = _latest_failures(snapshot.failures, now)
        listed = [domain.name for domain in snapshot.configuration.domains]
        known = set(listed) | self.index.local
        seen = sorted((set(self.counters) | set(self.discovered)) - known)
        self.keys: Sequence[str] = [*listed, *seen] if seen else listed

    def facts(self, domain: str) -> DomainFacts:
        """Return what is known about a domain."""
        return DomainFacts(
            domain=domain,
            classification=classify(self.index, domain),
            sessions=self.sessions.get(domain, 0),
            counters=self.counters.get(domain),
            discovered=self.discovered.get(domain),
            failure=self.failures.get(domain),
        )


def _count_sessions(sessions: Sequence[Session]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for session in sessions:
        for domain in session.domains:
            counted[domain] = counted.get(domain, 0) + 1
    return counted


def _latest_failures(failures: Sequence[Failure], now: datetime) -> dict[str, Failure]:
    latest: dict[str, Failure] = {}
    for failure in failures:
        known = latest.get(failure.domain)
        if now - failure.at <= RECENT and (known is None or known.at < failure.at):
            latest[failure.domain] = failure
    return latest


def state(facts: DomainFacts) -> Span:
    """Return the state of a domain: a glyph and a word."""
    kind = facts.classification.partner_class
    if kind is PartnerClass.BLOCKED:
        return words.BLOCKED
    if kind is PartnerClass.NOT_LISTED:
        return words.WARN
    if facts.failure is not None:
        return words.FAIL
    return words.OK if facts.sessions or (facts.counters and facts.counters.last_seen) else words.IDLE


def list_view(snapshot: Snapshot, now: datetime) -> ListView:
    """Return the list of federated and seen domains."""
    fleet = Fleet(snapshot, now)
    return ListView(
        columns=COLUMNS,
        keys=fleet.keys,
        search=_Search(fleet),
        row=lambda position: _row(fleet, fleet.keys[position]),
        order=lambda column, position: _order(fleet, column, fleet.keys[position]),
        empty=_empty(snapshot),
    )


class _Search(Sequence[str]):
    """What the filter looks in: the name, its U-label form, and the kind's word."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def __len__(self) -> int:
        return len(self._fleet.keys)

    def __getitem__(self, position: Any) -> Any:
        if isinstance(position, slice):
            return [self[place] for place in range(*position.indices(len(self)))]
        name = self._fleet.keys[position]
        kind = words.CLASS_WORDS[classify(self._fleet.index, name).partner_class]
        shown = to_unicode(name)
        return f"{name} {kind}" if shown == name else f"{name} {shown.lower()} {kind}"


def _empty(snapshot: Snapshot) -> str:
    if snapshot.connection is Connection.LOADING:
        return "loading domains…"
    if snapshot.connection is Connection.DOWN and snapshot.taken_at is None:
        return snapshot.problem or "the backend does not answer"
    return "No federated domains yet. edgeconsole domains allow NAME adds one; partners seen in traffic appear here."


def _row(fleet: Fleet, domain: str) -> Row:
    facts = fleet.facts(domain)
    counters, record = facts.counters, facts.classification.domain_record
    style = Style.MUTED if facts.classification.partner_class is PartnerClass.BLOCKED else Style.PLAIN
    edge = record.access_edge if record else None
    denied = counters.denied_in + counters.denied_out if counters else 0
    return Row(
        domain,
        (
            Span(domain, style),
            Span(words.CLASS_WORDS[facts.classification.partner_class], style),
            Span(str(edge) if edge else _edge_seen(facts), style),
            Span(count(facts.sessions) if facts.sessions else "-", style),
            Span(count(counters.received) if counters else "-", style),
            Span(count(counters.sent) if counters else "-", style),
            Span(count(denied) if denied else "-", Style.WARN if denied else style),
            Span(age(fleet.now, counters.last_seen if counters else None), style),
            state(facts),
        ),
    )


def _edge_seen(facts: DomainFacts) -> str:
    return str(facts.discovered.edge) if facts.discovered and facts.discovered.edge else "by SRV"


_STATE_ORDER = {words.FAIL: 0, words.WARN: 1, words.OK: 2, words.IDLE: 3, words.BLOCKED: 4}


def _order(fleet: Fleet, column: str, domain: str) -> Any:
    facts = fleet.facts(domain)
    counters, record = facts.counters, facts.classification.domain_record
    match column:
        case "kind":
            return words.CLASS_WORDS[facts.classification.partner_class]
        case "edge":
            return str(record.access_edge) if record and record.access_edge else ""
        case "sessions":
            return -facts.sessions
        case "in":
            return -(counters.received if counters else 0)
        case "out":
            return -(counters.sent if counters else 0)
        case "denied":
            return -(counters.denied_in + counters.denied_out if counters else 0)
        case "last":
            seen = counters.last_seen if counters else None
            return -seen.timestamp() if seen else 0.0
        case "state":
            return _STATE_ORDER.get(state(facts), 9)
        case _:
            return domain


def detail(snapshot: Snapshot, domain: str, now: datetime) -> tuple[Line, ...]:
    """Return the lines of the detail pane for one domain."""
    fleet = Fleet(snapshot, now)
    facts = fleet.facts(domain)
    kind, record = facts.classification.partner_class, facts.classification.domain_record
    lines = [_field("state", state(facts), Span(words.CLASS_WORDS[kind]))]
    shown = to_unicode(domain)
    if shown != domain:
        lines.append(_field("shown as", Span(shown)))
    if record is not None and record.name != domain:
        lines.append(_field("covered by", Span(record.name)))
    if record is not None and record.access_edge is not None:
        lines.append(_field("edge", Span(record.access_edge.with_port()), Span("pinned", Style.MUTED)))
    elif facts.discovered and facts.discovered.edge:
        lines.append(_field("edge", Span(facts.discovered.edge), Span("by SRV", Style.MUTED)))
    if record is not None and record.comment:
        lines.append(_field("comment", Span(record.comment)))
    lines += _traffic(facts, now)
    lines += [_session_line(session, now) for session in snapshot.sessions if domain in session.domains]
    return tuple(lines)


def _traffic(facts: DomainFacts, now: datetime) -> list[Line]:
    lines: list[Line] = []
    if facts.counters:
        c = facts.counters
        lines.append(_field("in", Span(f"{c.received} received, {c.relayed_in} relayed, {c.denied_in} denied")))
        lines.append(_field("out", Span(f"{c.sent} sent, {c.relayed_out} relayed, {c.denied_out} denied")))
    if facts.discovered:
        seen = facts.discovered
        lines.append(_field("seen", Span(f"since {stamp(seen.first_seen)}, last {age(now, seen.last_seen)} ago")))
        if seen.names:
            lines.append(_field("names", Span(", ".join(seen.names[:3]))))
    if facts.failure:
        failure = facts.failure
        what = f"{failure.stage}: {failure.text} ({age(now, failure.at)} ago)"
        lines.append(_field("failing", Span(what, Style.FAIL)))
    return lines


def _session_line(session: Session, now: datetime) -> Line:
    arrow = "from" if session.direction.value == "in" else "to"
    text = f"{arrow} {session.peer} {session.tls} {session.messages} msgs {age(now, session.since)}"
    return _field("session", Span(text))


def _field(name: str, *spans: Span) -> Line:
    parts: list[Span] = [Span(f"{name:<11}", Style.MUTED)]
    for place, span in enumerate(spans):
        parts += [Span("  "), span] if place else [span]
    return Line(tuple(parts))
