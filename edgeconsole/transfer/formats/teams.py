"""Get-CsTenantFederationConfiguration: Teams' one tenant object, and what it means differently from an edge."""

import re
from collections.abc import Mapping
from typing import Any

from edgeconsole.model.configuration import Table
from edgeconsole.transfer.parsed import Entry, Gathering, Standing, damaged
from edgeconsole.transfer.parsed import Format as Kind

_TEXT_LIST = re.compile(r"Domain=([^,;]{1,300})", re.IGNORECASE)
_ALL_KNOWN = "allowallknowndomains"

_NO_COUNTERPART = {
    "allowteamsconsumer": "unmanaged Teams accounts (AllowTeamsConsumer) have no counterpart on an edge",
    "blockallsubdomains": "",
    "sharedsipaddressspace": "SharedSipAddressSpace means hybrid: set shared_address_space of the hosting provider",
    "allowedtrialtenantdomains": "exceptions for trial tenants have no counterpart on an edge",
}


def is_tenant(properties: Mapping[str, Any]) -> bool:
    """Return whether an object is the tenant's federation configuration."""
    names = {name.lower() for name in properties}
    return bool(names & {"alloweddomains", "blockeddomains"}) and "enablefederationaccess" not in names


def gather(properties: Mapping[str, Any], line: int, gathered: Gathering) -> None:
    """Take the tenant's switches and lists, with a warning for each thing that does not mean the same here."""
    given = {name.lower(): value for name, value in properties.items()}
    switches: dict[str, Any] = {}
    if isinstance(given.get("allowfederatedusers"), bool):
        switches["federation"] = given["allowfederatedusers"]
        if not switches["federation"]:
            gathered.warn("AllowFederatedUsers is False: it outranks every list, and does so here too")
    if given.get("treatdiscoveredpartnersasunverified") is True:
        switches["discovered_verification"] = "always-unverifiable"
    allowed, everybody = _allowed(given.get("alloweddomains"), line, gathered)
    blocked = _names(given.get("blockeddomains"), "BlockedDomains")
    if everybody is not None:
        switches["partner_discovery"] = everybody
    _warn(given, allowed, blocked, everybody, gathered)
    if switches:
        gathered.add(Entry(table=Table.ACCESS_EDGE, key="", fields=switches, line=line))
    for name in allowed:
        gathered.add(Entry(table=Table.DOMAIN, key=name, fields={"action": "allow"}, line=line))
    match = "subtree" if given.get("blockallsubdomains") is True else "exact"
    for name in blocked:
        gathered.add(_block(name, match, line, in_force=everybody is not False))


def _block(name: str, match: str, line: int, *, in_force: bool) -> Entry:
    fields = {"action": "block", "match": match}
    if in_force:
        return Entry(table=Table.DOMAIN, key=name, fields=fields, line=line)
    reason = "Teams ignores this block beside its allow list; here a block always counts"
    return Entry(table=Table.DOMAIN, key=name, fields=fields, line=line, standing=Standing.NEEDS_REVIEW, reason=reason)


def _warn(
    given: Mapping[str, Any], allowed: list[str], blocked: list[str], everybody: bool | None, gathered: Gathering
) -> None:
    if everybody is False and blocked:
        gathered.warn(
            f"Teams has an allow list, so its {len(blocked)} blocked domains were ignored there; here every block "
            "counts: they are not selected"
        )
    if everybody:
        gathered.warn(
            "AllowAllKnownDomains becomes partner discovery: it finds partners by DNS SRV and throttles them; "
            "Teams has no throttle"
        )
    if allowed:
        gathered.warn("an allowed domain covers its sub-domains here; set match = exact where Teams meant one name")
    if blocked and given.get("blockallsubdomains") is not True:
        gathered.warn("BlockAllSubdomains is not True: blocked domains are taken as match = exact")
    for name, text in _NO_COUNTERPART.items():
        if text and given.get(name):
            gathered.warn(text)


def _allowed(value: Any, line: int, gathered: Gathering) -> tuple[list[str], bool | None]:
    """Return the allow list, and whether everybody is allowed; None where the export does not tell."""
    if value is None:
        return [], None
    if isinstance(value, str) and _ALL_KNOWN in value.lower():
        return [], True
    if isinstance(value, Mapping) and any(_ALL_KNOWN in name.lower() for name in value):
        return [], True
    if isinstance(value, Mapping) and not value:
        gathered.add(
            Entry(
                table=Table.ACCESS_EDGE,
                key="",
                fields={"partner_discovery": True},
                line=line,
                standing=Standing.NEEDS_REVIEW,
                reason="AllowedDomains is an empty object, which some module versions print for allow-all; you decide",
            )
        )
        return [], None
    names = _names(value, "AllowedDomains")
    return names, False if names else None


def _names(value: Any, name: str) -> list[str]:
    """Return the domains of a list in any of the shapes that module versions print."""
    if value is None or value == {} or value == "":
        return []
    if isinstance(value, str):
        found = _TEXT_LIST.findall(value)
        return [text.strip() for text in found] or [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, Mapping):
        inner = {key.lower(): entry for key, entry in value.items()}
        if isinstance(inner.get("domain"), str):
            return [inner["domain"]]
        for key in ("alloweddomain", "blockeddomain", "value"):
            if key in inner and inner[key] is not value:
                return _names(inner[key], name)
    if isinstance(value, list | tuple):
        return [text for element in value for text in _one(element, name)]
    raise damaged(Kind.TEAMS, f"{name} is neither a list nor a text of domains")


def _one(element: Any, name: str) -> list[str]:
    if isinstance(element, str):
        return [element.strip().removeprefix("Domain=")]
    if isinstance(element, Mapping) and isinstance(element.get("Domain", element.get("domain")), str):
        return [element.get("Domain", element.get("domain"))]
    raise damaged(Kind.TEAMS, f"{name} has an element without a Domain")
