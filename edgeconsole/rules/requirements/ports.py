"""The firewall rules a configuration needs outside: rows F1 to F20 of the planning tables (docs/rules.md 4.1)."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.verdict import Direction
from edgeconsole.rules.requirements.flows import Endpoint, PortRequirement, PortRow, Protocol, Role, Transport
from edgeconsole.rules.requirements.inside import inside_requirements
from edgeconsole.rules.requirements.needs import (
    Ended,
    Needs,
    ResolverKind,
    Side,
    needs_of,
    resolver_address,
    resolver_port,
    sip_port,
    xmpp_port,
)

PARTNER_MEDIA = "50000-59999"
"""Media ports of a partner's A/V Edge, unless it changed them (MediaCommunicationPortStart and Count)."""

CLIENT_PORT = "443"
TURN_PORT, SHARED_TURN_PORT = "443", "444"
"""TURN over TCP with an address of its own, and where all three roles share one (MediaRelayExternalTurnTcpPort)."""
STUN_PORT = "3478"

SKYPE_SEARCH = ("104.40.75.246", "23.101.135.34", "40.113.86.19")
"""Servers of the Skype directory (SFB-SKYPE); the service has ended."""

_IN, _OUT = Direction.INBOUND, Direction.OUTBOUND
_TCP, _UDP = Transport.TCP, Transport.UDP
_ANY = Endpoint("any")
_PARTNERS = Endpoint("any partner")
_PEOPLE = Endpoint("people outside")
_CLOUD = Endpoint("Microsoft 365")


def port_requirements(configuration: Configuration, now: datetime | None = None) -> tuple[PortRequirement, ...]:
    """Return every flow the configuration needs, by row; nothing where it describes no edge.

    What only federation needs is left out while federation is off. `now` leaves expired partners out of account.
    """
    needs = needs_of(configuration, now)
    if needs is None:
        return ()
    found = [*_signalling(needs), *_look_ups(needs), *_conferencing(needs), *_xmpp(needs), *_skype_search(needs)]
    if needs.media:
        found += [*_media(needs), *_ocs2007(needs), *_candidates(needs), *_messenger(needs), *_hybrid(needs)]
    found += inside_requirements(needs)
    order = list(PortRow)
    return tuple(sorted(found, key=lambda item: order.index(item.row)))


def access_edge(needs: Needs) -> Endpoint:
    """Return the Access Edge as an end of a flow: its members' public addresses, or the VIP."""
    return Endpoint(Role.ACCESS.value, needs.edge.members)


def av_edge(needs: Needs) -> Endpoint:
    """Return the A/V Edge; its addresses are known only where all roles share one."""
    return Endpoint(Role.AV.value, needs.edge.members if needs.edge.single_address else ())


def joined(ports: Iterable[int]) -> str:
    """Return ports as one text."""
    return ",".join(map(str, ports))


def _flow(
    row: PortRow,
    role: Role,
    protocol: Protocol,
    transport: Transport,
    ports: str,
    direction: Direction,
    here: Endpoint,
    there: Endpoint,
    reason: str,
    needed_by: tuple[str, ...],
    *,
    source_ports: str = "",
    optional: bool = False,
    interface: Side = Side.EXTERNAL,
) -> PortRequirement:
    inward = direction is _IN
    return PortRequirement(
        row=row,
        interface=interface,
        role=role,
        protocol=protocol,
        transport=transport,
        ports=ports,
        source_ports=source_ports,
        source=there if inward else here,
        destination=here if inward else there,
        direction=direction,
        reason=reason,
        needed_by=needed_by,
        optional=optional,
    )


def _signalling(needs: Needs) -> Iterator[PortRequirement]:
    here = access_edge(needs)
    if needs.federation:
        yield _flow(
            PortRow.F1, Role.ACCESS, Protocol.SIP_MTLS, _TCP, str(sip_port(needs.edge)), _IN, here, _PARTNERS,
            "partners open connections to us; with partner discovery they may come from anywhere", needs.partners,
        )  # fmt: skip
        yield _flow(
            PortRow.F2, Role.ACCESS, Protocol.SIP_MTLS, _TCP, joined(needs.partner_ports), _OUT, here, _PARTNERS,
            "we open connections to partners", needs.partners,
        )  # fmt: skip
    if needs.people_outside:
        yield _flow(
            PortRow.F3, Role.ACCESS, Protocol.SIP_TLS, _TCP, CLIENT_PORT, _IN, here, _PEOPLE,
            "clients outside sign in and join meetings", needs.people_outside,
        )  # fmt: skip


