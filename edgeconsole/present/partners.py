"""XMPP partners, hosting providers and public IM providers: one list, each with its trust and its state."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from edgeconsole.model.configuration import (
    Configuration,
    HostingProvider,
    PublicProvider,
    Table,
    XmppPartner,
)
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.model.terms import Verification
from edgeconsole.model.verdict import PartnerClass
from edgeconsole.present.ages import age, count, plural, stamp
from edgeconsole.present.facets import facets_of, of_numbers, of_words
from edgeconsole.present.partner_facts import Facts, Observed, Partner, domains_of
from edgeconsole.present.probes import SEVERITIES, status_lines
from edgeconsole.present.table import Column, Facet, Line, ListView, Row, Span, Style, eager
from edgeconsole.present.waiting import waiting
from edgeconsole.rules.modalities import MATRIX, Counterpart, ended
from edgeconsole.rules.negotiation import advice, methods_of
from edgeconsole.rules.permissions import counterpart, public_service

COLUMNS = (
    Column("name", "NAME", 0),
    Column("kind", "KIND", 7),
    Column("trust", "TRUST", 13),
    Column("proxy", "PROXY", 26, wide_only=True),
    Column("sessions", "SESS", 4, right=True),
    Column("in", "IN", 5, right=True, wide_only=True),
    Column("out", "OUT", 5, right=True, wide_only=True),
    Column("last", "LAST", 4, right=True),
    Column("probe", "PROBE", 10, wide_only=True),
    Column("state", "STATE", 18),
)

TABLES: dict[str, Table] = {
    "xmpp": Table.XMPP_PARTNER,
    "hosting": Table.HOSTING_PROVIDER,
    "public": Table.PUBLIC_PROVIDER,
}
"""The word for a kind of partner, and the table that holds it."""

_ENDED = "ended"
"""Kind of a service that has ended and has no record here."""

_SERVICES = (Counterpart.SKYPE, Counterpart.AOL, Counterpart.YAHOO, Counterpart.MESSENGER)

_EMPTY = "No partners besides SIP domains. edgeconsole partners add xmpp|hosting|public NAME adds one."

_TRUST = {
    Verification.ALWAYS_VERIFIABLE: "verifiable",
    Verification.ALWAYS_UNVERIFIABLE: "unverifiable",
    Verification.USE_SOURCE: "use source",
}


def list_view(snapshot: Snapshot, now: datetime, *, history: bool = False) -> ListView:
    """Return the list of partners that are no federated SIP domains; with `history` also the services that ended."""
    observed = Observed(snapshot, now)
    every = partners_of(snapshot.configuration)
    known = [observed.of(partner) for partner in every]
    rows = [_row(partner, facts, now) for partner, facts in zip(every, known, strict=True)]
    over = _history(snapshot.configuration, now.date()) if history and snapshot.taken_at is not None else []
    facets = _facets((*every, *[None] * len(over)), (*known, *[None] * len(over)), now)
    return eager(COLUMNS, [*rows, *over], _empty(snapshot), facets)


def _facets(every: Sequence[Partner | None], known: Sequence[Facts | None], now: datetime) -> tuple[Facet, ...]:
    """Return what the list is filtered by; a service that has ended has no record and was not seen."""

    def counted(number: Callable[[Facts], float]) -> Callable[[], list[float | None]]:
        return lambda: [0 if facts is None else number(facts) for facts in known]

    def last() -> list[float | None]:
        seen = (None if facts is None else facts.last_seen for facts in known)
        return [None if at is None else (now - at).total_seconds() for at in seen]

    def domains() -> list[str]:
        return ["" if each is None else ", ".join(sorted(domains_of(each))) for each in every]

    def trusted() -> list[str]:
        return ["" if each is None else trust(each) for each in every]

    return (
        of_words("kind", lambda: ["public" if each is None else kind(each) for each in every], tuple(TABLES)),
        Facet("trust", trusted, several=True),
        of_numbers("sessions", counted(lambda facts: len(facts.sessions))),
        of_numbers("in", counted(lambda facts: facts.received)),
        of_numbers("out", counted(lambda facts: facts.sent)),
        of_numbers("last", last),
        Facet("domain", domains, several=True),
        *facets_of(every, now),
    )


def _empty(snapshot: Snapshot) -> str:
    return waiting(snapshot, "partners") or _EMPTY


def partners_of(configuration: Configuration) -> tuple[Partner, ...]:
    """Return every partner that is no federated SIP domain."""
    return (*configuration.xmpp_partners, *configuration.hosting_providers, *configuration.public_providers)


def kind(partner: Partner) -> str:
    """Return the word a partner's kind is called by on the command line."""
    if isinstance(partner, XmppPartner):
        return "xmpp"
    return "hosting" if isinstance(partner, HostingProvider) else "public"


