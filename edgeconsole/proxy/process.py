"""The proxy as a process: start-up checks, listeners, admin socket, readiness, signals, a clean end."""

import asyncio
import contextlib
import gc
import json
import logging
import os
import signal
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO

from edgeconsole.config.bearer_tokens import BearerTokens
from edgeconsole.config.read import load
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.configuration import Proxy
from edgeconsole.model.errors import BadInput, EdgeconsoleError, Problem
from edgeconsole.model.revision import Author
from edgeconsole.proxy.admin.certificate import ServerTls, server_tls, tokens_path
from edgeconsole.proxy.admin.server import AdminServer, HttpsServer
from edgeconsole.proxy.admin.shared import Shared
from edgeconsole.proxy.confirmation import settle_overdue, take_back_at_start
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.notify import Notifier
from edgeconsole.proxy.service import EdgeService

log = logging.getLogger(__name__)

GRACE_SECONDS = 3.0
"""How long transactions may finish after a stop was asked for."""

WATCH_SECONDS = 2.0
"""How often the file is looked at for a hand edit."""


def run(path: Path, *, announce: bool = False, exit_with_parent: bool = False) -> int:
    """Serve until SIGTERM or SIGINT; raises BadInput where the edge cannot start."""
    serving = _serve(path.absolute(), sys.stdout if announce else None, exit_with_parent)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serving)
    return 0


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes the event loop: uvloop's where it is installed, None for asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def check_start(path: Path) -> tuple[str, ...]:
    """Return the warnings an edge would start with, raise BadInput where it would not; binds nothing."""
    configuration = load(path).configuration
    edge = FederationEdge(configuration, base_directory=path.absolute().parent, clock=_now, new_id=_new_id)
    tls = _admin_tls(configuration.proxy, path.absolute())
    return edge.check(configuration) + (tls.warnings if tls else ())


async def _serve(path: Path, announced: IO[str] | None, exit_with_parent: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    # Who asks for a reload while the edge starts gets what he asked for: the files are read now.
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    if exit_with_parent:
        loop.add_reader(sys.stdin.fileno(), _parent_moved, stop)
    revisions = Revisions.open(path, clock=_now, new_id=_new_id)
    try:
        settle_overdue(revisions)
        try:
            await _serve_revisions(revisions, path, stop, announced)
        except BadInput as error:
            # A change that waits to be confirmed and keeps the edge from starting has shown what it is worth.
            if revisions.confirming.pending is None:
                raise
            take_back_at_start(revisions, f"the edge could not start with {revisions.head}: {error}")
            await _serve_revisions(revisions, path, stop, announced)
    finally:
        revisions.close()


async def _serve_revisions(revisions: Revisions, path: Path, stop: asyncio.Event, announced: IO[str] | None) -> None:
    configuration = revisions.loaded.configuration
    if configuration.edge is None:
        problem = Problem(
            file=path.name, field="edge", message="there is no [edge] table", remedy="Add one; see README"
        )
        raise BadInput("the edge cannot start", problems=(problem,))
    edge = FederationEdge(configuration, base_directory=path.parent, clock=_now, new_id=_new_id)
    tls = _admin_tls(configuration.proxy, path)
    doubts = tls.warnings if tls else ()
    warnings = edge.check(configuration) + doubts
    service = EdgeService(revisions, edge, path=path, instance=_new_id(), clock=_now, warnings=doubts)
    notifier = Notifier()
    shared = Shared(service, BearerTokens(tokens_path(configuration.proxy, path), _now), _now)
    admin = AdminServer(service, (path.parent / configuration.proxy.admin_socket).absolute(), shared)
    https = _https(service, tls, shared)
    for warning in warnings:
        log.warning("%s", warning)
    await service.confirmation.resume()
    await admin.start()
    try:
        await edge.start()
        if https is not None and tls is not None:
            await https.start()
            renew = partial(tls.renew, configuration.proxy, path.parent)
            edge.certificates.follow(lambda _contexts: renew())
        service.probing.start()
        watching = asyncio.create_task(service.watch(lambda: asyncio.sleep(WATCH_SECONDS)))
        reloads = Reloads(service, notifier)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reloads.begin)
        _announce(announced, admin, edge, shared)
        log.info("serving revision %s of %s", revisions.head, path)
        _settle()
        notifier.ready(f"serving revision {revisions.head}")
        await stop.wait()
        await notifier.stopping()
        await reloads.end()
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    finally:
        log.info("stopping: no new connections, up to %g s for what is under way", GRACE_SECONDS)
        await service.confirmation.stop()
        await service.probing.stop()
        await edge.stop(GRACE_SECONDS)
        if https is not None:
            await https.stop()
        await admin.stop()


class Reloads:
    """SIGHUP: the saved file and the certificates again, one after another; a failure is told and changes nothing."""

    def __init__(self, service: EdgeService, notifier: Notifier) -> None:
        self._service = service
        self._notifier = notifier
        self._running: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Begin a reload; it waits for the one before it."""
        task = asyncio.get_running_loop().create_task(self._reload())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def end(self) -> None:
        """Wait for reloads under way."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _reload(self) -> None:
        self._notifier.reloading()
        told = ""
        try:
            result = await self._service.reloading.reload(Author("edgeconsole", "SIGHUP"))
            log.info("reloaded: revision %s, %d sessions closed", result.running, result.closed_sessions)
        except EdgeconsoleError as error:
            told = f"; the last reload failed: {error}"
            log.error("the reload failed and changed nothing: %s %s", error, "; ".join(map(str, error.problems)))
        except Exception:
            told = "; the last reload failed, see the log"
            log.exception("the reload failed")
        self._notifier.ready(f"serving revision {self._service.health().running}{told}")


def _admin_tls(settings: Proxy, path: Path) -> ServerTls | None:
    """Return how the HTTPS listener does TLS, None where there is to be none. Raises BadInput by field."""
    tokens = BearerTokens(tokens_path(settings, path), _now)
    if settings.admin_listen is None:
        return None
    tokens.load()
    return server_tls(settings, path.parent)


def _https(service: EdgeService, tls: ServerTls | None, shared: Shared) -> HttpsServer | None:
    place = service.settings.admin_listen
    return None if tls is None or place is None else HttpsServer(service, place, tls.context, shared)


def _settle() -> None:
    """Take what start-up made out of the garbage collector's way: it stays as long as the process.

    Measured while 100,000 domains load: each full collection kept every message waiting, 40 to 85 ms.
    """
    gc.collect()
    gc.freeze()


def _announce(out: IO[str] | None, admin: AdminServer, edge: FederationEdge, shared: Shared) -> None:
    if out is None:
        return
    listeners = {listener.name: listener.address for listener in (*edge.listeners(), *shared.listeners)}
    print(json.dumps({"ready": True, "socket": str(admin.path), "listeners": listeners}), file=out, flush=True)


def _parent_moved(stop: asyncio.Event) -> None:
    # The parent holds the other end of our standard input; it reads as ended when the parent is gone.
    if not os.read(sys.stdin.fileno(), 4096):
        stop.set()


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid.uuid4())
