"""The roles of callers, and what asks for more than a route does: one table for the server, the client and the tests.

Viewers look. Operators change partners and policies, close sessions, undo. Administrators change who may do what, the
listeners and certificates, and partner discovery (reliability A3).
"""

from collections.abc import Iterable
from enum import Enum

from edgeconsole.model.change import Difference
from edgeconsole.model.configuration import Table


class Role(Enum):
    """What a caller may do; each role may do what the ones before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Return whether this role may do what the needed one may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


ADMIN_FIELDS: dict[Table, frozenset[str] | None] = {
    Table.EDGE: None,
    Table.PROXY: None,
    Table.XMPP_GATEWAY: frozenset({"dialback_secret"}),
    Table.ACCESS_EDGE: frozenset({"partner_discovery"}),
    # A program that the edge runs, and a place it posts to.
    Table.PROBE: frozenset({"notify_command", "notify_url"}),
}
"""What only administrators change; None is every field of the table."""


def role_for(differences: Iterable[Difference]) -> Role:
    """Return the role that changing these fields asks for."""
    table, fields = None, None
    for step in differences:
        if step.table is not table:
            table, fields = step.table, ADMIN_FIELDS.get(step.table, frozenset())
        if fields is None or step.field in fields:
            return Role.ADMIN
    return Role.OPERATOR
