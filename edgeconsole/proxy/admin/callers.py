"""Who calls: the kernel's word on the peer of a Unix socket, the names in a verified client certificate, or a token;
each mapped to a role (reliability A1, A2)."""

import grp
import os
import pwd
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from edgeconsole.config.bearer_tokens import StoredToken
from edgeconsole.model.configuration import Proxy
from edgeconsole.wire.roles import Role

_CREDENTIALS = struct.Struct("3i")
_SO_PEERGROUPS = 59
_GROUPS_BUFFER = 1024  # the most getsockopt takes from Python; 256 groups, more than Linux gives a login by default
_NAMES = {"DNS": "dns", "URI": "uri"}
"""The kinds of names in a certificate that a role may hang on; the common name is none of them."""


class Caller(NamedTuple):
    """One authenticated caller."""

    name: str
    """As history and presence show it."""
    uid: int | None
    """None for a caller over HTTPS."""
    role: Role
    subject: str
    """What limits count by: unlike names, unique."""
    source: str = ""
    """Remote address; empty over the socket."""


class Peer(NamedTuple):
    """Who is at the other end of a Unix socket, as the kernel says."""

    uid: int
    groups: frozenset[int]


def peer_of(accepted: socket.socket) -> Peer:
    """Return the user and groups of the process that connected."""
    _pid, uid, gid = _CREDENTIALS.unpack(accepted.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return Peer(uid, frozenset({gid, *_peer_groups(accepted)}))


def caller_by_user(peer: Peer, settings: Proxy) -> Caller | None:
    """Return the caller at the other end of a Unix socket, or None where it has no role."""
    role = role_of_user(peer.uid, peer.groups, settings)
    return None if role is None else Caller(_user_name(peer.uid), peer.uid, role, f"uid:{peer.uid}")


def role_of_user(uid: int, groups: frozenset[int], settings: Proxy) -> Role | None:
    """Return the role of a system user: root and the proxy's own user may do everything, others what is listed."""
    if uid in (0, os.geteuid()):
        return Role.ADMIN
    name = _user_name(uid)
    return _highest(settings, lambda entries: _listed(entries, name, uid, groups))


def caller_by_certificate(certificate: Mapping[str, Any], settings: Proxy, source: str) -> Caller | None:
    """Return the caller who showed a certificate that was verified, or None where none of its names has a role.

    `certificate` is what `getpeercert` returns. Names are compared whole: a wildcard in a certificate is no name of
    anybody here.
    """
    shown: tuple[tuple[str, str], ...] = certificate.get("subjectAltName", ())
    names = {f"{_NAMES[kind]}:{name.lower() if kind == 'DNS' else name}" for kind, name in shown if kind in _NAMES}
    found: list[str] = []

    def listed(entries: tuple[str, ...]) -> bool:
        found[:] = [entry for entry in entries if entry in names]
        return bool(found)

    role = _highest(settings, listed)
    return None if role is None else Caller(found[0], None, role, f"certificate:{found[0]}", source)


def caller_by_token(token: StoredToken, source: str) -> Caller | None:
    """Return the caller who sent a good token, or None where this release does not know its role."""
    try:
        role = Role(token.role)
    except ValueError:
        return None
    return Caller(token.name, None, role, f"token:{token.id}", source)


def _highest(settings: Proxy, listed: Callable[[tuple[str, ...]], bool]) -> Role | None:
    for role, entries in (
        (Role.ADMIN, settings.admins),
        (Role.OPERATOR, settings.operators),
        (Role.VIEWER, settings.viewers),
    ):
        if listed(entries):
            return role
    return None


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _peer_groups(accepted: socket.socket) -> tuple[int, ...]:
    try:
        raw = accepted.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _GROUPS_BUFFER)
    except OSError:
        return ()
    return struct.unpack(f"{len(raw) // 4}I", raw)


def _listed(entries: tuple[str, ...], name: str, uid: int, groups: frozenset[int]) -> bool:
    for entry in entries:
        if entry.startswith("@"):
            if _group_id(entry[1:]) in groups:
                return True
        elif entry in (name, str(uid)):
            return True
    return False


def _group_id(name: str) -> int | None:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None
