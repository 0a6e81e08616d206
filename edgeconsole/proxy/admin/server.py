"""The admin API's listeners: a Unix socket always, HTTPS where the configuration asks for it."""

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.names import HostPort
from edgeconsole.model.observed import Listener, PlaneState
from edgeconsole.proxy.admin.api import application
from edgeconsole.proxy.admin.callers import Peer, peer_of
from edgeconsole.proxy.admin.connections import Connection, Connections
from edgeconsole.proxy.admin.doors import Door, HttpsDoor, SocketDoor
from edgeconsole.proxy.admin.shared import Shared
from edgeconsole.proxy.service import EdgeService

LONGEST_SOCKET_PATH = 107
"""Bytes a Unix socket's path may have (sun_path on Linux)."""

HEAD_SECONDS = 15.0
"""A connection that has not sent a whole request head for so long is closed; also how long an idle one stays."""

_HANDSHAKE_SECONDS = 5.0
_SHUTDOWN_SECONDS = 1.0
_BACKLOG = 64


class _Site:
    """The API behind one door, on one listening socket."""

    def __init__(self, service: EdgeService, shared: Shared, door: Door) -> None:
        self._app = application(service, shared, door)
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None

    async def open(
        self, listening: socket.socket, context: ssl.SSLContext | None = None, connections: Connections | None = None
    ) -> None:
        """Serve on a bound socket."""
        self._runner = runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        loop = asyncio.get_running_loop()
        server = runner.server
        assert server is not None
        self._server = await loop.create_server(
            lambda: Connection(server, loop, connections, keepalive_timeout=HEAD_SECONDS),
            sock=listening,
            ssl=context,
            ssl_handshake_timeout=None if context is None else _HANDSHAKE_SECONDS,
        )

    async def close(self) -> None:
        """Stop accepting, let answers finish for a second, close every connection."""
        if self._server is not None:
            self._server.close()
        if self._runner is not None:
            await self._runner.cleanup()


class AdminServer:
    """Serves the admin API of one proxy on its Unix socket."""

    def __init__(
        self,
        service: EdgeService,
        path: Path,
        shared: Shared,
        peer: Callable[[socket.socket], Peer] = peer_of,
    ) -> None:
        self.path = path
        self._shared = shared
        self._site = _Site(service, shared, SocketDoor(lambda: service.settings, peer))
        self._bound = False

    async def start(self) -> None:
        """Bind the socket; raises BadInput where its place cannot be used."""
        listening = bind(self.path)
        self._bound = True
        await self._site.open(listening)

    async def stop(self) -> None:
        """End the streams, close the socket and remove its file."""
        self._shared.streams.close()
        await self._site.close()
        if self._bound:
            self.path.unlink(missing_ok=True)


class HttpsServer:
    """Serves the admin API of one proxy over HTTPS, to callers with a client certificate or a bearer token."""

    def __init__(self, service: EdgeService, place: HostPort, context: ssl.SSLContext, shared: Shared) -> None:
        self._place = place
        self._context = context
        self._shared = shared
        door = HttpsDoor(lambda: service.settings, shared.tokens, shared.failures)
        self._site = _Site(service, shared, door)

    async def start(self) -> None:
        """Bind the address; raises BadInput where it cannot be used."""
        listening = _bind_tcp(self._place)
        host, port = listening.getsockname()[:2]
        await self._site.open(listening, self._context, Connections())
        address = HostPort(host, port).with_port()
        self._shared.listeners = (Listener(name="admin", address=address, state=PlaneState.UP),)

    async def stop(self) -> None:
        """End the streams, close every connection, and keep when tokens were last used."""
        self._shared.listeners = ()
        self._shared.streams.close()
        await self._site.close()
        if self._shared.tokens.uses_to_keep:
            await asyncio.to_thread(self._shared.tokens.keep_uses)


def _bind_tcp(place: HostPort) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((place.host, place.port))
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        problem = Problem(
            field="proxy.admin_listen",
            message=f"{place.with_port()} cannot be used: {os.strerror(error.errno or errno.EIO)}",
            remedy="Set proxy.admin_listen to an address of this host and a port that is free",
        )
        raise BadInput("the admin API cannot listen", problems=(problem,)) from None
    return listening


def bind(path: Path) -> socket.socket:
    """Return a listening Unix socket, mode 0660 in a directory of mode 0750; a dead proxy's socket is replaced."""
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise _unusable(path, f"the path is longer than the {LONGEST_SOCKET_PATH} bytes a Unix socket may have")
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        _remove_stale(path)
    except OSError as error:
        raise _unusable(path, f"{os.strerror(error.errno or errno.EIO)}") from None
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o117)
    try:
        listening.bind(str(path))
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise _unusable(path, f"{os.strerror(error.errno or errno.EIO)}") from None
    finally:
        os.umask(before)
    return listening


def _remove_stale(path: Path) -> None:
    if not path.is_socket():
        if path.exists():
            raise _unusable(path, "there is a file at that path that is no socket")
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.settimeout(1.0)
        try:
            trial.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise _unusable(path, "another proxy serves on it")


def _unusable(path: Path, why: str) -> BadInput:
    problem = Problem(
        field="proxy.admin_socket",
        message=f"{path} cannot be used: {why}",
        remedy="Set proxy.admin_socket to a path in a directory the proxy's user may write",
    )
    return BadInput("the admin socket cannot be opened", problems=(problem,))
