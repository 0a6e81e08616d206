"""The bounds of the SIP edge in one place: sizes, counts and times a peer cannot exceed."""

import msgspec

from edgeconsole.model.edge import Proxy


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one edge; the defaults are the design's, tests make them small."""

    header_block: int = 32 * 1024
    """Bytes of start line and headers."""
    line: int = 8 * 1024
    """Bytes of one header after unfolding."""
    headers: int = 128
    body: int = 64 * 1024
    message_seconds: float = 10.0
    """A message is complete this long after its first byte, or the connection is closed."""
    handshake_seconds: float = 5.0
    """asyncio holds half-open handshakes for 60 s by default (measured)."""
    connect_seconds: float = 5.0
    """For one address of a next hop, the TCP part."""
    transaction_seconds: float = 30.0
    """Below timer F of the client, 32 s (RFC 3261 17.1.2.2), so that our 504 still finds it waiting."""
    ringing_seconds: float = 185.0
    """Timer C: a call that rings so long without another sign of life is cancelled (RFC 3261 16.6 item 11)."""
    transactions: int = 20_000
    """Requests without a final response, all together."""
    transactions_per_connection: int = 2_000
    dialogs: int = 20_000
    """Calls, subscriptions and referrals that are remembered, all together."""
    dialogs_per_partner: int = 5_000
    dialog_idle_seconds: float = 8 * 3600.0
    """A dialog without a request for so long is forgotten; a working day, since few clients refresh."""
    waiting: int = 2_000
    """Requests waiting for DNS or a connection, all together."""
    waiting_per_connection: int = 100
    """Of one partner's connection, and for one partner over a connection of our own servers."""
    write_buffer: int = 256 * 1024
    """Unsent bytes from which a peer is not read any more."""
    write_buffer_cut: int = 2 * 1024 * 1024
    """Unsent bytes at which a peer that does not read is cut."""
    write_stall_seconds: float = 10.0
    """A peer that leaves more than `write_buffer` unread this long is cut."""
    connections: int = 1_000
    """Accepted connections of one listener."""
    connections_per_address: int = 20
    half_open: int = 64
    """TLS handshakes under way on one listener."""
    half_open_per_address: int = 16
    """Of these with one address, so that one stranger cannot hold them all."""
    arrivals: float = 200.0
    """New connections from outside that one listener greets in a second; those of five seconds may come at once."""
    arrivals_per_address: float = 20.0
    idle_seconds: float = 300.0
    """A partner's connection without any byte for so long is closed; keep-alives count as bytes."""
    keep_alives: int = 30
    """Keep-alive pings a peer may send in ten seconds."""


def limits_of(settings: Proxy) -> Limits:
    """Return the bounds that the configuration asks for; the rest are the design's."""
    bounds = Limits()
    return msgspec.structs.replace(
        bounds,
        connections=settings.connections,
        connections_per_address=settings.connections_per_address,
        half_open=settings.handshakes,
        half_open_per_address=settings.handshakes_per_address,
        # All that may be open come within five seconds, those of one address within one.
        arrivals=settings.connections / 5,
        arrivals_per_address=float(settings.connections_per_address),
        idle_seconds=settings.idle.total_seconds(),
        transactions=settings.requests,
        transactions_per_connection=max(settings.requests // 10, 1),
        body=settings.message_bytes,
    )
