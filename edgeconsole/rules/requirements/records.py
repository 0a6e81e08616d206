"""A DNS record a configuration needs: what it says, why, for whom, and the row of the planning table."""

from enum import Enum

import msgspec

from edgeconsole.rules.requirements.needs import Side

DEFAULT_TTL = 3600
"""Seconds; partners keep an address that long after a pool member was drained."""


class DnsRow(Enum):
    """A row of the planning table."""

    D1 = "D1"
    D2 = "D2"
    D3 = "D3"
    D4 = "D4"
    D5 = "D5"
    D6 = "D6"
    D7 = "D7"
    D8 = "D8"
    D9 = "D9"
    D10 = "D10"
    D11 = "D11"
    D12 = "D12"


class RecordType(Enum):
    """The types of record that federation uses."""

    A = "A"
    AAAA = "AAAA"
    SRV = "SRV"
    CNAME = "CNAME"


class DnsRequirement(msgspec.Struct, frozen=True, kw_only=True):
    """One record set that must stand in a zone, why, and for whom."""

    row: DnsRow
    zone: Side
    origin: str
    """The zone it belongs to, as far as the configuration tells."""
    name: str
    type: RecordType
    target: str = ""
    """Host an SRV or CNAME record names."""
    accepted: tuple[str, ...] = ()
    """Other targets that serve as well."""
    addresses: tuple[str, ...] = ()
    """Addresses of an A or AAAA record; empty where the file does not hold them."""
    whose: str = ""
    """Whose address or host it is, in words."""
    port: int | None = None
    priority: int = 0
    weight: int = 0
    ttl: int = DEFAULT_TTL
    """Seconds."""
    reason: str
    needed_by: tuple[str, ...]
    """Features and partners, in words."""
    optional: bool = False
    """Nothing fails without it, or it is an alternative to other rows."""

    @property
    def value(self) -> str:
        """What the record says, as people write it; the address's owner in angle brackets where it is not known."""
        if self.type is RecordType.SRV:
            return f"{self.priority} {self.weight} {self.port} {self.target}"
        if self.type is RecordType.CNAME:
            return self.target
        return " ".join(self.addresses) or f"<{self.whose}>"
