"""A long file's values as they were last read, kept beside its history: a warm start does not parse them again.

Keyed by the sha256 of the text and by the version that wrote it; anything that does not fit is ignored, and the file
itself is read. It lies where the history lies, for the same user alone: who could change it could change the file.
"""

import contextlib
import hashlib
import os
from pathlib import Path

import msgspec

from edgeconsole import __version__
from edgeconsole.model.configuration import Configuration

LONG = 256 * 1024
"""Bytes from which on a snapshot pays; a shorter file is parsed in a few milliseconds."""

NAME = "values.snapshot"


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    version: str
    etag: str
    values: msgspec.Raw


def recall(directory: Path, etag: str) -> Configuration | None:
    """Return the values of the text with this sha256, or None where they are not kept, or not whole."""
    try:
        raw = (directory / NAME).read_bytes()
        seal, body = raw[:32], raw[32:]
        if hashlib.sha256(body).digest() != seal:
            return None
        kept = msgspec.msgpack.decode(body, type=_Kept)
        if (kept.version, kept.etag) != (__version__, etag):
            return None
        return msgspec.msgpack.decode(kept.values, type=Configuration)
    except (OSError, msgspec.MsgspecError):
        return None


def keep(directory: Path, etag: str, configuration: Configuration) -> None:
    """Keep the values of a text; a disk that refuses costs the next start its head start and nothing else."""
    values = msgspec.Raw(msgspec.msgpack.encode(configuration))
    body = msgspec.msgpack.encode(_Kept(__version__, etag, values))
    fresh = directory / f".{NAME}.{os.getpid()}"
    with contextlib.suppress(OSError):
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(body).digest() + body)
            os.replace(fresh, directory / NAME)
        except OSError:
            fresh.unlink(missing_ok=True)
