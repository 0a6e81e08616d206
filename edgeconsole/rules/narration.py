"""What each check tests and what it found, in an operator's words."""

from collections.abc import Callable, Mapping

from edgeconsole.model.configuration import FederatedDomain, XmppPartner
from edgeconsole.model.evidence import SrvStatus
from edgeconsole.model.observed import Restriction
from edgeconsole.model.verdict import CheckId, PartnerClass, Reason, StepResult
from edgeconsole.rules.classify import Record
from edgeconsole.rules.decide import Case, Found, is_missing_provider
from edgeconsole.rules.modalities import MATRIX, Support, support
from edgeconsole.rules.negotiation import advice, methods_of
from edgeconsole.rules.permissions import counterpart
from edgeconsole.rules.srv import choose

RULES: Mapping[CheckId, str] = {
    CheckId.FEDERATION: "federation is on (access_edge.federation)",
    CheckId.SENDER: "the sender's domain belongs to the side it came from",
    CheckId.RECIPIENT: "the recipient's domain belongs to the other side",
    CheckId.BLOCKED: "the partner's domain is not blocked",
    CheckId.LISTED: "the partner's domain is allowed, or partner discovery is on",
    CheckId.PLANE: "the message uses the protocol the partner is listed for",
    CheckId.NEGOTIATION: "TLS, SASL and dialback leave a way to authenticate",
    CheckId.SRV: "the partner publishes its service record",
    CheckId.PROVIDER: "a provider the SRV leads to is enabled here",
    CheckId.SRV_TARGET: "the SRV target is one label below the domain (R2)",
    CheckId.POLICY: "the external access policy of our person allows it",
    CheckId.MODALITY: "both systems can do it",
    CheckId.ROUTE: "this edge carries the federation of our person's site",
    CheckId.NEXT_HOP: "the next hop is known",
    CheckId.PEER_NAME: "the certificate carries the Access Edge's name, exactly, as a DNS SAN",
    CheckId.SAFEGUARDS: "a discovered partner keeps within its rate and its number of people",
}


def _federation(_case: Case, found: Found) -> str:
    return "federation is off: nothing passes, in or out" if found is Reason.FEDERATION_OFF else "federation is on"


def _sender(case: Case, found: Found) -> str:
    if found is Reason.SENDER_IS_OURS:
        return f"{case.sender} is our own domain; nobody outside may speak for it"
    if found is Reason.SENDER_NOT_OURS:
        return f"{case.sender} is none of our SIP domains"
    ours = case.sender in case.index.local
    shared = f", shared with {case.record.name}" if ours and case.inbound and case.record else ""
    return f"{case.sender} is {'one of ours' if ours else 'not ours'}{shared}"


def _recipient(case: Case, found: Found) -> str:
    if found is Reason.RECIPIENT_NOT_OURS:
        return f"{case.recipient} is none of our SIP domains; the edge relays for nobody else"
    if found is Reason.RECIPIENT_IS_OURS:
        return f"{case.recipient} is our own domain; that is not federation"
    return f"{case.recipient} is {'one of ours' if case.recipient in case.index.local else 'not ours'}"


def _blocked(case: Case, found: Found) -> str:
    record = case.record
    if found is not Reason.BLOCKED or not isinstance(record, FederatedDomain):
        return f"no block rule covers {case.remote}"
    reason = f": {record.comment}" if record.comment else ""
    return f"{case.remote} is blocked{_by(record, case)}{reason}"


def _by(record: Record, case: Case) -> str:
    return "" if record.name == case.remote else f" by the rule for {record.name}"


