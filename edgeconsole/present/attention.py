"""What needs attention besides partners: a change that waits, what is staged, what lint finds, our certificate."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present.ages import age, plural
from edgeconsole.present.table import Row, Span, Style

if TYPE_CHECKING:
    # Late: the table of lint rules costs the start 15 ms, and it is not needed before the first frame.
    from edgeconsole.rules.lint.finding import Finding

WAITS, DRAFT, CERTIFICATE, LINT, UNNAMED = "change waits", "draft staged", "certificate ours", "lint", "peer unnamed"
"""Keys of the rows; those of lint go on with the code. A domain has no blank in it."""

_SOON, _VERY_SOON = timedelta(days=30), timedelta(days=7)
LINTED = 10_000
"""Domains up to which a console lints by itself: they take 50 ms; more would be felt at the keys."""
_CODES = 6
"""Codes of each severity that have a row."""


class Ranked(NamedTuple):
    """A row, and where it stands: the worst first, then the latest."""

    rank: int
    since: float
    row: Row


def rows(snapshot: Snapshot, now: datetime, staged: int, findings: "Sequence[Finding]") -> Iterator[Ranked]:
    """Yield what needs attention besides partners."""
    pending = snapshot.health.pending if snapshot.health is not None else None
    if pending is not None:
        what = f"by {pending.by.name}: goes back at {pending.deadline:%H:%M:%S}Z unless it is kept"
        yield _ranked(-1, WAITS, Span("! waits", Style.WARN), f"change {pending.after}", what)
    if snapshot.health is not None and snapshot.health.certificate_expires is not None:
        yield from _certificate(snapshot.health.certificate_expires, now)
    yield from _linted(findings)
    if len(snapshot.configuration.domains) > LINTED:
        what = f"more than {LINTED:,} domains: edgeconsole check lints them"
        yield _ranked(4, f"{LINT} not", Span("? not linted", Style.STALE), "file", what)
    if staged:
        what = f"{plural(staged, 'record')} staged, nothing of it has reached the edge"
        yield _ranked(3, DRAFT, Span("* staged", Style.WARN), "draft", what)


def _certificate(ends: datetime, now: datetime) -> Iterator[Ranked]:
    left = ends - now
    if left > _SOON:
        return
    state = Span("X expired", Style.FAIL) if left < timedelta() else Span("! ending", Style.WARN)
    if timedelta() <= left < _VERY_SOON:
        state = Span("X ending", Style.FAIL)
    said = f"ended {age(now, ends)} ago" if left < timedelta() else f"ends in {plural(left.days, 'day')}: renew it"
    yield _ranked(0 if left < _VERY_SOON else 1, CERTIFICATE, state, "our certificate", said)


def _linted(findings: "Sequence[Finding]") -> Iterator[Ranked]:
    for severity, state, rank in (
        ("error", Span("X error", Style.FAIL), 1),
        ("warning", Span("! warning", Style.WARN), 2),
    ):
        here = [finding for finding in findings if finding.severity.value == severity]
        by_code = [(code, list(same)) for code, same in groupby(here, key=lambda each: each.code)]
        for code, same in by_code[:_CODES]:
            more = f" and {plural(len(same) - 1, 'other')}" if len(same) > 1 else ""
            yield _ranked(rank, f"{LINT} {code}", state, f"file {code}", f"{same[0].reason}: {same[0].where}{more}")
        if len(by_code) > _CODES:
            left = len(by_code) - _CODES
            what = f"{plural(left, 'code')} more: edgeconsole check lists all"
            yield _ranked(rank, f"{LINT} {severity}s", state, "file", what)


def _ranked(rank: int, key: str, state: Span, name: str, what: str) -> Ranked:
    # The age column stays empty: a state of the configuration has none.
    return Ranked(rank, 0.0, Row(key, (state, Span(name), Span(what), Span(""))))


def code_of(key: str) -> str:
    """Return the lint code of a row, empty where it is about something else."""
    kind, _, code = key.partition(" ")
    return code if kind == LINT and code.startswith("EC") else ""
