"""Which edge a command means: a socket, a file, or the one socket found where a proxy puts it."""

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path

from edgeconsole.backends.base import Backend
from edgeconsole.model.configuration import Proxy
from edgeconsole.model.errors import BadInput
from edgeconsole.store.store import Store


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def open_store(*, config: str | None, socket: str | None, readonly: bool, via: str) -> Store:
    """Return a store on the edge that was asked for; nothing is sent yet."""
    return Store(open_backend(config=config, socket=socket, via=via), clock=now, readonly=readonly)


def open_backend(*, config: str | None, socket: str | None, via: str) -> Backend:
    """Return the backend for `--config FILE`, `--socket PATH`, or the socket of a proxy on this host."""
    if config is not None:
        # Late: reading TOML costs a command over the socket 15 ms that it never uses.
        from edgeconsole.backends.file import FileBackend

        return FileBackend(Path(config), clock=now, new_id=lambda: str(uuid.uuid4()), via=via)
    from edgeconsole.backends.local import open_local

    return open_local(Path(socket) if socket else find_socket(), via=via)


def find_socket() -> Path:
    """Return the socket named by EDGECONSOLE_SOCKET, else the first that exists of those a proxy uses."""
    named = os.environ.get("EDGECONSOLE_SOCKET")
    if named:
        return Path(named)
    places = [Path(Proxy().admin_socket)]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        places.append(Path(runtime) / "edgeconsole" / "admin.sock")
    for place in places:
        if place.is_socket():
            return place
    looked = " and ".join(str(place) for place in places)
    raise BadInput(
        f"no edge was named and no proxy runs here (looked for {looked})",
        remedy="Name one with --socket PATH, work on a file with --config FILE, or try it out: edgeconsole lab",
    )
