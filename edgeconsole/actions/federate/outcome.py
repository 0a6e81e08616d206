"""What a set-up produces beside the change: records to publish, firewall rules, certificates, what is left to do."""

from collections.abc import Mapping, Sequence
from enum import Enum
from types import MappingProxyType

import msgspec

from edgeconsole.actions.federate.flow import staged
from edgeconsole.actions.federate.partner import HOSTED
from edgeconsole.actions.federate.question import Setup, Situation
from edgeconsole.config.edit import apply_changes
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.names import parse_access_edge
from edgeconsole.model.observed import DiscoveredPartner, PartnerCounters
from edgeconsole.model.probe import ProbeKind, ProbeResult, Severity, Stage, StageState
from edgeconsole.model.verdict import CheckId, Explanation, StepResult, VerdictKind
from edgeconsole.rules.requirements.certificates import CertificateRequirement, certificate_requirements
from edgeconsole.rules.requirements.dns import dns_requirements
from edgeconsole.rules.requirements.flows import PortRequirement
from edgeconsole.rules.requirements.ports import port_requirements
from edgeconsole.rules.requirements.records import DnsRequirement


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the answers amount to; nothing of it is in force before the change is applied."""

    changes: tuple[Change, ...]
    after: Configuration
    """The configuration with the change."""
    records: tuple[DnsRequirement, ...]
    """Every record of ours that is needed then."""
    new_records: tuple[DnsRequirement, ...]
    """Those that were not needed before."""
    ports: tuple[PortRequirement, ...]
    new_ports: tuple[PortRequirement, ...]
    certificates: tuple[CertificateRequirement, ...]


def outcome(situation: Situation) -> Outcome:
    """Return what the answers amount to. Raises BadInput where one is missing or both together cannot be."""
    changes = staged(situation)
    before, now = situation.configuration, situation.now
    after = apply_changes(before, changes)
    records, ports = dns_requirements(after, now), port_requirements(after, now)
    old_records = {(each.name, each.type, each.value) for each in dns_requirements(before, now)}
    old_ports = {_flow(each) for each in port_requirements(before, now)}
    return Outcome(
        changes=changes,
        after=after,
        records=records,
        new_records=tuple(each for each in records if (each.name, each.type, each.value) not in old_records),
        ports=ports,
        new_ports=tuple(each for each in ports if _flow(each) not in old_ports),
        certificates=tuple(each for each in certificate_requirements(after, now) if not each.information),
    )


def _flow(item: PortRequirement) -> tuple[object, ...]:
    """Return what a firewall sees of a rule; for whom it is needed does not make it another one."""
    return (item.interface, item.direction, item.transport, item.ports, str(item.source), str(item.destination))


class Check(Enum):
    """How an item of the final list stands."""

    DONE = "done"
    OPEN = "open"
    """Nobody has done or seen it yet."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Not looked at, which is never done."""


class CheckItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the final check list."""

    id: str
    title: str
    state: Check
    detail: str = ""
    fix: str = ""


_LADDER = (
    (Stage.DNS, "the partner is found by DNS"),
    (Stage.TCP, "its port is open to us"),
    (Stage.TLS, "it speaks TLS"),
    (Stage.CERTIFICATE, "its certificate is good"),
    (Stage.NAME, "its certificate has the right name"),
    (Stage.CLIENT_CERTIFICATE, "it takes our certificate"),
    (Stage.APPLICATION, "it answers"),
)
_OURS = (
    (Stage.TCP, "our listeners answer"),
    (Stage.CERTIFICATE, "our certificate is what is needed"),
)


def checklist(
    situation: Situation,
    *,
    applied: bool,
    verdicts: Mapping[str, Explanation] = MappingProxyType({}),
    counters: PartnerCounters | None = None,
    seen: Sequence[DiscoveredPartner] = (),
) -> tuple[CheckItem, ...]:
    """Return what must be true in the end, as far as it is known; it turns green as probes and traffic come in.

    `verdicts` are explanations by direction, `in` and `out`; `seen` are domains that wrote and are not listed.
    """
    found = [
        CheckItem(
            id="applied",
            title="the change is applied",
            state=Check.DONE if applied else Check.OPEN,
            fix="" if applied else "Review and apply it: key a, or edgeconsole apply",
        )
    ]
    found += [_records(situation), *_stages("ours", situation.facts.ours, _OURS)]
    if situation.answers.setup in (Setup.SIP, Setup.XMPP):
        found += _stages("partner", situation.facts.partner, _LADDER)
        found += [_verdict(direction, verdicts.get(direction)) for direction in ("out", "in")]
        found += _traffic(situation, counters)
    if situation.answers.setup is Setup.HOSTING:
        found.append(_tenants(situation, seen))
    return tuple(found)


_TENANTS_NAMED = 5


def _tenants(situation: Situation, seen: Sequence[DiscoveredPartner]) -> CheckItem:
    """Return which of a provider's customers still need an entry of their own (domain.md 7.4 step 6).

    Only those that wrote are known: nobody outside publishes a provider's customers.
    """
    item = CheckItem(id="tenants", title="its customers are let in", state=Check.DONE, detail="discovery lets them in")
    if situation.access_edge.partner_discovery:
        return item
    host = parse_access_edge(situation.given("provider-edge")).host
    listed = {each.name for each in situation.configuration.domains}
    waiting = [each.domain for each in seen if each.edge is not None and _host(each.edge) == host]
    waiting = [domain for domain in waiting if domain not in listed]
    if not waiting:
        return msgspec.structs.replace(
            item,
            state=Check.UNKNOWN,
            detail="discovery is off, so each needs an entry of its own; none without one has written yet",
            fix="edgeconsole domains allow DOMAIN, for each partner that the provider hosts",
        )
    more = f" and {len(waiting) - _TENANTS_NAMED} more" if len(waiting) > _TENANTS_NAMED else ""
    named = waiting[:_TENANTS_NAMED]
    return msgspec.structs.replace(
        item,
        state=Check.OPEN,
        detail=f"discovery is off, and not listed are {', '.join(named)}{more}",
        fix=f"edgeconsole domains allow {' '.join(named)}",
    )


def _host(edge: str) -> str:
    return edge.partition(":")[0].lower()


_ELSEWHERE = ("_sip._tls.", "lyncdiscover.", "lyncdiscoverinternal.")
"""Records that our own people need outside; nobody needs them to federate."""


def _records(situation: Situation) -> CheckItem:
    """Return how our records stand, as far as partners need them."""
    result = situation.facts.ours
    item = _stage("ours-dns", "our records are published", Stage.DNS, result)
    if result is None or item.state is not Check.FAILED:
        return item
    wanted = [each.name for each in dns_requirements(situation.configuration, situation.now)]
    others = [name for name in wanted if name.startswith(_ELSEWHERE)]
    bad = [each for each in result.findings if each.stage is Stage.DNS and not each.expected]
    hindering = [each for each in bad if not any(name in each.what for name in others)]
    if hindering:
        return msgspec.structs.replace(item, detail=hindering[0].what, fix=hindering[0].fix)
    return msgspec.structs.replace(
        item, state=Check.DONE, detail=f"all that partners need; for our own people outside: {bad[0].what}", fix=""
    )


def _stages(whose: str, result: ProbeResult | None, wanted: tuple[tuple[Stage, str], ...]) -> list[CheckItem]:
    return [_stage(f"{whose}-{stage.value}", title, stage, result) for stage, title in wanted]


def _stage(identity: str, title: str, stage: Stage, result: ProbeResult | None) -> CheckItem:
    if result is None:
        return CheckItem(id=identity, title=title, state=Check.UNKNOWN, detail="not looked at yet")
    reached = next((each for each in result.stages if each.stage is stage), None)
    if reached is None or reached.state in (StageState.SKIPPED, StageState.UNKNOWN):
        why = reached.why if reached is not None else _not_reached(result)
        state = Check.DONE if reached is None and result.severity in _GOOD else Check.UNKNOWN
        return CheckItem(id=identity, title=title, state=state, detail=why)
    fix = next((each.fix for each in result.findings if each.stage is stage and not each.expected), "")
    state = Check.FAILED if reached.state is StageState.FAILED else Check.DONE
    return CheckItem(id=identity, title=title, state=state, detail=reached.why, fix=fix if fix else "")


def _not_reached(result: ProbeResult) -> str:
    """Return why a stage was not looked at: what failed before it, where something did."""
    failed = next((each for each in result.stages if each.state is StageState.FAILED), None)
    return f"not looked at: {failed.stage.value} fails before it" if failed is not None else "it does not apply here"


_GOOD = (Severity.OK, Severity.INFO, Severity.WARNING)


_OF_A_MESSAGE = frozenset({CheckId.PEER_NAME, CheckId.SAFEGUARDS})
"""Checks that need a live connection: the lines about certificates and traffic tell of them."""


def _verdict(direction: str, explanation: Explanation | None) -> CheckItem:
    title = "our rules let our people write" if direction == "out" else "our rules let the partner's people write"
    if explanation is None:
        return CheckItem(id=f"rules-{direction}", title=title, state=Check.UNKNOWN, detail="not asked yet")
    if explanation.verdict is VerdictKind.ALLOWED:
        open_checks = [each for each in explanation.steps if each.result is StepResult.NOT_RUN]
        missing = [each for each in open_checks if each.check not in _OF_A_MESSAGE]
        if explanation.complete or (open_checks and not missing):
            return CheckItem(
                id=f"rules-{direction}", title=title, state=Check.DONE, detail=explanation.partner_class.value
            )
        detail = missing[0].why if missing else "not every check was run"
        return CheckItem(id=f"rules-{direction}", title=title, state=Check.UNKNOWN, detail=detail)
    step = next((each for each in explanation.steps if each.check is explanation.decided_by), None)
    return CheckItem(
        id=f"rules-{direction}", title=title, state=Check.FAILED, detail=step.why if step is not None else "refused"
    )


def _traffic(situation: Situation, counters: PartnerCounters | None) -> list[CheckItem]:
    sheet = "Send the partner the sheet: they set up the same for us"
    received = counters is not None and counters.relayed_in > 0
    sent = counters is not None and counters.relayed_out > 0
    hosted = situation.given("find") == HOSTED
    return [
        CheckItem(
            id="sent",
            title="a message of ours went out",
            state=Check.DONE if sent else Check.OPEN,
            fix="" if sent else f"Let somebody of ours write to somebody at {situation.partner}",
        ),
        CheckItem(
            id="received",
            title="a message of theirs came in",
            state=Check.DONE if received else Check.OPEN,
            fix="" if received else ("Ask the partner's people to write" if hosted else sheet),
        ),
    ]


def probe_kind(situation: Situation) -> ProbeKind:
    """Return which protocol the partner of a set-up is probed by."""
    return ProbeKind.XMPP if situation.answers.setup is Setup.XMPP else ProbeKind.SIP
