"""The state of a target over its rounds: soft until trouble is sure, recovering until it is over, flapping noted.

Pure: results and moments come in, a new state and the changes that are believed come out. A state is kept for the
target as a whole and for each finding by itself, so that a worse one does not hide another.
"""

from datetime import datetime, timedelta

import msgspec

from edgeconsole.model.probe import (
    Certainty,
    Finding,
    ProbeKind,
    ProbeResult,
    Severity,
    Stage,
    StageState,
    TargetStatus,
)
from edgeconsole.model.probing import Change
from edgeconsole.model.text import Untrusted
from edgeconsole.rules.probing.codes import CODES

CONFIRMATIONS = 3
"""Rounds in a row that make a trouble sure which may pass, the first included."""

GOOD_ROUNDS = 2
"""Better rounds in a row that end a trouble."""

RETRIES = (10.0, 30.0, 60.0)
"""Seconds to the next round while a trouble is soft."""

KEPT_ROUNDS = 60
_FLAP_ROUNDS = 21
_FLAP_ON, _FLAP_OFF = 0.30, 0.20
"""Share of changes, new ones weighing more, that starts flapping and that ends it (Nagios)."""

STALE_INTERVALS = 2.5

_RANK = {Severity.UNKNOWN: -1, Severity.OK: 0, Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class Belief(msgspec.Struct, frozen=True, kw_only=True):
    """A severity as it shows and as it is believed, for one target or one finding."""

    shown: Severity = Severity.UNKNOWN
    believed: Severity = Severity.UNKNOWN
    certainty: Certainty = Certainty.PENDING
    count: int = 0
    """Rounds in a row that said something else than what is believed."""
    since: datetime | None = None
    """When what shows began."""


class FindingState(msgspec.Struct, frozen=True, kw_only=True):
    """One finding at one address over time."""

    code: str
    endpoint: str
    stage: Stage
    what: Untrusted
    belief: Belief


class TargetState(msgspec.Struct, frozen=True, kw_only=True):
    """All that the rounds of one target left behind."""

    target: str
    kind: ProbeKind
    belief: Belief = Belief()
    findings: tuple[FindingState, ...] = ()
    rounds: tuple[Severity, ...] = ()
    latency: tuple[float, ...] = ()
    flapping: bool = False
    last_at: datetime | None = None
    """When the last round began that said anything."""


def good(severity: Severity) -> bool:
    """Return whether nothing needs doing."""
    return severity in (Severity.OK, Severity.INFO)


def worse(one: Severity, other: Severity) -> bool:
    """Return whether one severity is worse than another; unknown is below all, since it says nothing."""
    return _RANK[one] > _RANK[other]


def is_deterministic(code: str) -> bool:
    """Return whether asking again at once would find the same: what a certificate or an authoritative answer says."""
    known = CODES.get(code)
    return known is not None and known.lasting


def advance(state: TargetState, result: ProbeResult) -> tuple[TargetState, tuple[Change, ...]]:
    """Return the state after one more round, and what is believed from now on.

    A round that could tell nothing is noted and moves nothing.
    """
    rounds = (*state.rounds, result.severity)[-KEPT_ROUNDS:]
    if result.severity is Severity.UNKNOWN:
        return msgspec.structs.replace(state, rounds=rounds), ()
    now = result.started
    counted = [each for each in result.findings if not each.expected]
    sure = any(is_deterministic(each.code) and each.severity is result.severity for each in counted)
    belief = step(state.belief, _plain(result.severity), sure, now)
    findings, changes = _advance_findings(state, result, counted)
    if belief.believed is not state.belief.believed:
        changes.insert(0, _changed(state, state.belief, belief, now, what=result.summary))
    after = msgspec.structs.replace(
        state,
        belief=belief,
        findings=findings,
        rounds=rounds,
        latency=(*state.latency, round(result.seconds * 1000, 1))[-KEPT_ROUNDS:],
        flapping=flaps(rounds, state.flapping),
        last_at=now,
    )
    return after, tuple(changes)


def step(before: Belief, seen: Severity, sure: bool, now: datetime) -> Belief:
    """Return what to believe after a round showed a severity; `sure` where asking again would change nothing."""
    believed = before.believed
    if seen is believed:
        since = before.since if before.shown is seen else now
        return Belief(shown=seen, believed=seen, certainty=Certainty.HARD, since=since)
    if believed is Severity.UNKNOWN and good(seen):
        return Belief(shown=seen, believed=seen, certainty=Certainty.HARD, since=now)
    if worse(seen, believed):
        count = before.count + 1 if before.certainty is Certainty.SOFT else 1
        since = before.since if before.shown is seen else now
        if sure or count >= CONFIRMATIONS:
            return Belief(shown=seen, believed=seen, certainty=Certainty.HARD, since=since)
        return Belief(shown=seen, believed=believed, certainty=Certainty.SOFT, count=count, since=since)
    count = before.count + 1 if before.certainty is Certainty.RECOVERING else 1
    if count >= GOOD_ROUNDS:
        return Belief(shown=seen, believed=seen, certainty=Certainty.HARD, since=now)
    since = before.since if before.shown is believed else now
    return Belief(shown=believed, believed=believed, certainty=Certainty.RECOVERING, count=count, since=since)


def _advance_findings(
    state: TargetState, result: ProbeResult, counted: list[Finding]
) -> tuple[tuple[FindingState, ...], list[Change]]:
    known = {(each.endpoint, each.code): each for each in state.findings}
    seen = {(each.endpoint, each.code): each for each in counted if not good(each.severity)}
    kept: list[FindingState] = []
    changes: list[Change] = []
    for key in known.keys() | seen.keys():
        finding, former = seen.get(key), known.get(key)
        if finding is None:
            assert former is not None
            if not _looked_at(result, former):
                kept.append(former)
                continue
            before, severity = former.belief, Severity.OK
        else:
            before = former.belief if former else Belief(shown=Severity.OK, believed=Severity.OK)
            severity = finding.severity
        belief = step(before, severity, is_deterministic(key[1]), result.started)
        what = finding.what if finding else former.what if former else Untrusted("")
        if belief.believed is not before.believed:
            changes.append(_changed(state, before, belief, result.started, what=what, code=key[1], endpoint=key[0]))
        if belief.shown is not Severity.OK:
            stage = finding.stage if finding else former.stage if former else Stage.DNS
            kept.append(FindingState(code=key[1], endpoint=key[0], stage=stage, what=what, belief=belief))
    kept.sort(key=lambda each: (-_RANK[each.belief.shown], each.endpoint, each.code))
    changes.sort(key=lambda each: (each.endpoint, each.code))
    return tuple(kept), changes


def _looked_at(result: ProbeResult, finding: FindingState) -> bool:
    """Return whether the round would have shown the finding if it were still there."""
    if finding.endpoint:
        endpoint = next((each for each in result.endpoints if each.id == finding.endpoint), None)
        if endpoint is None:
            # An address that DNS names no more is no trouble; one that DNS could not tell about may be.
            return bool(result.endpoints)
        stages = endpoint.stages
    else:
        stages = result.stages
    states = [each.state for each in stages if each.stage is finding.stage]
    return bool(states) and all(each not in (StageState.SKIPPED, StageState.UNKNOWN) for each in states)


def _changed(
    state: TargetState,
    before: Belief,
    after: Belief,
    now: datetime,
    *,
    what: Untrusted,
    code: str = "",
    endpoint: str = "",
) -> Change:
    return Change(
        at=now,
        target=state.target,
        kind=state.kind,
        before=before.believed,
        after=after.believed,
        code=code,
        endpoint=endpoint,
        what=what,
        since=before.since,
    )


def _plain(severity: Severity) -> Severity:
    return Severity.OK if severity is Severity.INFO else severity


def flaps(rounds: tuple[Severity, ...], already: bool) -> bool:
    """Return whether a target goes up and down; it starts at 30 % of the last 21 rounds and ends below 20 %."""
    last = [good(each) for each in rounds if each is not Severity.UNKNOWN][-_FLAP_ROUNDS:]
    if len(last) < _FLAP_ROUNDS:
        return False
    steps = _FLAP_ROUNDS - 1
    moved = sum(0.8 + 0.4 * place / (steps - 1) for place in range(steps) if last[place] is not last[place + 1])
    share = moved / steps
    return share > _FLAP_OFF if already else share >= _FLAP_ON


def retry_after(state: TargetState) -> float | None:
    """Return the seconds to the next round where it should come sooner than the interval, else None."""
    belief = state.belief
    if belief.certainty is Certainty.SOFT:
        return RETRIES[min(belief.count, len(RETRIES)) - 1]
    return RETRIES[-1] if belief.certainty is Certainty.RECOVERING else None


def stale(state: TargetState, now: datetime, interval: timedelta) -> bool:
    """Return whether its last word is too old to be believed."""
    return state.last_at is not None and now - state.last_at > interval * STALE_INTERVALS


def status_of(state: TargetState, last: ProbeResult | None) -> TargetStatus:
    """Return what to show of a state; numbers of the past and of the schedule are filled in by who has them."""
    return TargetStatus(
        target=state.target,
        kind=state.kind,
        severity=state.belief.shown,
        certainty=state.belief.certainty,
        since=state.belief.since,
        flapping=state.flapping,
        last=last,
        rounds=state.rounds,
        latency=state.latency,
    )
