"""Questions about a hosting provider, about push notifications, and the end of public IM (set-up walks 7.3, 7.4)."""

from edgeconsole.actions.federate.partner import HOSTED, TRUST
from edgeconsole.actions.federate.question import (
    Choice,
    Question,
    Recommended,
    Remark,
    Setup,
    Situation,
    asks,
    notes,
    stops,
    warns,
)
from edgeconsole.model.configuration import HostingProvider
from edgeconsole.model.errors import BadInput
from edgeconsole.model.evidence import SrvStatus
from edgeconsole.model.names import parse_access_edge
from edgeconsole.model.terms import Verification
from edgeconsole.rules.modalities import MATRIX, Counterpart
from edgeconsole.rules.srv import WELL_KNOWN_PROVIDERS, choose

MICROSOFT365 = "sipfed.online.lync.com"
PUSH_DOMAIN = "push.lync.com"
"""Domain of Microsoft's push clearing house for Lync Mobile (New-CsAllowedDomain recipe, P-PUSH)."""

PLAIN, HYBRID, OTHER_HYBRID = "plain", "hybrid", "hybrid-other"

_NAME_LIMIT = 64


def existing(situation: Situation) -> HostingProvider | None:
    """Return the provider that the answers name and that exists already."""
    edge = situation.given("provider-edge")
    host = parse_access_edge(edge).host if edge else ""
    return next((each for each in situation.configuration.hosting_providers if each.proxy_fqdn.host == host), None)


def _is_provider(situation: Situation) -> bool:
    return situation.answers.setup is Setup.HOSTING or situation.given("find") == HOSTED


def _recommend_edge(situation: Situation) -> Recommended:
    answer = situation.facts.srv
    if answer is not None and answer.status is SrvStatus.FOUND and answer.records:
        chosen = choose(answer)
        return Recommended(f"{chosen.target}:{chosen.port}", f"the SRV of {situation.partner} leads there")
    return Recommended(MICROSOFT365, "Microsoft 365, the provider of most hosted partners")


def _edge_remarks(situation: Situation, value: str) -> tuple[Remark, ...]:
    host = parse_access_edge(value).host
    for domain in situation.configuration.domains:
        if domain.access_edge is not None and domain.access_edge.host == host:
            return (
                stops(
                    f"{domain.name} is pinned to {host}: listed twice, the Access Edge service stops (event 14517)",
                    f"Take the pin away first: edgeconsole domains allow {domain.name} --access-edge ''",
                ),
            )
    if any(provider.proxy_fqdn.host == host for provider in situation.configuration.public_providers):
        return (stops(f"{host} is a public IM provider's Access Edge", "Remove that entry first"),)
    found = existing(situation)
    if found is not None and found.enabled:
        return (notes(f"hosting provider {found.name!r} has it already and is enabled"),)
    if found is not None:
        return (notes(f"hosting provider {found.name!r} has it already; it is switched on"),)
    return ()


def _needs_name(situation: Situation) -> bool:
    return _is_provider(situation) and existing(situation) is None


def _parse_name(_situation: Situation, text: str) -> str:
    if not text.strip() or len(text) > _NAME_LIMIT:
        raise BadInput(
            f"a provider's name has 1 to {_NAME_LIMIT} characters",
            remedy="Give the name its administrators know, for example Microsoft 365",
        )
    return text.strip()


def _name_remarks(situation: Situation, value: str) -> tuple[Remark, ...]:
    taken = [each.name for each in situation.configuration.hosting_providers if each.name == value]
    return (stops(f"a hosting provider named {value!r} exists", "Give another name"),) if taken else ()


def _recommend_name(situation: Situation) -> Recommended:
    edge = situation.given("provider-edge")
    host = parse_access_edge(edge).host if edge else ""
    if host in WELL_KNOWN_PROVIDERS:
        return Recommended("Microsoft 365", "what the Access Edge belongs to")
    return Recommended(host, "its Access Edge; any name will do")


def _new_shape(situation: Situation) -> bool:
    return situation.answers.setup is Setup.HOSTING and existing(situation) is None


_SHAPES = (
    Choice(PLAIN, "plain", "the provider hosts other organisations only"),
    Choice(HYBRID, "split domain", "some of our own people are hosted there as Skype for Business accounts"),
    Choice(OTHER_HYBRID, "split domain, other", "our domain is shared with it for other services, such as voice mail"),
)


