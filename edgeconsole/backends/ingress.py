"""What comes in from an admin API: bounded in size, typed, and with every text made safe to draw.

The proxy cleans what it hears from partners; a remote one may be hostile itself, and nothing tells the two apart.
"""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.model.plan import Plan
from edgeconsole.model.text import clean
from edgeconsole.wire.json import decode

if TYPE_CHECKING:
    import httpx

Answer = TypeVar("Answer")

ANSWER_LIMIT = 4 * 1024 * 1024
"""Bytes of one answer (reliability A5)."""

BULK_LIMIT = 32 * 1024 * 1024
"""Bytes of a page of the configuration or of a plan, which may name 100,000 domains."""

LINE_LIMIT = 64 * 1024
"""Bytes of one line of the event stream."""

_LONGEST_TEXT = 4_096
"""Characters of one text; the longest of the configuration has 1,024."""

_PRINTABLE = bytes([0x0A, *range(0x20, 0x7F)])


class TooLarge(Exception):
    """An answer that goes on beyond its limit."""


async def bounded(response: "httpx.Response", limit: int) -> bytes:
    """Return the body of a response that is being streamed. Raises TooLarge; a compressed body is never unpacked."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise TooLarge("it is compressed, which was not asked for")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"it is larger than {limit} bytes")
    return bytes(body)


async def lines(response: "httpx.Response", limit: int = LINE_LIMIT) -> AsyncIterator[bytes]:
    """Yield the lines of a stream as they come. Raises TooLarge for one that does not end."""
    rest = b""
    async for chunk in response.aiter_raw():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.rstrip(b"\r")
        if len(rest) > limit:
            raise TooLarge(f"a line is longer than {limit} bytes")


def taken_in(body: bytes, kind: type[Answer]) -> Answer:
    """Return an answer as a value, cleaned. Raises EdgeconsoleError for one that is not what was asked for."""
    try:
        value = decode(body, kind)
    except BadInput as error:
        raise EdgeconsoleError(
            "the edge answered something this release does not understand",
            remedy="Is it of another version? edgeconsole info says which",
            problems=error.problems,
        ) from None
    if _plain(body):
        # Measured: walking a page of 5,000 domains takes 40 ms, this a tenth of it.
        return value
    cleaned: Answer = _cleaned(value)
    return cleaned


def text_taken_in(body: bytes) -> str:
    """Return a text of federation.toml, to be read as one or cleaned line by line. Raises EdgeconsoleError."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise EdgeconsoleError("the edge sent a text that is not UTF-8", remedy="Is this the admin API?") from None


def _plain(body: bytes) -> bool:
    """Return whether no text in it is one that clean() would change: printable ASCII, and not too long."""
    if body.translate(None, _PRINTABLE):
        return False
    if b"\\" in body and b"\\" in body.replace(rb"\\", b"").replace(rb"\"", b""):
        # An escape of anything else than a quote or a backslash.
        return False
    # A longer text covers one of these pieces whole. Measured: looking at every text takes as long as decoding them.
    half = _LONGEST_TEXT // 2
    return all(body.find(b'"', start, start + half) >= 0 for start in range(0, len(body) - half + 1, half))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value, _LONGEST_TEXT)
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        if isinstance(value, Plan):
            diff = "\n".join(clean(line, _LONGEST_TEXT) for line in value.toml_diff.split("\n"))
            return msgspec.structs.replace(value, **_changed({**fields, "toml_diff": ""}), toml_diff=diff)
        changed = _changed(fields)
        return msgspec.structs.replace(value, **changed) if changed else value
    if isinstance(value, tuple | list | frozenset):
        return type(value)(_cleaned(each) for each in value)
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(each) for key, each in value.items()}
    return value


def _changed(fields: dict[str, Any]) -> dict[str, Any]:
    found = {name: _cleaned(each) for name, each in fields.items()}
    return {name: each for name, each in found.items() if each is not fields[name] and name != "toml_diff"}
