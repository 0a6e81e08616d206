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
from edgeconsole.model.errors import BadInput
from edgeconsole.model.evidence import SrvStatus
from edgeconsole.model.names import DomainName, parse_domain, parse_xmpp_server
from edgeconsole.model.terms import Negotiation, PartnerType, Platform
from edgeconsole.model.xmpp import XmppPartner
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

_USUAL_LIMIT = XmppPartner(name=DomainName("partner.example")).connection_limit
"""Connections of one partner in a record that does not say; the gateway's limit counts then."""

_YES, _NO = "yes", "no"

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


def _listed(situation: Situation) -> XmppPartner | None:
    return next((each for each in situation.configuration.xmpp_partners if each.name == situation.partner), None)


def _recommend_keep_alive(situation: Situation) -> Recommended:
    record = _listed(situation)
    if record is not None:
        return Recommended(_YES if record.keep_alive else _NO, "what its record says now")
    if situation.given("negotiation") == "dialback":
        return Recommended(_NO, "the historic recipe that goes with dialback alone: such servers do not answer it")
    return Recommended(_YES, "a stream that died without a word is found and opened again")


def _keep_alive_remarks(_situation: Situation, value: str) -> tuple[Remark, ...]:
    if value == _YES:
        return ()
    return (notes("a partner that fell silent is noticed only when a stream is closed for being idle"),)


def _parse_limit(situation: Situation, text: str) -> str:
    most = situation.configuration.xmpp_gateway.connection_limit
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:6]) <= most:
        raise BadInput(
            f"{text!r} is no number of connections from 1 to {most}",
            remedy=f"The gateway takes {most} of all partners together ([xmpp_gateway] connection_limit)",
        )
    return str(int(text))


def _recommend_limit(situation: Situation) -> Recommended:
    record = _listed(situation)
    if record is not None:
        return Recommended(str(record.connection_limit), "what its record says now")
    usual = situation.configuration.xmpp_gateway.partner_connection_limit
    return Recommended(str(usual), "the gateway's limit for one partner; a server needs one or two for each direction")


def _limit_remarks(situation: Situation, value: str) -> tuple[Remark, ...]:
    gateway = situation.configuration.xmpp_gateway.partner_connection_limit
    if int(value) == _USUAL_LIMIT != gateway:
        return (
            warns(f"{value} in a record stands for the gateway's limit, which is {gateway}", "Take another number"),
        )
    if int(value) == 1:
        return (warns("the partner's stream in and ours out count both: with one, only one direction works at a time"),)
    return ()


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
    Question(
        id="keep-alive",
        title="Keep-alive",
        ask=asks("Must the partner show now and then that it is still there?"),
        why="With it a partner that is silent for longer than [xmpp_gateway] keep_alive is cut off (EnableKeepAlive).",
        choices=lambda _situation: (Choice(_YES, "yes"), Choice(_NO, "no")),
        recommend=_recommend_keep_alive,
        remarks=_keep_alive_remarks,
    ),
    Question(
        id="connection-limit",
        title="Connections",
        ask=lambda situation: f"How many connections may {situation.partner} have at once?",
        why="What one partner can take of the gateway, whatever happens there (ConnectionLimit).",
        parse=_parse_limit,
        recommend=_recommend_limit,
        remarks=_limit_remarks,
    ),
)
