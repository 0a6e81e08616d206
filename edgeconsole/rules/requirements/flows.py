"""What a firewall must let through: one kind of flow, its ends, its reason, and the row of the planning table."""

from enum import Enum
from typing import NamedTuple

import msgspec

from edgeconsole.model.verdict import Direction
from edgeconsole.rules.requirements.needs import Side


class PortRow(Enum):
    """A row of the planning tables: F outside, I inside (docs/rules.md 4.1, 4.2)."""

    F1 = "F1"
    F2 = "F2"
    F3 = "F3"
    F4 = "F4"
    F5 = "F5"
    F6 = "F6"
    F7 = "F7"
    F8 = "F8"
    F9 = "F9"
    F10 = "F10"
    F11 = "F11"
    F12 = "F12"
    F13 = "F13"
    F14 = "F14"
    F15 = "F15"
    F16 = "F16"
    F17 = "F17"
    F18 = "F18"
    F19 = "F19"
    F20 = "F20"
    I1 = "I1"
    I2 = "I2"
    I3 = "I3"
    I4 = "I4"
    I5 = "I5"
    I6 = "I6"
    I7 = "I7"
    I8 = "I8"
    I9 = "I9"


class Role(Enum):
    """The part of the edge a flow belongs to."""

    ACCESS = "Access Edge"
    WEB_CONFERENCING = "Web Conferencing Edge"
    AV = "A/V Edge"
    XMPP = "XMPP proxy"
    POOL = "edge pool"


class Protocol(Enum):
    """What is spoken over a flow."""

    SIP_MTLS = "SIP/MTLS"
    SIP_TLS = "SIP/TLS"
    DNS = "DNS"
    HTTP = "HTTP"
    HTTPS = "HTTPS"
    PSOM_TLS = "PSOM/TLS"
    PSOM_MTLS = "PSOM/MTLS"
    RTP = "RTP"
    STUN = "STUN/MSTURN"
    XMPP = "XMPP"
    XMPP_MTLS = "XMPP/MTLS"
    MTLS = "MTLS"


class Transport(Enum):
    """TCP or UDP."""

    TCP = "TCP"
    UDP = "UDP"


class Endpoint(msgspec.Struct, frozen=True):
    """One end of a flow: who it is, and its addresses where the file holds them."""

    name: str
    addresses: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(self.addresses)})" if self.addresses else self.name


class PortRequirement(msgspec.Struct, frozen=True, kw_only=True):
    """One flow a firewall must let through; replies belong to it."""

    row: PortRow
    interface: Side
    role: Role
    protocol: Protocol
    transport: Transport
    ports: str
    """Destination ports: numbers and ranges with commas between, as in `443,50000-59999`."""
    source_ports: str = ""
    """Source ports, where a firewall may pin them; empty: any."""
    source: Endpoint
    destination: Endpoint
    direction: Direction
    """In: towards the edge. Out: from the edge."""
    reason: str
    needed_by: tuple[str, ...]
    optional: bool = False
    """Not needed by what this configuration can still reach, or by its own proxy."""


class TicketRow(NamedTuple):
    """One firewall rule as a change ticket asks for it."""

    source: str
    destination: str
    port: str
    protocol: str
    direction: str
    reason: str
    needed_by: str


def ticket_row(requirement: PortRequirement) -> TicketRow:
    """Return the row of one rule."""
    port = requirement.ports
    if requirement.source_ports:
        port += f" (source ports {requirement.source_ports})"
    reason = f"{requirement.row.value}: {requirement.reason}"
    return TicketRow(
        str(requirement.source),
        str(requirement.destination),
        port,
        f"{requirement.transport.value} ({requirement.protocol.value})",
        requirement.direction.value,
        f"optional, {reason}" if requirement.optional else reason,
        "; ".join(requirement.needed_by),
    )


def ticket_rows(requirements: tuple[PortRequirement, ...]) -> tuple[TicketRow, ...]:
    """Return a row per rule, in the order of the requirements."""
    return tuple(map(ticket_row, requirements))
