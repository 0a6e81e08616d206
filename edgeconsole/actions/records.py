"""Verbs on any record of the configuration: set fields, remove; each plans one change."""

from collections.abc import Mapping, Sequence

from edgeconsole.model.change import Change, FieldValue
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.errors import BadInput
from edgeconsole.model.plan import Plan
from edgeconsole.store.store import Store

PARTNER_TABLES = (Table.XMPP_PARTNER, Table.HOSTING_PROVIDER, Table.PUBLIC_PROVIDER)
"""The tables of partners that are no federated SIP domains."""


def names(configuration: Configuration, table: Table) -> tuple[str, ...]:
    """Return the natural keys of a partner table."""
    if table is Table.XMPP_PARTNER:
        return tuple(partner.name for partner in configuration.xmpp_partners)
    if table is Table.HOSTING_PROVIDER:
        return tuple(provider.name for provider in configuration.hosting_providers)
    return tuple(provider.name for provider in configuration.public_providers)


def partner_table(configuration: Configuration, name: str) -> Table:
    """Return the table that has a partner of that name. Raises BadInput for none and for more than one."""
    found = [table for table in PARTNER_TABLES if name in names(configuration, table)]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInput(
            f"{name} is the name of several partners ({', '.join(table.value for table in found)})",
            remedy="Name the kind with --kind",
        )
    known = sorted(entry for table in PARTNER_TABLES for entry in names(configuration, table))
    raise BadInput(f"there is no partner {name!r}", remedy=f"Known are: {', '.join(known) or 'none yet'}")


async def set_fields(store: Store, table: Table, key: str, fields: Mapping[str, FieldValue]) -> Plan:
    """Plan to set fields of a record; a record that does not exist is created."""
    return await store.plan([Change(table=table, key=key, fields=dict(fields))])


async def remove(store: Store, table: Table, keys: Sequence[str]) -> Plan:
    """Plan to remove records."""
    return await store.plan([Change(table=table, key=key) for key in keys])


async def remove_all(store: Store, names: Sequence[tuple[Table, str]]) -> Plan:
    """Plan to remove records of any tables, as one change."""
    return await store.plan([Change(table=table, key=key) for table, key in names])


async def grant(store: Store, user: str, policy: str) -> Plan:
    """Plan to give a person a user policy (Grant-CsExternalAccessPolicy)."""
    return await set_fields(store, Table.POLICY_GRANT, user, {"policy": policy})


async def revoke(store: Store, user: str) -> Plan:
    """Plan to take a person's user policy away; the site or global policy applies then (-PolicyName $null)."""
    return await remove(store, Table.POLICY_GRANT, [user])
