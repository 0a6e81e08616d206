"""Questions about a SIP partner: whose domain, how it is found, which Access Edge (set-up walk 7.1, steps 1, 2, 7)."""

from edgeconsole.actions.federate.question import (
    Choice,
    LookUp,
    Question,
    Recommended,
    Remark,
    Situation,
    asks,
    notes,
    stops,
    warns,
)
from edgeconsole.model.configuration import Action, FederatedDomain, HostingProvider
from edgeconsole.model.evidence import SrvStatus
from edgeconsole.model.names import parse_access_edge, parse_domain
from edgeconsole.model.terms import Verification
from edgeconsole.rules.srv import WELL_KNOWN_PROVIDERS, choose, is_direct_child

DISCOVERED, ALLOWED_DOMAIN, ALLOWED_SERVER, HOSTED = "discovered", "allowed-domain", "allowed-server", "hosted"


def listed(situation: Situation, name: str) -> FederatedDomain | None:
    """Return the record a domain has already."""
    return next((domain for domain in situation.configuration.domains if domain.name == name), None)


def provider_of(situation: Situation, host: str) -> HostingProvider | None:
    """Return the hosting provider whose Access Edge a host is."""
    return next((each for each in situation.configuration.hosting_providers if each.proxy_fqdn.host == host), None)


def _parse_partner(_situation: Situation, text: str) -> str:
    return parse_domain(text)


def partner_remarks(situation: Situation, name: str) -> tuple[Remark, ...]:
    """Say what stands in the way of a new partner of that name."""
    configuration = situation.configuration
    if any(domain.name == name for domain in configuration.sip_domains):
        return (stops(f"{name} is one of our own SIP domains", "Give the partner's domain"),)
    found: list[Remark] = []
    record = listed(situation, name)
    if record is not None and record.action is Action.BLOCK:
        found.append(
            warns(f"{name} is blocked now; this set-up would open it", "Ask who blocked it: edgeconsole history")
        )
    elif record is not None:
        found.append(notes(f"{name} is on the allow list already; its record is changed, not added"))
    return tuple(found)


def _sip_partner_remarks(situation: Situation, name: str) -> tuple[Remark, ...]:
    for xmpp in situation.configuration.xmpp_partners:
        if name in xmpp.domains:
            return (
                stops(
                    f"{name} is a domain of the XMPP partner {xmpp.name}: a domain is reached one way only",
                    f"Remove it there first: edgeconsole partners remove {xmpp.name}",
                ),
            )
    return partner_remarks(situation, name)


def _finds(situation: Situation) -> tuple[Choice, ...]:
    name = situation.partner
    return (
        Choice(ALLOWED_DOMAIN, "allowed domain", f"on the allow list; its Access Edge is found by SRV of {name}"),
        Choice(ALLOWED_SERVER, "allowed server", "on the allow list, pinned to one Access Edge that you name"),
        Choice(HOSTED, "hosted", "at a hosting provider such as Microsoft 365, which speaks for it"),
        Choice(DISCOVERED, "discovered", "no record: partner discovery finds it, with the limits for strangers"),
    )


def _recommend_find(situation: Situation) -> Recommended | None:
    answer = situation.facts.srv
    name = situation.partner
    if answer is None:
        return None
    if answer.status is SrvStatus.MISSING:
        return Recommended(
            ALLOWED_SERVER, f"{name} publishes no _sipfederationtls._tcp record: only a pinned one works"
        )
    if answer.status is SrvStatus.UNAVAILABLE or not answer.records:
        return None
    target = choose(answer).target
    if target in WELL_KNOWN_PROVIDERS or provider_of(situation, target) is not None:
        return Recommended(HOSTED, f"its SRV leads to {target}, a hosting provider")
    if not is_direct_child(target, name):
        return Recommended(
            ALLOWED_SERVER, f"its SRV leads to {target}, which is not one label below {name}: only a pin is accepted"
        )
    return Recommended(ALLOWED_DOMAIN, f"its SRV leads to {target}, which may speak for {name}; it may move on its own")


def _find_remarks(situation: Situation, value: str) -> tuple[Remark, ...]:
    answer, advice = situation.facts.srv, _recommend_find(situation)
    found: list[Remark] = []
    if answer is None or answer.status is SrvStatus.UNAVAILABLE:
        found.append(notes("DNS was not looked up or did not answer, so this is not checked"))
    elif advice is not None and advice.value != value and value in (ALLOWED_DOMAIN, DISCOVERED):
        found.append(warns(f"it will not work as things are: {advice.why}", f"Choose {advice.value}"))
    if value == DISCOVERED and listed(situation, situation.partner) is not None:
        found.append(
            stops(f"{situation.partner} has a record already, so it is not discovered", "Choose allowed domain")
        )
    if value == DISCOVERED and situation.access_edge.routing.value != "dns-srv":
        found.append(
            stops("partner discovery needs routing by DNS SRV", "edgeconsole settings set access-edge routing=dns-srv")
        )
    return tuple(found)


