"""The chain over the lines of the audit: each names the hash of the one before it and carries a keyed seal.

Without the key no line can be made, changed, moved or left out unseen. What the chain alone cannot show is a cut tail,
or a file that never had those lines: the head, `SEQ:HASH`, is noted elsewhere for that, in the log and on every console
(reliability D13).
"""

import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edgeconsole.config.save import write_all
from edgeconsole.model.audit import AuditProblem, AuditVerification
from edgeconsole.model.errors import BadInput

KEY_FILE = "audit.key"

KEY_VARIABLE = "EDGECONSOLE_AUDIT_KEY"
"""Environment variable that names a key kept elsewhere: `file:PATH`, or `cred:NAME` of a systemd credential."""

MOST_PROBLEMS = 50

_KEY_BYTES = 32
_LEAST_HASH = 16
"""Hexadecimal digits of a hash that are enough to name a head."""
_SEAL = b',"mac":"'
_SEALED = len(_SEAL) + 64 + len(b'"}')


def line_of(fields: Mapping[str, Any], previous: str, key: bytes) -> bytes:
    """Return one entry as one line of printable ASCII, chained to the hash of the line before and sealed."""
    text = json.dumps({**fields, "prev": previous}, ensure_ascii=True, separators=(",", ":"))
    body = text.replace("\x7f", "\\u007f").encode("ascii")
    return b"".join((body[:-1], _SEAL, _mac(key, body), b'"}\n'))


def hash_of(line: bytes) -> str:
    """Return what the next line names; the line's end does not count."""
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).hexdigest().encode("ascii")


def load_key(directory: Path, *, make: bool) -> bytes:
    """Return the key of the audit in a history directory, made at first use where `make` is given.

    Raises BadInput for a key that is missing, unreadable or readable by others, OSError when it cannot be made.
    """
    reference = os.environ.get(KEY_VARIABLE, "")
    path = _named(reference) if reference else directory / KEY_FILE
    try:
        return _read_key(path)
    except FileNotFoundError:
        if reference or not make:
            raise BadInput(f"the key of the audit, {path}, does not exist", remedy=f"See {KEY_VARIABLE}") from None
    except OSError as error:
        raise BadInput(
            f"the key of the audit, {path}, cannot be read: {error.strerror}", remedy="Run it as the user of the proxy"
        ) from None
    key = secrets.token_bytes(_KEY_BYTES)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            write_all(descriptor, key.hex().encode("ascii") + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return key


def _named(reference: str) -> Path:
    scheme, _, name = reference.partition(":")
    if scheme == "file" and name:
        return Path(name)
    credentials = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if scheme == "cred" and credentials and name and "/" not in name:
        return Path(credentials) / name
    raise BadInput(
        f"{KEY_VARIABLE} names no key: {reference!r}",
        remedy="Write file:PATH, or cred:NAME with LoadCredential=NAME in the unit",
    )


def _read_key(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        content = file.read(4096).strip()
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadInput(f"others may read the key of the audit, {path}", remedy=f"Run: chmod 0600 {path}")
    try:
        key = bytes.fromhex(content.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) < _KEY_BYTES:
        raise BadInput(
            f"{path} holds no key: it is {_KEY_BYTES} bytes in hexadecimal",
            remedy="Put back the key it was: another one verifies nothing of what is sealed already",
        )
    return key


def verify(path: Path, key: bytes, head: str | None = None) -> AuditVerification:
    """Check every line of an audit, and that it still holds a head that was noted earlier.

    Finds lines that were edited, removed, reordered, repeated or made by somebody else; a cut tail only by `head`.
    Raises BadInput for a head that is none, or a file that cannot be read.
    """
    wanted, digits = _read_head(head) if head else (0, "")
    check = _Check(wanted)
    try:
        with path.open("rb") as file:
            for line in file:
                check.take(line, key)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise BadInput(
            f"the audit {path} cannot be read: {error.strerror}", remedy="Run it as the user of the proxy"
        ) from None
    if head:
        check.compare(wanted, digits)
    found = f"{check.seq}:{check.hash}" if check.seq else ""
    return AuditVerification(lines=check.line, head=found, problems=tuple(check.problems[:MOST_PROBLEMS]))


def _read_head(text: str) -> tuple[int, str]:
    number, _, digits = text.partition(":")
    digits = digits.lower()
    good = number.isascii() and number.isdigit() and len(number) < 16 and _LEAST_HASH <= len(digits) <= 64
    if not good or set(digits) - set("0123456789abcdef"):
        raise BadInput(f"{text!r} is no head of an audit", remedy="Write SEQ:HASH as the log of the proxy does")
    return int(number), digits


class _Check:
    """The walk along the chain."""

    def __init__(self, wanted: int) -> None:
        self.problems: list[AuditProblem] = []
        self.line = 0
        self.seq = 0
        self.hash = ""
        self._wanted = wanted
        self._noted = ""
        """Hash of the line with the number that was noted."""

    def take(self, line: bytes, key: bytes) -> None:
        self.line += 1
        for said in self._wrong(line, key):
            self.problems.append(AuditProblem(line=self.line, message=said))

    def _wrong(self, line: bytes, key: bytes) -> Iterator[str]:
        raw = line.rstrip(b"\n")
        body, seal = raw[:-_SEALED] + b"}", raw[-_SEALED:]
        if not line.endswith(b"\n"):
            yield "the line has no end; it was written by half"
            return
        if not (seal.startswith(_SEAL) and hmac.compare_digest(seal[len(_SEAL) : -2], _mac(key, body))):
            yield "the seal is not ours: the line was edited, or somebody else wrote it"
            return
        fields = json.loads(body)
        number, previous = int(fields["seq"]), str(fields["prev"])
        if number <= self.seq:
            yield f"line {number} stands again or too late, after line {self.seq}"
            return
        if number > self.seq + 1:
            yield f"{number - self.seq - 1} lines are missing before line {number}"
        elif previous != self.hash:
            yield f"line {number} does not follow the line before it"
        self.seq, self.hash = number, hash_of(raw)
        if number == self._wanted:
            self._noted = self.hash

    def compare(self, wanted: int, digits: str) -> None:
        if not self._noted:
            self.problems.append(
                AuditProblem(line=0, message=f"line {wanted} was noted and is not there: the end was cut off")
            )
        elif not self._noted.startswith(digits):
            self.problems.append(AuditProblem(line=0, message=f"line {wanted} is not the one that was noted"))
