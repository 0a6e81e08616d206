"""XMPP partners, hosting providers and public IM providers: one list, each with its trust and its state."""

from datetime import date, datetime

from edgeconsole.model.configuration import HostingProvider, PublicProvider, XmppPartner
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.model.verdict import PartnerClass
from edgeconsole.present.table import Column, Line, ListView, Row, Span, Style, eager
from edgeconsole.rules.modalities import MATRIX, ended
from edgeconsole.rules.negotiation import advice, methods_of
from edgeconsole.rules.permissions import counterpart

COLUMNS = (
    Column("name", "NAME", 0),
    Column("kind", "KIND", 8),
    Column("proxy", "PROXY", 30),
    Column("trust", "TRUST", 20),
    Column("state", "STATE", 16),
)

Partner = XmppPartner | HostingProvider | PublicProvider

_EMPTY = "No partners besides SIP domains. edgeconsole partners add xmpp|hosting|public NAME adds one."


def list_view(snapshot: Snapshot, now: datetime) -> ListView:
    """Return the list of partners that are no federated SIP domains."""
    configuration = snapshot.configuration
    every: tuple[Partner, ...] = (
        *configuration.xmpp_partners,
        *configuration.hosting_providers,
        *configuration.public_providers,
    )
    return eager(COLUMNS, [_row(partner, now) for partner in every], _EMPTY)


def kind(partner: Partner) -> str:
    """Return the word a partner's kind is called by on the command line."""
    if isinstance(partner, XmppPartner):
        return "xmpp"
    return "hosting" if isinstance(partner, HostingProvider) else "public"


def _row(partner: Partner, now: datetime) -> Row:
    proxy = partner.proxy_fqdn.with_port() if partner.proxy_fqdn else "by SRV"
    cells = (Span(partner.name), Span(kind(partner)), Span(proxy), Span(trust(partner)), state(partner, now.date()))
    return Row(f"{kind(partner)}:{partner.name}", cells)


def trust(partner: Partner) -> str:
    """Return how far the partner is believed: verification level, or the XMPP methods on offer."""
    if isinstance(partner, XmppPartner):
        return ", ".join(method.value for method in methods_of(partner)) or "no method"
    return partner.verification.value


def state(partner: Partner, today: date) -> Span:
    """Return a partner's state as the configuration and the calendar have it."""
    if isinstance(partner, XmppPartner):
        said = advice(partner.tls, partner.sasl, partner.dialback)
        if not methods_of(partner):
            return Span("X impossible", Style.FAIL)
        return Span("! check", Style.WARN) if said.warning else Span(". listed", Style.OK)
    if isinstance(partner, PublicProvider):
        service = counterpart(PartnerClass.PUBLIC_IM, partner)
        over = ended(service, today)
        if over is not None:
            return Span(f"- ended {over}", Style.OFF)
    return Span(". enabled", Style.OK) if partner.enabled else Span("- disabled", Style.OFF)


def detail(partner: Partner, now: datetime) -> tuple[Line, ...]:
    """Return the lines that describe one partner."""
    lines = [_field("kind", kind(partner)), _field("trust", trust(partner))]
    if isinstance(partner, XmppPartner):
        lines += [
            _field("domains", ", ".join(partner.domains)),
            _field("type", partner.partner_type.value),
            _field("tls", partner.tls.value),
            _field("sasl", partner.sasl.value),
            _field("dialback", "offered" if partner.dialback else "off"),
            _field("advice", advice(partner.tls, partner.sasl, partner.dialback).text),
            _field("limits", f"{partner.connection_limit} connections"),
        ]
    else:
        lines.append(_field("enabled", "yes" if partner.enabled else "no"))
    if isinstance(partner, HostingProvider):
        lines.append(_field("split domain", "yes" if partner.shared_address_space else "no"))
    if isinstance(partner, PublicProvider):
        service = counterpart(PartnerClass.PUBLIC_IM, partner)
        over = ended(service, now.date())
        lines.append(_field("service", f"{service.value}" + (f", ended {over}" if over else "")))
        lines.append(_field("source", MATRIX[service].source))
    if partner.comment:
        lines.append(_field("comment", partner.comment))
    return tuple(lines)


def _field(name: str, text: str) -> Line:
    return Line((Span(f"{name:<13}", Style.MUTED), Span(text)))
