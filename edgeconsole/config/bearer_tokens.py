"""The bearer tokens of the admin API: shown once, kept as hashes in a private file, revoked from the next request on.

A token reads `ec1_ID_SECRET`: the id finds the record, the secret is 256 random bits, so a plain sha256 keeps it safe
(reliability A2). The file is read again whenever it changed on disk; one that others may read or write opens nothing.
"""

import hashlib
import hmac
import os
import re
import secrets
import stat
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from edgeconsole.config.save import save
from edgeconsole.config.source import read_bytes
from edgeconsole.model.errors import BadInput, Conflict, Problem
from edgeconsole.model.revision import WriteOutcome

LONGEST_LIFE = timedelta(days=366)
"""A token that lives longer is forgotten by everybody but its thief."""

MOST_TOKENS = 1_000

USE_NOTED = timedelta(hours=1)
"""How coarse `last_used` is: a write an hour, not one a request."""

_FORM = re.compile(r"ec1_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_SECRET_BYTES = 32
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class StoredToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of a token; never the token."""

    id: str
    name: str
    role: str
    sha256: str
    """Of the secret part, in hex."""
    created: datetime
    expires: datetime
    created_by: str
    last_used: datetime | None = None
    """To the hour."""


class NewToken(NamedTuple):
    """A token just made; `text` is shown once and kept nowhere."""

    text: str
    stored: StoredToken


class _TokenFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: int
    tokens: tuple[StoredToken, ...]


class BearerTokens:
    """The tokens of one edge. `create`, `revoke` and `keep_uses` wait for the disk; `find` is quick."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self.path = path
        self.problem: BadInput | None = None
        """Why the file opens nothing at present."""
        self._clock = clock
        self._tokens: dict[str, StoredToken] = {}
        self._seen: tuple[int, ...] | None = None
        self._unsaved_uses = False
        self._writing = threading.Lock()

    def load(self) -> None:
        """Read the file now; a missing one holds no tokens. Raises BadInput for one that is broken or open to others.

        Without a call, the first question reads it, and a file that is broken then opens nothing.
        """
        self._refresh()
        if self.problem is not None:
            raise self.problem

    def all(self) -> tuple[StoredToken, ...]:
        """Return every token, expired ones too, the oldest first."""
        self._refresh()
        return tuple(sorted(self._tokens.values(), key=lambda token: token.created))

    def find(self, text: str) -> StoredToken | None:
        """Return the record of a token that is good now; None for a wrong, expired or revoked one."""
        self._refresh()
        form = _FORM.fullmatch(text)
        stored = self._tokens.get(form[1]) if form else None
        if form is None or stored is None:
            return None
        shown = hashlib.sha256(form[2].encode()).hexdigest()
        now = self._clock()
        if not hmac.compare_digest(shown, stored.sha256) or stored.expires <= now:
            return None
        if stored.last_used is None or now - stored.last_used >= USE_NOTED:
            hour = now.replace(minute=0, second=0, microsecond=0)
            self._tokens[stored.id] = stored = msgspec.structs.replace(stored, last_used=hour)
            self._unsaved_uses = True
        return stored

    def create(self, name: str, role: str, life: timedelta, created_by: str) -> NewToken:
        """Make a token and save its hash. Raises BadInput for a life too long, Conflict for a name that is taken."""
        if not timedelta(0) < life <= LONGEST_LIFE:
            raise BadInput(
                f"a token lives at most {LONGEST_LIFE.days} days, and at least a second",
                remedy="Give a length like 12h or 30d",
            )
        with self._writing:
            self.load()
            if any(token.name == name for token in self._tokens.values()):
                raise Conflict(
                    f"there is a token {name!r} already", remedy=f"Revoke it first: edgeconsole token revoke {name}"
                )
            if len(self._tokens) >= MOST_TOKENS:
                raise BadInput(f"there are {MOST_TOKENS} tokens already", remedy="Revoke those nobody needs")
            now = self._clock()
            secret = secrets.token_urlsafe(_SECRET_BYTES)
            stored = StoredToken(
                id=secrets.token_hex(8),
                name=name,
                role=role,
                sha256=hashlib.sha256(secret.encode()).hexdigest(),
                created=now,
                expires=now + life,
                created_by=created_by,
            )
            self._save({**self._tokens, stored.id: stored})
        return NewToken(f"ec1_{stored.id}_{secret}", stored)

    def revoke(self, identity: str) -> bool:
        """Remove a token; return whether there was one."""
        with self._writing:
            self.load()
            left = {key: token for key, token in self._tokens.items() if key != identity}
            if len(left) == len(self._tokens):
                return False
            self._save(left)
        return True

    @property
    def uses_to_keep(self) -> bool:
        """Whether `last_used` of some token moved since the last save."""
        return self._unsaved_uses

    def keep_uses(self) -> None:
        """Save when tokens were last used."""
        with self._writing:
            self._refresh()
            if self._unsaved_uses and self.problem is None:
                self._save(dict(self._tokens))

    def _save(self, tokens: dict[str, StoredToken]) -> None:
        content = _TokenFile(version=1, tokens=tuple(tokens.values()))
        text = msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
        if save(self.path, text, previous_link=None) is not WriteOutcome.NOT_COMMITTED:
            self._tokens = tokens
            self._seen = self._stamp()
            self._unsaved_uses = False

    def _stamp(self) -> tuple[int, ...] | None:
        try:
            found = os.lstat(self.path)
        except FileNotFoundError:
            return None
        except OSError as error:
            return (error.errno or -1,)
        return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size)

    def _refresh(self) -> None:
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        self.problem = None
        try:
            self._tokens = {} if stamp is None else _read(self.path)
        except BadInput as error:
            self._tokens, self.problem = {}, error


def _read(path: Path) -> dict[str, StoredToken]:
    found = os.lstat(path)
    if stat.S_IMODE(found.st_mode) & _OPEN_TO_OTHERS:
        raise _unusable(path, "others than its owner may use the file", f"Run: chmod 0600 {path}")
    if found.st_uid not in (0, os.geteuid()):
        raise _unusable(path, "the file belongs to somebody else", f"Run: chown {os.geteuid()} {path}")
    try:
        held = msgspec.json.decode(read_bytes(path, follow_links=False), type=_TokenFile)
    except (msgspec.DecodeError, RecursionError) as error:
        why = f"the file is not what edgeconsole wrote: {error}"
        raise _unusable(path, why, "Move it away and make new tokens") from None
    if held.version != 1 or any(token.expires.tzinfo is None for token in held.tokens):
        raise _unusable(path, "the file is of another version of edgeconsole", "Move it away and make new tokens")
    return {token.id: token for token in held.tokens}


def _unusable(path: Path, why: str, remedy: str) -> BadInput:
    problem = Problem(field="proxy.admin_tokens", file=str(path), message=why, remedy=remedy)
    return BadInput("the bearer tokens cannot be used", problems=(problem,))
