"""Lint of what DNS and our certificate say, where that was looked at: SRV rules R1 to R8 (docs/rules.md 3.2)."""

from collections.abc import Iterator

from edgeconsole.model.configuration import Table
from edgeconsole.model.evidence import SrvAnswer, SrvStatus
from edgeconsole.rules.lint.finding import Hit, Inspection, LintRule, Severity, set_fields
from edgeconsole.rules.srv import WELL_KNOWN_PROVIDERS, choose, is_direct_child

SERVICE = "_sipfederationtls._tcp"


def _answers(view: Inspection) -> Iterator[tuple[Table, str, SrvAnswer]]:
    """The look-ups of our own domains and of partners that are found by SRV."""
    for domain, answer in view.facts.srv.items():
        if domain in view.index.local:
            yield Table.SIP_DOMAIN, domain, answer
        elif (record := view.index.allow.get(domain)) is not None and record.access_edge is None:
            yield Table.DOMAIN, domain, answer


def _own_answers(view: Inspection) -> Iterator[tuple[str, SrvAnswer]]:
    return ((domain, answer) for table, domain, answer in _answers(view) if table is Table.SIP_DOMAIN)


def _targets(view: Inspection) -> Iterator[tuple[Table, str, str]]:
    """Table, domain and chosen target of the answers that the target rule applies to; a provider's is exempt (R5)."""
    for table, domain, answer in _answers(view):
        if answer.status is SrvStatus.FOUND:
            target = choose(answer).target
            if target not in view.provider_hosts and target not in WELL_KNOWN_PROVIDERS:
                yield table, domain, target


def _other_domain(view: Inspection) -> Iterator[Hit]:
    for table, domain, target in _targets(view):
        if not target.endswith("." + domain):
            yield Hit(
                table, domain, "name",
                f"{SERVICE}.{domain} leads to {target}, which is no host below {domain}; it is not believed",
                _target_fix(table, domain),
            )  # fmt: skip


def _too_deep(view: Inspection) -> Iterator[Hit]:
    for table, domain, target in _targets(view):
        if target.endswith("." + domain) and not is_direct_child(target, domain):
            yield Hit(
                table, domain, "name",
                f"{SERVICE}.{domain} leads to {target}, more than one label below {domain}; it is not believed",
                _target_fix(table, domain),
            )  # fmt: skip


def _target_fix(table: Table, domain: str) -> str:
    if table is Table.SIP_DOMAIN:
        return f"Publish a target such as sip.{domain}, with its address and its name in the certificate"
    return f"Ask the partner for a target such as sip.{domain}, or pin its Access Edge"


def _hybrid_strict(view: Inspection) -> Iterator[Hit]:
    for domain, answer in _own_answers(view) if view.index.shared is not None else ():
        if answer.status is SrvStatus.MISSING:
            yield Hit(
                Table.SIP_DOMAIN, domain, "name",
                f"hybrid needs {SERVICE}.{domain} itself: the domain of a person's name and the record's must be equal",
                f"Publish {SERVICE}.{domain}",
            )  # fmt: skip


def _target_not_in_certificate(view: Inspection) -> Iterator[Hit]:
    names = view.facts.certificate_names
    if names is None:
        return
    for table, domain, target in _targets(view):
        if table is Table.SIP_DOMAIN and target not in names:
            yield Hit(
                table, domain, "name",
                f"our SRV leads to {target}, a name our certificate does not carry: partners close the connection",
                f"Get a certificate with {target} among its DNS names",
            )  # fmt: skip


def _provider_missing(view: Inspection) -> Iterator[Hit]:
    for table, domain, answer in _answers(view):
        if table is Table.SIP_DOMAIN or answer.status is not SrvStatus.FOUND:
            continue
        target = choose(answer).target
        if target in view.index.hosting or target in view.index.public:
            continue
        if target in WELL_KNOWN_PROVIDERS or target in view.index.disabled_hosting:
            disabled = view.index.disabled_hosting.get(target)
            yield Hit(
                table, domain, "name",
                f"its SRV leads to {target}, and "
                + (f"the provider {disabled.name} is disabled" if disabled else "no hosting provider has that name"),
                "Enable the hosting provider, or add it",
                set_fields(Table.HOSTING_PROVIDER, disabled.name, enabled=True) if disabled else (),
            )  # fmt: skip