def row_key(table: Table, key: str) -> str | None:
    """Return the key of a partner's row; None for records of other tables."""
    word = next((word for word, each in TABLES.items() if each is table), None)
    return None if word is None else f"{word}:{key}"


def record_of(key: str) -> tuple[Table, str] | None:
    """Return table and natural key of a row; None for a service that has ended and has no record."""
    word, _, name = key.partition(":")
    return (TABLES[word], name) if word in TABLES else None


def find(configuration: Configuration, key: str) -> Partner | None:
    """Return the partner of a row."""
    return next((each for each in partners_of(configuration) if f"{kind(each)}:{each.name}" == key), None)


def _row(partner: Partner, facts: Facts, now: datetime) -> Row:
    proxy = partner.proxy_fqdn.with_port() if partner.proxy_fqdn else "by SRV"
    probe = SEVERITIES[facts.probe.severity] if facts.probe else Span("-", Style.MUTED)
    style = Style.MUTED if not isinstance(partner, XmppPartner) and not partner.enabled else Style.PLAIN
    cells = (
        Span(partner.name, style),
        Span(kind(partner), style),
        Span(_short_trust(partner), style),
        Span(proxy, style),
        Span(count(len(facts.sessions)) if facts.sessions else "-", style),
        Span(count(facts.received) if facts.counters else "-", style),
        Span(count(facts.sent) if facts.counters else "-", style),
        Span(age(now, facts.last_seen), style),
        probe,
        state(partner, now.date(), facts),
    )
    return Row(f"{kind(partner)}:{partner.name}", cells)


def _history(configuration: Configuration, today: date) -> list[Row]:
    listed = {public_service(provider) for provider in configuration.public_providers}
    rows: list[Row] = []
    for service in _SERVICES:
        over = ended(service, today)
        if over is not None and service not in listed:
            blank = Span("-", Style.MUTED)
            told = (Span(service.value, Style.MUTED), Span("public", Style.MUTED))
            end = Span(f"- ended {over}", Style.OFF)
            rows.append(Row(f"{_ENDED}:{service.value}", (*told, *[blank] * (len(COLUMNS) - 3), end)))
    return rows


def trust(partner: Partner) -> str:
    """Return how far the partner is believed: verification level, or the XMPP methods on offer."""
    if isinstance(partner, XmppPartner):
        return ", ".join(method.value for method in methods_of(partner)) or "no method"
    return partner.verification.value


def _short_trust(partner: Partner) -> str:
    """The same in one word: of several methods the strongest, since that one is tried first."""
    if isinstance(partner, XmppPartner):
        offered = methods_of(partner)
        return offered[0].value if offered else "no method"
    return _TRUST[partner.verification]


def state(partner: Partner, today: date, facts: Facts | None = None) -> Span:
    """Return a partner's state: what the configuration and the calendar say, then what was seen."""
    if isinstance(partner, XmppPartner):
        if not methods_of(partner):
            return Span("X impossible", Style.FAIL)
        if partner.expires is not None and partner.expires.date() < today:
            return Span("- expired", Style.OFF)
    elif isinstance(partner, PublicProvider):
        over = ended(counterpart(PartnerClass.PUBLIC_IM, partner), today)
        if over is not None:
            return Span(f"- ended {over}", Style.OFF)
    if not isinstance(partner, XmppPartner) and not partner.enabled:
        return Span("- disabled", Style.OFF)
    if facts is not None and facts.failure is not None:
        return Span("X FAIL", Style.FAIL)
    if isinstance(partner, XmppPartner) and advice(partner.tls, partner.sasl, partner.dialback).warning:
        return Span("! check", Style.WARN)
    if facts is not None and (facts.sessions or facts.last_seen):
        return Span(". ok", Style.OK)
    return Span(". listed" if isinstance(partner, XmppPartner) else ". enabled", Style.OK)


def detail(partner: Partner, now: datetime, snapshot: Snapshot | None = None) -> tuple[Line, ...]:
    """Return the lines that describe one partner; with a snapshot also what was seen of it."""
    facts = Observed(snapshot, now).of(partner) if snapshot is not None else None
    lines = [_field("kind", kind(partner)), _field("trust", trust(partner))]
    if facts is not None:
        lines.insert(0, Line((Span(f"{'state':<13}", Style.MUTED), state(partner, now.date(), facts))))
    lines.append(_field("proxy", partner.proxy_fqdn.with_port() if partner.proxy_fqdn else "found by SRV"))
    if isinstance(partner, XmppPartner):
        lines += _xmpp(partner)
    else:
        lines.append(_field("enabled", "yes" if partner.enabled else "no"))
    if isinstance(partner, HostingProvider):
        lines += _hosting(partner)
    if isinstance(partner, PublicProvider):
        lines += _public(partner, now.date())
    for name in ("comment", "owner", "ticket"):
        if getattr(partner, name):
            lines.append(_field(name, getattr(partner, name)))
    return (*lines, *_seen(facts, now)) if facts is not None else tuple(lines)


