"""The federated domains: what is listed, what was seen, and how each fares."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any, NamedTuple

from edgeconsole.model.names import to_unicode
from edgeconsole.model.observed import OTHERS, DiscoveredPartner, Failure, PartnerCounters, Restriction, Session
from edgeconsole.model.probe import Certainty, ProbeKind, Severity, Stage, TargetStatus
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.model.terms import Platform, Verification
from edgeconsole.model.verdict import PartnerClass, Reason
from edgeconsole.present import words
from edgeconsole.present.ages import age, count, plural, stamp
from edgeconsole.present.compiled import compiled, search_text
from edgeconsole.present.facets import of_numbers, of_words, record_facets
from edgeconsole.present.filtering import worded
from edgeconsole.present.probes import status_lines
from edgeconsole.present.table import Column, Facet, Line, ListView, Row, Span, Style
from edgeconsole.present.waiting import waiting
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
    probe: TargetStatus | None = None
    """What probes know of its Access Edge, or of its XMPP server."""


_RULED = {Reason.NOT_LISTED.value: PartnerClass.NOT_LISTED, Reason.BLOCKED.value: PartnerClass.BLOCKED}
"""Refusals that a change of the lists ends."""


class Fleet:
    """Lookups over one snapshot, built once a frame."""

    def __init__(self, snapshot: Snapshot, now: datetime) -> None:
        self.snapshot = snapshot
        self.now = now
        self.compiled = compiled(snapshot.configuration)
        self.index = self.compiled.index
        self.counters: Mapping[str, PartnerCounters] = {item.domain: item for item in snapshot.counters}
        self.discovered: Mapping[str, DiscoveredPartner] = {item.domain: item for item in snapshot.discovered}
        self.sessions = _count_sessions(snapshot.sessions)
        self.probes: Mapping[str, TargetStatus] = {
            each.target: each
            for kind in (ProbeKind.XMPP, ProbeKind.SIP)
            for each in snapshot.probes.targets
            if each.kind is kind
        }
        """The probe of each domain; where both protocols reach it, that of SIP."""
        latest = _latest_failures(snapshot.failures, now)
        self.unnamed = latest.pop("", None)
        """The latest connection that failed before it named a domain."""
        self.failures = {domain: failure for domain, failure in latest.items() if not self._is_over(failure)}
        met = (self.counters.keys() | self.discovered.keys()) - {OTHERS}
        self.seen = sorted(domain for domain in met if not self.compiled.knows(domain))
        """Domains seen in traffic that no record names."""

    @cached_property
    def keys(self) -> Sequence[str]:
        """The domains that are listed, and those that were seen."""
        return [*self.compiled.listed, *self.seen] if self.seen else self.compiled.listed

    def has(self, domain: str) -> bool:
        """Return whether the domain is one of `keys`, or ours."""
        return self.compiled.knows(domain) or domain in self.counters or domain in self.discovered

    def _is_over(self, failure: Failure) -> bool:
        """Return whether the rules that refused it have since been changed, and the change is in force."""
        health = self.snapshot.health
        if health is None or health.running != health.saved:
            return False
        refused = _RULED.get(failure.text.partition(":")[0]) if failure.stage == "decide" else None
        return refused is not None and classify(self.index, failure.domain).partner_class is not refused

    def word(self, position: int) -> str:
        """Return the word for the federation type of the domain at a position of `keys`."""
        listed = self.compiled.words
        if position < len(listed):
            return listed[position]
        return words.CLASS_WORDS[classify(self.index, self.keys[position]).partner_class]

    def facts(self, domain: str) -> DomainFacts:
        """Return what is known about a domain."""
        return DomainFacts(
            domain=domain,
            classification=classify(self.index, domain),
            sessions=self.sessions.get(domain, 0),
            counters=self.counters.get(domain),
            discovered=self.discovered.get(domain),
            failure=self.failures.get(domain),
            probe=self.probes.get(domain),
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
    if is_broken(facts.probe):
        return probed(facts.probe)
    if facts.failure is not None:
        return words.FAIL
    return words.OK if facts.sessions or (facts.counters and facts.counters.last_seen) else words.IDLE


def is_broken(probe: TargetStatus | None) -> bool:
    """Return whether probes believe that a partner does not work."""
    return probe is not None and probe.severity is Severity.CRITICAL and probe.certainty is Certainty.HARD


def probed(probe: TargetStatus | None) -> Span:
    """Return the first stage that fails by probes, as the state of a domain."""
    stage = probe.last.first_failing if probe is not None and probe.last is not None else None
    return words.FAIL if stage is None else Span(f"X {_SHORT.get(stage, stage.value)}", Style.FAIL)


_SHORT = {Stage.CERTIFICATE: "cert", Stage.CLIENT_CERTIFICATE: "our cert", Stage.APPLICATION: "answer"}
"""Stages whose names are too long for the column."""


def list_view(snapshot: Snapshot, now: datetime) -> ListView:
    """Return the list of federated and seen domains."""
    fleet = Fleet(snapshot, now)
    states = cache(lambda: _states(fleet))
    ranks = cache(lambda column: _ranks(fleet, states, column))
    return ListView(
        columns=COLUMNS,
        keys=fleet.keys,
        search=_Search(fleet),
        row=lambda position: _row(fleet, fleet.keys[position]),
        order=lambda column, position: ranks(column)[position],
        empty=_empty(snapshot),
        facets=_facets(fleet, states),
        ranks=ranks,
    )


def _facets(fleet: Fleet, states: Callable[[], Sequence[str]]) -> tuple[Facet, ...]:
    """Return what the list is filtered by, a whole column at a time: rows of 100,000 domains would take a second."""
    more, keys, counters = len(fleet.seen), fleet.keys, fleet.counters

    def told(field: str) -> Sequence[str]:
        listed = fleet.compiled.told(field)
        return [*listed, *[""] * more] if more else listed

    def moments(field: str) -> Sequence[float | None]:
        listed = fleet.compiled.moments(field)
        return [*listed, *[None] * more] if more else listed

    def counted(number: Callable[[PartnerCounters], float | None], otherwise: float | None) -> Callable[[], list[Any]]:
        get = counters.get
        return cache(lambda: [otherwise if (found := get(key)) is None else number(found) for key in keys])

    def last(found: PartnerCounters) -> float | None:
        return None if found.last_seen is None else (fleet.now - found.last_seen).total_seconds()

    return (
        of_words("kind", cache(lambda: [word.lower() for word in _words(fleet)]), tuple(words.CLASS_WORDS.values())),
        Facet("edge", cache(lambda: [each or "by srv" for each in told("access_edge")])),
        of_numbers("sessions", cache(lambda: [fleet.sessions.get(key, 0) for key in keys])),
        of_numbers("in", counted(lambda found: found.received, 0)),
        of_numbers("out", counted(lambda found: found.sent, 0)),
        of_numbers("denied", counted(lambda found: found.denied_in + found.denied_out, 0)),
        of_numbers("last", counted(last, None)),
        Facet("state", states),
        *record_facets(told, moments, fleet.now),
        of_words("platform", lambda: told("platform"), [each.value for each in Platform]),
        of_words("verification", lambda: told("verification"), [each.value for each in Verification]),
    )


def _words(fleet: Fleet) -> Sequence[str]:
    return [*fleet.compiled.words, *(fleet.word(len(fleet.compiled.words) + at) for at in range(len(fleet.seen)))]


def _states(fleet: Fleet) -> list[str]:
    """Return what the column of states says in every row; says the same as `state`."""
    used = {key for key, each in fleet.counters.items() if each.last_seen is not None} | fleet.sessions.keys()
    troubled = fleet.failures.keys() | {key for key, each in fleet.probes.items() if is_broken(each)}
    blocked, refused, well, idle = (worded(each.text) for each in (words.BLOCKED, words.WARN, words.OK, words.IDLE))
    return [
        blocked
        if word == _BLOCKED
        else refused
        if word == _NOT_LISTED
        else worded(state(fleet.facts(key)).text)
        if key in troubled
        else well
        if key in used
        else idle
        for key, word in zip(fleet.keys, _words(fleet), strict=True)
    ]


class _Search(Sequence[str]):
    """What the filter looks in, made when the first filter asks: for listed domains once a configuration."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    @cached_property
    def _texts(self) -> list[str]:
        fleet = self._fleet
        if not fleet.seen:
            return fleet.compiled.search
        words_of = (words.CLASS_WORDS[classify(fleet.index, name).partner_class] for name in fleet.seen)
        return [*fleet.compiled.search, *map(search_text, fleet.seen, words_of)]

    def __len__(self) -> int:
        return len(self._fleet.keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __getitem__(self, position: Any) -> Any:
        return self._texts[position]


def _empty(snapshot: Snapshot) -> str:
    if unread := waiting(snapshot, "domains"):
        return unread
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


def _ranks(fleet: Fleet, states: Callable[[], Sequence[str]], column: str) -> Sequence[Any]:
    """Return what the list is sorted by, for every row: one by one, 100,000 take longer than a key may."""
    more, keys, counters = len(fleet.seen), fleet.keys, fleet.counters

    def counted(number: Callable[[PartnerCounters], float]) -> list[float]:
        found = map(counters.get, keys)
        return [0 if each is None else -number(each) for each in found] if counters else [0] * len(keys)

    match column:
        case "kind":
            return _words(fleet)
        case "edge":
            return [*fleet.compiled.told("access_edge"), *[""] * more]
        case "sessions":
            return [-fleet.sessions.get(key, 0) for key in keys]
        case "in":
            return counted(lambda each: each.received)
        case "out":
            return counted(lambda each: each.sent)
        case "denied":
            return counted(lambda each: each.denied_in + each.denied_out)
        case "last":
            return counted(lambda each: each.last_seen.timestamp() if each.last_seen else 0)
        case "state":
            # The other words are stages that fail.
            return [_URGENCY.get(each, 0) for each in states()]
        case _:
            return keys


_URGENCY = {
    worded(each.text): place for place, each in enumerate((words.FAIL, words.WARN, words.OK, words.IDLE, words.BLOCKED))
}
"""The order of states, worst first."""
_BLOCKED = words.CLASS_WORDS[PartnerClass.BLOCKED]
_NOT_LISTED = words.CLASS_WORDS[PartnerClass.NOT_LISTED]


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
    if facts.probe is not None:
        lines += status_lines(facts.probe, now, 70)
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
        if seen.restriction is not Restriction.NONE:
            held = (
                f"{seen.restriction.value}: {plural(seen.refused, 'message')} refused, {seen.contacts} people addressed"
            )
            lines.append(_field("limit", Span(held, Style.WARN)))
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
