"""Loopback listeners on a port the system chooses, or on a remembered one when it is still free."""

import socket

LOOPBACK = "127.0.0.1"

_BACKLOG = 100
_ATTEMPTS = 20
"""Tries to find a port free for UDP and TCP alike; one is nearly always enough."""


def bind(port: int = 0) -> socket.socket:
    """A TCP socket listening on loopback, on `port` if it is free and on another one if not."""
    try:
        return _bound(socket.SOCK_STREAM, port)
    except OSError:
        return _bound(socket.SOCK_STREAM, 0)


def bind_pair(port: int = 0) -> tuple[socket.socket, socket.socket, int]:
    """A UDP and a listening TCP socket on one port, and that port: `port` if it is free for both, else another."""
    for attempt in range(_ATTEMPTS):
        datagrams = None
        try:
            datagrams = _bound(socket.SOCK_DGRAM, 0 if attempt else port)
            chosen: int = datagrams.getsockname()[1]
            return datagrams, _bound(socket.SOCK_STREAM, chosen), chosen
        except OSError:
            if datagrams is not None:
                datagrams.close()
    raise OSError(f"no port of {LOOPBACK} is free for UDP and TCP")


def _bound(kind: socket.SocketKind, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, kind)
    try:
        if kind is socket.SOCK_STREAM:
            # On every start, not only when a port is wanted again: connections of the last one linger on the port, and
            # the system lets it go only where both sockets said so.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((LOOPBACK, port))
        if kind is socket.SOCK_STREAM:
            sock.listen(_BACKLOG)
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock
