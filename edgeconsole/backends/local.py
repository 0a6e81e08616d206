"""The local backend: the admin API over the proxy's Unix socket."""

from pathlib import Path

from edgeconsole.backends.http import TIMEOUT, HttpBackend
from edgeconsole.backends.link import Link, unix


def open_local(socket: Path, *, via: str = "") -> HttpBackend:
    """Return a backend for the proxy that listens on a Unix socket; nothing is sent yet."""
    return HttpBackend(Link(unix(str(socket)), host="edge", timeout=TIMEOUT), place=str(socket), via=via)
