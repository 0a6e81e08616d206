"""The configuration compiled for decisions: dictionaries, so that no decision scans a list."""

from edgeconsole.model.configuration import Action, Configuration, FederatedDomain
from edgeconsole.model.names import HostPort


class RuleIndex:
    """One revision's rules, ready for look-ups; never changed after it was made."""

    __slots__ = ("allow", "block", "federation", "local", "next_hop", "partner_discovery")

    def __init__(
        self,
        *,
        federation: bool,
        partner_discovery: bool,
        local: frozenset[str],
        next_hop: HostPort | None,
        allow: dict[str, FederatedDomain],
        block: dict[str, FederatedDomain],
    ) -> None:
        self.federation = federation
        self.partner_discovery = partner_discovery
        self.local = local
        self.next_hop = next_hop
        self.allow = allow
        self.block = block

    @classmethod
    def compile(cls, configuration: Configuration) -> "RuleIndex":
        """Build the index of a whole configuration."""
        return cls(
            federation=configuration.access_edge.federation,
            partner_discovery=configuration.access_edge.partner_discovery,
            local=frozenset(domain.name for domain in configuration.sip_domains),
            next_hop=configuration.edge.next_hop if configuration.edge else None,
            allow={domain.name: domain for domain in configuration.domains if domain.action is Action.ALLOW},
            block={domain.name: domain for domain in configuration.domains if domain.action is Action.BLOCK},
        )


def longest_suffix(rules: dict[str, FederatedDomain], name: str) -> FederatedDomain | None:
    """Return the most specific record that covers the name, on label boundaries.

    A record for contoso.com covers it.contoso.com and never evilcontoso.com (P-ALLOW, P-BLOCK: suffix match).
    """
    while True:
        found = rules.get(name)
        if found is not None:
            return found
        dot = name.find(".")
        if dot < 0:
            return None
        name = name[dot + 1 :]
