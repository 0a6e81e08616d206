"""External access policies by scope, who holds which, and which one wins for a person."""

from collections import Counter
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from edgeconsole.model.configuration import Configuration, Policy, Table
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.model.text import clean
from edgeconsole.present import form
from edgeconsole.present.ages import plural
from edgeconsole.present.facets import of_words
from edgeconsole.present.filtering import worded
from edgeconsole.present.form import FormField
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Column, Facet, Line, ListView, Row, Span, Style, eager
from edgeconsole.present.waiting import waiting
from edgeconsole.rules.policies import GLOBAL, Effective, PolicyIndex


class Tab(Enum):
    """The lists of the Policies screen."""

    SWITCHES = "Access Edge"
    POLICIES = "policies"
    GRANTS = "grants"


TABLES = {Tab.SWITCHES: Table.ACCESS_EDGE, Tab.POLICIES: Table.POLICY, Tab.GRANTS: Table.POLICY_GRANT}


class Flag(NamedTuple):
    """One thing a policy lets people do: its field, the key that toggles it, and its meaning."""

    field: str
    key: str
    word: str
    meaning: str


FLAGS = (
    Flag("federation", "f", "federation", "people of federated SIP domains"),
    Flag("xmpp", "x", "XMPP", "people of XMPP partners; needs federation as well"),
    Flag("public_cloud", "p", "public", "users of public IM providers"),
    Flag("public_cloud_av", "v", "A/V", "audio and video with them"),
    Flag("outside", "o", "outside", "sign in from the Internet"),
)

COLUMNS = (
    Column("id", "POLICY", 0),
    Column("federation", "FEDERATION", 10),
    Column("xmpp", "XMPP", 5),
    Column("public", "PUBLIC", 6),
    Column("public_av", "A/V", 5),
    Column("outside", "OUTSIDE", 7),
    Column("granted", "GRANTED TO", 14, right=True),
)

