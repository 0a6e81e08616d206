"""Probes as lines and lists: the ladder by stage, findings with what to do, every target's state, every certificate."""

import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from edgeconsole.model.probe import (
    Certainty,
    Endpoint,
    Finding,
    ProbeKind,
    ProbeResult,
    Severity,
    Stage,
    StageResult,
    StageState,
    TargetStatus,
    WhoActs,
)
from edgeconsole.model.probing import CertificateRow, Change, ProbeHistory, Probes
from edgeconsole.present.ages import age, plural, stamp
from edgeconsole.present.facets import of_numbers, of_words
from edgeconsole.present.table import Column, Facet, Line, ListView, Row, Span, Style, eager

SEVERITIES: dict[Severity, Span] = {
    Severity.OK: Span(". ok", Style.OK),
    Severity.INFO: Span(". ok", Style.OK),
    Severity.WARNING: Span("! warning", Style.WARN),
    Severity.CRITICAL: Span("X critical", Style.FAIL),
    Severity.UNKNOWN: Span("? unknown", Style.STALE),
}

_FINDINGS: dict[Severity, Span] = SEVERITIES | {Severity.INFO: Span(". note", Style.MUTED)}

STAGES: dict[StageState, Span] = {
    StageState.OK: Span(". ", Style.OK),
    StageState.WARNING: Span("! ", Style.WARN),
    StageState.FAILED: Span("X ", Style.FAIL),
    StageState.SKIPPED: Span("- ", Style.MUTED),
    StageState.UNKNOWN: Span("? ", Style.STALE),
}

_WHO: dict[WhoActs, str] = {
    WhoActs.US: "ours to mend",
    WhoActs.PARTNER: "the partner's to mend",
    WhoActs.FIREWALL: "for whoever runs the firewall",
    WhoActs.AUTHORITY: "for the certificate authority",
    WhoActs.NOBODY: "",
}

_ROUNDS = {Severity.OK: ".", Severity.INFO: ".", Severity.WARNING: "!", Severity.CRITICAL: "X", Severity.UNKNOWN: "?"}
_ROUNDS_SHOWN = 12

COLUMNS = (
    Column("state", "STATE", 11),
    Column("target", "TARGET", 26),
    Column("kind", "KIND", 4),
    Column("what", "WHAT", 0),
    Column("since", "SINCE", 5, right=True),
    Column("ms", "MS", 5, right=True, wide_only=True),
    Column("day", "DAY", 5, right=True, wide_only=True),
    Column("rounds", "ROUNDS", _ROUNDS_SHOWN, wide_only=True),
)

CERTIFICATE_COLUMNS = (
    Column("state", "STATE", 9),
    Column("days", "DAYS", 5, right=True),
    Column("until", "UNTIL", 10),
    Column("whose", "WHOSE", 24),
    Column("subject", "SUBJECT", 24),
)

_SOON, _VERY_SOON = 30, 7
"""Days left that are told as a warning, and as a failure."""


def result_lines(result: ProbeResult, width: int, *, notes: bool = False) -> Iterator[Line]:
    """Yield one run whole: headline, ladder, findings with what to do.

    What needs nothing done is named in one line, or told in full with `notes`.
    """
    yield from headline(result, width)
    yield from ladder(result, width)
    for finding in result.findings:
        if notes or finding.severity is not Severity.INFO:
            yield from finding_lines(finding, width)
    noted = dict.fromkeys(each.code for each in result.findings if each.severity is Severity.INFO)
    if noted and not notes:
        for place, text in enumerate(_wrapped(", ".join(noted), width - 9)):
            yield Line((Span("         " if place else "  notes  ", Style.MUTED), Span(text, Style.MUTED)))


