"""Every lint rule, in the order of its code; a code never changes its meaning and is never used again."""

from edgeconsole.rules.lint import dns, domains, lookalikes, policies, providers, switches, topology, xmpp
from edgeconsole.rules.lint.finding import LintRule

RULES: tuple[LintRule, ...] = (
    *domains.RULES,
    *providers.RULES,
    *xmpp.RULES,
    *policies.RULES,
    *topology.RULES,
    *switches.RULES,
    *dns.RULES,
    *lookalikes.RULES,
)
