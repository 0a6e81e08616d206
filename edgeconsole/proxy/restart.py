"""What of a changed configuration takes effect only when the edge starts again."""

from edgeconsole.model.configuration import Configuration

_EDGE = (
    "fqdn", "internal_fqdn", "sip_listen", "internal_listen", "certificate", "private_key", "trust",
    "internal_certificate", "internal_private_key", "internal_trust", "internal_peers", "xmpp_listen",
    "xmpp_internal_listen",
)  # fmt: skip
_PROXY = (
    "resolver", "allow_addresses", "admin_socket", "admin_listen", "admin_certificate", "admin_private_key",
    "admin_client_trust", "admin_tokens", "connections", "connections_per_address", "handshakes",
    "handshakes_per_address", "idle", "requests", "message_bytes",
)  # fmt: skip


def restart_needed(old: Configuration, new: Configuration) -> tuple[str, ...]:
    """Return the fields that differ and take effect at the next start only."""
    found = [f"edge.{name}" for name in _EDGE if getattr(old.edge, name, None) != getattr(new.edge, name, None)]
    found += [f"proxy.{name}" for name in _PROXY if getattr(old.proxy, name) != getattr(new.proxy, name)]
    return tuple(found)