def headline(result: ProbeResult, width: int) -> Iterator[Line]:
    """Yield the target, how it is, how long it took, and why: in one line where that fits."""
    mark = SEVERITIES[result.severity]
    spans = (
        Span(f"{result.target} ({result.kind.value})  ", Style.STRONG),
        mark,
        Span(f"  {_milliseconds(result.seconds * 1000)}", Style.MUTED),
    )
    room = width - sum(len(each.text) for each in spans) - 2
    if len(result.summary) <= room:
        yield Line((*spans, Span(f"  {result.summary}")))
        return
    yield Line(spans)
    for text in _wrapped(str(result.summary), width - 2):
        yield Line((Span(f"  {text}"),))


def ladder(result: ProbeResult, width: int) -> Iterator[Line]:
    """Yield one line a stage; where there are several addresses, a ladder for each of them.

    What a finding below says anyway is not said twice.
    """
    told = frozenset(str(each.what) for each in result.findings)
    if len(result.endpoints) < 2:
        for stage in result.stages:
            yield from stage_lines(stage, width, told=told)
        return
    own = {stage.stage for endpoint in result.endpoints for stage in endpoint.stages}
    for stage in result.stages:
        if stage.stage not in own:
            yield from stage_lines(stage, width, told=told)
    for endpoint in result.endpoints:
        yield from _endpoint(endpoint, width, told)


def _endpoint(endpoint: Endpoint, width: int, told: frozenset[str]) -> Iterator[Line]:
    rank = f"  priority {endpoint.priority} weight {endpoint.weight}" if endpoint.priority or endpoint.weight else ""
    yield Line((Span(f"  {endpoint.id}", Style.STRONG), Span(rank, Style.MUTED)))
    for stage in endpoint.stages:
        yield from stage_lines(stage, width, indent=4, told=told)


def stage_lines(
    stage: StageResult, width: int, *, indent: int = 2, told: frozenset[str] = frozenset()
) -> Iterator[Line]:
    """Yield one stage: its glyph, how long it took, what was seen; more lines where that is long."""
    taken = "" if stage.milliseconds is None else _milliseconds(stage.milliseconds)
    head = f"{stage.stage.value:<18} {taken:>8}  "
    why = stage.code if stage.code and str(stage.why) in told else str(stage.why)
    style = Style.MUTED if stage.state is StageState.SKIPPED else Style.PLAIN
    first, *rest = _wrapped(why, width - indent - 2 - len(head))
    yield Line((Span(" " * indent), STAGES[stage.state], Span(head, style), Span(first, style)))
    for text in rest:
        yield Line((Span(" " * (indent + 2 + len(head))), Span(text, style)))


def finding_lines(finding: Finding, width: int) -> Iterator[Line]:
    """Yield one finding: how bad, its code, what was seen, what to do and who does it."""
    mark = Span("= expected", Style.OFF) if finding.expected else _FINDINGS[finding.severity]
    where = f" at {finding.endpoint}" if finding.endpoint else ""
    yield Line((Span("  "), Span(f"{mark.text:<11}", mark.style), Span(finding.code, Style.STRONG), Span(where)))
    for text in _wrapped(str(finding.what), width - 6):
        yield Line((Span(f"      {text}"),))
    if finding.severity in (Severity.OK, Severity.INFO) or finding.expected:
        return
    for place, text in enumerate(_wrapped(str(finding.fix), width - 13)):
        yield Line((Span("      to do: " if not place else " " * 13, Style.MUTED), Span(text)))
    about = [_WHO[finding.who], f"cause {finding.cause}" if finding.cause else "", finding.reference]
    said = "; ".join(each for each in about if each)
    for text in _wrapped(said, width - 6) if said else ():
        yield Line((Span(f"      {text}", Style.MUTED),))


def sentence(results: Sequence[ProbeResult]) -> str:
    """Return how many were probed from where, and how they are."""
    if not results:
        return "nothing was probed"
    counted = Counter(SEVERITIES[each.severity].text[2:] for each in results)
    vantages = ", ".join(dict.fromkeys(each.vantage for each in results))
    how = ", ".join(f"{counted[word]} {word}" for word in ("ok", "warning", "critical", "unknown") if counted[word])
    return f"{plural(len(results), 'target')} probed from {vantages}: {how}"