def _domain_not_in_certificate(view: Inspection) -> Iterator[Hit]:
    names = view.facts.certificate_names
    for domain in view.configuration.sip_domains if names is not None else ():
        if not any(is_direct_child(name, domain.name) for name in names or ()):
            yield Hit(
                Table.SIP_DOMAIN, domain.name, "name",
                f"our certificate carries no name one label below {domain.name}; every SIP domain needs its own",
                f"Get a certificate with sip.{domain.name} among its DNS names",
            )  # fmt: skip


def _own_record_missing(view: Inspection) -> Iterator[Hit]:
    known = {str(domain.name): domain for domain in view.configuration.sip_domains}
    for name, answer in _own_answers(view):
        domain = known[name]
        if answer.status is SrvStatus.MISSING and (domain.discoverable or domain.mobility):
            why = "push notifications need it for each SIP domain" if domain.mobility else "partners cannot find us"
            yield Hit(
                Table.SIP_DOMAIN, name, "mobility" if domain.mobility else "name",
                f"{SERVICE}.{name} does not exist: {why}; a parent domain's record does not stand in",
                f"Publish {SERVICE}.{name}, port 5061, target sip.{name}"
                + ("" if domain.mobility else ", or set discoverable = false"),
            )  # fmt: skip


def _misspelt(view: Inspection) -> Iterator[Hit]:
    for domain, found in view.facts.misspelt_srv.items():
        ours = domain in view.index.local
        if found and (ours or domain in view.index.allow):
            yield Hit(
                Table.SIP_DOMAIN if ours else Table.DOMAIN, domain, "name",
                f"{', '.join(found)} exists, which nobody asks for; the name is {SERVICE}.{domain}",
                "Publish it under the right name" if ours else "Tell the partner",
            )  # fmt: skip


def _partner_without_record(view: Inspection) -> Iterator[Hit]:
    for table, domain, answer in _answers(view):
        if table is Table.DOMAIN and answer.status is SrvStatus.MISSING:
            yield Hit(
                table, domain, "access_edge",
                f"{domain} is to be found by SRV and publishes none",
                "Ask the partner for the record, or pin its Access Edge",
            )  # fmt: skip


def _stale_pin(view: Inspection) -> Iterator[Hit]:
    for domain, answer in view.facts.srv.items():
        record = view.index.allow.get(domain)
        if record is None or record.access_edge is None or answer.status is not SrvStatus.FOUND:
            continue
        targets = sorted({found.target for found in answer.records})
        if record.access_edge.host not in targets:
            yield Hit(
                Table.DOMAIN, domain, "access_edge",
                f"it is pinned to {record.access_edge} and its SRV leads to {', '.join(targets)}: the partner may "
                "have moved",
                "Clear access_edge, so that the partner is found by SRV, or ask the partner",
                set_fields(Table.DOMAIN, domain, access_edge=None),
            )  # fmt: skip


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFORMATION

RULES: tuple[LintRule, ...] = (
    LintRule("EC701", _E, "SRV target outside its domain", "3.2 R1, 9 row 2", _other_domain),
    LintRule("EC702", _E, "SRV target more than one label below its domain", "3.2 R2, 9 row 2", _too_deep),
    LintRule("EC703", _E, "hybrid SIP domain without its own SRV", "3.2 R3; SFB-HYB", _hybrid_strict),
    LintRule("EC704", _E, "SRV target not in our certificate", "3.2 R4, 9 row 6", _target_not_in_certificate),
    LintRule("EC705", _E, "SRV leads to a provider that is not enabled", "3.2 R5, 9 row 14", _provider_missing),
    LintRule("EC706", _W, "SIP domain without a name in our certificate", "3.2 R6", _domain_not_in_certificate),
    LintRule("EC707", _E, "SIP domain of ours without SRV", "3.1 D1, 3.2 R7, 9 row 1", _own_record_missing),
    LintRule("EC708", _W, "service record under a mistyped name", "3.2 R8, 9 row 3", _misspelt),
    LintRule("EC709", _W, "partner to be found by SRV publishes none", "7.1 step 2, 9 row 1", _partner_without_record),
    LintRule("EC710", _W, "pinned Access Edge differs from the partner's SRV", "1.1, 9 row 13", _stale_pin),
)  # fmt: skip
