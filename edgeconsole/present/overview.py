"""The overview: the fleet in numbers, what needs attention worst first, and who changed what."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from edgeconsole.model.observed import Failure, Restriction
from edgeconsole.model.probe import Severity, TargetStatus
from edgeconsole.model.revision import RevisionRecord
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.model.verdict import PartnerClass
from edgeconsole.present import attention, words
from edgeconsole.present.ages import age, minute, plural
from edgeconsole.present.attention import Ranked
from edgeconsole.present.bars import in_force
from edgeconsole.present.domains import DomainFacts, Fleet, is_broken, probed
from edgeconsole.present.facets import facets_of
from edgeconsole.present.history import summary
from edgeconsole.present.legend import offer
from edgeconsole.present.probes import state
from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style, eager
from edgeconsole.present.waiting import waiting
from edgeconsole.present.watch import is_failing, key_of
from edgeconsole.rules.classify import classify

if TYPE_CHECKING:
    from edgeconsole.rules.lint.finding import Finding

WORK_COLUMNS = (
    Column("state", "STATE", 10),
    Column("domain", "DOMAIN", 26),
    Column("what", "WHAT", 0),
    Column("age", "AGE", 4, right=True),
)


class Overview(NamedTuple):
    """What the overview screen shows, top to bottom."""

    counts: tuple[Line, ...]
    work: ListView
    changes: tuple[Line, ...]


def overview(snapshot: Snapshot, now: datetime, *, staged: int = 0, findings: "Sequence[Finding]" = ()) -> Overview:
    """Return the overview of a snapshot, with how many records are staged and what lint finds in the configuration."""
    fleet = Fleet(snapshot, now)
    besides = attention.rows(snapshot, now, staged, findings)
    return Overview(_counts(fleet), _work(fleet, besides), _changes(snapshot))


def _counts(fleet: Fleet) -> tuple[Line, ...]:
    snapshot = fleet.snapshot
    access_edge = in_force(snapshot)
    pinned = fleet.compiled.pinned
    health = snapshot.health
    listeners = (
        "  ".join(f"{item.name} {item.address} {item.state.value}" for item in health.listeners) if health else ""
    )
    denied = sum(item.denied_in + item.denied_out for item in snapshot.counters)
    relayed = sum(item.relayed_in + item.relayed_out for item in snapshot.counters)
    failed = sum(item.failed for item in snapshot.counters)
    return (
        _count_line(
            "Domains",
            Span(f"{len(fleet.index.allow) - pinned} allowed"),
            Span(f"{pinned} allowed server"),
            Span(f"{len(fleet.index.block)} blocked"),
            Span(f"{len(snapshot.discovered)} seen, not listed", Style.WARN if snapshot.discovered else Style.PLAIN),
        ),
        _count_line(
            "Access Edge",
            _switch("federation", access_edge.federation, good=True),
            _switch("discovery", access_edge.partner_discovery, good=None),
        ),
        _count_line(
            "Traffic",
            Span(plural(len(snapshot.sessions), "session")),
            Span(f"{relayed} relayed"),
            Span(f"{denied} denied", Style.WARN if denied else Style.PLAIN),
            Span(f"{failed} failed", Style.FAIL if failed else Style.PLAIN),
        ),
        _count_line(
            "Listeners", Span(listeners or "none: nothing is enforced", Style.PLAIN if listeners else Style.WARN)
        ),
    )


def _switch(name: str, on: bool, *, good: bool | None) -> Span:
    style = Style.PLAIN if good is None else (Style.OK if on is good else Style.FAIL)
    return Span(f"{name} {words.switch(on)}", style)


def _count_line(name: str, *spans: Span) -> Line:
    parts: list[Span] = [Span(f"{name:<13}", Style.MUTED)]
    for place, span in enumerate(spans):
        parts += [Span("  "), span] if place else [span]
    return Line(tuple(parts))


def _work(fleet: Fleet, besides: Iterable[Ranked]) -> ListView:
    broken = {name for name, each in fleet.probes.items() if is_failing(each)}
    troubled = {*fleet.failures, *fleet.discovered, *filter(fleet.has, broken)} - fleet.index.local
    rows: list[tuple[int, float, Row]] = [*besides]
    for domain in troubled:
        facts = fleet.facts(domain)
        item = _work_item(facts)
        if item is not None:
            rank, what, since = item
            shown = _state(facts, rank)
            cells = (shown, Span(domain), Span(what), Span(age(fleet.now, since)))
            rows.append((rank, -since.timestamp(), Row(domain, cells)))
    if fleet.unnamed is not None:
        rows.append(_unnamed_row(fleet, fleet.unnamed))
    rows += [_probe_row(fleet, each) for each in fleet.snapshot.probes.targets if _is_apart(fleet, each, troubled)]
    rows.sort(key=lambda entry: (entry[0], entry[1], entry[2].key))
    listed = [row for _, _, row in rows]
    records = [None if " " in row.key else classify(fleet.index, row.key).domain_record for row in listed]
    return eager(WORK_COLUMNS, listed, _calm(fleet.snapshot), facets_of(records, fleet.now))


def _is_apart(fleet: Fleet, status: TargetStatus, troubled: AbstractSet[str]) -> bool:
    """Return whether a failing target needs a row of its own, being no federated domain."""
    return is_failing(status) and not (status.target in troubled and fleet.probes.get(status.target) is status)


def _unnamed_row(fleet: Fleet, failure: Failure) -> tuple[int, float, Row]:
    """Return what is said of a connection that failed before it said for whom it was."""
    what = f"{failure.stage}: {failure.text}{f' from {failure.peer}' if failure.peer else ''}"
    cells = (words.UNNAMED, Span("nobody named"), Span(what), Span(age(fleet.now, failure.at)))
    return 1, -failure.at.timestamp(), Row(attention.UNNAMED, cells)


def _probe_row(fleet: Fleet, status: TargetStatus) -> tuple[int, float, Row]:
    rank = 0 if status.severity is Severity.CRITICAL else 1
    since = status.since or fleet.now
    what = Span(f"{status.kind.value}: {status.last.summary if status.last else 'not probed'}")
    shown = probed(status) if is_broken(status) else state(status)
    cells = (shown, Span(status.target), what, Span(age(fleet.now, since)))
    return rank, -since.timestamp(), Row(key_of(status), cells)


def _work_item(facts: DomainFacts) -> tuple[int, str, datetime] | None:
    """Return rank, words and time of what is wrong with a domain, or None."""
    kind = facts.classification.partner_class
    if kind is PartnerClass.BLOCKED:
        return None
    if kind is PartnerClass.NOT_LISTED:
        seen = facts.discovered
        if seen is None:
            return None
        keys = offer("; {} blocks, {} says why", "domain.block", "row.why")
        return 1, f"not listed, {plural(seen.messages, 'message')} refused{keys}", seen.last_seen
    probe = facts.probe
    if probe is not None and is_failing(probe) and probe.last is not None:
        rank = 0 if probe.severity is Severity.CRITICAL else 1
        return rank, f"probe: {probe.last.summary}", probe.since or probe.last.started
    held = facts.discovered
    if held is not None and held.restriction is not Restriction.NONE:
        what = f"{held.restriction.value}, {plural(held.refused, 'message')} refused"
        return 1, what + offer("; {} allows it", "domain.allow"), held.last_seen
    if facts.failure is not None:
        return 0, f"{facts.failure.stage}: {facts.failure.text}", facts.failure.at
    return None


def _state(facts: DomainFacts, rank: int) -> Span:
    if is_broken(facts.probe):
        return probed(facts.probe)
    if facts.probe is not None and is_failing(facts.probe):
        return state(facts.probe)
    return words.FAIL if rank == 0 else words.WARN


def _calm(snapshot: Snapshot) -> str:
    if unread := waiting(snapshot):
        return unread
    if not snapshot.configuration.access_edge.federation:
        return "Federation is off: nothing passes, in or out."
    if snapshot.health is not None and not snapshot.health.enforcing:
        return "Nothing is enforced: this is the file alone, no proxy runs."
    return "Nothing needs attention."


def _changes(snapshot: Snapshot) -> tuple[Line, ...]:
    if not snapshot.history:
        return (Line((Span("none yet", Style.MUTED),)),)
    return tuple(_change(record) for record in snapshot.history)


def _change(record: RevisionRecord) -> Line:
    return Line(
        (
            Span(f"{minute(record.at)} ", Style.MUTED),
            Span(f"{record.by.name:<12.12} "),
            Span(f"{summary(record)}  "),
            Span(str(record.revision), Style.MUTED),
        )
    )
