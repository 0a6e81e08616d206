"""Direct verbs: each plans one change, whose impact is shown, and applies it when the operator says so."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Table
from edgeconsole.model.names import parse_domain
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.store.store import Store

NOTHING_ELSE: Mapping[str, FieldValue] = MappingProxyType({})


def discovery_change(on: bool) -> Change:
    """Return the change that sets partner discovery (Set-CsAccessEdgeConfiguration -EnablePartnerDiscovery)."""
    return Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": on})


def block_change(domain: str, fields: Mapping[str, FieldValue] = NOTHING_ELSE) -> Change:
    """Return the change that blocks a domain; a pinned Access Edge goes with it, a block has none."""
    every: dict[str, FieldValue] = {"action": "block", "access_edge": None, **fields}
    return Change(table=Table.DOMAIN, key=parse_domain(domain), fields=every)


def allow_change(
    domain: str, access_edge: str | None = None, fields: Mapping[str, FieldValue] = NOTHING_ELSE
) -> Change:
    """Return the change that allows a domain, pinned to an Access Edge where one is given."""
    every: dict[str, FieldValue] = {"action": "allow", **fields}
    if access_edge is not None:
        every["access_edge"] = access_edge or None
    return Change(table=Table.DOMAIN, key=parse_domain(domain), fields=every)


def remove_change(domain: str) -> Change:
    """Return the change that removes a domain's record."""
    return Change(table=Table.DOMAIN, key=parse_domain(domain))


async def toggle_discovery(store: Store) -> Plan:
    """Plan the opposite of what partner discovery is on screen."""
    return await store.plan([discovery_change(not store.snapshot.configuration.access_edge.partner_discovery)])


async def set_discovery(store: Store, on: bool) -> Plan:
    """Plan partner discovery on or off."""
    return await store.plan([discovery_change(on)])


async def block(store: Store, domain: str, fields: Mapping[str, FieldValue] = NOTHING_ELSE) -> Plan:
    """Plan to block a domain; `fields` are further keys of its record."""
    return await store.plan([block_change(domain, fields)])


async def allow(
    store: Store, domain: str, access_edge: str | None = None, fields: Mapping[str, FieldValue] = NOTHING_ELSE
) -> Plan:
    """Plan to allow a domain; `fields` are further keys of its record."""
    return await store.plan([allow_change(domain, access_edge, fields)])


async def block_all(store: Store, domains: Sequence[str]) -> Plan:
    """Plan to block domains, as one change."""
    return await store.plan([block_change(domain) for domain in domains])


async def allow_all(store: Store, domains: Sequence[str]) -> Plan:
    """Plan to allow domains, as one change; each keeps the Access Edge it has."""
    return await store.plan([allow_change(domain) for domain in domains])


async def remove(store: Store, domains: Sequence[str]) -> Plan:
    """Plan to remove the records of domains."""
    return await store.plan([remove_change(domain) for domain in domains])


async def undo(store: Store, number: int | None = None) -> Plan:
    """Plan the reverse of a revision, of the last one that is not undone where no number is given."""
    return await store.plan_undo(number)


async def carry_out(store: Store, plan: Plan, why: str = "", confirm: timedelta | None = None) -> ApplyResult:
    """Apply a plan that was shown; with `confirm` it goes back after that time unless it is kept."""
    return await (store.apply(plan, why) if confirm is None else store.apply(plan, why, confirm=confirm))