def _is_server(situation: Situation) -> bool:
    return situation.given("find") == ALLOWED_SERVER


def _parse_edge(_situation: Situation, text: str) -> str:
    return str(parse_access_edge(text))


def _recommend_edge(situation: Situation) -> Recommended:
    record = listed(situation, situation.partner)
    if record is not None and record.access_edge is not None:
        return Recommended(str(record.access_edge), "that is what it is pinned to now")
    answer = situation.facts.srv
    if answer is not None and answer.records:
        chosen = choose(answer)
        return Recommended(f"{chosen.target}:{chosen.port}", "its SRV record names it")
    return Recommended(f"sip.{situation.partner}", "the usual name; ask the partner for theirs")


def _edge_remarks(situation: Situation, value: str) -> tuple[Remark, ...]:
    host = parse_access_edge(value).host
    if host in WELL_KNOWN_PROVIDERS or provider_of(situation, host) is not None:
        return (
            stops(
                f"{host} is a hosting provider's Access Edge; listed twice it stops the service (event 14517)",
                "Go back and choose hosted",
            ),
        )
    if situation.configuration.edge is not None and host == situation.configuration.edge.fqdn:
        return (stops(f"{host} is our own Access Edge", "Ask the partner for theirs"),)
    shown = _shown_names(situation)
    if shown and host not in shown:
        return (
            warns(f"the certificate it shows does not name {host}", "The partner reissues it, or names another FQDN"),
        )
    return ()


def _shown_names(situation: Situation) -> frozenset[str]:
    result = situation.facts.partner
    if result is None:
        return frozenset()
    return frozenset(name for endpoint in result.endpoints for each in endpoint.chain[:1] for name in each.names)


def _trusts(situation: Situation) -> bool:
    return situation.given("find") in (ALLOWED_DOMAIN, ALLOWED_SERVER)


TRUST = (
    Choice(Verification.USE_SOURCE.value, "use source", "believe the verification the partner's edge wrote"),
    Choice(Verification.ALWAYS_VERIFIABLE.value, "always verifiable", "take all its senders as verified"),
    Choice(
        Verification.ALWAYS_UNVERIFIABLE.value,
        "always unverifiable",
        "delivered only to people who have the sender on their contact list",
    ),
)


def _trust_remarks(_situation: Situation, value: str) -> tuple[Remark, ...]:
    if value == Verification.ALWAYS_VERIFIABLE.value:
        return (warns("whoever the partner lets in is believed", "Choose it for an organisation you run yourself"),)
    return ()


SIP_QUESTIONS = (
    Question(
        id="partner",
        title="Partner",
        ask=asks("Which domain do the partner's people have after the @?"),
        why="A record is for one SIP domain. Sub-domains are covered unless the record says exact.",
        parse=_parse_partner,
        remarks=_sip_partner_remarks,
    ),
    Question(
        id="find",
        title="Find",
        ask=lambda situation: f"How should the edge find {situation.partner}?",
        why="It decides which server may speak for the domain. By SRV the partner can move without us; a pin is exact "
        "and breaks on the day the partner moves; discovered partners are limited and may be anybody.",
        choices=_finds,
        recommend=_recommend_find,
        remarks=_find_remarks,
        looks_up=LookUp.PARTNER,
    ),
    Question(
        id="access-edge",
        title="Access Edge",
        ask=lambda situation: f"Which Access Edge speaks for {situation.partner}? (host or host:port)",
        why="Only this host, by exactly this name in its certificate, may then speak for the domain.",
        applies=_is_server,
        recommend=_recommend_edge,
        parse=_parse_edge,
        remarks=_edge_remarks,
        looks_up=LookUp.PARTNER,
    ),
    Question(
        id="verification",
        title="Trust",
        ask=lambda situation: f"How far are sender names from {situation.partner} believed?",
        why="The verification level decides whether an unknown sender's message is delivered or needs a contact.",
        applies=_trusts,
        choices=lambda _situation: TRUST,
        recommend=lambda _situation: Recommended(
            Verification.USE_SOURCE.value, "the default: the partner's edge knows whom it verified"
        ),
        remarks=_trust_remarks,
    ),
)
