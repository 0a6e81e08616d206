"""May this message pass: the checks of both directions, once, for enforcement and for explanation.

Each check reads the case and either passes, says it was not needed or not run, or names the reason. `decide` stops at
the first reason; `explain` walks the same table and tells every step. Order: docs/rules.md 2.2, 2.4 and 2.5.
"""

from collections.abc import Callable
from datetime import date

from edgeconsole.model.configuration import FederatedDomain, HostingProvider, PublicProvider, XmppPartner
from edgeconsole.model.evidence import Evidence, SrvStatus
from edgeconsole.model.names import HostPort
from edgeconsole.model.observed import Plane, Restriction
from edgeconsole.model.terms import Modality, Verification
from edgeconsole.model.verdict import CheckId, Direction, Outcome, PartnerClass, Reason, StepResult, VerdictKind
from edgeconsole.rules import permissions
from edgeconsole.rules.classify import Record, classify
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.negotiation import methods_of
from edgeconsole.rules.srv import WELL_KNOWN_PROVIDERS, accepted_targets, choose, is_direct_child

Found = Reason | StepResult
"""What a check returns: a reason to stop, or PASS, NOT_RUN, NOT_NEEDED."""

_NO_NAMES: frozenset[str] = frozenset()

_PROVIDERS = (HostingProvider, PublicProvider)

PASS, NOT_RUN, NOT_NEEDED = StepResult.PASS, StepResult.NOT_RUN, StepResult.NOT_NEEDED
"""Short names, since the checks below are read as a table."""


class Case:
    """One message on its way through the checks; they leave here what they found."""

    __slots__ = (
        "accepted_names",
        "complete",
        "direction",
        "evidence",
        "inbound",
        "index",
        "modality",
        "next_hop",
        "parties",
        "partner_class",
        "plane",
        "recipient",
        "record",
        "remote",
        "sender",
        "today",
        "user",
    )  # fmt: skip

    def __init__(
        self,
        index: RuleIndex,
        direction: Direction,
        sender: str,
        recipient: str,
        evidence: Evidence,
        *,
        plane: Plane | None = None,
        user: str | None = None,
        modality: Modality | None = None,
        parties: int = 2,
        today: date | None = None,
    ) -> None:
        self.index = index
        self.direction = direction
        self.inbound = direction is Direction.INBOUND
        self.sender = sender
        self.recipient = recipient
        self.remote = sender if self.inbound else recipient
        self.evidence = evidence
        self.plane = plane
        self.user = user
        """Address of our own person, lower case; None where only the domain is known."""
        self.modality = modality
        self.parties = parties
        self.today = today
        self.partner_class: PartnerClass
        self.record: Record | None
        self.partner_class, self.record = classify(index, self.remote, modality)
        self.next_hop: HostPort | None = None
        self.accepted_names = _NO_NAMES
        self.complete = True

    def fix(self, next_hop: HostPort) -> None:
        """Take a next hop that needs no DNS record of the partner; only that host speaks for it."""
        self.next_hop = next_hop
        self.accepted_names = frozenset((next_hop.host,))


def _federation(case: Case) -> Found:
    return PASS if case.index.federation else Reason.FEDERATION_OFF


def _sender(case: Case) -> Found:
    ours = case.sender in case.index.local
    if case.inbound:
        return Reason.SENDER_IS_OURS if ours and case.index.shared is None else PASS
    return PASS if ours else Reason.SENDER_NOT_OURS


def _recipient(case: Case) -> Found:
    ours = case.recipient in case.index.local
    if case.inbound:
        return PASS if ours else Reason.RECIPIENT_NOT_OURS
    return Reason.RECIPIENT_IS_OURS if ours and case.index.shared is None else PASS


def _blocked(case: Case) -> Found:
    return Reason.BLOCKED if case.partner_class is PartnerClass.BLOCKED else PASS


def _listed(case: Case) -> Found:
    if case.partner_class is not PartnerClass.NOT_LISTED:
        return PASS
    if not case.index.public:
        return Reason.NOT_LISTED
    # A public provider serves every domain whose SRV leads to it, listed or not (P-PUB).
    answer = case.evidence.srv
    if answer is None:
        case.complete = False
        return NOT_RUN
    served = (case.index.public.get(record.target) for record in answer.records)
    provider = next((found for found in served if found is not None), None)
    if provider is None:
        return Reason.NOT_LISTED
    case.partner_class, case.record = PartnerClass.PUBLIC_IM, provider
    return PASS


def _plane(case: Case) -> Found:
    if case.plane is None:
        return NOT_NEEDED
    over_xmpp = case.partner_class is PartnerClass.XMPP
    return PASS if over_xmpp is (case.plane is Plane.XMPP) else Reason.WRONG_PLANE


def _negotiation(case: Case) -> Found:
    if not isinstance(case.record, XmppPartner):
        return NOT_NEEDED
    return PASS if methods_of(case.record) else Reason.NO_METHOD


