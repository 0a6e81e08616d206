"""A SIP message as its lines: header order and bytes kept, names known, values read only when asked for.

Forwarding edits a copy of the line list and joins it again, so a relayed header keeps the bytes it came with. Folded
headers are the exception: they leave unfolded, since two parsers that unfold differently are a way around a policy.
"""

import re
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
_CONTROLS = bytes(code for code in (*range(0x20), 0x7F) if code != 0x09)
_BARE_CONTROL = re.compile(rb"(?<!\\)[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANKS = (b" ", b"\t")


@lru_cache(maxsize=4096)
def full_name(spelling: bytes) -> str:
    """Return the lower-case long form of a header name as it was written; white space before the colon is legal."""
    name = spelling.rstrip(b" \t")
    if not _TOKEN.fullmatch(name):
        raise Malformed("a header name has a character that a token cannot carry")
    lower = name.decode("ascii").lower()
    return _FULL_NAMES.get(lower, lower)


_COMMON = {
    name.encode("ascii"): full_name(name.encode("ascii"))
    for name in (
        "Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact", "Route", "Record-Route", "Content-Type",
        "Content-Length", "User-Agent", "Server", "Supported", "Require", "Allow", "Date", "Event", "Expires",
        "Accept", "P-Asserted-Identity", "Privacy", "Authorization", "Proxy-Authorization", "ms-diagnostics",
        "v", "f", "t", "i", "m", "l", "c", "k", "via", "from", "to", "call-id", "cseq", "content-length",
    )
}  # fmt: skip
"""The spellings nearly every header comes in, a look-up instead of a normalisation."""


_KEPT_SIZE = 4096
"""Bytes of a head up to which what its names say is kept: nobody fills our memory with names he made up."""


class Shape:
    """What the names of a message's header lines say by themselves; shared by all messages that are built alike.

    A sender writes the same headers in the same order again and again, so their meaning is looked up, not worked out.
    """

    __slots__ = ("fault", "first", "names", "places", "repeated")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        """The full, lower-case name of each line."""
        places: dict[str, tuple[int, ...]] = {}
        for at, name in enumerate(names):
            places[name] = (*places.get(name, ()), at)
        self.places = places
        """Positions of each name's lines."""
        self.first = {name: at[0] for name, at in places.items()}
        """Position of each name's first line."""
        self.repeated = frozenset(name for name, at in places.items() if len(at) > 1)
        """Names that have more than one line."""
        self.fault: str | None = _fault(self)
        """Why no request or response may be built like this; None where it may."""


_ONCE = frozenset({"from", "to", "call-id", "cseq", "max-forwards", "content-type", "date"})
_NEEDED = frozenset({"via", "from", "to", "call-id", "cseq"})


def _fault(shape: Shape) -> str | None:
    if missing := _NEEDED - shape.first.keys():
        return f"{min(missing)} is missing"
    if twice := _ONCE & shape.repeated:
        return f"{min(twice)} stands twice"
    return None


@lru_cache(maxsize=512)
def _shape(spellings: tuple[bytes, ...]) -> Shape:
    """Return the shape of header lines with these names as they were written. Raises Malformed."""
    return Shape(tuple(_COMMON.get(each) or full_name(each) for each in spellings))


class Message:
    """Start line, header lines and body of one request or response."""

    __slots__ = ("body", "clean", "first", "lines", "names", "repeated", "shape", "start", "values")

    def __init__(self, start: bytes, lines: list[bytes], clean: bool, *, kept: bool = False) -> None:
        self.start = start
        self.lines = lines
        """Header lines without their ends, unfolded, in the order they came."""
        spellings: tuple[bytes, ...]
        values: tuple[bytes, ...]
        try:
            spellings, values = zip(*[line.split(b":", 1) for line in lines])  # noqa: B905 ends at a line without colon
        except ValueError:
            if lines:
                raise Malformed("a header has no colon") from None
            spellings = values = ()
        shape = _shape(spellings) if kept else _shape.__wrapped__(spellings)
        self.shape = shape
        self.names = shape.names
        self.values = values
        """What stands after each line's colon, white space included."""
        self.first = shape.first
        self.repeated = shape.repeated
        self.clean = clean
        """False where a control character stands unescaped in the head."""
        self.body = b""

    @property
    def is_response(self) -> bool:
        """Whether it starts with a status line."""
        return self.start[:4].upper() == b"SIP/"

    def value(self, name: str) -> bytes | None:
        """Return the value of the first header of that name, or None."""
        position = self.first.get(name)
        return None if position is None else self.values[position].strip(b" \t")

    def all(self, name: str) -> list[bytes]:
        """Return the value of each header of that name, in order."""
        return [self.values[at].strip(b" \t") for at in self.shape.places.get(name, ())]

    def to_bytes(self) -> bytes:
        """Return the message as it goes on the wire."""
        return b"\r\n".join((self.start, *self.lines, b"", self.body))


def read_head(block: bytes, limits: Limits) -> Message:
    """Read start line and headers, without the empty line that ends them. Raises Malformed.

    Refuses only what cannot be framed or represented; what a well-framed message is owed is the validator's.
    """
    lines = block.split(b"\r\n")
    clean = True
    # Every line end is two control characters; any beyond them stand inside a line.
    if len(block) - len(block.translate(None, _CONTROLS)) != 2 * (len(lines) - 1):
        # A bare CR or LF ends a line for some parsers and not for others: the seed of every smuggled header.
        if block.count(b"\n") != len(lines) - 1 or block.count(b"\r") != len(lines) - 1:
            raise Malformed("a CR or LF stands alone")
        clean = _BARE_CONTROL.search(block) is None
    size = len(block)
    try:
        if len(lines) <= limits.headers + 1 and size <= limits.line:
            return Message(lines[0], lines[1:], clean, kept=size <= _KEPT_SIZE)
        return _from_lines(lines, size, clean, limits)
    except Malformed:
        # A continuation line is no header by itself. Folding is rare, so nobody else pays for looking for it.
        if all(line[:1] not in _BLANKS for line in lines):
            raise
        return _from_lines(_unfolded(lines), size, clean, limits)


_ANSWERED = frozenset({"via", "from", "to", "call-id", "cseq"})


def salvage(block: bytes, limits: Limits) -> Message | None:
    """Return of a head that cannot be used what an answer is made from (RFC 3261 8.2.6), None where too little is left.

    Only lines that stand by themselves: what holds a control character, or is no header, is left out.
    """
    start, *rest = block.split(b"\r\n")
    if len(start) != len(start.translate(None, _CONTROLS)):
        return None
    kept: list[bytes] = []
    for line in rest[: limits.headers]:
        spelling, colon, _ = line[: limits.line].partition(b":")
        if not colon or len(line) > limits.line or len(line) != len(line.translate(None, _CONTROLS)):
            continue
        try:
            if full_name(spelling) in _ANSWERED:
                kept.append(line)
        except Malformed:
            continue
    return Message(start, kept, True)


def _from_lines(lines: list[bytes], size: int, clean: bool, limits: Limits) -> Message:
    if len(lines) > limits.headers + 1:
        raise Malformed(f"more than {limits.headers} headers")
    if size > limits.line and max(map(len, lines)) > limits.line:
        raise Malformed(f"a header is longer than {limits.line} bytes")
    return Message(lines[0], lines[1:], clean, kept=size <= _KEPT_SIZE)


def _unfolded(lines: list[bytes]) -> list[bytes]:
    """Join continuation lines to the line before them, a single space between (RFC 3261 7.3.1)."""
    joined: list[list[bytes]] = []
    for line in lines:
        if line[:1] in _BLANKS and joined:
            joined[-1].append(line.strip(b" \t"))
        else:
            joined.append([line])
    return [b" ".join((parts[0].rstrip(b" \t"), *parts[1:])) if parts[1:] else parts[0] for parts in joined]
