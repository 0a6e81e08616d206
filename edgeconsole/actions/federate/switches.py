"""Questions every set-up ends with: switches, who may use it, what is noted (set-up walk 7.1, steps 6 to 8)."""

from datetime import UTC, datetime

from edgeconsole.actions.federate.partner import DISCOVERED
from edgeconsole.actions.federate.question import (
    Choice,
    Question,
    Recommended,
    Remark,
    Setup,
    Situation,
    asks,
    notes,
    warns,
)
from edgeconsole.model.errors import BadInput

YES, NO = "yes", "no"
KEEP = "keep"
"""Leave the policies as they are."""

_YES_NO = (Choice(YES, "yes"), Choice(NO, "no"))


def _federation_off(situation: Situation) -> bool:
    return not situation.access_edge.federation


def _discovery_asked(situation: Situation) -> bool:
    wants = situation.given("find") == DISCOVERED or situation.answers.setup is Setup.HOSTING
    return wants and not situation.access_edge.partner_discovery


def _recommend_discovery(situation: Situation) -> Recommended:
    if situation.given("find") == DISCOVERED:
        return Recommended(YES, "without it an unlisted domain is refused")
    return Recommended(NO, "list the provider's tenants one by one; Microsoft's own recipe opens to everybody here")


def _discovery_remarks(situation: Situation, value: str) -> tuple[Remark, ...]:
    if value == YES:
        return (
            warns(
                "every domain in the world that publishes SRV may then reach our people, within the limits for "
                "discovered partners",
                "Block single domains as they show up: edgeconsole discovered list",
            ),
        )
    if situation.given("find") == DISCOVERED:
        return (warns(f"{situation.partner} stays refused as long as discovery is off"),)
    return ()


def _disclaimer_asked(situation: Situation) -> bool:
    # It is one switch for all partners: asked where the switches are set anyway, not again with every partner.
    edge = situation.answers.setup is Setup.EDGE
    return not situation.access_edge.archiving_disclaimer and (
        edge or _federation_off(situation) or situation.given("discovery") == YES
    )


def _federation_remarks(_situation: Situation, value: str) -> tuple[Remark, ...]:
    return () if value == YES else (warns("nothing federates as long as the master switch is off"),)


def _policies_managed(situation: Situation) -> bool:
    return bool(situation.configuration.policies)


def policy_field(situation: Situation) -> str:
    """Return the policy's property beside `federation` that the set-up needs, if any."""
    return "xmpp" if situation.answers.setup is Setup.XMPP else "federation"


def _opens(situation: Situation, policy: object) -> bool:
    return bool(getattr(policy, "federation", False) and getattr(policy, policy_field(situation)))


def _policies(situation: Situation) -> tuple[Choice, ...]:
    found = [Choice(KEEP, "leave the policies as they are")]
    for policy in situation.configuration.policies:
        state = "has it" if _opens(situation, policy) else "would get it"
        holders = sum(grant.policy == policy.id for grant in situation.configuration.policy_grants)
        who = {"global": "everybody without a narrower policy", "site": f"people of site {policy.name}"}.get(
            policy.scope.value, f"{holders} people hold it"
        )
        found.append(Choice(policy.id, policy.id, f"{who}; {state}"))
    return tuple(found)


def _recommend_policy(situation: Situation) -> Recommended | None:
    opened = [policy.id for policy in situation.configuration.policies if _opens(situation, policy)]
    if opened:
        return Recommended(KEEP, f"{', '.join(opened[:3])} {'allows' if len(opened) == 1 else 'allow'} it already")
    return Recommended("global", "no policy allows it yet, so nobody could use it")


def _policy_remarks(situation: Situation, value: str) -> tuple[Remark, ...]:
    found: list[Remark] = []
    opened = any(_opens(situation, policy) for policy in situation.configuration.policies)
    if value == KEEP and not opened:
        found.append(warns("no policy allows it: everybody is refused with 403, ms-diagnostics 1002"))
    if value.startswith("user:") and not any(grant.policy == value for grant in situation.configuration.policy_grants):
        found.append(warns(f"nobody holds {value}", f"edgeconsole policies grant USER {value}"))
    return tuple(found)


def _parse_expiry(situation: Situation, text: str) -> str:
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is no date", remedy="Write it as 2027-03-31 or 2027-03-31T18:00:00Z") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment <= situation.now:
        raise BadInput(f"{text} is in the past", remedy="The record would never count; give a later day")
    return moment.isoformat().replace("+00:00", "Z")


FEDERATION = Question(
    id="federation",
    title="Master switch",
    ask=asks("Federation is switched off on this edge. Switch it on?"),
    why="The Access Edge's master switch: off, nothing passes whatever the lists say (AllowFederatedUsers).",
    applies=_federation_off,
    choices=lambda _situation: _YES_NO,
    recommend=lambda _situation: Recommended(YES, "nothing federates without it"),
    remarks=_federation_remarks,
)

DISCOVERY = Question(
    id="discovery",
    title="Discovery",
    ask=asks("Partner discovery is off. Switch it on?"),
    why="Discovery lets domains in that are on no list, when their SRV record leads to the server that calls.",
    applies=_discovery_asked,
    choices=lambda _situation: _YES_NO,
    recommend=_recommend_discovery,
    remarks=_discovery_remarks,
)

DISCLAIMER = Question(
    id="disclaimer",
    title="Disclaimer",
    ask=asks("Are messages archived here, so that partners must be told?"),
    why="Every partner's client may then show that what is written is archived; some laws ask for it. It archives "
    "nothing by itself (EnableArchivingDisclaimer).",
    applies=_disclaimer_asked,
    choices=lambda _situation: _YES_NO,
    recommend=lambda _situation: Recommended(NO, "the default; say yes where messages to partners are archived"),
    remarks=lambda _situation, value: (
        (notes("every message to every partner carries the notice, not only to this one"),) if value == YES else ()
    ),
)

POLICY = Question(
    id="policy",
    title="Policy",
    ask=asks("Whose external access policy should allow it?"),
    why="A person needs an effective policy that allows federation; user wins over site over global, each whole.",
    applies=_policies_managed,
    choices=_policies,
    recommend=_recommend_policy,
    remarks=_policy_remarks,
)

COMMENT = Question(
    id="comment",
    title="Note",
    ask=asks("Why is this set up, and who asked for it? (optional)"),
    why="The next engineer reads it beside the record; the history keeps it too.",
    optional=True,
)

EXPIRES = Question(
    id="expires",
    title="Until",
    ask=asks("Until when does it count? (a day, or empty for ever)"),
    why="From that moment the record stops counting by itself, without a reload.",
    parse=_parse_expiry,
    optional=True,
    remarks=lambda _situation, value: (notes(f"it stops counting by itself at {value}"),) if value else (),
)