def _srv(case: Case) -> Found:
    record = case.record
    if isinstance(record, FederatedDomain) and record.access_edge is not None:
        case.fix(record.access_edge)
        return NOT_NEEDED
    if isinstance(record, _PROVIDERS):
        case.fix(record.proxy_fqdn)
        return NOT_NEEDED
    if case.partner_class is PartnerClass.DEFAULT_ROUTE:
        if case.index.default_route is None:
            return Reason.NO_NEXT_HOP
        case.fix(case.index.default_route)
        return NOT_NEEDED
    if isinstance(record, XmppPartner):
        # XMPP proves the domain itself, never the host that SRV names (RFC 9525; RFC 6120, 13.7).
        case.accepted_names = frozenset((case.remote,))
        if case.inbound:
            return NOT_NEEDED
        if record.proxy_fqdn is not None:
            case.next_hop = record.proxy_fqdn
            return NOT_NEEDED
    answer = case.evidence.srv
    if answer is None:
        case.complete = False
        return NOT_RUN
    if answer.records and answer.status is SrvStatus.FOUND:
        return PASS
    return Reason.SRV_UNAVAILABLE if answer.status is SrvStatus.UNAVAILABLE else Reason.SRV_MISSING


def _provider(case: Case) -> Found:
    """An SRV that leads to a provider makes the domain a hosted one; asked before the target rule (2.2, step 7)."""
    if case.next_hop is not None or case.partner_class is PartnerClass.XMPP:
        return NOT_NEEDED
    answer = case.evidence.srv
    if answer is None:
        return NOT_RUN
    index = case.index
    missing = False
    for record in answer.records if case.inbound else (choose(answer),):
        provider = index.hosting.get(record.target) or index.public.get(record.target)
        if provider is not None:
            hosted = isinstance(provider, HostingProvider)
            case.partner_class = PartnerClass.HOSTED if hosted else PartnerClass.PUBLIC_IM
            case.record = provider
            case.fix(provider.proxy_fqdn)
            return PASS
        missing = missing or is_missing_provider(index, record.target)
    if missing and case.inbound and accepted_targets(answer, case.remote):
        # A partner on its way to a hoster publishes both; its own edge still speaks for it.
        return NOT_NEEDED
    return Reason.PROVIDER_MISSING if missing else NOT_NEEDED


def is_missing_provider(index: RuleIndex, target: str) -> bool:
    """Return whether an SRV target is the Access Edge of a hoster that has no enabled record here."""
    return target in WELL_KNOWN_PROVIDERS or target in index.disabled_hosting


def _srv_target(case: Case) -> Found:
    if case.next_hop is not None or (case.inbound and case.partner_class is PartnerClass.XMPP):
        return NOT_NEEDED
    answer = case.evidence.srv
    if answer is None:
        return NOT_RUN
    if case.partner_class is PartnerClass.XMPP:
        chosen = choose(answer)
        case.next_hop = HostPort(chosen.target, chosen.port)
        return NOT_NEEDED
    if case.inbound:
        # A partner with several edge pools may call from any of them, so every target the rule accepts counts.
        targets = accepted_targets(answer, case.remote)
        if not targets:
            return Reason.SRV_TARGET
        # RFC 5922 section 7.1: the SIP domain itself as a DNS name is an identity too.
        case.accepted_names = frozenset((case.remote, *targets))
    else:
        chosen = choose(answer)
        if not is_direct_child(chosen.target, case.remote):
            return Reason.SRV_TARGET
        case.next_hop = HostPort(chosen.target, chosen.port)
        case.accepted_names = frozenset((case.remote, chosen.target))
    return PASS


def _policy(case: Case) -> Found:
    policies = case.index.policies
    if not policies.managed:
        return NOT_NEEDED
    if case.user is None:
        case.complete = False
        return NOT_RUN
    if case.partner_class is PartnerClass.XMPP and policies.on_survivable_branch(case.user):
        return Reason.SURVIVABLE_BRANCH
    public_route = case.index.default_route_public
    denied = permissions.denied_by(policies.winner(case.user), case.partner_class, case.modality, public_route)
    return denied or PASS


def _modality(case: Case) -> Found:
    if case.modality is None:
        return NOT_NEEDED
    found = permissions.unsupported(
        case.partner_class, case.record, case.modality, case.parties, case.today, case.index.platform
    )
    return found or PASS


def _route(case: Case) -> Found:
    site = case.index.policies.site_of(case.user) if case.user is not None else None
    if site is None:
        return NOT_NEEDED
    route = site.xmpp_route if case.partner_class is PartnerClass.XMPP else site.federation_route
    if route is None:
        return NOT_NEEDED
    return PASS if route in case.index.own_names else Reason.OTHER_EDGE


def _next_hop(case: Case) -> Found:
    if case.inbound:
        over_xmpp = case.partner_class is PartnerClass.XMPP
        case.next_hop = case.index.xmpp_next_hop if over_xmpp else case.index.next_hop
        return PASS if case.next_hop is not None else Reason.NO_NEXT_HOP
    if case.next_hop is None:
        case.complete = False
        return NOT_RUN
    return PASS


