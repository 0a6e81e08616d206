"""One request on its way through the edge, and the names it goes by."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

import msgspec

from edgeconsole.model.edge import Edge
from edgeconsole.model.evidence import SrvAnswer
from edgeconsole.model.names import SIP_TLS_PORT, DomainName, HostPort
from edgeconsole.model.terms import Modality
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy.sip.connection import Side, SipConnection
from edgeconsole.proxy.sip.uri import SipUri
from edgeconsole.proxy.sip.validator import Request
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.srv import is_direct_child

if TYPE_CHECKING:
    from edgeconsole.proxy.sip.decisions import Decided
    from edgeconsole.proxy.sip.dialogs import Dialog, Place


class Own(NamedTuple):
    """Our own names on the wire."""

    fqdn: str
    names: frozenset[str]
    """Hosts that mean the edge itself: external and internal FQDN."""
    outside_via: bytes
    """Via line towards partners, up to the branch."""
    inside_via: bytes
    outside_route: bytes
    """Record-Route line by which partners come back."""
    inside_route: bytes


def own_names(edge: Edge, ports: Mapping[str, int]) -> Own:
    """Return the names of an edge; `ports` are those its listeners `sip` and `internal` are bound to."""
    inside = edge.internal_fqdn or edge.fqdn
    outside_port, inside_port = ports.get("sip", SIP_TLS_PORT), ports.get("internal", SIP_TLS_PORT)
    return Own(
        fqdn=edge.fqdn,
        names=frozenset({edge.fqdn, inside}),
        outside_via=_via(edge.fqdn, outside_port),
        inside_via=_via(inside, inside_port),
        outside_route=_route(edge.fqdn, outside_port),
        inside_route=_route(inside, inside_port),
    )


def _via(host: str, port: int) -> bytes:
    sent_by = host if port == SIP_TLS_PORT else f"{host}:{port}"
    return b"Via: SIP/2.0/TLS " + sent_by.encode("ascii") + b";branch="


def _route(host: str, port: int) -> bytes:
    return f"Record-Route: <sip:{HostPort(host, port)};transport=tls;lr>".encode("ascii")


class Flow:
    """One request on its way."""

    __slots__ = (
        "cancelled", "connection", "decided", "dialog", "direction", "place", "recipient", "request", "rounds",
        "sender", "srv", "target", "tried", "weighed",
    )  # fmt: skip

    def __init__(
        self,
        connection: SipConnection,
        direction: Direction,
        request: Request,
        sender: DomainName,
        target: DomainName,
        recipient: DomainName,
        place: "Place | None" = None,
    ) -> None:
        self.connection = connection
        self.direction = direction
        self.request = request
        self.sender = sender
        self.target = target
        """Domain of the Request-URI; inside a dialog, where that is a host of the far side, the domain of To."""
        self.recipient = recipient
        """Domain of To."""
        self.place = place
        """Where it stands in its dialog; None outside of one."""
        self.decided: Decided | None = None
        """What was decided of it last."""
        self.srv: SrvAnswer | None = None
        self.rounds = 0
        self.tried: tuple[HostPort, ...] = ()
        """Next hops that could not be connected to."""
        self.dialog: Dialog | None = None
        """The dialog it begins."""
        self.weighed = False
        """Whether the limits of discovered partners have counted it."""
        self.cancelled = False
        """Whether its sender gave up while it waited."""

    @property
    def partner(self) -> DomainName:
        """The domain on the other side of the border."""
        return self.sender if self.direction is Direction.INBOUND else self.target

    @property
    def ours(self) -> DomainName:
        """The domain on our side."""
        return self.recipient if self.direction is Direction.INBOUND else self.sender


def direction_of(connection: SipConnection) -> Direction:
    """Return which way the requests of a connection go: it has one side whoever opened it."""
    return Direction.INBOUND if connection.side is Side.OUTSIDE else Direction.OUTBOUND


def person(uri: SipUri, domain: str) -> str:
    """Return the address of a person of ours as policies name it; escapes are undone, or they would be a way around."""
    return f"{unquote(uri.user.decode('ascii')).lower()}@{domain}"


_MEDIA = re.compile(rb"^m=([A-Za-z-]++)[ \t]++([0-9]++)", re.MULTILINE)
_DESCRIBING = frozenset({b"INVITE", b"UPDATE", b"PRACK", b"ACK"})
"""Requests that offer or answer a session (RFC 3264, RFC 3311, RFC 3262): media may come with any of them."""
_MODALITIES = {
    b"audio": Modality.AUDIO,
    b"video": Modality.VIDEO,
    b"message": Modality.IM,
    b"applicationsharing": Modality.APP_SHARE,
    b"applicationsharing-video": Modality.APP_SHARE,
    b"data": Modality.FILE,
}
"""Media of a session description by what people call them (RFC 8866 5.14; [MS-SDPEXT] for the last three)."""


def modalities(request: Request) -> tuple[Modality | None, ...]:
    """Return what a request asks for; (None,) where it does not tell, which leaves it to the rules for any message.

    A description that is packed so that nobody on the way can read it may ask for anything, so it asks for everything.
    """
    message = request.message
    if request.method not in _DESCRIBING or not message.body:
        return (None,)
    if "content-encoding" in message.first and message.value("content-encoding") != b"identity":
        return tuple(sorted(frozenset(_MODALITIES.values()), key=str))
    # Port 0 declines a medium (RFC 3264 6), unless it goes over the port of another (RFC 8843 6).
    bundled = b"bundle-only" in message.body
    asked = {kind.lower() for kind, port in _MEDIA.findall(message.body) if bundled or int(port[:6])}
    found = {_MODALITIES.get(each) for each in asked} - {None}
    return tuple(sorted(found, key=str)) or (None,)


def people(flow: Flow, index: RuleIndex, asks_edge: bool) -> set[tuple[str, str | None]]:
    """Return who of ours an inbound request is for: the Request-URI and To must both be allowed."""
    if asks_edge:
        # Who may ask the edge itself is who may reach any of our domains; no person's policy speaks to that.
        return {(min(index.local, default=flow.target), None)}
    if flow.target == flow.recipient and index.plain:
        return {(flow.target, None)}
    request = flow.request
    found: set[tuple[str, str | None]] = {(flow.recipient, person(request.recipient.uri, flow.recipient))}
    if flow.place is None:
        found.add((flow.target, person(request.uri, flow.target)))
    return found


def is_for_edge(flow: Flow, own: Own) -> bool:
    """Return whether a request asks the edge itself: OPTIONS to our FQDN, no user (RFC 3261 11)."""
    request = flow.request
    return (
        request.method == b"OPTIONS"
        and not request.uri.user
        and flow.target in own.names
        and flow.recipient in own.names
    )


def turn_to_next(flow: Flow, hop: HostPort, srv: SrvAnswer | None) -> bool:
    """Leave out a next hop that cannot be reached; return whether another SRV target may speak for the partner."""
    if srv is None or flow.direction is Direction.INBOUND:
        return False
    flow.tried += (hop,)
    left = tuple(
        record
        for record in srv.records
        if HostPort(record.target, record.port) not in flow.tried and is_direct_child(record.target, flow.target)
    )
    if not left or len(left) == len(srv.records):
        return False
    flow.srv = msgspec.structs.replace(srv, records=left)
    return True


def affinity(flow: Flow) -> int:
    """Return what keeps the messages of one conversation on one connection, in order."""
    message = flow.request.message
    return hash(message.lines[message.first["call-id"]])


def same_server(flow: Flow) -> SipConnection | None:
    """Return the connection to the very server that holds the other end of a dialog, while it lasts."""
    if flow.place is None or not flow.place.from_caller:
        return None
    connection = flow.place.dialog.downstream
    return connection if connection is not None and connection.usable else None