GRANT_COLUMNS = (
    Column("user", "USER", 0),
    Column("policy", "POLICY", 24),
    Column("state", "STATE", 12),
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
    granted = Counter(grant.policy for grant in configuration.policy_grants)
    return eager(COLUMNS, [_row(policy, granted[policy.id]) for policy in policies], UNMANAGED)


def _row(policy: Policy, people: int) -> Row:
    flags = (policy.federation, policy.xmpp, policy.public_cloud, policy.public_cloud_av, policy.outside)
    cells = (Span(policy.id), *(_flag(flag) for flag in flags), Span(_granted(policy, people)))
    return Row(policy.id, cells)


def _flag(on: bool) -> Span:
    return Span(". yes", Style.OK) if on else Span("- no", Style.OFF)


def _granted(policy: Policy, people: int) -> str:
    if policy.id == "global":
        return "everybody else"
    if policy.id.startswith("site:"):
        return "the site"
    return "nobody" if not people else f"{people} people" if people > 1 else "1 person"


def effective(user: str, found: Effective) -> tuple[Line, ...]:
    """Return who wins for a person, and the chain that lost."""
    winner = found.winner
    lines = [Line((Span(f"{user}: ", Style.STRONG), Span(clean(winner.id), Style.OK)))]
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


def switches_view(snapshot: Snapshot, fields: Sequence[FormField]) -> ListView:
    """Return the switches of the Access Edge."""
    if snapshot.taken_at is None:
        return eager(form.COLUMNS, [], waiting(snapshot, "policies"))
    return eager(form.COLUMNS, [form.row(field) for field in fields], "")


def policies_view(snapshot: Snapshot) -> ListView:
    """Return the policies of a console's snapshot."""
    view = list_view(snapshot.configuration)
    return view._replace(empty=waiting(snapshot, "policies") or f"{_UNMANAGED_LINE} {keycap('row.new')} makes it.")


_GRANTED = {True: Span(". in force", Style.OK), False: Span("X no policy", Style.FAIL)}
"""The state of a grant, by whether its policy is there."""
_STATES = tuple(worded(state.text) for state in _GRANTED.values())


def grants_view(snapshot: Snapshot) -> ListView:
    """Return who holds which user policy."""
    if snapshot.taken_at is None:
        return eager(GRANT_COLUMNS, [], waiting(snapshot, "policies"))
    known = {policy.id for policy in snapshot.configuration.policies}
    grants = snapshot.configuration.policy_grants

    def row(position: int) -> Row:
        grant = grants[position]
        return Row(grant.user, (Span(grant.user), Span(grant.policy), _GRANTED[grant.policy in known]))

    # Rows are made when they are shown: an organisation may have one for each of its people.
    return ListView(
        columns=GRANT_COLUMNS,
        keys=[grant.user for grant in grants],
        search=[f"{grant.user} {grant.policy.lower()}" for grant in grants],
        row=row,
        order=lambda column, position: grants[position].policy if column == "policy" else grants[position].user,
        empty=f"Nobody holds a user policy. {keycap('policy.person')} looks at a person and gives them one; "
        "the site or the global policy counts.",
        facets=(
            Facet("user", lambda: [grant.user for grant in grants]),
            of_words("policy", lambda: [grant.policy.lower() for grant in grants], sorted(known)),
            of_words("state", lambda: [_STATES[grant.policy not in known] for grant in grants], _STATES),
        ),
    )


def switch_detail(field: FormField, snapshot: Snapshot) -> tuple[Line, ...]:
    """Return what a switch means, and what of it is in force where that is another value."""
    lines = form.field_lines(field)
    enforced = snapshot.health.access_edge if snapshot.health else None
    if enforced is None or getattr(enforced, field.name) == getattr(snapshot.configuration.access_edge, field.name):
        return lines
    running = form.shortened(getattr(enforced, field.name))
    return (Line((Span("! not running: ", Style.WARN), Span(f"the edge still enforces {running}"))), *lines)


def policy_detail(policy_id: str, configuration: Configuration) -> tuple[Line, ...]:
    """Return what a policy allows, to whom it applies, and what else has to be known."""
    policy = next((each for each in configuration.policies if each.id == policy_id), None)
    found = policy or GLOBAL
    lines = [
        Line((Span(f"{flag.word:<11}", Style.MUTED), _flag(getattr(found, flag.field)), Span(f"  {flag.meaning}")))
        for flag in FLAGS
    ]
    if policy is None:
        lines.append(Line((Span("the file does not change it; it allows nothing (P-MANAGE)", Style.MUTED),)))
    if found.xmpp and not found.federation:
        lines.append(Line((Span("! ", Style.WARN), Span("XMPP has no effect without federation"))))
    if found.comment:
        lines.append(Line((Span(f"{'comment':<11}", Style.MUTED), Span(found.comment))))
    people = [grant.user for grant in configuration.policy_grants if grant.policy == policy_id]
    if policy_id.startswith("user:"):
        names = ", ".join(people[:5]) + (f" and {len(people) - 5} more" if len(people) > 5 else "")
        told = f"{plural(len(people), 'person')}: {names}".replace("persons", "people") if people else "nobody"
        lines.append(Line((Span(f"{'granted to':<11}", Style.MUTED), Span(told))))
    elif policy_id.startswith("site:"):
        site = next((each for each in configuration.sites if f"site:{each.name}" == policy_id), None)
        told = ", ".join(site.users[:5]) or "nobody" if site else "no site of that name is configured"
        lines.append(Line((Span(f"{'people':<11}", Style.MUTED), Span(told))))
    return tuple(lines)


def in_force(user: str, index: PolicyIndex) -> tuple[Line, ...]:
    """Return what applies to a person and why; where policies are not managed, that."""
    if not index.managed:
        return (
            Line((Span(f"{user}: ", Style.STRONG), Span("everything the partner's rules allow", Style.OK))),
            Line((Span(_UNMANAGED_LINE),)),
        )
    return effective(user, index.effective(user))


_UNMANAGED_LINE = (
    "Policies are not managed here: the file has no [[policy]], so nothing is decided by them. The first one brings "
    "the global policy in force for everybody it does not name, and that allows nothing by itself."
)