def state(status: TargetStatus) -> Span:
    """Return how a target is: a glyph and a word, softer where it is not sure yet."""
    if status.stale:
        return Span("? stale", Style.STALE)
    if status.certainty is Certainty.PENDING and status.last is None:
        return Span("? pending", Style.STALE)
    if status.flapping:
        return Span("~ flapping", Style.WARN)
    found = SEVERITIES[status.severity]
    if status.certainty is Certainty.RECOVERING:
        return Span(f"{found.text[0]} better", Style.WARN)
    return Span(f"{found.text[0]} checking", Style.WARN) if status.certainty is Certainty.SOFT else found


def view(probes: Probes, now: datetime) -> ListView:
    """Return every target, the worst first."""
    known = sorted(probes.targets, key=lambda each: (_urgency(each), each.kind is not ProbeKind.OURS, each.target))
    empty = probes.problems[0] if probes.problems else "Nothing is probed yet: edgeconsole probe --all looks now."
    rows = [Row(f"{each.kind.value} {each.target}", _cells(each, now)) for each in known]
    return eager(COLUMNS, rows, empty, _facets(known, now))


def _facets(known: Sequence[TargetStatus], now: datetime) -> tuple[Facet, ...]:
    """Return what targets are filtered by beside their columns: what is wrong, at which stage, and whose it is."""

    def found(name: Callable[[Finding], str]) -> list[str]:
        mine = ([each for each in status.last.findings if _counts(each)] if status.last else () for status in known)
        return [", ".join(dict.fromkeys(name(each) for each in findings)) for findings in mine]

    return (
        of_words("kind", lambda: [each.kind.value for each in known], [each.value for each in ProbeKind]),
        of_numbers("since", lambda: [None if each.since is None else _seconds(now, each.since) for each in known]),
        of_numbers("ms", lambda: [each.median_ms for each in known]),
        Facet("code", lambda: found(lambda each: each.code), several=True),
        of_words("stage", lambda: found(lambda each: each.stage.value), [each.value for each in Stage]),
        of_words("who", lambda: found(lambda each: each.who.value), [each.value for each in WhoActs]),
    )


def _counts(finding: Finding) -> bool:
    """Return whether a finding is something to be mended."""
    return finding.severity not in (Severity.OK, Severity.INFO) and not finding.expected


def _seconds(now: datetime, then: datetime) -> float:
    return (now - then).total_seconds()


def _urgency(status: TargetStatus) -> int:
    """The order of targets, worst first; one that never ran is no trouble yet, and stands before what is well."""
    if status.certainty is Certainty.PENDING and status.last is None:
        return _URGENCY[Severity.WARNING] + 1
    return _URGENCY[status.severity]


_URGENCY = {
    Severity.CRITICAL: 0,
    Severity.UNKNOWN: 1,
    Severity.WARNING: 2,
    Severity.INFO: 4,
    Severity.OK: 5,
}


def _cells(status: TargetStatus, now: datetime) -> tuple[Span, ...]:
    what = str(status.last.summary) if status.last is not None else "not probed yet"
    return (
        state(status),
        Span(status.target),
        Span(status.kind.value, Style.MUTED),
        Span(what),
        Span(age(now, status.since)),
        Span("" if status.median_ms is None else f"{status.median_ms:.0f}"),
        Span("" if status.availability is None else f"{status.availability:.1%}"),
        Span("".join(_ROUNDS[each] for each in status.rounds[-_ROUNDS_SHOWN:])),
    )


def status_lines(status: TargetStatus, now: datetime, width: int = 78) -> Iterator[Line]:
    """Yield what probes know of a partner, for the why pane: since when, then the last run stage by stage."""
    last = status.last
    since = f"  since {stamp(status.since)}" if status.since is not None else ""
    seen = "" if last is None else f"  from {last.vantage}, {age(now, last.started)}"
    yield Line((Span("probe  ", Style.STRONG), state(status), Span(since), Span(seen, Style.MUTED)))
    if last is None:
        return
    yield from ladder(last, width)
    for finding in last.findings:
        if finding.severity is Severity.CRITICAL and not finding.expected:
            yield from finding_lines(finding, width)
            return


