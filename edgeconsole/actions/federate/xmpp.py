"""Questions about an XMPP partner: domains, server, kind, and the negotiation triple (set-up walk 7.2)."""

from typing import NamedTuple

from edgeconsole.actions.federate.partner import partner_remarks
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
from edgeconsole.model.evidence import SrvStatus
from edgeconsole.model.names import parse_domain, parse_xmpp_server
from edgeconsole.model.terms import Negotiation, PartnerType, Platform
from edgeconsole.rules.negotiation import advice, agreed, methods


class Preset(NamedTuple):
    """A negotiation triple that works (P-XNEG)."""

    name: str
    tls: Negotiation
    sasl: Negotiation
    dialback: bool
    help: str


PRESETS = (
    Preset(
        "certificate", Negotiation.REQUIRED, Negotiation.REQUIRED, False,
        "TLS with both certificates checked; the strongest",
    ),
    Preset(
        "certificate-or-dialback", Negotiation.REQUIRED, Negotiation.OPTIONAL, True,
        "TLS always; dialback where the partner offers no SASL EXTERNAL",
    ),
    Preset(
        "encrypted-dialback", Negotiation.REQUIRED, Negotiation.NOT_SUPPORTED, True,
        "TLS always, identity by DNS call-back",
    ),
    Preset(
        "dialback", Negotiation.NOT_SUPPORTED, Negotiation.NOT_SUPPORTED, True,
        "neither encrypted nor authenticated by certificate; the historic Google Talk recipe",
    ),
)  # fmt: skip

_BY_NAME = {preset.name: preset for preset in PRESETS}


def preset(name: str) -> Preset:
    """Return a preset by its name."""
    return _BY_NAME[name]


def _version_remarks(situation: Situation, name: str) -> tuple[Remark, ...]:
    edge = situation.configuration.edge
    if edge is not None and edge.platform in (Platform.SFB2019, Platform.SFBSE):
        return (
            stops(
                f"an edge of {edge.platform.value} has no XMPP proxy: XMPP ended with Skype for Business Server 2019",
                "It needs a coexisting edge of 2013 or 2015 with the XMPP route",
            ),
        )
    if any(domain.name == name for domain in situation.configuration.domains):
        return (
            stops(f"{name} has a SIP record: a domain is reached one way only", f"edgeconsole domains remove {name}"),
        )
    if any(name in partner.domains for partner in situation.configuration.xmpp_partners):
        return (notes(f"{name} is an XMPP partner already; its record is changed, not added"),)
    return partner_remarks(situation, name)


def _parse_domains(_situation: Situation, text: str) -> str:
    return " ".join(dict.fromkeys(parse_domain(word) for word in text.replace(",", " ").split()))


def _parse_server(_situation: Situation, text: str) -> str:
    server = parse_xmpp_server(text)
    return f"{server.host}:{server.port}"


def _server_remarks(situation: Situation, value: str) -> tuple[Remark, ...]:
    answer = situation.facts.srv
    if value or answer is None:
        return ()
    if answer.status is SrvStatus.MISSING:
        return (notes(f"no _xmpp-server._tcp record: {situation.partner}:5269 itself is tried"),)
    if answer.status is SrvStatus.UNAVAILABLE:
        return (warns("DNS did not answer, so it is not known where the partner's server is"),)
    return ()


_KINDS = (
    Choice(PartnerType.FEDERATED.value, "federated", "an organisation you know: its people are trusted as a partner's"),
    Choice(PartnerType.PUBLIC_VERIFIED.value, "public, verified", "a public service that verifies its users"),
    Choice(
        PartnerType.PUBLIC_UNVERIFIED.value, "public, unverified", "anybody may hold an account; our user invites first"
    ),
)


def _recommend_preset(situation: Situation) -> Recommended:
    offered = situation.facts.methods
    if offered is None:
        return Recommended("certificate", "the strongest; the partner's server was not looked at")
    for each in PRESETS:
        found = agreed(methods(each.tls, each.sasl, each.dialback), offered)
        if found is not None:
            return Recommended(each.name, f"the strongest that the partner's server offers: {found.value}")
    return Recommended("certificate", "the partner's server offers no way that works; this is the strongest to ask for")


def _preset_remarks(situation: Situation, value: str) -> tuple[Remark, ...]:
    chosen = preset(value)
    found: list[Remark] = []
    said = advice(chosen.tls, chosen.sasl, chosen.dialback)
    if said.warning:
        found.append(warns(said.text))
    offered = situation.facts.methods
    if offered is not None and agreed(methods(chosen.tls, chosen.sasl, chosen.dialback), offered) is None:
        names = ", ".join(each.value for each in offered) or "nothing that we know"
        found.append(warns(f"the partner's server offers {names}: both sides share no method"))
    return tuple(found)


XMPP_QUESTIONS = (
    Question(
        id="partner",
        title="Partner",
        ask=asks("Which domain do the partner's people have after the @?"),
        why="XMPP has no discovery: only listed domains are reached.",
        parse=lambda _situation, text: parse_domain(text),
        remarks=_version_remarks,
    ),
    Question(
        id="additional",
        title="More domains",
        ask=lambda situation: f"Which further domains belong to {situation.partner}? (none: leave empty)",
        why="Sub-domains count only where they are listed (P-XPART).",
        parse=_parse_domains,
        optional=True,
    ),
    Question(
        id="server",
        title="Server",
        ask=lambda situation: f"Which server speaks for {situation.partner}? (empty: found by SRV)",
        why="By SRV the partner can move without us; a pinned server is exact and breaks when it moves.",
        parse=_parse_server,
        remarks=_server_remarks,
        recommend=lambda _situation: Recommended("", "found by SRV, as XMPP servers are"),
        optional=True,
        looks_up=LookUp.PARTNER,
    ),
    Question(
        id="type",
        title="Trust",
        ask=lambda situation: f"What kind of partner is {situation.partner}?",
        why="It decides whether its people may write first (PartnerType).",
        choices=lambda _situation: _KINDS,
        recommend=lambda _situation: Recommended(
            PartnerType.PUBLIC_UNVERIFIED.value, "the default, and the careful one"
        ),
    ),
    Question(
        id="negotiation",
        title="Negotiation",
        ask=asks("How are streams secured and authenticated?"),
        why="TLS, SASL and dialback settings must leave at least one method that both sides offer (P-XNEG).",
        choices=lambda _situation: tuple(Choice(each.name, each.name.replace("-", " "), each.help) for each in PRESETS),
        recommend=_recommend_preset,
        remarks=_preset_remarks,
        looks_up=LookUp.PARTNER,
    ),
)
