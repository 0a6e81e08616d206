"""Server dialback: keys nobody can guess, and a bound on how often a stranger makes us connect (XEP-0220, XEP-0185)."""

import hashlib
import hmac
import os
import secrets
from collections import deque
from collections.abc import Callable
from pathlib import Path

from edgeconsole.model.errors import BadInput, Problem

_FIELD = "xmpp_gateway.dialback_secret"
_LEAST_SECRET = 16
"""Bytes of a secret that can be told from a guess."""
_MINUTE = 60.0


class Keys:
    """Makes and checks the keys of one pool; without a secret from outside they last as long as the process."""

    def __init__(self, secret: bytes | None = None) -> None:
        # XEP-0185, 3: the hash of the secret as hexadecimal text is the key of the HMAC.
        self._key = hashlib.sha256(secret or secrets.token_bytes(32)).hexdigest().encode("ascii")

    def key(self, receiving: str, originating: str, stream_id: str) -> str:
        """Return the key of a stream from our domain to theirs; parts are separated, or two pairs could share one."""
        text = f"{receiving} {originating} {stream_id}".encode()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()

    def is_ours(self, key: str, receiving: str, originating: str, stream_id: str) -> bool:
        """Return whether a key that comes back is one of ours."""
        made = self.key(receiving, originating, stream_id).encode("ascii")
        return hmac.compare_digest(made, key.strip().encode("utf-8", "replace"))


def load_secret(reference: str | None, base: Path) -> bytes | None:
    """Return the secret behind `file:PATH`, `env:NAME` or `cred:NAME`; None where none is set. Raises BadInput."""
    if reference is None:
        return None
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        secret = os.environ.get(name, "").encode()
        if not secret:
            raise _problem(f"the environment has no {name}")
    else:
        path = base / name if scheme == "file" else Path(os.environ.get("CREDENTIALS_DIRECTORY", "")) / name
        try:
            secret = path.read_bytes().strip()
        except OSError as error:
            raise _problem(f"{path} cannot be read: {error.strerror}") from None
    if len(secret) < _LEAST_SECRET:
        raise _problem(f"the secret is shorter than {_LEAST_SECRET} bytes")
    return secret


def _problem(message: str) -> BadInput:
    problem = Problem(field=_FIELD, message=message, remedy="Make one: openssl rand -hex 32 > FILE")
    return BadInput("the dialback secret cannot be used", problems=(problem,))


class Budget:
    """Verifications in the last minute, all together and by address."""

    def __init__(self, most: int, most_per_address: int, time: Callable[[], float]) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._time = time
        self._spent: deque[tuple[float, str]] = deque()

    def spend(self, address: str) -> bool:
        """Take one; return False where the address, or everybody together, has had enough."""
        now = self._time()
        while self._spent and self._spent[0][0] <= now - _MINUTE:
            self._spent.popleft()
        if len(self._spent) >= self._most:
            return False
        if sum(1 for _, each in self._spent if each == address) >= self._most_per_address:
            return False
        self._spent.append((now, address))
        return True
