"""The same checks as `decide`, told step by step, each with the line of the file that decided."""

from collections.abc import Callable
from datetime import date

from edgeconsole.model.configuration import (
    FederatedDomain,
    HostingProvider,
    PublicProvider,
    Table,
    XmppPartner,
)
from edgeconsole.model.evidence import Evidence
from edgeconsole.model.observed import Plane
from edgeconsole.model.terms import Modality
from edgeconsole.model.verdict import (
    CheckId,
    Direction,
    Explanation,
    PartnerClass,
    Reason,
    Step,
    StepResult,
    VerdictKind,
)
from edgeconsole.rules.classify import Record
from edgeconsole.rules.decide import CHECKS, Case, Found, settle, verdict_of
from edgeconsole.rules.diagnostics import answer_for
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.narration import RULES, WHY

Places = Callable[[Table, str, str], str]
"""Where a value stands in the file: (table, key, field) to `federation.toml:LINE`, or empty."""

_TABLES: dict[type[Record], Table] = {
    FederatedDomain: Table.DOMAIN,
    XmppPartner: Table.XMPP_PARTNER,
    HostingProvider: Table.HOSTING_PROVIDER,
    PublicProvider: Table.PUBLIC_PROVIDER,
}


def explain(
    index: RuleIndex,
    direction: Direction,
    sender: str,
    recipient: str,
    evidence: Evidence,
    places: Places,
    *,
    plane: Plane | None = None,
    user: str | None = None,
    modality: Modality | None = None,
    parties: int = 2,
    today: date | None = None,
) -> Explanation:
    """Explain the decision `decide` takes for the same arguments; the verdict is its verdict."""

    def case() -> Case:
        return Case(
            index, direction, sender, recipient, evidence,
            plane=plane, user=user, modality=modality, parties=parties, today=today,
        )  # fmt: skip

    outcome = settle(case())
    told = case()
    steps: list[Step] = []
    for check, run in CHECKS:
        found = run(told)
        steps.append(_step(told, check, found, places))
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
        reason=outcome.reason,
        next_hop=outcome.next_hop.with_port() if outcome.next_hop and outcome.allowed else None,
        verification=outcome.verification,
        complete=outcome.complete,
    )


def _step(case: Case, check: CheckId, found: Found, places: Places) -> Step:
    code = None
    result = found if isinstance(found, StepResult) else StepResult.DENY
    if isinstance(found, Reason):
        code = answer_for(found, case.direction).code
        failed = verdict_of(found, case.direction) is VerdictKind.FAILED
        result = StepResult.FAIL if failed else StepResult.DENY
    return Step(
        check=check,
        result=result,
        rule=RULES[check],
        why=WHY[check](case, found),
        where=_where(case, check, found, places),
        code=code,
    )


def _where(case: Case, check: CheckId, found: Found, places: Places) -> str:
    match check:
        case CheckId.FEDERATION:
            return places(Table.ACCESS_EDGE, "", "federation")
        case CheckId.SENDER | CheckId.RECIPIENT:
            name = case.sender if check is CheckId.SENDER else case.recipient
            return places(Table.SIP_DOMAIN, name, "name") if name in case.index.local else ""
        case CheckId.BLOCKED:
            return _record_place(case.record, "action", places) if found is Reason.BLOCKED else ""
        case CheckId.LISTED:
            return _listing_place(case, places)
        case CheckId.SRV | CheckId.NEGOTIATION | CheckId.PROVIDER:
            return _fixed_place(case, check, found, places)
        case CheckId.POLICY:
            return _policy_place(case, found, places)
        case CheckId.ROUTE if found is not StepResult.NOT_NEEDED and case.user is not None:
            site = case.index.policies.site_of(case.user)
            return places(Table.SITE, site.name, "federation_route") if site else ""
        case CheckId.NEXT_HOP if case.inbound:
            return places(Table.EDGE, "", "next_hop")
        case CheckId.SAFEGUARDS if found is Reason.DISCOVERED_CONTACTS:
            return places(Table.ACCESS_EDGE, "", "discovered_contacts")
        case _:
            return ""


def _record_place(record: Record | None, field: str, places: Places) -> str:
    return places(_TABLES[type(record)], record.name, field) if record is not None else ""


def _listing_place(case: Case, places: Places) -> str:
    if case.partner_class is PartnerClass.DEFAULT_ROUTE:
        return places(Table.ACCESS_EDGE, "", "routing")
    if case.record is None:
        return places(Table.ACCESS_EDGE, "", "partner_discovery")
    return _record_place(case.record, "action" if isinstance(case.record, FederatedDomain) else "name", places)


def _fixed_place(case: Case, check: CheckId, found: Found, places: Places) -> str:
    """The line of a record that made a look-up unnecessary, or that stopped the message here."""
    record = case.record
    if check is CheckId.NEGOTIATION:
        return _record_place(record, "tls", places) if isinstance(record, XmppPartner) else ""
    if check is CheckId.PROVIDER:
        return _record_place(record, "proxy_fqdn", places) if found is StepResult.PASS else ""
    if found is not StepResult.NOT_NEEDED:
        return ""
    if case.partner_class is PartnerClass.DEFAULT_ROUTE:
        return places(Table.ACCESS_EDGE, "", "default_route")
    return _record_place(record, "access_edge" if isinstance(record, FederatedDomain) else "proxy_fqdn", places)


def _policy_place(case: Case, found: Found, places: Places) -> str:
    if case.user is None or found in (StepResult.NOT_NEEDED, StepResult.NOT_RUN):
        return ""
    winner = case.index.policies.winner(case.user)
    field = _POLICY_FIELDS.get(found, "federation") if isinstance(found, Reason) else "federation"
    return places(Table.POLICY, winner.id, field)


_POLICY_FIELDS = {
    Reason.POLICY_XMPP: "xmpp",
    Reason.POLICY_PUBLIC: "public_cloud",
    Reason.POLICY_PUBLIC_AV: "public_cloud_av",
}
