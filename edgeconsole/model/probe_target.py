"""What is probed, and what is right for it."""

import msgspec

from edgeconsole.model.names import HostPort
from edgeconsole.model.probe import ProbeKind
from edgeconsole.model.probe_settings import Expectation
from edgeconsole.model.terms import Negotiation, Platform


class XmppMethods(msgspec.Struct, frozen=True):
    """How a stream to an XMPP partner may be secured and authenticated (TlsNegotiation, SaslNegotiation, dialback)."""

    tls: Negotiation = Negotiation.REQUIRED
    sasl: Negotiation = Negotiation.REQUIRED
    dialback: bool = True


class ProbeTarget(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to probe, and what is right for it."""

    name: str
    """Domain in normal form; for OURS the edge's FQDN, for a typed host the host."""
    kind: ProbeKind
    access_edge: HostPort | None = None
    """The pinned server; absent: found by SRV."""
    provider: str = ""
    """Name of the hosting or public provider whose Access Edge this is; its own domain then proves nothing."""
    platform: Platform = Platform.UNKNOWN
    xmpp: XmppMethods = XmppMethods()
    expect: Expectation = Expectation.WORKS
    listed: bool = True
    """Whether the configuration knows it; False for what an operator typed."""
    pins: tuple[str, ...] = ()
    """SHA-256 fingerprints, lower-case hex, one of which the leaf must have; none: any."""
    options: bool = True
    """Whether SIP OPTIONS may be sent: it counts against the limits a stranger's edge has for discovered partners."""

    @property
    def key(self) -> str:
        """What tells this target from every other: `KIND NAME`."""
        return f"{self.kind.value} {self.name}"
