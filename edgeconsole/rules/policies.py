"""Which external access policy applies to a person: user over site over global, the winner taken whole.

No property is merged: a user policy that allows wins over a site policy that forbids, and the other way round
(Grant-CsExternalAccessPolicy, example). No `[[policy]]` at all means that policies are not decided here.
"""

from fnmatch import fnmatchcase
from typing import NamedTuple

import msgspec

from edgeconsole.model.configuration import Configuration, Policy, Site
from edgeconsole.model.policies import Scope

GLOBAL = Policy(id="global")
"""The global policy where the file has none: it exists always, and allows nothing (P-MANAGE)."""


class Candidate(NamedTuple):
    """One policy on the way to the winner, and why it won or lost."""

    scope: Scope
    policy: Policy | None
    why: str


class Effective(NamedTuple):
    """The policy that applies to a person, and the chain that led to it, narrowest first."""

    winner: Policy
    chain: tuple[Candidate, ...]
    site: Site | None


class PolicyIndex(msgspec.Struct, frozen=True, kw_only=True):
    """Policies, grants and sites, ready for look-ups by person."""

    managed: bool = False
    """Whether the file has any policy."""
    policies: dict[str, Policy] = {}
    grants: dict[str, str] = {}
    site_by_user: dict[str, Site] = {}
    site_by_domain: dict[str, Site] = {}
    """Sites that take everybody of a domain (`*@domain`)."""
    site_patterns: tuple[tuple[str, Site], ...] = ()
    """The other patterns, in the order of the file; few, since each is tried."""
    branch_users: frozenset[str] = frozenset()
    branch_patterns: tuple[str, ...] = ()

    @classmethod
    def compile(cls, configuration: Configuration) -> "PolicyIndex":
        """Build the index."""
        by_user: dict[str, Site] = {}
        by_domain: dict[str, Site] = {}
        patterns: list[tuple[str, Site]] = []
        branch = [pattern for site in configuration.sites for pattern in site.survivable_branch]
        for site in configuration.sites:
            for pattern in (*site.users, *site.survivable_branch):
                if "*" not in pattern:
                    by_user.setdefault(pattern, site)
                elif pattern.startswith("*@") and "*" not in pattern[2:]:
                    by_domain.setdefault(pattern[2:], site)
                else:
                    patterns.append((pattern, site))
        return cls(
            managed=bool(configuration.policies),
            policies={policy.id: policy for policy in configuration.policies},
            grants={grant.user: grant.policy for grant in configuration.policy_grants},
            site_by_user=by_user,
            site_by_domain=by_domain,
            site_patterns=tuple(patterns),
            branch_users=frozenset(pattern for pattern in branch if "*" not in pattern),
            branch_patterns=tuple(pattern for pattern in branch if "*" in pattern),
        )

    def site_of(self, user: str) -> Site | None:
        """Return the site a person belongs to: named one by one, then by domain, then by pattern."""
        found = self.site_by_user.get(user) or self.site_by_domain.get(user.rpartition("@")[2])
        if found is not None:
            return found
        return next((site for pattern, site in self.site_patterns if fnmatchcase(user, pattern)), None)

    def on_survivable_branch(self, user: str) -> bool:
        """Return whether the person is homed on a Survivable Branch Appliance."""
        return user in self.branch_users or any(fnmatchcase(user, pattern) for pattern in self.branch_patterns)

    def winner(self, user: str) -> Policy:
        """Return the policy that applies to a person."""
        granted = self.policies.get(self.grants.get(user, ""))
        if granted is not None:
            return granted
        site = self.site_of(user)
        of_site = self.policies.get(f"site:{site.name}") if site else None
        return of_site or self.policies.get("global", GLOBAL)

    def effective(self, user: str) -> Effective:
        """Return the policy that applies to a person with the chain that led to it."""
        granted = self.grants.get(user)
        site = self.site_of(user)
        chain = (
            self._candidate(Scope.USER, granted, "no user policy is granted to them"),
            self._candidate(
                Scope.SITE, f"site:{site.name}" if site else None, "they belong to no site of this configuration"
            ),
            Candidate(
                Scope.GLOBAL,
                self.policies.get("global", GLOBAL),
                "the global policy" + ("" if "global" in self.policies else ", which the file does not change"),
            ),
        )
        return Effective(self.winner(user), chain, site)

    def _candidate(self, scope: Scope, policy_id: str | None, absent: str) -> Candidate:
        if policy_id is None:
            return Candidate(scope, None, absent)
        policy = self.policies.get(policy_id)
        return Candidate(scope, policy, policy_id if policy else f"{policy_id} does not exist")