def _listed(case: Case, found: Found) -> str:
    kind, record = case.partner_class, case.record
    if found is Reason.NOT_LISTED:
        return f"{case.remote} is not on the allow list and partner discovery is off{_expired(case)}"
    if found is StepResult.NOT_RUN:
        return f"{case.remote} is not listed; whether a public provider serves it needs the SRV answer"
    if kind is PartnerClass.DEFAULT_ROUTE:
        return f"every domain that is not blocked goes over the default route{_expired(case)}"
    if kind is PartnerClass.XMPP and record is not None:
        return f"{case.remote} is an XMPP partner{_by(record, case)}"
    if kind is PartnerClass.SPLIT_DOMAIN and record is not None:
        return f"{case.remote} is ours, and part of its people are homed at {record.name}"
    if kind is PartnerClass.PUBLIC_IM and record is not None:
        return f"{case.remote} is served by the public provider {record.name}"
    if not isinstance(record, FederatedDomain):
        return f"{case.remote} is not listed; partner discovery is on, so it is a discovered partner{_expired(case)}"
    how = f"with its Access Edge {record.access_edge}" if record.access_edge else "found by SRV"
    return f"{case.remote} is allowed{_by(record, case)}, {how}"


def _expired(case: Case) -> str:
    record = case.index.expired.get(case.remote)
    return f"; its record expired on {record.expires:%Y-%m-%d %H:%M}Z" if record and record.expires else ""


def _plane(case: Case, found: Found) -> str:
    if found is Reason.WRONG_PLANE:
        if case.partner_class is PartnerClass.XMPP:
            return f"{case.remote} is an XMPP partner; SIP does not reach it"
        return f"{case.remote} is no XMPP partner; there is no discovery for XMPP"
    return f"{case.remote} is reached over {'XMPP' if case.partner_class is PartnerClass.XMPP else 'SIP'}"


def _negotiation(case: Case, _found: Found) -> str:
    record = case.record
    if not isinstance(record, XmppPartner):
        return "SIP partners always use mutual TLS"
    offered = " or ".join(method.value for method in methods_of(record))
    said = advice(record.tls, record.sasl, record.dialback)
    return f"{offered}{'; ' + said.text if said.warning else ''}" if offered else said.text


def _srv(case: Case, found: Found) -> str:
    answer = case.evidence.srv
    if found is Reason.NO_NEXT_HOP:
        return 'routing = "default-route" and access_edge.default_route is not set'
    if found is StepResult.NOT_NEEDED:
        if case.next_hop is None:
            return f"an XMPP server proves {case.remote} itself, wherever it calls from; DNS is not asked"
        return f"the next hop is fixed: {case.next_hop.with_port()}; DNS is not asked"
    name = ("_xmpp-server" if case.partner_class is PartnerClass.XMPP else "_sipfederationtls") + f"._tcp.{case.remote}"
    if answer is None:
        return f"DNS was not asked for {name}"
    if answer.records and answer.status is SrvStatus.FOUND:
        listed = ", ".join(f"{r.target}:{r.port} (priority {r.priority}, weight {r.weight})" for r in answer.records)
        return f"{name} leads to {listed}"
    missing = "could not be resolved" if answer.status is SrvStatus.UNAVAILABLE else "does not exist"
    return f"{name} {missing}" + (f": {answer.detail}" if answer.detail else "")


def _provider(case: Case, found: Found) -> str:
    if found is StepResult.PASS and case.record is not None:
        return f"the SRV leads to {case.record.name}, which is enabled: only its Access Edge speaks for the domain"
    answer = case.evidence.srv
    if found is Reason.PROVIDER_MISSING and answer is not None:
        targets = (choose(answer).target, *(record.target for record in answer.records))
        target = next(name for name in targets if is_missing_provider(case.index, name))
        disabled = case.index.disabled_hosting.get(target)
        state = f"{disabled.name} is disabled" if disabled else "no hosting provider of that name is listed"
        return f"the SRV leads to {target}, and {state}"
    return "DNS was not asked" if found is StepResult.NOT_RUN else "the SRV leads to no provider"


def _srv_target(case: Case, found: Found) -> str:
    answer = case.evidence.srv
    if found is StepResult.NOT_NEEDED:
        return "the next hop is not taken from the domain's SRV, or the XMPP domain itself is proven"
    if answer is None:
        return "DNS was not asked"
    chosen = choose(answer)
    if found is Reason.SRV_TARGET:
        return f"{chosen.target} is not one label below {case.remote}; it may not speak for it"
    targets = sorted(case.accepted_names - {case.remote})
    return f"{' or '.join(targets)} may speak for {case.remote}"


