"""From a TCP connection to a SipConnection: the handshake in both roles, its failures told apart, its names decoded.

Accepting and connecting both start from a plain socket, because asyncio's own TLS server drops failed handshakes in
silence, and who was refused and why is what an operator asks.
"""

import asyncio
import socket
import ssl

from edgeconsole.model.text import clean
from edgeconsole.proxy.certificates import BadCertificate, identity_of, names_of
from edgeconsole.proxy.limits import Limits
from edgeconsole.proxy.listening import plain_address
from edgeconsole.proxy.revocation import Revocations, UnknownChain, points_of
from edgeconsole.proxy.sip.connection import Peer, SipConnection
from edgeconsole.proxy.tls_link import TlsLink
from edgeconsole.proxy.transports import abort

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
    loop, seconds = asyncio.get_running_loop(), limits.handshake_seconds
    link = TlsLink(connection, context, server_name=server_name, close_seconds=seconds)
    try:
        async with asyncio.timeout(seconds):
            if server_name is None:
                await loop.connect_accepted_socket(lambda: link.below, plain)
            else:
                await loop.create_connection(lambda: link.below, sock=plain)
            await link.shaken
    except asyncio.CancelledError:
        abort(link)
        raise
    except (ssl.SSLError, OSError) as error:
        abort(link)
        raise _fault(link.fault or error, seconds) from None
    return link


def _fault(error: Exception, seconds: float) -> HandshakeFault:
    if isinstance(error, ssl.SSLCertVerificationError):
        return HandshakeFault(f"the certificate is not trusted: {clean(error.verify_message)}", trust=True)
    if isinstance(error, ssl.SSLError):
        return HandshakeFault(f"the TLS handshake failed: {clean(error.reason or str(error))}")
    if isinstance(error, TimeoutError) and error.errno is None:
        return HandshakeFault(f"the TLS handshake took longer than {seconds:g} s")
    said = error.strerror if isinstance(error, OSError) else None
    return HandshakeFault(f"the other side ended the TLS handshake: {clean(said or str(error))}")


async def check_revocation(transport: asyncio.Transport, peer: Peer, revocations: Revocations | None) -> None:
    """Have the other end's certificate looked up in its revocation lists. Raises HandshakeFault for a revoked one."""
    if revocations is None or not revocations.enabled:
        return
    try:
        peer.points = points_of(transport.get_extra_info("ssl_object"))
    except UnknownChain as error:
        raise HandshakeFault(str(error), trust=True) from None
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
