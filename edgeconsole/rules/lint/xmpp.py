"""Lint of XMPP partners and the gateway: negotiation, domains, limits."""

from collections.abc import Iterator

from edgeconsole.model.configuration import Table, XmppPartner
from edgeconsole.model.terms import LoadBalancing, Negotiation, Platform
from edgeconsole.rules.index import longest_suffix
from edgeconsole.rules.lint.finding import Hit, Inspection, LintRule, Severity, set_fields
from edgeconsole.rules.negotiation import Method, advice, methods_of

_WITH_XMPP = frozenset({Platform.UNKNOWN, Platform.LYNC2013, Platform.SFB2015})
"""Edges that have an XMPP proxy (SFB-XMPP19; docs/rules.md 1.7)."""


def _off(setting: Negotiation) -> bool:
    return setting is Negotiation.NOT_SUPPORTED


def _impossible(view: Inspection) -> Iterator[Hit]:
    for partner in view.configuration.xmpp_partners:
        if not methods_of(partner):
            yield Hit(
                Table.XMPP_PARTNER, partner.name, "tls",
                _combination(partner) + advice(partner.tls, partner.sasl, partner.dialback).text,
                "Set dialback = true, or allow TLS and SASL",
            )  # fmt: skip


def _combination(partner: XmppPartner) -> str:
    switch = "on" if partner.dialback else "off"
    return f"TLS {partner.tls.value}, SASL {partner.sasl.value}, dialback {switch}: "


def _unused_dialback(view: Inspection) -> Iterator[Hit]:
    for partner in view.configuration.xmpp_partners:
        if partner.tls is partner.sasl is Negotiation.REQUIRED and partner.dialback:
            yield Hit(
                Table.XMPP_PARTNER, partner.name, "dialback",
                advice(partner.tls, partner.sasl, True).text,
                "Set dialback = false",
                set_fields(Table.XMPP_PARTNER, partner.name, dialback=False), safe=True,
            )  # fmt: skip


def _optional_tls_for_sasl(view: Inspection) -> Iterator[Hit]:
    for partner in view.configuration.xmpp_partners:
        if partner.tls is Negotiation.OPTIONAL and not _off(partner.sasl):
            yield Hit(
                Table.XMPP_PARTNER, partner.name, "tls",
                advice(partner.tls, partner.sasl, partner.dialback).text,
                'Set tls = "required" if the partner can, else sasl = "not-supported"',
            )  # fmt: skip


def _sasl_without_tls(view: Inspection) -> Iterator[Hit]:
    for partner in view.configuration.xmpp_partners:
        if _off(partner.tls) and not _off(partner.sasl) and partner.dialback:
            yield Hit(
                Table.XMPP_PARTNER, partner.name, "sasl",
                advice(partner.tls, partner.sasl, True).text,
                'Set sasl = "not-supported", or allow TLS',
                set_fields(Table.XMPP_PARTNER, partner.name, sasl="not-supported"), safe=True,
            )  # fmt: skip


def _weak(view: Inspection) -> Iterator[Hit]:
    for partner in view.configuration.xmpp_partners:
        if _off(partner.tls) and _off(partner.sasl) and methods_of(partner) == (Method.TCP_DIALBACK,):
            yield Hit(
                Table.XMPP_PARTNER, partner.name, "tls",
                advice(partner.tls, partner.sasl, partner.dialback).text,
                'Set tls = "required" once the partner offers it; Google Talk was the case for this',
            )  # fmt: skip


def _domain_of_two(view: Inspection) -> Iterator[Hit]:
    first: dict[str, str] = {}
    for partner in view.configuration.xmpp_partners:
        first.setdefault(partner.name, partner.name)
    for partner in view.configuration.xmpp_partners:
        for domain in partner.additional_domains:
            other = first.setdefault(domain, partner.name)
            if other != partner.name:
                yield Hit(
                    Table.XMPP_PARTNER, partner.name, "additional_domains",
                    f"{domain} belongs to the XMPP partner {other} as well",
                    f"Name {domain} with one partner",
                )  # fmt: skip


def _domain_repeated(view: Inspection) -> Iterator[Hit]:
    for partner in view.configuration.xmpp_partners:
        once: list[str] = [domain for domain in dict.fromkeys(partner.additional_domains) if domain != partner.name]
        if len(once) != len(partner.additional_domains):
            yield Hit(
                Table.XMPP_PARTNER, partner.name, "additional_domains",
                "it names a domain twice, or the partner's own name again",
                "Name each once",
                set_fields(Table.XMPP_PARTNER, partner.name, additional_domains=once or None), safe=True,
            )  # fmt: skip


def _domain_is_ours(view: Inspection) -> Iterator[Hit]:
    for partner in view.configuration.xmpp_partners:
        for domain in partner.domains:
            if domain in view.index.local:
                field = "name" if domain == partner.name else "additional_domains"
                yield Hit(
                    Table.XMPP_PARTNER, partner.name, field,
                    f"{domain} is one of our own SIP domains and is never treated as a partner's",
                    f"Remove {domain} from the partner, or from [[sip_domain]]",
                )  # fmt: skip


def _keep_alive_too_long(view: Inspection) -> Iterator[Hit]:
    gateway = view.configuration.xmpp_gateway
    if gateway.keep_alive >= gateway.stream_inactivity:
        yield Hit(
            Table.XMPP_GATEWAY, "", "keep_alive",
            "a stream is closed as idle before its keep-alive is due",
            "Make keep_alive shorter than stream_inactivity (300s and 600s by default)",
        )  # fmt: skip


