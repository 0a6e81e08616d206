"""The Probes screen: every target worst first, every certificate by days left, and all that is known of one of them."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from edgeconsole.model.probe import Certainty, PeerCertificate, ProbeKind, ProbeResult, Severity, TargetStatus
from edgeconsole.model.probing import CertificateRow, ProbeHistory, ProbeProgress, Probes
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import probes as shown
from edgeconsole.present.ages import age, plural, stamp
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Line, ListView, Span, Style
from edgeconsole.present.waiting import waiting

BAD = frozenset({Severity.WARNING, Severity.CRITICAL, Severity.UNKNOWN})
"""What `f` leaves on the list: what is not known to be well is not well."""

_BARS = "_.:-=+*#"
_BLANK = Line(())


class Tab(Enum):
    """The lists of the screen."""

    TARGETS = "targets"
    CERTIFICATES = "certificates"


class Watch(NamedTuple):
    """What the screen shows beside the snapshot: read only while it is in front."""

    tab: Tab = Tab.TARGETS
    failing: bool = False
    """Whether only what fails is listed."""
    certificates: tuple[CertificateRow, ...] | None = None
    """None: not read yet."""
    histories: Mapping[str, ProbeHistory] = {}
    """By the key of the target's row."""
    error: tuple[Line, ...] = ()
    """Why the certificates could not be read."""


NO_WATCH = Watch()


def key_of(status: TargetStatus) -> str:
    """Return the key of a target's row: `KIND NAME`."""
    return f"{status.kind.value} {status.target}"


def asked_of(key: str) -> str:
    """Return how a probe of a row is asked for."""
    kind, _, name = key.partition(" ")
    # The edge itself is asked for by its name: no scheme leads to our own side.
    return name if kind == ProbeKind.OURS.value else f"{kind}:{name}"


def list_view(watch: Watch, snapshot: Snapshot, now: datetime) -> ListView:
    """Return the list in front."""
    if watch.tab is Tab.CERTIFICATES:
        return _certificates(watch, snapshot, now)
    probes = snapshot.probes
    if watch.failing:
        probes = Probes(
            targets=tuple(each for each in probes.targets if is_failing(each)), problems=snapshot.probes.problems
        )
    view = shown.view(probes, now)
    if view.keys:
        return view
    if watch.failing and snapshot.probes.targets:
        return view._replace(empty=f"No target fails. {keycap('probe.failing')} lists all of them.")
    return view._replace(empty=_nothing(snapshot) or view.empty)


def is_failing(status: TargetStatus) -> bool:
    """Return whether a target is known not to be well; one that never ran is not known at all."""
    return status.severity in BAD and not (status.certainty is Certainty.PENDING and status.last is None)


def _certificates(watch: Watch, snapshot: Snapshot, now: datetime) -> ListView:
    rows = sorted(watch.certificates or (), key=lambda each: each.certificate.not_after)
    view = shown.certificate_view(rows, now)
    if watch.error:
        return view._replace(empty="".join(span.text for span in watch.error[0].spans))
    if watch.certificates is None:
        return view._replace(empty=_nothing(snapshot) or "reading certificates…")
    return view


def _nothing(snapshot: Snapshot) -> str:
    """Return why nothing can be shown where that is not for want of targets."""
    if unread := waiting(snapshot, "probes"):
        return unread
    if snapshot.health is not None and not snapshot.health.enforcing:
        return "No proxy runs here, so nothing is probed by itself. edgeconsole probe --all --here looks now."
    return ""


def pane(watch: Watch, snapshot: Snapshot, key: str, now: datetime, width: int) -> tuple[Line, ...]:
    """Return all that is known of the row under the cursor."""
    if watch.tab is Tab.CERTIFICATES:
        return tuple(_certificate(watch, key, now))
    status = next((each for each in snapshot.probes.targets if key_of(each) == key), None)
    if status is None:
        return ()
    return tuple(_target(status, watch.histories.get(key), now, width))


def _target(status: TargetStatus, history: ProbeHistory | None, now: datetime, width: int) -> Iterator[Line]:
    yield Line((shown.state(status), *_marks(status, now)))
    if status.last is None:
        yield Line((Span(f"not probed yet; {keycap('probe.run')} probes it now", Style.MUTED),))
    else:
        # What the list carries has no addresses; the whole run comes with the history.
        last: ProbeResult = history.status.last if history and history.status.last else status.last
        yield from shown.result_lines(last, width)
        yield from runbook(last, width)
    if history is None:
        yield Line((Span("reading what was before…", Style.STALE),))
        return
    yield Line((Span("THE PAST", Style.STRONG),))
    if len(status.latency) > 1:
        low, high = min(status.latency), max(status.latency)
        told = Span(f"  {low:.0f} to {high:.0f} ms", Style.MUTED)
        yield Line((Span("latency   ", Style.MUTED), Span(sparkline(status.latency)), told))
    yield from shown.history_lines(history, now)
    for each in history.rounds[:5]:
        failing = "" if each.failing is None else f"  first failing: {each.failing.value}"
        mark = shown.SEVERITIES[each.severity]
        yield Line(
            (
                Span(f"{stamp(each.at)}  ", Style.MUTED),
                Span(f"{mark.text:<11}", mark.style),
                Span(f"{each.milliseconds:.0f} ms{failing}"),
            )
        )


