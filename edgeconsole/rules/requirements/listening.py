"""A configuration with the ports its listeners really have, where the file lets the system choose them."""

from collections.abc import Iterable

import msgspec.structs

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.names import HostPort, parse_listen
from edgeconsole.model.observed import Listener, PlaneState

_LISTENERS = {"sip": "sip_listen", "internal": "internal_listen", "xmpp": "xmpp_listen"}
"""The keys of [edge] by the names a running proxy gives its listeners."""


def as_listening(configuration: Configuration, listeners: Iterable[Listener]) -> Configuration:
    """Return the configuration with the ports that a running proxy listens on where the file has port 0."""
    edge = configuration.edge
    if edge is None:
        return configuration
    bound: dict[str, HostPort] = {}
    for listener in listeners:
        wanted: HostPort | None = getattr(edge, _LISTENERS.get(listener.name, ""), None)
        if wanted is not None and wanted.port == 0 and listener.state is PlaneState.UP:
            bound[_LISTENERS[listener.name]] = HostPort(wanted.host, parse_listen(listener.address).port)
    return (
        msgspec.structs.replace(configuration, edge=msgspec.structs.replace(edge, **bound)) if bound else configuration
    )