def _limits(view: Inspection) -> Iterator[Hit]:
    gateway = view.configuration.xmpp_gateway
    total = gateway.connection_limit
    reason = f"more than the {total:,} connections of the whole gateway (xmpp_gateway.connection_limit)"
    if gateway.partner_connection_limit > total:
        yield Hit(
            Table.XMPP_GATEWAY, "", "partner_connection_limit", reason, "Lower it, or raise connection_limit",
            set_fields(Table.XMPP_GATEWAY, partner_connection_limit=total), safe=True,
        )  # fmt: skip
    for partner in view.configuration.xmpp_partners:
        if partner.connection_limit > total:
            yield Hit(
                Table.XMPP_PARTNER, partner.name, "connection_limit", reason, "Lower it",
                set_fields(Table.XMPP_PARTNER, partner.name, connection_limit=total), safe=True,
            )  # fmt: skip


def _no_xmpp_proxy(view: Inspection) -> Iterator[Hit]:
    if view.edge is None or view.edge.platform in _WITH_XMPP:
        return
    for partner in view.configuration.xmpp_partners[:1]:
        count = len(view.configuration.xmpp_partners)
        yield Hit(
            Table.EDGE, "", "platform",
            f"{view.edge.platform.value} has no XMPP gateway, and {partner.name} "
            + (f"and {count - 1} more are listed as XMPP partners" if count > 1 else "is listed as XMPP partner"),
            "Keep a Lync 2013 or Skype for Business 2015 edge for XMPP beside it, or remove the XMPP partners",
        )  # fmt: skip


def _bodies_logged(view: Inspection) -> Iterator[Hit]:
    if view.configuration.xmpp_gateway.log_message_bodies:
        yield Hit(
            Table.XMPP_GATEWAY, "", "log_message_bodies",
            "what people write to XMPP partners stands in the logs, readable for everybody who reads them",
            "Set log_message_bodies = false when the fault is found",
            set_fields(Table.XMPP_GATEWAY, log_message_bodies=False),
        )  # fmt: skip


def _shadowed(view: Inspection) -> Iterator[Hit]:
    for name, partner in view.index.xmpp.items() if view.index.block else ():
        by = longest_suffix(view.index.block, name, view.access_edge.suffix_match)
        if by is not None:
            field = "name" if name == partner.name else "additional_domains"
            yield Hit(
                Table.XMPP_PARTNER, partner.name, field,
                f"{name} is covered by the block of {by.name}, and a block always wins: nothing passes",
                f"Remove the block of {by.name}, or remove {name} from the partner",
            )  # fmt: skip


def _no_listener(view: Inspection) -> Iterator[Hit]:
    edge = view.edge
    if edge is None or edge.xmpp_listen is not None or not view.configuration.xmpp_partners:
        return
    yield Hit(
        Table.EDGE, "", "xmpp_listen",
        "XMPP partners are listed and edge.xmpp_listen is not set: they cannot connect to us",
        'Set xmpp_listen = "0.0.0.0:5269", and open TCP 5269 both ways',
    )  # fmt: skip


def _no_shared_secret(view: Inspection) -> Iterator[Hit]:
    edge = view.edge
    if edge is None or edge.load_balancing is not LoadBalancing.DNS or len(edge.members) < 2:
        return
    dialback = frozenset({Method.TLS_DIALBACK, Method.TCP_DIALBACK})
    if view.configuration.xmpp_gateway.dialback_secret is not None:
        return
    if any(not dialback.isdisjoint(methods_of(partner)) for partner in view.configuration.xmpp_partners):
        yield Hit(
            Table.XMPP_GATEWAY, "", "dialback_secret",
            f"the pool has {len(edge.members)} members and dialback is used; without a common secret one member "
            "cannot confirm the key another one sent",
            "Set dialback_secret to the same reference on every member",
        )  # fmt: skip


_E, _W = Severity.ERROR, Severity.WARNING

RULES: tuple[LintRule, ...] = (
    LintRule("EC301", _E, "TLS, SASL and dialback leave no method", "1.7; P-XNEG", _impossible),
    LintRule("EC302", _W, "dialback is never used with TLS and SASL required", "1.7; P-XNEG", _unused_dialback),
    LintRule("EC303", _W, "SASL with TLS only optional", "1.7; P-XNEG", _optional_tls_for_sasl),
    LintRule("EC304", _W, "SASL without TLS", "1.7, 12 h; P-XPART", _sasl_without_tls),
    LintRule("EC305", _W, "neither encryption nor a certificate", "1.7, 5 C7; P-GTALK", _weak),
    LintRule("EC306", _E, "domain of two XMPP partners", "1.7", _domain_of_two),
    LintRule("EC307", _W, "domain named twice by one XMPP partner", "1.7", _domain_repeated),
    LintRule("EC308", _E, "XMPP partner's domain is our own", "2.2 step 0", _domain_is_ours),
    LintRule("EC309", _W, "keep-alive not shorter than the idle time-out", "1.7", _keep_alive_too_long),
    LintRule("EC310", _W, "limit of one partner above the limit of all", "1.7", _limits),
    LintRule("EC311", _E, "XMPP partners on an edge without XMPP", "1.7, 7.2 step 1; SFB-XMPP19", _no_xmpp_proxy),
    LintRule("EC312", _W, "message bodies are logged", "1.7", _bodies_logged),
    LintRule("EC313", _W, "XMPP partner shadowed by a block", "2.1; P-BLOCK", _shadowed),
    LintRule("EC314", _W, "XMPP partners and no XMPP listener", "4.1 F15, 4.2", _no_listener),
    LintRule("EC315", _W, "dialback in a pool without a common secret", "1.7", _no_shared_secret),
)  # fmt: skip