def _peer_name(case: Case) -> Found:
    shown = case.evidence.peer_names
    if shown is None or not case.accepted_names:
        case.complete = False
        return NOT_RUN
    return Reason.PEER_NAME if shown.isdisjoint(case.accepted_names) else PASS


def _safeguards(case: Case) -> Found:
    """Told for explanations; a message on its way is counted where it arrives (proxy.safeguards)."""
    if not case.inbound or case.partner_class is not PartnerClass.DISCOVERED:
        return NOT_NEEDED
    held = case.evidence.restriction
    if held is None:
        return NOT_RUN
    return Reason.DISCOVERED_CONTACTS if held is Restriction.CONTACTS else PASS


CHECKS: tuple[tuple[CheckId, Callable[[Case], Found]], ...] = (
    (CheckId.FEDERATION, _federation),
    (CheckId.SENDER, _sender),
    (CheckId.RECIPIENT, _recipient),
    (CheckId.BLOCKED, _blocked),
    (CheckId.LISTED, _listed),
    (CheckId.PLANE, _plane),
    (CheckId.NEGOTIATION, _negotiation),
    (CheckId.SRV, _srv),
    (CheckId.PROVIDER, _provider),
    (CheckId.SRV_TARGET, _srv_target),
    (CheckId.POLICY, _policy),
    (CheckId.MODALITY, _modality),
    (CheckId.ROUTE, _route),
    (CheckId.NEXT_HOP, _next_hop),
    (CheckId.PEER_NAME, _peer_name),
    (CheckId.SAFEGUARDS, _safeguards),
)

_RARE = frozenset({CheckId.NEGOTIATION, CheckId.POLICY, CheckId.MODALITY, CheckId.ROUTE, CheckId.SAFEGUARDS})

_PLAIN_CHECKS = tuple(entry for entry in CHECKS if entry[0] not in _RARE)
"""For an index without XMPP partners, policies and sites, where the rare checks have nothing to say; measured: a
quarter of a decision's time."""

FAILURES = frozenset(
    {
        Reason.SRV_MISSING,
        Reason.SRV_UNAVAILABLE,
        Reason.PROVIDER_MISSING,
        Reason.SRV_TARGET,
        Reason.PEER_NAME,
        Reason.NO_NEXT_HOP,
        Reason.NO_METHOD,
        Reason.OTHER_EDGE,
    }
)
"""Reasons that are no rule against the partner but the world, or our set-up, not being as federation needs."""

_DENIED_INBOUND = frozenset({Reason.SRV_TARGET, Reason.SRV_MISSING, Reason.PEER_NAME, Reason.PROVIDER_MISSING})
"""Inbound these are denials: the sender did not prove that it speaks for its domain."""


def verdict_of(reason: Reason, direction: Direction) -> VerdictKind:
    """Return denied or failed: who cannot prove its name inbound is denied, outbound the same fact is a failure."""
    if reason not in FAILURES or (direction is Direction.INBOUND and reason in _DENIED_INBOUND):
        return VerdictKind.DENIED
    return VerdictKind.FAILED


def decide(
    index: RuleIndex,
    direction: Direction,
    sender: str,
    recipient: str,
    evidence: Evidence,
    *,
    plane: Plane | None = None,
    user: str | None = None,
    modality: Modality | None = None,
    parties: int = 2,
    today: date | None = None,
) -> Outcome:
    """Decide about one message between two domains in normal form; `user` is our own person's address."""
    case = Case(
        index, direction, sender, recipient, evidence,
        plane=plane, user=user, modality=modality, parties=parties, today=today,
    )  # fmt: skip
    return settle(case)


def settle(case: Case) -> Outcome:
    """Walk a case through the checks and return what came of it."""
    for check, run in _PLAIN_CHECKS if case.index.plain and case.modality is None else CHECKS:
        found = run(case)
        if type(found) is Reason:
            return _outcome(case, check, found)
    return _outcome(case, CheckId.LISTED, None)


def _outcome(case: Case, check: CheckId, reason: Reason | None) -> Outcome:
    record = case.record
    return Outcome(
        verdict=VerdictKind.ALLOWED if reason is None else verdict_of(reason, case.direction),
        partner_class=case.partner_class,
        decided_by=check,
        reason=reason,
        rule=None if record is None else record.name,
        verification=None if reason is not None else _verification(case),
        next_hop=case.next_hop if reason is None or reason is Reason.PEER_NAME else None,
        accepted_names=case.accepted_names,
        complete=case.complete if reason is None else True,
    )


def _verification(case: Case) -> Verification:
    record = case.record
    if record is not None and not isinstance(record, XmppPartner):
        return record.verification
    if case.partner_class is PartnerClass.DEFAULT_ROUTE:
        return case.index.default_route_verification
    return case.index.discovered_verification
