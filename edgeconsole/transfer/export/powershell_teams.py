"""Change scripts for Teams: one tenant object, whose two lists never count together as they do on an edge."""

from collections.abc import Sequence

from edgeconsole.model.configuration import Action, Configuration
from edgeconsole.model.errors import BadInput
from edgeconsole.model.terms import Match, Verification
from edgeconsole.transfer import records
from edgeconsole.transfer.export.powershell_text import (
    NO_HEADING,
    Heading,
    Script,
    Step,
    comment,
    framed,
    literal,
    refuse_if,
)

MAX_LIST = 4_000
"""Entries of one of the tenant's lists (Set-CsTenantFederationConfiguration)."""

_SET = "Set-CsTenantFederationConfiguration"
_LIST = "$list = [Collections.Generic.List[string]]::new()"


class _Tenant:
    """What a configuration is as a tenant's object."""

    def __init__(self, configuration: Configuration) -> None:
        access_edge = configuration.access_edge
        blocked = [domain for domain in configuration.domains if domain.action is Action.BLOCK]
        self.federation = access_edge.federation
        self.everybody = access_edge.partner_discovery
        self.unverified = access_edge.discovered_verification is Verification.ALWAYS_UNVERIFIABLE
        self.allowed = [domain.name for domain in configuration.domains if domain.action is Action.ALLOW]
        self.blocked = [domain.name for domain in blocked]
        self.subdomains = bool(blocked) and all(domain.match is Match.SUBTREE for domain in blocked)
        self.mixed = not self.subdomains and any(domain.match is Match.SUBTREE for domain in blocked)


def script(before: Configuration, after: Configuration, *, heading: Heading = NO_HEADING) -> Script:
    """Return the script from one configuration to another as far as Teams can say it, and the one back.

    Raises BadInput for lists that are longer than Teams takes.
    """
    omitted = _semantics(_Tenant(after))
    omitted += [
        f"{change.table.value} {change.key}"
        for change in records.changed(before, after)
        if change.table.value not in ("access_edge", "domain")
    ]
    there = _text(_Tenant(before), _Tenant(after), heading, "change", omitted, before == Configuration())
    back = _text(_Tenant(after), _Tenant(before), heading, "revert", _semantics(_Tenant(before)), False)
    return Script(there, back, tuple(omitted))


def _semantics(tenant: _Tenant) -> list[str]:
    """Return what does not mean the same in Teams."""
    found = []
    if tenant.everybody and tenant.allowed:
        found.append(
            f"the {len(tenant.allowed)} allowed domains: partner discovery becomes AllowAllKnownDomains, "
            "beside which Teams has no allow list"
        )
    if not tenant.everybody and tenant.blocked:
        found.append(f"the {len(tenant.blocked)} blocked domains: Teams ignores its block list beside an allow list")
    if tenant.mixed:
        found.append("blocks of sub-domains: BlockAllSubdomains counts for all blocked domains, and some are exact")
    return found


def _text(before: _Tenant, after: _Tenant, heading: Heading, kind: str, omitted: list[str], from_nothing: bool) -> str:
    for name, names in (("allow", after.allowed), ("block", after.blocked)):
        if len(names) > MAX_LIST:
            raise BadInput(
                f"Teams takes {MAX_LIST:,} domains on a list; the {name} list has {len(names):,}",
                remedy="Take some off it, or export another format",
            )
    steps = [
        step
        for step in (
            _switch("AllowFederatedUsers", before.federation, after.federation, from_nothing, opens=True),
            _switch(
                "TreatDiscoveredPartnersAsUnverified", before.unverified, after.unverified, from_nothing, opens=False
            ),
            _switch("BlockAllSubdomains", before.subdomains, after.subdomains, from_nothing, opens=False),
            _lists(before, after, from_nothing),
        )
        if step
    ]
    closing = [
        *(comment(f"not the same in Teams: {text}") for text in omitted),
        "# 3 verify; Teams takes hours until a change counts everywhere",
        "if (-not $WhatIf) { Get-CsTenantFederationConfiguration }",
    ]
    return framed(heading, "[switch]$WhatIf", steps, closing, f"{kind} for Teams")


def _switch(name: str, was: bool, now: bool, from_nothing: bool, *, opens: bool) -> Step | None:
    if was == now and not (from_nothing and name == "AllowFederatedUsers"):
        return None
    before = (
        ()
        if from_nothing
        else (
            "$found = Get-CsTenantFederationConfiguration",
            refuse_if(f"[bool]$found.{name} -ne {literal(was)}", f"{name} changed"),
        )
    )
    return Step(9 if opens and now else 0, before, (f"{_SET} -{name} {literal(now)} -WhatIf:$WhatIf",))


def _lists(before: _Tenant, after: _Tenant, from_nothing: bool) -> Step | None:
    """Return the step that brings the list that counts to what it should be."""
    if after.everybody:
        run: list[str] = []
        if from_nothing or not before.everybody:
            run.append(f"{_SET} -AllowedDomains (New-CsEdgeAllowAllKnownDomains) -WhatIf:$WhatIf")
            if not after.blocked:
                run.append(f"{_SET} -BlockedDomains $null -WhatIf:$WhatIf")
            run += _patterns(after.blocked, "Replace")
        else:
            run += _patterns([name for name in before.blocked if name not in after.blocked], "Remove")
            run += _patterns([name for name in after.blocked if name not in before.blocked], "Add")
    elif from_nothing or before.everybody:
        run = _plain(after.allowed, "")
    else:
        run = _plain([name for name in before.allowed if name not in after.allowed], "Remove")
        run += _plain([name for name in after.allowed if name not in before.allowed], "Add")
    return Step(5, () if from_nothing else _mode(before), tuple(run)) if run else None


def _mode(before: _Tenant) -> tuple[str, ...]:
    """Return the lines that stop the script where the tenant changed between allow list and allow-all."""
    return (
        "$found = Get-CsTenantFederationConfiguration",
        refuse_if(
            f"([string]$found.AllowedDomains -like '*AllowAllKnownDomains*') -ne {literal(before.everybody)}",
            "AllowedDomains changed between a list and AllowAllKnownDomains",
        ),
    )


def _plain(names: Sequence[str], verb: str) -> list[str]:
    if not names and verb:
        return []
    value = f"@{{{verb}=$list}}" if verb else "$list"
    return [
        _LIST,
        *(f"$list.Add({literal(name)})" for name in names),
        f"{_SET} -AllowedDomainsAsAList {value} -WhatIf:$WhatIf",
    ]


def _patterns(names: Sequence[str], verb: str) -> list[str]:
    if not names:
        return []
    return [
        "$patterns = @()",
        *(f"$patterns += New-CsEdgeDomainPattern -Domain {literal(name)}" for name in names),
        f"{_SET} -BlockedDomains @{{{verb}=$patterns}} -WhatIf:$WhatIf",
    ]