def _look_ups(needs: Needs) -> Iterator[PortRequirement]:
    address = resolver_address(needs.resolver)
    inside = needs.resolver_kind is ResolverKind.INTERNAL
    # A resolver on this host asks the whole Internet itself.
    server = (
        _ANY if address is None or needs.resolver_kind is ResolverKind.UNKNOWN else Endpoint("resolver", (address,))
    )
    port = "53" if server is _ANY else str(resolver_port(needs.resolver))
    for transport, reason in ((_UDP, "SRV and address look-ups"), (_TCP, "look-ups whose answer is too long for UDP")):
        yield _flow(
            PortRow.F4, Role.ACCESS, Protocol.DNS, transport, port, _OUT, access_edge(needs), server, reason,
            ("every feature",), interface=Side.INTERNAL if inside else Side.EXTERNAL,
        )  # fmt: skip
    if needs.refresh_crls:
        yield _flow(
            PortRow.F5, Role.ACCESS, Protocol.HTTP, _TCP, "80", _OUT, access_edge(needs), _ANY,
            "revocation lists of the certificates that partners show", ("refresh_crls",),
        )  # fmt: skip


def _conferencing(needs: Needs) -> Iterator[PortRequirement]:
    if needs.edge.web_conferencing_fqdn is not None:
        shared = needs.edge.members if needs.edge.single_address else ()
        yield _flow(
            PortRow.F6, Role.WEB_CONFERENCING, Protocol.PSOM_TLS, _TCP, CLIENT_PORT, _IN,
            Endpoint(Role.WEB_CONFERENCING.value, shared), _ANY,
            "people outside join web conferences", ("conferencing",),
        )  # fmt: skip


def _media(needs: Needs) -> Iterator[PortRequirement]:
    if not needs.federation:
        return
    # Destination-only firewalls need TCP 443 alone; an OCS 2007 partner takes media on its whole range (P-AV).
    ports = f"{TURN_PORT},{PARTNER_MEDIA}" if needs.ocs2007 else TURN_PORT
    yield _flow(
        PortRow.F7, Role.AV, Protocol.RTP, _TCP, ports, _OUT, av_edge(needs), _ANY,
        "media, application sharing and files to partners; a firewall that pins no source ports needs only F14",
        needs.partners, source_ports=needs.edge.av_ports,
    )  # fmt: skip


def _ocs2007(needs: Needs) -> Iterator[PortRequirement]:
    if not needs.ocs2007:
        return
    own = needs.edge.av_ports
    reason = "media with OCS 2007, which needs the whole range in both directions"
    yield _flow(
        PortRow.F8, Role.AV, Protocol.RTP, _UDP, PARTNER_MEDIA, _OUT, av_edge(needs), _PARTNERS, reason, needs.ocs2007,
        source_ports=own,
    )  # fmt: skip
    yield _flow(PortRow.F9, Role.AV, Protocol.RTP, _TCP, own, _IN, av_edge(needs), _PARTNERS, reason, needs.ocs2007)
    yield _flow(PortRow.F10, Role.AV, Protocol.RTP, _UDP, own, _IN, av_edge(needs), _PARTNERS, reason, needs.ocs2007)


