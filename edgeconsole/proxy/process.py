"""The proxy as a process: start-up checks, listeners, admin socket, readiness, signals, a clean end."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from edgeconsole.config.read import load
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.proxy.admin.server import AdminServer
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.service import EdgeService

log = logging.getLogger(__name__)

GRACE_SECONDS = 3.0
"""How long transactions may finish after a stop was asked for."""

WATCH_SECONDS = 2.0
"""How often the file is looked at for a hand edit."""


def run(path: Path, *, announce: bool = False, exit_with_parent: bool = False) -> int:
    """Serve until SIGTERM or SIGINT; raises BadInput where the edge cannot start."""
    serving = _serve(path.absolute(), sys.stdout if announce else None, exit_with_parent)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serving)
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
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
    return edge.check(configuration)


async def _serve(path: Path, announced: IO[str] | None, exit_with_parent: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if exit_with_parent:
        loop.add_reader(sys.stdin.fileno(), _parent_moved, stop)
    revisions = Revisions.open(path, clock=_now, new_id=_new_id)
    try:
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
    warnings = edge.check(configuration)
    service = EdgeService(revisions, edge, path=path, instance=_new_id(), clock=_now, warnings=warnings)
    admin = AdminServer(service, (path.parent / configuration.proxy.admin_socket).absolute())
    for warning in warnings:
        log.warning("%s", warning)
    await admin.start()
    try:
        await edge.start()
        watching = asyncio.create_task(service.watch(lambda: asyncio.sleep(WATCH_SECONDS)))
        _announce(announced, admin, edge)
        log.info("serving revision %s of %s", revisions.head, path)
        await stop.wait()
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    finally:
        log.info("stopping")
        await edge.stop(GRACE_SECONDS)
        await admin.stop()


def _announce(out: IO[str] | None, admin: AdminServer, edge: FederationEdge) -> None:
    if out is None:
        return
    listeners = {listener.name: listener.address for listener in edge.listeners()}
    print(json.dumps({"ready": True, "socket": str(admin.path), "listeners": listeners}), file=out, flush=True)


def _parent_moved(stop: asyncio.Event) -> None:
    # The parent holds the other end of our standard input; it reads as ended when the parent is gone.
    if not os.read(sys.stdin.fileno(), 4096):
        stop.set()


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid.uuid4())
