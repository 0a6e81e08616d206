"""The bounds of the XMPP edge in one place: sizes, counts and times a peer cannot exceed."""

import msgspec


class XmppLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one edge; the gateway's own time-outs and connection limits are in its configuration."""

    greeting: int = 10_000
    """Bytes of one element before the stream is authenticated: the least RFC 6120, 13.12, lets a server ask for."""
    stanza: int = 256 * 1024
    """Bytes of one stanza."""
    tag: int = 16 * 1024
    """Bytes of one unfinished tag: expat reads it again with every piece that arrives, so the cost is quadratic."""
    depth: int = 32
    attributes: int = 64
    waiting_elements: int = 16
    """Elements a peer may send ahead of the negotiation."""
    silence_seconds: float = 15.0
    """The next step of a negotiation begins within this time."""
    stanza_seconds: float = 15.0
    """A stanza is complete this long after its first byte, or the stream is closed."""
    handshake_seconds: float = 5.0
    connect_seconds: float = 5.0
    """For one address, the TCP part."""
    write_buffer: int = 256 * 1024
    """Unsent bytes from which the streams that feed this one are not read any more."""
    write_buffer_cut: int = 2 * 1024 * 1024
    """Unsent bytes at which a peer that does not read is cut."""
    write_stall_seconds: float = 10.0
    connections_per_address: int = 100
    half_open: int = 64
    """Streams of one listener that are not authenticated yet."""
    half_open_per_address: int = 16
    arrivals: float = 200.0
    """New connections from outside that one listener greets in a second; those of five seconds may come at once."""
    arrivals_per_address: float = 20.0
    queue: int = 200
    """Stanzas that wait for one stream to be opened."""
    queue_bytes: int = 512 * 1024
    routes: int = 2_000
    """Streams the edge opens or holds open, both sides together."""
    retry_seconds: float = 5.0
    """A partner that could not be reached is not tried again for this long."""
    verifications: int = 60
    """Dialback keys checked in a minute: each makes us connect where a stranger says."""
    verifications_per_address: int = 10
    invitations: int = 10_000
    """Contacts remembered as invited by people of ours."""
