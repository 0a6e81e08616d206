"""The connections of the admin API: how many there may be, and a plain answer to what is no HTTP."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

from aiohttp import web

from edgeconsole.proxy.admin.rates import source_of
from edgeconsole.wire.json import encode
from edgeconsole.wire.problems import MEDIA_TYPE, ProblemDetails

MOST_CONNECTIONS = 256
MOST_FROM_ONE = 64
"""A jump host full of consoles holds two or three for each."""

_LINGER_SECONDS = 2.0
"""How long the rest of a refused body is read and thrown away, so that the client reads why."""


class Connections:
    """Counts the connections of one listener."""

    def __init__(self) -> None:
        self._from: Counter[str] = Counter()

    def admit(self, source: str) -> bool:
        """Count a new connection; return False where it is one too many."""
        if self._from.total() >= MOST_CONNECTIONS or self._from[source] >= MOST_FROM_ONE:
            return False
        self._from[source] += 1
        return True

    def leave(self, source: str) -> None:
        """Forget a connection that was admitted."""
        self._from[source] -= 1
        if self._from[source] <= 0:
            del self._from[source]


class Connection(web.RequestHandler):
    """One connection: aiohttp's handler, counted, and with problem details for a request it cannot read."""

    def __init__(
        self,
        server: web.Server,
        loop: asyncio.AbstractEventLoop,
        connections: Connections | None,
        *,
        keepalive_timeout: float,
    ) -> None:
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]
            keepalive_timeout=keepalive_timeout,
            lingering_time=_LINGER_SECONDS,
            auto_decompress=False,
        )
        self._connections = connections
        self._source: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Serve a new connection, or cut it where there are too many."""
        if self._connections is not None:
            source = source_of(str((transport.get_extra_info("peername") or ("",))[0]))
            if not self._connections.admit(source):
                # Not asserted to be asyncio.Transport: uvloop's is no subclass of it.
                transport.abort()  # type: ignore[attr-defined]
                return
            self._source = source
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Count it out."""
        if self._connections is not None and self._source is not None:
            self._connections.leave(self._source)
            self._source = None
        super().connection_lost(exc)

    def handle_error(
        self, request: Any, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what is no HTTP request, without repeating any of it."""
        del request, exc, message
        title = "this is no request that can be read" if status < 500 else "the proxy failed to answer"
        details = ProblemDetails(title=title, status=status, code="http", instance=f"urn:uuid:{uuid4()}")
        response = web.Response(status=status, body=encode(details), content_type=MEDIA_TYPE)
        response.headers["Server"] = "edgeconsole"
        response.force_close()
        return response
