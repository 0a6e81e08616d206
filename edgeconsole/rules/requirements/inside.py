"""The firewall rules a configuration needs inside: rows I1 to I9 of the planning tables (docs/rules.md 4.2)."""

import ipaddress
from collections.abc import Iterator
from typing import NamedTuple

from edgeconsole.model.names import SIP_TLS_PORT, HostPort
from edgeconsole.model.terms import Platform
from edgeconsole.model.verdict import Direction
from edgeconsole.rules.requirements.flows import Endpoint, PortRequirement, PortRow, Protocol, Role, Transport
from edgeconsole.rules.requirements.needs import Needs, Side

XMPP_INTERNAL_PORT = 23456
"""Gateway to proxy (P-PORT, P-XSETUP); the cmdlet's help says 5098."""

_CENTRAL_LOGGING = frozenset({Platform.LYNC2013, Platform.SFB2015, Platform.SFB2019, Platform.SFBSE})


class _Flow(NamedTuple):
    """A flow from our own servers to the edge."""

    row: PortRow
    role: Role
    protocol: Protocol
    transport: Transport
    ports: str
    source: str
    reason: str
    needed_by: tuple[str, ...]
    optional: bool = False


def inside_requirements(needs: Needs) -> Iterator[PortRequirement]:
    """Yield the flows between the edge and our own servers, by row."""
    for flow in _towards_the_edge(needs):
        yield PortRequirement(
            row=flow.row,
            interface=Side.INTERNAL,
            role=flow.role,
            protocol=flow.protocol,
            transport=flow.transport,
            ports=flow.ports,
            source=Endpoint(flow.source),
            destination=_edge_inside(needs, flow.role),
            direction=Direction.INBOUND,
            reason=flow.reason,
            needed_by=flow.needed_by,
            optional=flow.optional,
        )
    hop = needs.edge.next_hop
    if hop is not None:
        yield PortRequirement(
            row=PortRow.I2,
            interface=Side.INTERNAL,
            role=Role.ACCESS,
            protocol=Protocol.SIP_MTLS,
            transport=Transport.TCP,
            ports=str(hop.port),
            source=_edge_inside(needs, Role.ACCESS),
            destination=_host(hop),
            direction=Direction.OUTBOUND,
            reason="the edge hands inbound requests to the next hop",
            needed_by=_signalled(needs),
        )


def _signalled(needs: Needs) -> tuple[str, ...]:
    return (*needs.partners, *needs.people_outside) or ("every feature",)


def _towards_the_edge(needs: Needs) -> Iterator[_Flow]:
    sip, xmpp = needs.edge.internal_listen, needs.edge.xmpp_internal_listen
    yield _Flow(
        PortRow.I1, Role.ACCESS, Protocol.SIP_MTLS, Transport.TCP, _port(sip, SIP_TLS_PORT), "Director and Front Ends",
        "our own servers hand outbound requests to the edge", _signalled(needs),
    )  # fmt: skip
    if needs.xmpp:
        yield _Flow(
            PortRow.I3, Role.XMPP, Protocol.XMPP_MTLS, Transport.TCP, _port(xmpp, XMPP_INTERNAL_PORT),
            "Front Ends (XMPP gateway)", "the XMPP gateway talks to the proxy on every edge member", needs.xmpp,
        )  # fmt: skip
    if needs.media:
        media = ("audio, video and sharing",)
        yield _Flow(
            PortRow.I4, Role.AV, Protocol.SIP_MTLS, Transport.TCP, "5062", "Front Ends and survivable branches",
            "credentials for media relaying (MRAS)", media,
        )  # fmt: skip
        yield _Flow(
            PortRow.I6, Role.AV, Protocol.STUN, Transport.UDP, "3478", "any of ours", "preferred path of media", media
        )
        yield _Flow(
            PortRow.I7, Role.AV, Protocol.STUN, Transport.TCP, "443", "any of ours",
            "fallback path of media; files and desktop sharing", media,
        )  # fmt: skip
    if needs.edge.web_conferencing_fqdn is not None:
        yield _Flow(
            PortRow.I5, Role.WEB_CONFERENCING, Protocol.PSOM_MTLS, Transport.TCP, "8057", "each Front End",
            "web conferences cross the edge", ("conferencing",),
        )  # fmt: skip
    yield _Flow(
        PortRow.I8, Role.POOL, Protocol.HTTPS, Transport.TCP, "4443", "Central Management Store",
        "Edge Servers receive their configuration; this product's own proxy does not", ("Edge Servers of the pool",),
        optional=True,
    )  # fmt: skip
    if needs.edge.platform in _CENTRAL_LOGGING:
        yield _Flow(
            PortRow.I9, Role.POOL, Protocol.MTLS, Transport.TCP, "50001-50003", "any of ours",
            "centralized logging of Edge Servers; this product's own proxy has none", ("Edge Servers of the pool",),
            optional=True,
        )  # fmt: skip


def _port(listen: HostPort | None, default: int) -> str:
    return str(listen.port if listen is not None and listen.port else default)


def _edge_inside(needs: Needs, role: Role) -> Endpoint:
    """Return the edge's internal side; its address is known where a listener of one member is bound to it."""
    listen = needs.edge.xmpp_internal_listen if role is Role.XMPP else needs.edge.internal_listen
    bound = listen is not None and not ipaddress.ip_address(listen.host).is_unspecified
    addresses = (listen.host,) if listen is not None and bound and len(needs.edge.members) <= 1 else ()
    return Endpoint("each edge member, inside" if role is Role.XMPP else "edge, inside", addresses)


def _host(hop: HostPort) -> Endpoint:
    try:
        ipaddress.ip_address(hop.host)
    except ValueError:
        return Endpoint(hop.host)
    return Endpoint("next hop", (hop.host,))
