"""May this message pass: the checks of both directions, once, for enforcement and for explanation.

Each check reads the case and either passes, says it was not needed or not run, or names the reason. `decide` stops at
the first reason; `explain` walks the same table and tells every step. Order: domain reference 2.4 (out), 2.5 (in).
"""

from collections.abc import Callable

from edgeconsole.model.evidence import Evidence, SrvStatus
from edgeconsole.model.names import HostPort
from edgeconsole.model.verdict import CheckId, Direction, Outcome, PartnerClass, Reason, StepResult, VerdictKind
from edgeconsole.rules.classify import Classification, classify
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.srv import accepted_targets, choose, is_direct_child

Found = Reason | StepResult
"""What a check returns: a reason to stop, or PASS, NOT_RUN, NOT_NEEDED."""

_NO_NAMES: frozenset[str] = frozenset()


class Case:
    """One message on its way through the checks; they leave here what they found."""

    __slots__ = (
        "accepted_names", "classification", "complete", "direction", "evidence", "index", "next_hop", "recipient",
        "remote", "sender",
    )  # fmt: skip

    def __init__(self, index: RuleIndex, direction: Direction, sender: str, recipient: str, evidence: Evidence) -> None:
        self.index = index
        self.direction = direction
        self.sender = sender
        self.recipient = recipient
        self.remote = sender if direction is Direction.INBOUND else recipient
        self.evidence = evidence
        self.classification: Classification = classify(index, self.remote)
        self.next_hop: HostPort | None = None
        self.accepted_names = _NO_NAMES
        self.complete = True


def _federation(case: Case) -> Found:
    return StepResult.PASS if case.index.federation else Reason.FEDERATION_OFF


def _sender(case: Case) -> Found:
    ours = case.sender in case.index.local
    if case.direction is Direction.INBOUND:
        return Reason.SENDER_IS_OURS if ours else StepResult.PASS
    return StepResult.PASS if ours else Reason.SENDER_NOT_OURS


def _recipient(case: Case) -> Found:
    ours = case.recipient in case.index.local
    if case.direction is Direction.INBOUND:
        return StepResult.PASS if ours else Reason.RECIPIENT_NOT_OURS
    return Reason.RECIPIENT_IS_OURS if ours else StepResult.PASS


def _blocked(case: Case) -> Found:
    return Reason.BLOCKED if case.classification.partner_class is PartnerClass.BLOCKED else StepResult.PASS


def _listed(case: Case) -> Found:
    return Reason.NOT_LISTED if case.classification.partner_class is PartnerClass.NOT_LISTED else StepResult.PASS


def _srv(case: Case) -> Found:
    record = case.classification.record
    if record is not None and record.access_edge is not None:
        case.accepted_names = frozenset((record.access_edge.host,))
        case.next_hop = record.access_edge
        return StepResult.NOT_NEEDED
    answer = case.evidence.srv
    if answer is None:
        case.complete = False
        return StepResult.NOT_RUN
    if answer.status is SrvStatus.FOUND:
        return StepResult.PASS
    return Reason.SRV_MISSING if answer.status is SrvStatus.MISSING else Reason.SRV_UNAVAILABLE


def _srv_target(case: Case) -> Found:
    if case.next_hop is not None:
        return StepResult.NOT_NEEDED
    answer = case.evidence.srv
    if answer is None:
        return StepResult.NOT_RUN
    if case.direction is Direction.INBOUND:
        # A partner with several edge pools may call from any of them, so every target the rule accepts counts.
        targets = accepted_targets(answer, case.remote)
        if not targets:
            return Reason.SRV_TARGET
    else:
        chosen = choose(answer)
        if not is_direct_child(chosen.target, case.remote):
            return Reason.SRV_TARGET
        targets = frozenset((chosen.target,))
        case.next_hop = HostPort(chosen.target, chosen.port)
    # RFC 5922 section 7.1: the SIP domain itself as a DNS name is an identity too.
    case.accepted_names = targets | {case.remote}
    return StepResult.PASS


def _peer_name(case: Case) -> Found:
    shown = case.evidence.peer_names
    if shown is None or not case.accepted_names:
        case.complete = False
        return StepResult.NOT_RUN
    return Reason.PEER_NAME if shown.isdisjoint(case.accepted_names) else StepResult.PASS


def _next_hop(case: Case) -> Found:
    if case.direction is Direction.INBOUND:
        case.next_hop = case.index.next_hop
        return StepResult.PASS if case.next_hop is not None else Reason.NO_NEXT_HOP
    if case.next_hop is None:
        case.complete = False
        return StepResult.NOT_RUN
    return StepResult.PASS


CHECKS: tuple[tuple[CheckId, Callable[[Case], Found]], ...] = (
    (CheckId.FEDERATION, _federation),
    (CheckId.SENDER, _sender),
    (CheckId.RECIPIENT, _recipient),
    (CheckId.BLOCKED, _blocked),
    (CheckId.LISTED, _listed),
    (CheckId.SRV, _srv),
    (CheckId.SRV_TARGET, _srv_target),
    (CheckId.NEXT_HOP, _next_hop),
    (CheckId.PEER_NAME, _peer_name),
)

FAILURES = frozenset(
    {Reason.SRV_MISSING, Reason.SRV_UNAVAILABLE, Reason.SRV_TARGET, Reason.PEER_NAME, Reason.NO_NEXT_HOP}
)
"""Reasons that are no rule of ours but the world not answering as federation needs."""


def verdict_of(reason: Reason, direction: Direction) -> VerdictKind:
    """Return denied or failed: who cannot prove its name inbound is denied, outbound the same fact is a failure."""
    if reason not in FAILURES:
        return VerdictKind.DENIED
    if direction is Direction.INBOUND and reason in (Reason.SRV_TARGET, Reason.SRV_MISSING, Reason.PEER_NAME):
        return VerdictKind.DENIED
    return VerdictKind.FAILED


def decide(index: RuleIndex, direction: Direction, sender: str, recipient: str, evidence: Evidence) -> Outcome:
    """Decide about one message between two domains in normal form."""
    case = Case(index, direction, sender, recipient, evidence)
    for check, run in CHECKS:
        found = run(case)
        if type(found) is Reason:
            return _outcome(case, check, found)
    return _outcome(case, CheckId.LISTED, None)


def _outcome(case: Case, check: CheckId, reason: Reason | None) -> Outcome:
    partner_class, record = case.classification
    return Outcome(
        verdict=VerdictKind.ALLOWED if reason is None else verdict_of(reason, case.direction),
        partner_class=partner_class,
        decided_by=check,
        reason=reason,
        rule=None if record is None else record.name,
        next_hop=case.next_hop if reason is None or reason is Reason.PEER_NAME else None,
        accepted_names=case.accepted_names,
        complete=case.complete if reason is None else True,
    )
