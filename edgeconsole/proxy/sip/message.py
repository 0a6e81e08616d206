"""A SIP message as its lines: header order and bytes kept, names known, values read only when asked for.

Forwarding edits a copy of the line list and joins it again, so a relayed header keeps the bytes it came with. Folded
headers are the exception: they leave unfolded, since two parsers that unfold differently are a way around a policy.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from edgeconsole.proxy.limits import Limits


class Malformed(ValueError):
    """Bytes that are no SIP message; the text says why."""


_FULL_NAMES = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "n": "identity-info",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
"""Compact forms (RFC 3261 7.3.3 and the IANA registry of SIP header fields)."""

_TOKEN = re.compile(rb"[A-Za-z0-9.!%*_+`'~-]+")
_FOLD = re.compile(rb"[ \t]*\r\n[ \t]+")
_CONTROLS = bytes(code for code in (*range(0x20), 0x7F) if code not in (0x09, 0x0A, 0x0D))
_BARE_CONTROL = re.compile(rb"(?<!\\)[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@lru_cache(maxsize=4096)
def full_name(spelling: bytes) -> str:
    """Return the lower-case long form of a header name as it was written; white space before the colon is legal."""
    name = spelling.rstrip(b" \t")
    if not _TOKEN.fullmatch(name):
        raise Malformed("a header name has a character that a token cannot carry")
    lower = name.decode("ascii").lower()
    return _FULL_NAMES.get(lower, lower)


class Message:
    """Start line, header lines and body of one request or response."""

    __slots__ = ("body", "clean", "first", "lines", "names", "repeated", "start")

    def __init__(self, start: bytes, lines: list[bytes], names: list[str], clean: bool) -> None:
        self.start = start
        self.lines = lines
        """Header lines without their ends, unfolded, in the order they came."""
        self.names = names
        """The full, lower-case name of each line."""
        self.clean = clean
        """False where a control character stands unescaped in the head."""
        self.body = b""
        self.first: dict[str, int] = {}
        """Position of each name's first line."""
        self.repeated: set[str] = set()
        """Names that have more than one line."""
        for position, name in enumerate(names):
            if name in self.first:
                self.repeated.add(name)
            else:
                self.first[name] = position

    @property
    def is_response(self) -> bool:
        """Whether it starts with a status line."""
        return self.start[:4].upper() == b"SIP/"

    def value(self, name: str) -> bytes | None:
        """Return the value of the first header of that name, or None."""
        position = self.first.get(name)
        return None if position is None else line_value(self.lines[position])

    def values(self, name: str) -> Iterator[bytes]:
        """Yield the value of each header of that name, in order."""
        position = self.first.get(name)
        if position is None:
            return
        if name not in self.repeated:
            yield line_value(self.lines[position])
            return
        for at in range(position, len(self.names)):
            if self.names[at] == name:
                yield line_value(self.lines[at])

    def to_bytes(self) -> bytes:
        """Return the message as it goes on the wire."""
        return b"\r\n".join((self.start, *self.lines, b"", self.body))


def line_value(line: bytes) -> bytes:
    """Return what stands after the colon, white space around it removed."""
    return line[line.index(b":") + 1 :].strip(b" \t")


def read_head(block: bytes, limits: Limits) -> Message:
    """Read start line and headers, without the empty line that ends them. Raises Malformed.

    Refuses only what cannot be framed or represented; what a well-framed message is owed is the validator's.
    """
    line_ends = block.count(b"\r\n")
    # A bare CR or LF ends a line for some parsers and not for others: the seed of every smuggled header.
    if block.count(b"\n") != line_ends or block.count(b"\r") != line_ends:
        raise Malformed("a CR or LF stands alone")
    clean = len(block.translate(None, _CONTROLS)) == len(block) or _BARE_CONTROL.search(block) is None
    if b"\r\n " in block or b"\r\n\t" in block:
        block = _FOLD.sub(b" ", block)
    start, *lines = block.split(b"\r\n")
    if len(lines) > limits.headers:
        raise Malformed(f"more than {limits.headers} headers")
    if len(block) > limits.line and max(map(len, (start, *lines))) > limits.line:
        raise Malformed(f"a header is longer than {limits.line} bytes")
    names = []
    for line in lines:
        colon = line.find(b":")
        if colon < 1:
            raise Malformed("a header has no name")
        names.append(full_name(line[:colon]))
    return Message(start, lines, names, clean)