_FLAGS = {
    Reason.POLICY_FEDERATION: "federation",
    Reason.POLICY_XMPP: "xmpp",
    Reason.POLICY_PUBLIC: "public_cloud",
    Reason.POLICY_PUBLIC_AV: "public_cloud_av",
}


def _policy(case: Case, found: Found) -> str:
    if found is StepResult.NOT_NEEDED:
        return "policies are not managed here: the file has no [[policy]]"
    if case.user is None:
        return "no person of ours was named, so no policy was looked at"
    if found is Reason.SURVIVABLE_BRANCH:
        return f"{case.user} is homed on a Survivable Branch Appliance, where XMPP is not supported"
    winner = case.index.policies.winner(case.user)
    if isinstance(found, Reason):
        return f"{winner.id} applies to {case.user} and says {_FLAGS[found]} = false"
    return f"{winner.id} applies to {case.user} and allows it"


def _modality(case: Case, found: Found) -> str:
    if case.modality is None:
        return "no modality was asked for"
    other = counterpart(case.partner_class, case.record)
    row = MATRIX[other]
    if found is Reason.SERVICE_ENDED:
        return f"{other.value} ended on {row.ended}"
    note = f"; {row.note}" if row.note else ""
    between_two = support(other, case.modality, ours=case.index.platform)
    if found is Reason.MODALITY and between_two is Support.PEER_TO_PEER:
        return f"{case.modality.value} with {other.value}: {between_two.value}, not among {case.parties} people{note}"
    return f"{case.modality.value} with {other.value}: {between_two.value}{note}"


def _route(case: Case, found: Found) -> str:
    site = case.index.policies.site_of(case.user) if case.user is not None else None
    if site is None:
        return "no site is known for our person"
    if found is StepResult.NOT_NEEDED:
        return f"the site {site.name} names no federation route"
    route = site.xmpp_route if case.partner_class is PartnerClass.XMPP else site.federation_route
    return f"the site {site.name} federates over {route}" + ("" if found is StepResult.PASS else ", not over this edge")


def _next_hop(case: Case, found: Found) -> str:
    if found is Reason.NO_NEXT_HOP:
        return "edge.next_hop is not set, so there is no server of ours to deliver to"
    return "the next hop needs the SRV answer" if case.next_hop is None else f"goes to {case.next_hop.with_port()}"


def _peer_name(case: Case, found: Found) -> str:
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


def _safeguards(case: Case, found: Found) -> str:
    if found is StepResult.NOT_NEEDED:
        return "limits hold for what discovered partners send, and for nobody else"
    match case.evidence.restriction:
        case None:
            return "only the running edge knows how much it sent"
        case Restriction.CONTACTS:
            return f"{case.remote} addressed as many people as it may (14508); allowing the domain lifts that at once"
        case Restriction.NONE:
            return f"{case.remote} is within its limits"
        case held:
            return f"{case.remote} is {held.value} (14603): what comes too fast is refused, the rest passes"


WHY: Mapping[CheckId, Callable[[Case, Found], str]] = {
    CheckId.FEDERATION: _federation,
    CheckId.SENDER: _sender,
    CheckId.RECIPIENT: _recipient,
    CheckId.BLOCKED: _blocked,
    CheckId.LISTED: _listed,
    CheckId.PLANE: _plane,
    CheckId.NEGOTIATION: _negotiation,
    CheckId.SRV: _srv,
    CheckId.PROVIDER: _provider,
    CheckId.SRV_TARGET: _srv_target,
    CheckId.POLICY: _policy,
    CheckId.MODALITY: _modality,
    CheckId.ROUTE: _route,
    CheckId.NEXT_HOP: _next_hop,
    CheckId.PEER_NAME: _peer_name,
    CheckId.SAFEGUARDS: _safeguards,
}
