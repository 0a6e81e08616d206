"""Who calls over the Unix socket: the kernel's word on the peer, mapped to a role (reliability A1)."""

import grp
import os
import pwd
import socket
import struct
from typing import NamedTuple

from edgeconsole.model.configuration import Proxy
from edgeconsole.wire.routes import Role

_CREDENTIALS = struct.Struct("3i")
_SO_PEERGROUPS = 59
_GROUPS_BUFFER = 1024  # the most getsockopt takes from Python; 256 groups, more than Linux gives a login by default


class Caller(NamedTuple):
    """One authenticated caller."""

    name: str
    uid: int
    role: Role


def caller_of(accepted: socket.socket, settings: Proxy) -> Caller | None:
    """Return the caller at the other end of an accepted Unix socket, or None where it has no role."""
    _pid, uid, gid = _CREDENTIALS.unpack(accepted.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    name = _user_name(uid)
    if uid in (0, os.geteuid()):
        return Caller(name, uid, Role.ADMIN)
    groups = {gid, *_peer_groups(accepted)}
    if _listed(settings.operators, name, uid, groups):
        return Caller(name, uid, Role.OPERATOR)
    if _listed(settings.viewers, name, uid, groups):
        return Caller(name, uid, Role.VIEWER)
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


def _listed(entries: tuple[str, ...], name: str, uid: int, groups: set[int]) -> bool:
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
