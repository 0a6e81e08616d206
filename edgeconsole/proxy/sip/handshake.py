"""From a TCP connection to a SipConnection: the handshake in both roles, its failures told apart, its names decoded.

Accepting and connecting both start from a plain socket, because asyncio's own TLS server drops failed handshakes in
silence, and who was refused and why is what an operator asks. Upgrading a transport (`start_tls`) would not do: where
the event loop reads before the upgrade, as uvloop does, the other side's first bytes are lost.
"""

import asyncio
import socket
import ssl

from edgeconsole.model.text import clean
from edgeconsole.proxy import alerts
from edgeconsole.proxy.certificates import BadCertificate, identity_of, names_of
from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.revocation import Revocations, points_of
from edgeconsole.proxy.sip.connection import Peer, SipConnection

_SHOWN_NAMES = 100


class HandshakeFault(Exception):
    """A TLS handshake that did not end in a connection."""

    def __init__(self, detail: str, *, trust: bool = False) -> None:
        super().__init__(detail)
        self.trust = trust
        """Whether our side did not believe the other's certificate."""


async def shake_hands(
    plain: socket.socket,
    connection: SipConnection,
    context: ssl.SSLContext,
    limits: Limits,
    *,
    server_name: str | None = None,
) -> asyncio.Transport:
    """Run the handshake on a connected socket, which is ours to close; a `server_name` makes us the client.

    The connection is not attached yet: read the names with `peer_of`, admit them, then attach. Raises HandshakeFault.
    """
    loop = asyncio.get_running_loop()
    seconds = limits.handshake_seconds
    transport: asyncio.Transport
    alerts.prepare()
    try:
        if server_name is None:
            began = loop.connect_accepted_socket(
                lambda: connection, plain, ssl=context, ssl_handshake_timeout=seconds, ssl_shutdown_timeout=seconds
            )
        else:
            began = loop.create_connection(
                lambda: connection,
                sock=plain,
                ssl=context,
                server_hostname=server_name,
                ssl_handshake_timeout=seconds,
                ssl_shutdown_timeout=seconds,
            )
        transport, _ = await alerts.shake_hands(began)
    except ssl.SSLCertVerificationError as error:
        raise HandshakeFault(f"the certificate is not trusted: {clean(error.verify_message)}", trust=True) from None
    except ssl.SSLError as error:
        raise HandshakeFault(f"the TLS handshake failed: {clean(error.reason or str(error))}") from None
    except OSError as error:
        # asyncio reports its own time-out as an aborted connection without an error number.
        if isinstance(error, ConnectionAbortedError) and error.errno is None:
            raise HandshakeFault(f"the TLS handshake took longer than {limits.handshake_seconds:g} s") from None
        raise HandshakeFault(f"the other side ended the TLS handshake: {clean(error.strerror or str(error))}") from None
    return transport


async def check_revocation(transport: asyncio.Transport, peer: Peer, revocations: Revocations | None) -> None:
    """Have the other end's certificate looked up in its revocation lists. Raises HandshakeFault for a revoked one."""
    if revocations is None or not revocations.enabled:
        return
    peer.points = points_of(transport.get_extra_info("ssl_object"))
    if not peer.points:
        return
    # Nobody takes what comes meanwhile, so it must not come.
    transport.pause_reading()
    why = await revocations.why_revoked(peer.points)
    if why is not None:
        raise HandshakeFault(why, trust=True)
    if not transport.is_closing():
        transport.resume_reading()


def peer_of(transport: asyncio.Transport) -> Peer:
    """Return who the other end of a finished handshake is. Raises HandshakeFault for an unreadable certificate."""
    tls = transport.get_extra_info("ssl_object")
    address = transport.get_extra_info("peername") or ("", 0)
    certificate = tls.getpeercert(binary_form=True)
    if certificate is None:
        raise HandshakeFault("the other side showed no certificate", trust=True)
    try:
        names, identity = names_of(certificate), identity_of(certificate)
    except BadCertificate as error:
        raise HandshakeFault(str(error), trust=True) from None
    shown = tuple(str(clean(name)) for name in sorted(names)[:_SHOWN_NAMES])
    cipher = tls.cipher()
    return Peer(
        plain_address(address[0]),
        address[1],
        names,
        shown,
        f"{tls.version()} {cipher[0] if cipher else ''}".strip(),
        identity,
    )


def plain_address(host: str) -> str:
    """Return an address as it was dialled: a listener for both families shows IPv4 peers inside IPv6."""
    return host.removeprefix("::ffff:") if host.startswith("::ffff:") and "." in host else host