def _xmpp(partner: XmppPartner) -> list[Line]:
    said = advice(partner.tls, partner.sasl, partner.dialback)
    lines = [
        _field("domains", ", ".join(partner.domains)),
        _field("type", partner.partner_type.value),
        _field("tls", partner.tls.value),
        _field("sasl", partner.sasl.value),
        _field("dialback", "offered" if partner.dialback else "off"),
        _field("advice", said.text, Style.WARN if said.warning else Style.PLAIN),
        _field("limits", f"{partner.connection_limit} connections"),
        _field("keep-alive", "yes" if partner.keep_alive else "no"),
    ]
    if partner.tags:
        lines.append(_field("tags", ", ".join(partner.tags)))
    lines += [_field(name, stamp(when)) for name, when in _dates(partner) if when is not None]
    return lines


def _dates(partner: XmppPartner) -> tuple[tuple[str, datetime | None], ...]:
    return ("expires", partner.expires), ("review", partner.review)


def _hosting(partner: HostingProvider) -> list[Line]:
    lines = [
        _field("split domain", "yes" if partner.shared_address_space else "no"),
        _field("our accounts", "hosted there" if partner.hosts_ocs_users else "no"),
        _field("inside", "its proxy stands in our own topology" if partner.local else "no"),
        _field("client port", str(partner.sip_client_port)),
    ]
    if partner.autodiscover_url:
        lines.append(_field("autodiscover", partner.autodiscover_url))
    return lines


def _public(partner: PublicProvider, today: date) -> list[Line]:
    service = counterpart(PartnerClass.PUBLIC_IM, partner)
    lines = [*_service(service, today)]
    if partner.domains:
        lines.append(_field("domains", ", ".join(partner.domains)))
    if partner.name_decoration_domain:
        lines.append(_field("decoration", partner.name_decoration_domain))
    if partner.name_decoration_routing_domain:
        lines.append(_field("routed by", partner.name_decoration_routing_domain))
    if partner.name_decoration_excluded:
        lines.append(_field("undecorated", ", ".join(partner.name_decoration_excluded)))
    if partner.icon_url:
        lines.append(_field("icon", partner.icon_url))
    if partner.skype_id_routing or partner.skype_directory_search:
        both = (("id routing", partner.skype_id_routing), ("directory search", partner.skype_directory_search))
        lines.append(_field("skype", ", ".join(word for word, on in both if on)))
    return lines


def _service(service: Counterpart, today: date) -> tuple[Line, ...]:
    over = ended(service, today)
    row = MATRIX[service]
    lines = [_field("service", f"{service.value}" + (f", ended {over}" if over else ""))]
    if row.note:
        lines.append(_field("note", row.note))
    return (*lines, _field("source", row.source))


def ended_detail(key: str, today: date) -> tuple[Line, ...]:
    """Return what is told about a service that has ended and has no record here."""
    service = next((each for each in _SERVICES if f"{_ENDED}:{each.value}" == key), None)
    if service is None:
        return ()
    told = Line((Span("kept as history: nothing is configured for it here, and nothing can reach it any more"),))
    return (*_service(service, today), told)


def _seen(facts: Facts, now: datetime) -> list[Line]:
    lines: list[Line] = []
    if facts.counters:
        lines.append(_field("traffic", f"{facts.received} received, {facts.sent} sent, {facts.denied} denied"))
        lines.append(_field("last", f"{stamp(facts.last_seen)} ({age(now, facts.last_seen)} ago)"))
    else:
        lines.append(_field("traffic", "none seen", Style.MUTED))
    if facts.failure is not None:
        said = f"{facts.failure.stage}: {facts.failure.text} ({age(now, facts.failure.at)} ago)"
        lines.append(_field("failing", said, Style.FAIL))
    if facts.sessions:
        lines.append(_field("sessions", plural(len(facts.sessions), "live session")))
    for session in facts.sessions[:20]:
        arrow = "from" if session.direction.value == "in" else "to"
        lines.append(_field("", f"{arrow} {session.peer} {session.tls} {session.messages} msgs"))
    if facts.probe is not None:
        lines += status_lines(facts.probe, now)
    return lines


def why_domain(configuration: Configuration, key: str) -> str | None:
    """Return a domain of a partner that can be asked about; None for a provider that speaks for any."""
    partner = find(configuration, key)
    if partner is None:
        return None
    if isinstance(partner, XmppPartner):
        return partner.name
    return min(domains_of(partner), default=None)


def _field(name: str, text: str, style: Style = Style.PLAIN) -> Line:
    return Line((Span(f"{name:<13}", Style.MUTED), Span(text, style)))