def _candidates(needs: Needs) -> Iterator[PortRequirement]:
    here = av_edge(needs)
    if needs.federation:
        yield _flow(
            PortRow.F11, Role.AV, Protocol.STUN, _UDP, STUN_PORT, _OUT, here, _ANY,
            "media from edge to edge, and which version a partner's edge has", needs.partners,
        )  # fmt: skip
    needed_by = (*needs.partners, *needs.people_outside)
    if not needed_by:
        return
    turn = SHARED_TURN_PORT if needs.edge.single_address else TURN_PORT
    yield _flow(
        PortRow.F12, Role.AV, Protocol.STUN, _UDP, STUN_PORT, _IN, here, _ANY,
        "candidates for media are negotiated", needed_by,
    )  # fmt: skip
    yield _flow(
        PortRow.F13, Role.AV, Protocol.STUN, _TCP, turn, _IN, here, _ANY,
        "candidates for media are negotiated where UDP does not pass"
        + ("; on 444, since all roles share one address" if needs.edge.single_address else ""),
        needed_by,
    )  # fmt: skip
    yield _flow(
        PortRow.F14, Role.AV, Protocol.STUN, _TCP, TURN_PORT, _OUT, here, _ANY,
        "candidates for media are negotiated where UDP does not pass", needed_by,
    )  # fmt: skip


def _xmpp(needs: Needs) -> Iterator[PortRequirement]:
    if not needs.xmpp:
        return
    yield _flow(
        PortRow.F15, Role.XMPP, Protocol.XMPP, _TCP, str(xmpp_port(needs.edge)), _IN, access_edge(needs),
        Endpoint("any XMPP server"), "XMPP partners open streams to us", needs.xmpp,
    )  # fmt: skip
    yield _flow(
        PortRow.F16, Role.XMPP, Protocol.XMPP, _TCP, joined(needs.xmpp_ports), _OUT, access_edge(needs),
        Endpoint("any XMPP server"), "we open streams to XMPP partners, and ask their servers about dialback keys",
        needs.xmpp,
    )  # fmt: skip


def _messenger(needs: Needs) -> Iterator[PortRequirement]:
    """Yield the flows of Messenger media: the A/V Edge's, where the two port pages disagree (P-PORT1)."""
    if not needs.messenger:
        return
    clients, needed_by = Endpoint("Messenger clients"), tuple(map(str, needs.messenger))
    gone = _gone(needs.messenger)
    yield _flow(
        PortRow.F17, Role.AV, Protocol.RTP, _TCP, PARTNER_MEDIA, _OUT, av_edge(needs), clients,
        f"audio and video with Messenger; {gone}", needed_by, source_ports=needs.edge.av_ports, optional=True,
    )  # fmt: skip
    for direction in (_IN, _OUT):
        yield _flow(
            PortRow.F18, Role.AV, Protocol.STUN, _UDP, STUN_PORT, direction, av_edge(needs), clients,
            f"audio and video with Messenger; {gone}", needed_by, optional=True,
        )  # fmt: skip


def _skype_search(needs: Needs) -> Iterator[PortRequirement]:
    if needs.skype_search:
        yield _flow(
            PortRow.F19, Role.ACCESS, Protocol.HTTPS, _TCP, "443", _OUT, access_edge(needs),
            Endpoint("Skype directory", SKYPE_SEARCH),
            f"search in the Skype directory; {_gone(needs.skype_search)}",
            tuple(map(str, needs.skype_search)), optional=True,
        )  # fmt: skip


def _gone(services: tuple[Ended, ...]) -> str:
    return f"the service ended on {services[0].day}, so leave it closed"


def _hybrid(needs: Needs) -> Iterator[PortRequirement]:
    if needs.hybrid is None:
        return
    here, needed_by = av_edge(needs), (f"hybrid with {needs.hybrid_name}",)
    reason = "media between our people and those whose accounts are online"
    for direction in (_IN, _OUT):
        own_turn = SHARED_TURN_PORT if needs.edge.single_address and direction is _IN else TURN_PORT
        range_ = needs.edge.av_ports if direction is _IN else PARTNER_MEDIA
        yield _flow(
            PortRow.F20, Role.AV, Protocol.STUN, _TCP, f"{own_turn},{range_}", direction, here, _CLOUD, reason,
            needed_by,
        )  # fmt: skip
        yield _flow(
            PortRow.F20, Role.AV, Protocol.STUN, _UDP, STUN_PORT, direction, here, _CLOUD, reason, needed_by,
        )  # fmt: skip
