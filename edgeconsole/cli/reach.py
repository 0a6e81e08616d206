"""Which edge a command means: one named on the command line, a context, or the one socket found on this host."""

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from edgeconsole.backends.base import Backend
from edgeconsole.model.configuration import Proxy
from edgeconsole.model.errors import BadInput
from edgeconsole.store.store import Store

if TYPE_CHECKING:
    from edgeconsole.config.settings import Context
    from edgeconsole.store.calls import CallLog


class Place(NamedTuple):
    """Where an edge is and how careful to be there; exactly one of the three says where."""

    config: str | None = None
    socket: str | None = None
    context: "Context | None" = None

    @property
    def file(self) -> str | None:
        """The federation.toml to work on alone, None where it is a running edge."""
        if self.context is not None and self.context.backend.value == "file":
            return str(Path(self.context.address).expanduser())
        return self.config

    @property
    def name(self) -> str:
        """The context's name; empty without one."""
        return self.context.name if self.context else ""

    @property
    def theme(self) -> str | None:
        """The theme the context asks for."""
        return self.context.theme if self.context else None

    @property
    def options(self) -> str:
        """What names it on the command line."""
        if self.context is not None:
            return f"--context {self.context.name}"
        # Late: only the console asks.
        import shlex

        option, path = ("--config", self.config) if self.config is not None else ("--socket", self.socket)
        return f"{option} {shlex.quote(path)}" if path is not None else ""

    def readonly(self, asked: bool | None) -> bool:
        """Return whether to change nothing: as asked on the command line, else as the context says."""
        if asked is not None:
            return asked
        return self.context.readonly if self.context else False


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def open_store(
    *, config: str | None, socket: str | None, readonly: bool | None, via: str, context: str | None = None
) -> Store:
    """Return a store on the edge that was asked for; nothing is sent yet."""
    return open_place(find_place(config=config, socket=socket, context=context), readonly=readonly, via=via)


def open_place(place: Place, *, readonly: bool | None, via: str, calls: "CallLog | None" = None) -> Store:
    """Return a store on an edge that was found; nothing is sent yet. `calls` notes whatever is asked of it."""
    backend = open_backend(place, via=via)
    if calls is not None:
        calls.note(backend, place.options)
    return Store(
        backend,
        clock=now,
        readonly=place.readonly(readonly),
        readonly_by=place.name if readonly is None else "",
        confirm=place.context.confirm if place.context else None,
        calls=calls,
    )


def find_place(*, config: str | None, socket: str | None, context: str | None) -> Place:
    """Return the edge that is meant.

    The first of these decides: `--config` or `--socket`, `--context`, EDGECONSOLE_SOCKET, the default context, the
    socket of a proxy on this host.
    """
    if sum(way is not None for way in (config, socket, context)) > 1:
        raise BadInput(
            "--config, --socket and --context exclude each other: each of them names an edge", remedy="Give one of them"
        )
    if config is not None or socket is not None:
        return Place(config=config, socket=socket)
    if context is not None:
        return Place(context=_context(context))
    named = os.environ.get("EDGECONSOLE_SOCKET")
    if named:
        return Place(socket=named)
    default = _context(None)
    return Place(context=default) if default else Place(socket=str(find_socket()))


def settings_path() -> Path:
    """Return where console.toml is: under XDG_CONFIG_HOME, else under ~/.config."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    root = Path(base) if base.startswith("/") else Path.home() / ".config"
    return root / "edgeconsole" / "console.toml"


def _context(name: str | None) -> "Context | None":
    """Return a context by name, or the default one, None where there is none. Raises BadInput for an unknown name."""
    path = settings_path()
    if name is None and not path.exists():
        return None
    # Late: reading TOML costs a command over the socket 15 ms that it never uses without contexts.
    from edgeconsole.config.settings import load_settings

    settings = load_settings(path)
    wanted = settings.default_context if name is None else name
    found = settings.find(wanted) if wanted is not None else None
    if found is None and name is not None:
        known = ", ".join(each.name for each in settings.contexts) or "none yet; edgeconsole context add makes one"
        raise BadInput(f"there is no context {name}", remedy=f"Known are: {known}")
    return found


def open_backend(place: Place, *, via: str) -> Backend:
    """Return the backend for an edge that was found."""
    context = place.context
    if context is not None:
        return _open_context(context, via)
    if place.config is not None:
        # Late: reading TOML costs a command over the socket 15 ms that it never uses.
        from edgeconsole.backends.file import FileBackend

        return FileBackend(Path(place.config), clock=now, new_id=lambda: str(uuid.uuid4()), via=via)
    from edgeconsole.backends.local import open_local

    return open_local(Path(place.socket) if place.socket else find_socket(), via=via)


def _open_context(context: "Context", via: str) -> Backend:
    from edgeconsole.config.settings import BackendKind

    if context.backend is BackendKind.REMOTE:
        from edgeconsole.backends.remote import RemoteEdge, open_remote

        edge = RemoteEdge(
            address=context.address,
            ca=context.ca,
            pin=context.pin,
            token=context.token,
            certificate=context.certificate,
            private_key=context.private_key,
        )
        return open_remote(edge, via=via)
    path = str(Path(context.address).expanduser())
    on_file = context.backend is BackendKind.FILE
    return open_backend(Place(config=path) if on_file else Place(socket=path), via=via)


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
        remedy="Name one with --socket PATH or --context NAME, work on a file with --config FILE, set up a new one "
        "(touch federation.toml, then edgeconsole --config federation.toml asks step by step), or try it out: "
        "edgeconsole lab",
    )
