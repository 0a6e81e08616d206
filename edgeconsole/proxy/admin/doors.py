"""The two doors of the admin API: each finds out who calls, by what its transport can prove."""

import logging
import socket
from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from edgeconsole.config.bearer_tokens import BearerTokens
from edgeconsole.model.configuration import Proxy
from edgeconsole.model.errors import NotPermitted
from edgeconsole.proxy.admin.callers import (
    Caller,
    Peer,
    caller_by_certificate,
    caller_by_token,
    caller_by_user,
    peer_of,
)
from edgeconsole.proxy.admin.rates import FailedAuthentications

log = logging.getLogger(__name__)

_SCHEME = "bearer "


class Door(Protocol):
    """What the server asks about every request."""

    def caller(self, request: web.Request) -> Caller:
        """Return who calls. Raises Refused for nobody, NotPermitted for somebody without a role."""
        ...


class SocketDoor:
    """The Unix socket: the kernel says who is at the other end."""

    def __init__(self, settings: Callable[[], Proxy], peer: Callable[[socket.socket], Peer] = peer_of) -> None:
        self._settings = settings
        self._peer = peer

    def caller(self, request: web.Request) -> Caller:
        """Return the caller at the other end of the socket. Raises NotPermitted where its user has no role."""
        accepted = request.transport.get_extra_info("socket") if request.transport else None
        caller = caller_by_user(self._peer(accepted), self._settings()) if accepted is not None else None
        if caller is None:
            raise NotPermitted(
                "your user has no role on this edge",
                remedy="An administrator adds it to proxy.operators or proxy.viewers in federation.toml",
            )
        return caller


class HttpsDoor:
    """HTTPS: a bearer token where one is sent, else the client certificate that the handshake verified."""

    def __init__(self, settings: Callable[[], Proxy], tokens: BearerTokens, failures: FailedAuthentications) -> None:
        self._settings = settings
        self._tokens = tokens
        self._failures = failures

    def caller(self, request: web.Request) -> Caller:
        """Return the caller by token or certificate.

        Raises Refused for neither and for a bad token, whatever certificate comes with it; NotPermitted for a good
        certificate that no role list names.
        """
        source = request.remote or ""
        header = request.headers.get("Authorization")
        if header is not None:
            stored = self._tokens.find(header[len(_SCHEME) :].strip()) if header.lower().startswith(_SCHEME) else None
            caller = caller_by_token(stored, source) if stored is not None else None
            if caller is None:
                log.warning("failed authentication from %s", source)
                raise self._failures.refuse(source)
            return caller
        certificate = request.transport.get_extra_info("peercert") if request.transport else None
        if not certificate:
            raise self._failures.refuse(source)
        caller = caller_by_certificate(certificate, self._settings(), source)
        if caller is None:
            raise NotPermitted(
                "no name in your certificate has a role on this edge",
                remedy="An administrator adds dns:NAME or uri:NAME to proxy.operators or proxy.viewers",
            )
        return caller