def _marks(status: TargetStatus, now: datetime) -> Iterator[Span]:
    if status.since is not None:
        yield Span(f"  since {stamp(status.since)}")
    if status.certainty is Certainty.SOFT:
        yield Span("  seen once, being checked", Style.WARN)
    if status.flapping:
        yield Span("  flapping: it comes and goes", Style.WARN)
    if status.stale:
        yield Span("  stale: no result for two and a half intervals", Style.STALE)
    if status.running:
        yield Span("  being probed", Style.STALE)
    elif status.next_run is not None and status.next_run > now:
        yield Span(f"  next in {age(status.next_run, now)}", Style.MUTED)


def runbook(result: ProbeResult, width: int) -> Iterator[Line]:
    """Yield what the causes of a run's findings look like to people, and how they are mended (docs/causes.md)."""
    # Late: every screen is drawn from a desk that knows this module, and the table of causes costs the start time.
    from edgeconsole.rules.probing.causes import CAUSES

    numbers = dict.fromkeys(each.cause for each in result.findings if each.severity in BAD and not each.expected)
    for number in numbers:
        if number is None or number not in CAUSES:
            continue
        cause = CAUSES[number]
        yield Line((Span(f"RUNBOOK {number}  ", Style.STRONG), Span(cause.title)))
        for name, text in (("seen as", cause.seen), ("looked at", cause.looked_at), ("mend", cause.fix)):
            yield from _paragraph(name, text, width)


def _paragraph(name: str, text: str, width: int) -> Iterator[Line]:
    for place, part in enumerate(textwrap.wrap(text, max(20, width - 13), break_on_hyphens=False)):
        yield Line((Span(f"  {'' if place else name:<10} ", Style.MUTED), Span(part)))


def _certificate(watch: Watch, fingerprint: str, now: datetime) -> Iterator[Line]:
    rows = [each for each in watch.certificates or () if each.certificate.fingerprint == fingerprint]
    if not rows:
        return
    certificate = rows[0].certificate
    for row in rows:
        whose = "ours" if row.ours else row.kind.value
        seen = "" if row.seen is None else f", seen {age(now, row.seen)} ago"
        yield Line((Span(f"{row.owner}", Style.STRONG), Span(f"  {whose}{seen}", Style.MUTED)))
        if row.problem:
            yield Line((Span(f"  ! {row.problem}", Style.WARN),))
        for endpoint in row.endpoints:
            yield Line((Span(f"  {endpoint}", Style.MUTED),))
    yield _BLANK
    for name, text in _facts(certificate, now):
        yield Line((Span(f"{name:<12}", Style.MUTED), Span(text)))
    for doubt in certificate.doubts:
        yield Line((Span("! ", Style.WARN), Span(doubt)))


def _facts(certificate: PeerCertificate, now: datetime) -> Iterator[tuple[str, str]]:
    yield "subject", str(certificate.subject)
    yield "issuer", str(certificate.issuer)
    left = (certificate.not_after - now).days
    yield "from", stamp(certificate.not_before)
    over = "over" if left < 0 else f"{plural(left, 'day')} left"
    yield "until", f"{stamp(certificate.not_after)} ({over})"
    yield "names", ", ".join(certificate.names) or "none"
    yield "key", f"{certificate.key}, signed with {certificate.signature}"
    yield "uses", ", ".join(certificate.usages) or "any"
    yield "serial", certificate.serial
    yield "SHA-256", certificate.fingerprint


def crumb(watch: Watch, probes: Probes) -> Line:
    """Return the lists with the one in front marked, and whether only what fails is listed."""
    spans: list[Span] = []
    if probes.vantage_down:
        spans.append(Span("IS IT US? nothing is believed  ", Style.FAIL))
    elif probes.vantage:
        spans.append(Span(f"{probes.vantage}  ", Style.MUTED))
    for tab in Tab:
        here = tab is watch.tab
        spans.append(Span(f"[{tab.value}]" if here else f" {tab.value} ", Style.STRONG if here else Style.MUTED))
    if watch.failing and watch.tab is Tab.TARGETS:
        spans.append(Span(f" failing only, {keycap('probe.failing')} all", Style.WARN))
    return Line(tuple(spans))


def running(title: str, notes: Sequence[ProbeProgress]) -> tuple[Line, ...]:
    """Return a run that is under way, stage by stage."""
    lines = [
        Line((Span(f"probing {title}… ", Style.STALE), Span(f"{keycap('probe.run')} again gives up", Style.MUTED)))
    ]
    latest = {(each.target, each.endpoint, each.stage): each for each in notes}
    for note in latest.values():
        mark = Span("> ", Style.STALE) if note.state is None else shown.STAGES[note.state]
        lines.append(Line((Span("  "), mark, Span(f"{note.stage.value:<18} "), Span(note.endpoint, Style.MUTED))))
    return tuple(lines)


def ended(results: Sequence[ProbeResult], width: int) -> tuple[Line, ...]:
    """Return runs that have ended, whole, with the runbook of what they found."""
    lines: list[Line] = []
    for result in results:
        lines += [_BLANK] if lines else []
        lines += [*shown.result_lines(result, width), *runbook(result, width)]
    return tuple(lines)


def sparkline(values: Sequence[float], width: int = 30) -> str:
    """Return a row of bars, one a value, the newest last; told in ASCII, so that every terminal shows it."""
    last = values[-width:]
    low, high = min(last), max(last)
    span = (high - low) or 1.0
    return "".join(_BARS[int((each - low) / span * (len(_BARS) - 1))] for each in last)
