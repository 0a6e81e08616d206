"""The sheet for the partner: all they must know of us to set up the same on their side, as plain text."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from edgeconsole.model.configuration import Configuration
from edgeconsole.rules.requirements.certificate_facts import CertificateFacts
from edgeconsole.rules.requirements.needs import needs_of, sip_host, sip_port, xmpp_port
from edgeconsole.rules.requirements.records import DnsRequirement, RecordType

WIDTH = 72
"""Columns: it travels by mail."""

_FEDERATION = ("_sipfederationtls._tcp", "_xmpp-server._tcp", "_xmpps-server._tcp")


def partner_sheet(
    configuration: Configuration,
    partner: str,
    *,
    xmpp: bool,
    records: Sequence[DnsRequirement],
    now: datetime,
    certificate: CertificateFacts | None = None,
) -> str:
    """Return the sheet; what is not known here is left out rather than guessed."""
    return "\n".join(_lines(configuration, partner, xmpp, records, now, certificate)) + "\n"


def _lines(
    configuration: Configuration,
    partner: str,
    xmpp: bool,
    records: Sequence[DnsRequirement],
    now: datetime,
    certificate: CertificateFacts | None,
) -> Iterator[str]:
    needs = needs_of(configuration, now)
    names = [str(domain.name) for domain in configuration.sip_domains]
    title = f"Federation between {', '.join(names) or 'us'} and {partner}"
    yield title
    yield "=" * min(len(title), WIDTH)
    yield f"As of {now:%Y-%m-%d}. Please set up the same on your side."
    yield ""
    if needs is None:
        yield "Our edge is not described yet; a new sheet follows."
        return
    edge = needs.edge
    yield from _section("Our domains", names)
    if xmpp:
        yield from _section("Our XMPP server", [f"found by SRV; port {xmpp_port(edge)}, TLS with certificates"])
    else:
        hosts = dict.fromkeys(f"{sip_host(edge, name)}:{sip_port(edge)}" for name in names)
        yield from _section("Our Access Edge", [f"{host} (TLS, mutual)" for host in hosts])
    published = [
        f"{each.name} {each.type.value} {each.value}"
        for each in records
        if each.type is RecordType.SRV and each.name.startswith(_FEDERATION)
    ]
    yield from _section("Our DNS records", published)
    yield from _section("Our addresses, for your firewall", edge.members)
    yield from _certificate(certificate)
    yield from _their_side(xmpp, names)


def _certificate(facts: CertificateFacts | None) -> Iterator[str]:
    if facts is None:
        return
    yield from _section(
        "Our certificate",
        [
            f"issued by {facts.issuer}",
            f"valid until {facts.not_after:%Y-%m-%d}",
            *(f"name {name}" for name in facts.names[:20]),
        ],
    )


def _their_side(xmpp: bool, names: Sequence[str]) -> Iterator[str]:
    first = names[0] if names else "our domain"
    if xmpp:
        wanted = (
            f"Allow {', '.join(names) or first} as a remote domain.",
            "Offer TLS, and SASL EXTERNAL or dialback.",
            "Open port 5269 in both directions.",
            "Show a certificate that names your domain.",
        )
    else:
        wanted = (
            f"Allow {', '.join(names) or first}: New-CsAllowedDomain -Identity {first}",
            "Publish _sipfederationtls._tcp for your domain; its target one label below it, for example sip.<domain>.",
            "Open TCP 5061 in both directions.",
            "Show a certificate of a public authority that names your Access Edge; usage: server and client.",
        )
    yield from _section("On your side", wanted)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    kept = list(lines)
    if not kept:
        return
    yield title
    for line in kept:
        yield from textwrap.wrap(
            line, WIDTH, initial_indent="  - ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
    yield ""
