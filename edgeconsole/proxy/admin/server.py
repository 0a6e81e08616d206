"""The admin API's server: a Unix socket, peer credentials, one table of routes, problem details for every refusal."""

import errno
import logging
import os
import socket
from pathlib import Path

from aiohttp import web

from edgeconsole.model.errors import BadInput, EdgeconsoleError, NotPermitted, Problem
from edgeconsole.proxy.admin.callers import Caller, caller_of
from edgeconsole.proxy.admin.events import EventStreams
from edgeconsole.proxy.admin.handlers import BULK_LIMIT, HANDLERS, Call
from edgeconsole.proxy.service import EdgeService
from edgeconsole.wire.json import encode
from edgeconsole.wire.problems import MEDIA_TYPE, ProblemDetails, from_error
from edgeconsole.wire.routes import PREFIX, ROUTES, Route

log = logging.getLogger(__name__)

LONGEST_SOCKET_PATH = 107
"""Bytes a Unix socket's path may have (sun_path on Linux)."""


class AdminServer:
    """Serves the admin API of one proxy."""

    def __init__(self, service: EdgeService, path: Path) -> None:
        self._service = service
        self.path = path
        self._streams = EventStreams(service.edge.events)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Bind the socket; raises BadInput where its place cannot be used."""
        listening = bind(self.path)
        app = web.Application(client_max_size=BULK_LIMIT, middlewares=[_problems])
        for route in ROUTES:
            app.router.add_route(route.method, PREFIX + route.path, self._endpoint(route))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    async def stop(self) -> None:
        """End the streams, close the socket and remove its file."""
        self._streams.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self.path.unlink(missing_ok=True)

    def _endpoint(self, route: Route):  # type: ignore[no-untyped-def]
        async def endpoint(request: web.Request) -> web.StreamResponse:
            caller = self._caller(request)
            if not caller.role.covers(route.role):
                raise NotPermitted(
                    f"{caller.name} has the role {caller.role.value}; this needs {route.role.value}",
                    remedy="An administrator adds the user to proxy.operators in federation.toml",
                )
            if route.name == "events":
                return await self._streams.serve(request)
            answer = await HANDLERS[route.name](Call(request, self._service, caller))
            if isinstance(answer, web.StreamResponse):
                return answer
            return web.Response(body=encode(answer), content_type="application/json")

        return endpoint

    def _caller(self, request: web.Request) -> Caller:
        accepted = request.transport.get_extra_info("socket") if request.transport else None
        caller = caller_of(accepted, self._service.settings) if accepted is not None else None
        if caller is None:
            raise NotPermitted(
                "your user has no role on this edge",
                remedy="An administrator adds it to proxy.operators or proxy.viewers in federation.toml",
            )
        return caller


def bind(path: Path) -> socket.socket:
    """Return a listening Unix socket, mode 0660 in a directory of mode 0750; a dead proxy's socket is replaced."""
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise _unusable(path, f"the path is longer than the {LONGEST_SOCKET_PATH} bytes a Unix socket may have")
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        _remove_stale(path)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o117)
        try:
            listening.bind(str(path))
        finally:
            os.umask(before)
        listening.listen(64)
        listening.setblocking(False)
    except OSError as error:
        raise _unusable(path, f"{os.strerror(error.errno or errno.EIO)}") from None
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


@web.middleware
async def _problems(request: web.Request, handler):  # type: ignore[no-untyped-def]
    try:
        return await handler(request)
    except EdgeconsoleError as error:
        return _problem(from_error(error))
    except web.HTTPException as error:
        return _problem(ProblemDetails(title=error.reason, status=error.status, code="http"))
    except Exception:
        # The one boundary where an unforeseen error becomes an answer; the log has the trace, the caller does not.
        log.exception("request failed: %s %s", request.method, request.path)
        title = "the proxy failed to answer; its log has the reason"
        return _problem(ProblemDetails(title=title, status=500, code="error"))


def _problem(details: ProblemDetails) -> web.Response:
    return web.Response(status=details.status, body=encode(details), content_type=MEDIA_TYPE)
