"""External access policies by scope, and which one wins for a person."""

from edgeconsole.model.configuration import Configuration, Policy
from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style, eager
from edgeconsole.rules.policies import GLOBAL, Effective

COLUMNS = (
    Column("id", "POLICY", 0),
    Column("federation", "FEDERATION", 10),
    Column("xmpp", "XMPP", 5),
    Column("public", "PUBLIC", 6),
    Column("public_av", "A/V", 5),
    Column("outside", "OUTSIDE", 7),
    Column("granted", "GRANTED TO", 14, right=True),
)

UNMANAGED = (
    "Policies are not managed here: the file has no [[policy]]. edgeconsole policies set global federation=true "
    "writes the first; from then on policies are enforced."
)


def list_view(configuration: Configuration) -> ListView:
    """Return the list of policies; the global one is always there once any policy is."""
    policies = configuration.policies
    if policies and all(policy.id != "global" for policy in policies):
        policies = (GLOBAL, *policies)
    return eager(COLUMNS, [_row(policy, configuration) for policy in policies], UNMANAGED)


def _row(policy: Policy, configuration: Configuration) -> Row:
    flags = (policy.federation, policy.xmpp, policy.public_cloud, policy.public_cloud_av, policy.outside)
    cells = (Span(policy.id), *(_flag(flag) for flag in flags), Span(_granted(policy, configuration)))
    return Row(policy.id, cells)


def _flag(on: bool) -> Span:
    return Span(". yes", Style.OK) if on else Span("- no", Style.OFF)


def _granted(policy: Policy, configuration: Configuration) -> str:
    if policy.id == "global":
        return "everybody else"
    if policy.id.startswith("site:"):
        return "the site"
    people = sum(1 for grant in configuration.policy_grants if grant.policy == policy.id)
    return "nobody" if not people else f"{people} people" if people > 1 else "1 person"


def effective(user: str, found: Effective) -> tuple[Line, ...]:
    """Return who wins for a person, and the chain that lost."""
    winner = found.winner
    lines = [Line((Span(f"{user}: ", Style.STRONG), Span(winner.id, Style.OK)))]
    for candidate in found.chain:
        won = candidate.policy is not None and candidate.policy.id == winner.id
        mark = Span("> wins   ", Style.OK) if won else Span("- passed ", Style.MUTED)
        text = candidate.policy.id if candidate.policy else candidate.why
        lines.append(Line((mark, Span(f"{candidate.scope.value:<7}"), Span(text))))
    flags = ("federation", "xmpp", "public_cloud", "public_cloud_av", "outside")
    spans: list[Span] = [Span("allows   ", Style.MUTED)]
    for flag in flags:
        on = bool(getattr(winner, flag))
        spans += [Span(f"{flag} "), Span("yes  " if on else "no  ", Style.OK if on else Style.OFF)]
    lines.append(Line(tuple(spans)))
    return tuple(lines)