def _shape_remarks(_situation: Situation, value: str) -> tuple[Remark, ...]:
    if value == PLAIN:
        return ()
    return (
        warns(
            "both sides must agree on every SIP domain and list", "Compare the two: edgeconsole import FILE --as teams"
        ),
        notes("the online half must be told too: Set-CsTenantFederationConfiguration -SharedSipAddressSpace $true"),
    )


PROVIDER_QUESTIONS = (
    Question(
        id="provider-edge",
        title="Provider",
        ask=asks("Which Access Edge speaks for the provider's customers? (host or host:port)"),
        why="One enabled provider entry opens the way to all its tenants that the lists or discovery let in.",
        applies=_is_provider,
        recommend=_recommend_edge,
        parse=lambda _situation, text: str(parse_access_edge(text)),
        remarks=_edge_remarks,
    ),
    Question(
        id="provider-name",
        title="Name",
        ask=asks("What shall the provider be called here?"),
        why="The name of the entry; it is shown, and has no other effect.",
        applies=_needs_name,
        recommend=_recommend_name,
        parse=_parse_name,
        remarks=_name_remarks,
    ),
    Question(
        id="shape",
        title="Shape",
        ask=asks("Does the provider host people of our own SIP domains?"),
        why="A shared address space (hybrid) makes the edge ask the provider for people it does not find here.",
        applies=_new_shape,
        choices=lambda _situation: _SHAPES,
        recommend=lambda _situation: Recommended(PLAIN, "no person of ours is known to be hosted there"),
        remarks=_shape_remarks,
    ),
    Question(
        id="provider-verification",
        title="Trust",
        ask=asks("How far are sender names from the provider believed?"),
        why="The cmdlet, the Control Panel and the recipes have three different defaults, so it is always written.",
        applies=_needs_name,
        choices=lambda _situation: TRUST,
        recommend=lambda _situation: Recommended(
            Verification.USE_SOURCE.value, "Microsoft's recipe for its own cloud (UseSourceVerification)"
        ),
    ),
)

_APPLE, _MICROSOFT, _BOTH = "apple", "microsoft", "both"
_PLATFORMS = (
    Choice(_APPLE, "Apple", "Lync 2010 Mobile for iPhone and iPad"),
    Choice(_MICROSOFT, "Microsoft", "Lync 2010 Mobile for Windows Phone"),
    Choice(_BOTH, "both"),
)

PUSH_QUESTIONS = (
    Question(
        id="push",
        title="Phones",
        ask=asks("Which phones shall get push notifications?"),
        why="Push goes to Microsoft's clearing house as a hosted federated partner: a provider, an allowed domain "
        f"({PUSH_DOMAIN}) and a switch for each kind of phone.",
        choices=lambda _situation: _PLATFORMS,
        recommend=lambda _situation: Recommended(_BOTH, "each asks only for what it uses"),
        remarks=lambda _situation, _value: (
            notes("only Lync 2010 Mobile uses it: Lync 2013 Mobile and later are not pushed to by the server"),
        ),
    ),
)


def pushes_to(situation: Situation) -> tuple[bool, bool]:
    """Return whether push is for Apple's and for Microsoft's phones."""
    chosen = situation.given("push")
    return chosen in (_APPLE, _BOTH), chosen in (_MICROSOFT, _BOTH)


_PUBLIC = (Counterpart.SKYPE, Counterpart.MESSENGER, Counterpart.AOL, Counterpart.YAHOO)


def _ended_services(_situation: Situation) -> str:
    days = [f"{MATRIX[each].ended:%-d %B %Y}: {each.value}" for each in _PUBLIC if MATRIX[each].ended is not None]
    return "Public IM has ended; there is nothing to set up any more. " + "; ".join(days) + "."


PUBLIC_IM_QUESTIONS = (
    Question(
        id="ended",
        title="Ended",
        ask=_ended_services,
        why="Entries that are left do no harm where they are disabled; lint names those that are enabled. Registration "
        "for public IM closed on 15 August 2019.",
        choices=lambda _situation: (Choice("leave", "leave", "nothing is changed"),),
    ),
)
