"""The same checks as `decide`, told step by step in an operator's words."""

from collections.abc import Callable, Mapping

from edgeconsole.model.configuration import Table
from edgeconsole.model.evidence import Evidence, SrvStatus
from edgeconsole.model.verdict import CheckId, Direction, Explanation, PartnerClass, Reason, Step, StepResult
from edgeconsole.rules.decide import CHECKS, Case, Found, decide, verdict_of
from edgeconsole.rules.diagnostics import answer_for
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.srv import choose

Places = Callable[[Table, str, str], str]
"""Where a value stands in the file: (table, key, field) to `federation.toml:LINE`, or empty."""

_RULES: Mapping[CheckId, str] = {
    CheckId.FEDERATION: "federation is on (access_edge.federation)",
    CheckId.SENDER: "the sender's domain belongs to the side it came from",
    CheckId.RECIPIENT: "the recipient's domain belongs to the other side",
    CheckId.BLOCKED: "the partner's domain is not blocked",
    CheckId.LISTED: "the partner's domain is allowed, or partner discovery is on",
    CheckId.SRV: "the partner publishes _sipfederationtls._tcp",
    CheckId.SRV_TARGET: "the SRV target is one label below the domain (R2)",
    CheckId.NEXT_HOP: "the next hop is known",
    CheckId.PEER_NAME: "the certificate carries the Access Edge's name, exactly, as a DNS SAN",
}


def explain(
    index: RuleIndex, direction: Direction, sender: str, recipient: str, evidence: Evidence, places: Places
) -> Explanation:
    """Explain the decision `decide` takes for the same arguments; the verdict is its verdict."""
    outcome = decide(index, direction, sender, recipient, evidence)
    case = Case(index, direction, sender, recipient, evidence)
    steps: list[Step] = []
    for check, run in CHECKS:
        found = run(case)
        steps.append(_step(case, check, found, places))
        if isinstance(found, Reason):
            break
    return Explanation(
        verdict=outcome.verdict,
        partner_class=outcome.partner_class,
        decided_by=outcome.decided_by,
        direction=direction,
        sender=sender,
        recipient=recipient,
        steps=tuple(steps),
        next_hop=outcome.next_hop.with_port() if outcome.next_hop and outcome.allowed else None,
        complete=outcome.complete,
    )


def _step(case: Case, check: CheckId, found: Found, places: Places) -> Step:
    code = None
    result = found if isinstance(found, StepResult) else StepResult.DENY
    if isinstance(found, Reason):
        code = answer_for(found, case.direction).code
        result = StepResult.FAIL if verdict_of(found, case.direction).value == "failed" else StepResult.DENY
    return Step(
        check=check,
        result=result,
        rule=_RULES[check],
        why=_WHY[check](case, found),
        where=_where(case, check, places),
        code=code,
    )


def _where(case: Case, check: CheckId, places: Places) -> str:
    record = case.classification.record
    if check is CheckId.FEDERATION:
        return places(Table.ACCESS_EDGE, "", "federation")
    if check in (CheckId.SENDER, CheckId.RECIPIENT):
        name = case.sender if check is CheckId.SENDER else case.recipient
        return places(Table.SIP_DOMAIN, name, "name") if name in case.index.local else ""
    if check is CheckId.BLOCKED and case.classification.partner_class is PartnerClass.BLOCKED and record:
        return places(Table.DOMAIN, record.name, "action")
    if check is CheckId.LISTED:
        if record is None:
            return places(Table.ACCESS_EDGE, "", "partner_discovery")
        return places(Table.DOMAIN, record.name, "action")
    if check is CheckId.SRV and record is not None and record.access_edge is not None:
        return places(Table.DOMAIN, record.name, "access_edge")
    if check is CheckId.NEXT_HOP and case.direction is Direction.INBOUND:
        return places(Table.EDGE, "", "next_hop")
    return ""


def _why_federation(_case: Case, found: Found) -> str:
    return "federation is off: nothing passes, in or out" if found is Reason.FEDERATION_OFF else "federation is on"


