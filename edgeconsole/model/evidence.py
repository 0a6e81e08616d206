"""Facts a decision is made from: what DNS said and which names a certificate carries."""

from enum import Enum

import msgspec

from edgeconsole.model.names import SIP_TLS_PORT
from edgeconsole.model.observed import Restriction


class SrvRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One SRV record (RFC 2782); the target in normal form."""

    target: str
    port: int = SIP_TLS_PORT
    priority: int = 0
    weight: int = 0


class SrvStatus(Enum):
    """How a look-up of `_sipfederationtls._tcp` ended."""

    FOUND = "found"
    MISSING = "missing"
    """The name or the record does not exist, or its target is the root: no such service."""
    UNAVAILABLE = "unavailable"
    """No usable answer: time-out, server failure, refused."""


class SrvAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one domain, in the order the server gave."""

    status: SrvStatus
    records: tuple[SrvRecord, ...] = ()
    detail: str = ""
    """What the resolver said, in words; cleaned."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about the other side at the time of a decision; None means not looked at."""

    srv: SrvAnswer | None = None
    peer_names: frozenset[str] | None = None
    """The DNS names (SAN, exact, lower case) of the certificate the peer showed, its chain verified."""
    restriction: Restriction | None = None
    """How the discovered partner's edge is held back; for explanations, since the edge itself counts each message."""
