"""What the operator should know beside the rows: facts the file does not hold, and rows left out for a reason."""

from collections.abc import Iterator
from datetime import datetime

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.terms import LoadBalancing
from edgeconsole.rules.requirements.needs import Needs, needs_of

_NO_EDGE = "the file has no [edge] table, so nothing is required"
_OFF = "federation is off: what only federation needs is left out (access_edge.federation)"


def dns_notes(configuration: Configuration, now: datetime | None = None) -> tuple[str, ...]:
    """Return what to know beside the DNS requirements."""
    needs = needs_of(configuration, now)
    return (_NO_EDGE,) if needs is None else tuple(_dns(needs))


def _dns(needs: Needs) -> Iterator[str]:
    edge = needs.edge
    if not needs.federation:
        yield _OFF
    if not needs.sip_domains:
        yield "no SIP domain of ours is listed, so none is published ([[sip_domain]])"
    if not edge.members:
        yield "edge.members is empty, so addresses cannot be written: list the public address of each pool member"
    if edge.load_balancing is LoadBalancing.HARDWARE and len(edge.members) > 1:
        yield f"a hardware load balancer has one public address; edge.members lists {len(edge.members)}"
    if edge.internal_fqdn is None:
        yield "edge.internal_fqdn is not set, so the internal record (D8) cannot be named"


def port_notes(configuration: Configuration, now: datetime | None = None) -> tuple[str, ...]:
    """Return what to know beside the firewall rules."""
    needs = needs_of(configuration, now)
    return (_NO_EDGE,) if needs is None else tuple(_ports(needs))


def _ports(needs: Needs) -> Iterator[str]:
    edge = needs.edge
    if not needs.federation:
        yield _OFF
    if needs.media and needs.unknown_platforms and not needs.ocs2007:
        partners = "partner has" if needs.unknown_platforms == 1 else "partners have"
        yield f"{needs.unknown_platforms:,} {partners} platform unknown; if one runs OCS 2007, F8 to F10 are needed too"
    if needs.hybrid is not None and not needs.media:
        yield "hybrid media (F20) needs an A/V Edge: edge.av_fqdn is not set"
    if edge.next_hop is None:
        yield "edge.next_hop is not set, so the rule towards it (I2) cannot be written"
    if edge.single_address and edge.web_conferencing_fqdn is not None and needs.people_outside:
        yield "with one address for all roles, sign-in (F3) and web conferencing (F6) cannot both listen on 443"
    if edge.nat:
        yield "NAT must be symmetric, keep the source address inbound and show the A/V Edge's public address outbound"


def certificate_notes(configuration: Configuration, now: datetime | None = None) -> tuple[str, ...]:
    """Return what to know beside the certificate requirements."""
    needs = needs_of(configuration, now)
    return (_NO_EDGE,) if needs is None else tuple(_certificates(needs))


def _certificates(needs: Needs) -> Iterator[str]:
    if not needs.federation:
        yield _OFF
    if needs.xmpp and not needs.xmpp_over_tls:
        yield "XMPP partners are reached by TCP dialback alone, which needs no name in the certificate (C7)"
    if needs.edge.internal_fqdn is None:
        yield "edge.internal_fqdn is not set, so the internal certificate cannot be named"