def _why_sender(case: Case, found: Found) -> str:
    if found is Reason.SENDER_IS_OURS:
        return f"{case.sender} is our own domain; nobody outside may speak for it"
    if found is Reason.SENDER_NOT_OURS:
        return f"{case.sender} is none of our SIP domains"
    return f"{case.sender} is {'one of ours' if case.direction is Direction.OUTBOUND else 'not ours'}"


def _why_recipient(case: Case, found: Found) -> str:
    if found is Reason.RECIPIENT_NOT_OURS:
        return f"{case.recipient} is none of our SIP domains; the edge relays for nobody else"
    if found is Reason.RECIPIENT_IS_OURS:
        return f"{case.recipient} is our own domain; that is not federation"
    return f"{case.recipient} is {'one of ours' if case.direction is Direction.INBOUND else 'not ours'}"


def _why_blocked(case: Case, found: Found) -> str:
    record = case.classification.record
    if found is not Reason.BLOCKED or record is None:
        return f"no block rule covers {case.remote}"
    by = "" if record.name == case.remote else f" by the rule for {record.name}"
    reason = f": {record.comment}" if record.comment else ""
    return f"{case.remote} is blocked{by}{reason}"


def _why_listed(case: Case, found: Found) -> str:
    kind, record = case.classification
    if found is Reason.NOT_LISTED:
        return f"{case.remote} is not on the allow list and partner discovery is off"
    if record is None:
        return f"{case.remote} is not listed; partner discovery is on, so it is a discovered partner"
    by = "" if record.name == case.remote else f" by the rule for {record.name}"
    how = f"with its Access Edge {record.access_edge}" if kind is PartnerClass.ALLOWED_SERVER else "found by SRV"
    return f"{case.remote} is allowed{by}, {how}"


def _why_srv(case: Case, found: Found) -> str:
    answer = case.evidence.srv
    if found is StepResult.NOT_NEEDED:
        return f"the Access Edge is pinned to {case.next_hop}; DNS is not asked"
    if answer is None:
        return "DNS was not asked"
    if answer.status is SrvStatus.FOUND:
        listed = ", ".join(f"{r.target}:{r.port} (priority {r.priority}, weight {r.weight})" for r in answer.records)
        return f"_sipfederationtls._tcp.{case.remote} leads to {listed}"
    missing = "does not exist" if answer.status is SrvStatus.MISSING else "could not be resolved"
    return f"_sipfederationtls._tcp.{case.remote} {missing}" + (f": {answer.detail}" if answer.detail else "")


def _why_srv_target(case: Case, found: Found) -> str:
    answer = case.evidence.srv
    if found is StepResult.NOT_NEEDED:
        return "the Access Edge is pinned"
    if answer is None:
        return "DNS was not asked"
    chosen = choose(answer)
    if found is Reason.SRV_TARGET:
        return f"{chosen.target} is not one label below {case.remote}; it may not speak for it"
    return f"{chosen.target} may speak for {case.remote}"


def _why_next_hop(case: Case, found: Found) -> str:
    if found is Reason.NO_NEXT_HOP:
        return "edge.next_hop is not set, so there is no server of ours to deliver to"
    return "the next hop needs the SRV answer" if case.next_hop is None else f"goes to {case.next_hop.with_port()}"


def _why_peer_name(case: Case, found: Found) -> str:
    wanted = " or ".join(sorted(case.accepted_names))
    shown = case.evidence.peer_names
    if not wanted:
        return "the name to expect needs the SRV answer"
    if shown is None:
        return f"no certificate was looked at; it must carry {wanted}"
    names = ", ".join(sorted(shown)[:5]) or "no DNS name at all"
    if found is Reason.PEER_NAME:
        return f"the certificate carries {names}, not {wanted}"
    return f"the certificate carries {', '.join(sorted(shown & case.accepted_names))}"


_WHY: Mapping[CheckId, Callable[[Case, Found], str]] = {
    CheckId.FEDERATION: _why_federation,
    CheckId.SENDER: _why_sender,
    CheckId.RECIPIENT: _why_recipient,
    CheckId.BLOCKED: _why_blocked,
    CheckId.LISTED: _why_listed,
    CheckId.SRV: _why_srv,
    CheckId.SRV_TARGET: _why_srv_target,
    CheckId.NEXT_HOP: _why_next_hop,
    CheckId.PEER_NAME: _why_peer_name,
}