def history_lines(history: ProbeHistory, now: datetime) -> Iterator[Line]:
    """Yield the past of a target: figures of a day, rounds, changes, certificates."""
    status = history.status
    figures = [
        "" if status.availability is None else f"{status.availability:.2%} in 24 h",
        "" if status.median_ms is None else f"median {_milliseconds(status.median_ms)}",
        "" if status.p95_ms is None else f"95 % below {_milliseconds(status.p95_ms)}",
    ]
    yield Line((Span("last day  ", Style.MUTED), Span(", ".join(each for each in figures if each) or "no figures yet")))
    if status.rounds:
        yield Line((Span("rounds    ", Style.MUTED), Span("".join(_ROUNDS[each] for each in status.rounds))))
    for change in history.changes[:10]:
        yield _change(change)
    for seen in history.certificates[:5]:
        subject = Span(f"{seen.certificate.subject}  until {seen.certificate.not_after:%Y-%m-%d}")
        when = Span(f"  seen {age(now, seen.first_seen)} to {age(now, seen.last_seen)} ago", Style.MUTED)
        yield Line((Span("certificate  ", Style.MUTED), subject, when))


def _change(change: Change) -> Line:
    mark = SEVERITIES[change.after]
    return Line(
        (
            Span(f"{stamp(change.at)}  ", Style.MUTED),
            Span(f"{mark.text:<11}", mark.style),
            Span(f"{change.code}  " if change.code else "", Style.STRONG),
            Span(str(change.what)),
        )
    )


def certificate_view(rows: Iterable[CertificateRow], now: datetime) -> ListView:
    """Return every certificate once, by days left, with how many show it."""
    grouped: dict[str, list[CertificateRow]] = {}
    for row in rows:
        grouped.setdefault(row.certificate.fingerprint, []).append(row)
    shown = []
    for fingerprint, same in grouped.items():
        first = same[0]
        left = (first.certificate.not_after - now).days
        owners = list(dict.fromkeys(each.owner for each in same))
        whose = owners[0] + (f" +{len(owners) - 1}" if len(owners) > 1 else "")
        cells = (
            _certificate_state(left, any(each.problem for each in same)),
            Span(str(left)),
            Span(f"{first.certificate.not_after:%Y-%m-%d}"),
            Span(whose),
            Span(str(first.certificate.subject) + (" (issuer)" if first.position else "")),
        )
        shown.append(Row(fingerprint, cells))
    certificates = [same[0].certificate for same in grouped.values()]
    facets = (
        Facet("whose", lambda: [", ".join(each.owner for each in same) for same in grouped.values()], several=True),
        Facet("name", lambda: [", ".join(each.names).lower() for each in certificates], several=True),
        Facet("issuer", lambda: [str(each.issuer).lower() for each in certificates]),
        of_numbers("days", lambda: [(each.not_after - now).days for each in certificates]),
    )
    empty = "No certificate is known: none is set, and no partner was probed yet."
    return eager(CERTIFICATE_COLUMNS, shown, empty, facets)


def _certificate_state(left: int, problem: bool) -> Span:
    if left < 0:
        return Span("X expired", Style.FAIL)
    if left < _VERY_SOON:
        return Span("X ending", Style.FAIL)
    if problem:
        return Span("! doubt", Style.WARN)
    return Span("! ending", Style.WARN) if left < _SOON else Span(". ok", Style.OK)


def _milliseconds(taken: float) -> str:
    if taken >= 1000:
        return f"{taken / 1000:.1f} s"
    return f"{taken:.0f} ms" if taken >= 10 else f"{taken:.1f} ms"


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 20), break_on_hyphens=False) or [""]
