"""SIP messages as the lab's peers read and write them.

Apart from the proxy's parser on purpose: a peer that shared it would share its mistakes. It reads what RFC 3261 asks of
MESSAGE, OPTIONS and their answers, and refuses the rest.
"""

import asyncio
import re

import msgspec

MAX_HEAD = 32 * 1024
"""Bytes of a start line and headers together."""

MAX_BODY = 64 * 1024
"""Bytes of a body."""

Headers = tuple[tuple[str, str], ...]
"""Names and values in the order of the wire, one pair for each line."""

_START_RESPONSE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2}) (.*)", re.ASCII)
_START_REQUEST = re.compile(r"([A-Z]+) (\S+) SIP/2\.0", re.ASCII)
_BRANCH = re.compile(r";\s*branch\s*=\s*([^;,\s]+)", re.IGNORECASE)
_TAG = re.compile(r";\s*tag\s*=", re.IGNORECASE)
_ADDRESS = re.compile(r"sips?:([^;>?\s]+)", re.IGNORECASE)
_DIAGNOSTICS_ID = re.compile(r"\s*([0-9]+)")

_COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "l": "content-length", "c": "content-type"}
"""Short forms of the headers that are read here (RFC 3261, 7.3.3)."""


class MalformedMessage(ValueError):
    """Bytes that are no SIP message; the connection cannot be followed any further."""


class SipMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What requests and responses share."""

    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever the case it was written in; None when it is absent."""
        return next(iter(self.header_values(name)), None)

    def header_values(self, name: str) -> tuple[str, ...]:
        """Every value of a header, one for each line it stood on, in order."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if _COMPACT.get(key.lower(), key.lower()) == wanted)

    @property
    def branch(self) -> str | None:
        """The transaction of the topmost Via."""
        found = _BRANCH.search(self.header("Via") or "")
        return found[1] if found else None

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class SipRequest(SipMessage, frozen=True, kw_only=True):
    """One request, as it came from the wire."""

    method: str
    uri: str

    @property
    def sender(self) -> str:
        """The address in From, `user@domain`."""
        return _address(self.header("From"))

    @property
    def recipient(self) -> str:
        """The address in To, `user@domain`."""
        return _address(self.header("To"))


class SipResponse(SipMessage, frozen=True, kw_only=True):
    """One response, as it came from the wire."""

    status: int
    reason: str

    @property
    def diagnostics(self) -> int | None:
        """The error id of `ms-diagnostics` ([MS-OCER]); None when there is none."""
        found = _DIAGNOSTICS_ID.match(self.header("ms-diagnostics") or "")
        return int(found[1]) if found else None


async def read_message(reader: asyncio.StreamReader) -> SipRequest | SipResponse | None:
    """Read one message; None for a keep-alive (RFC 5626, 4.4.1).

    Raises asyncio.IncompleteReadError at the end of the connection, MalformedMessage for what is not SIP. The reader's
    limit must be MAX_HEAD.
    """
    try:
        block = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise MalformedMessage(f"headers of more than {MAX_HEAD} bytes") from None
    head = block.lstrip(b"\r\n")
    if not head:
        return None
    if len(head) < 4 or not head.endswith(b"\r\n\r\n"):
        raise MalformedMessage("no start line")
    message = parse_head(head[:-4])
    size = _body_size(message)
    return msgspec.structs.replace(message, body=await reader.readexactly(size)) if size else message


def parse_head(head: bytes) -> SipRequest | SipResponse:
    """Read a start line and headers, without the empty line that ends them."""
    try:
        start, *lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8")).split("\r\n")
    except UnicodeDecodeError:
        raise MalformedMessage("headers that are not UTF-8") from None
    headers = tuple(_header(line) for line in lines)
    if response := _START_RESPONSE.fullmatch(start):
        return SipResponse(status=int(response[1]), reason=response[2], headers=headers)
    if request := _START_REQUEST.fullmatch(start):
        return SipRequest(method=request[1], uri=request[2], headers=headers)
    raise MalformedMessage(f"not a SIP start line: {start[:80]!r}")


def render(start: str, headers: Headers, body: bytes = b"") -> bytes:
    """Write a message; Content-Length is added here."""
    lines = [start, *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def render_answer(request: SipRequest, status: int, reason: str, tag: str, extra: Headers = ()) -> bytes:
    """Write the response a user agent owes to a request (RFC 3261, 8.2.6)."""
    echoed = [(name, value) for name in ("Via", "Record-Route") for value in request.header_values(name)]
    to = request.header("To") or ""
    echoed += [
        ("From", request.header("From") or ""),
        ("To", to if _TAG.search(to) else f"{to};tag={tag}"),
        ("Call-ID", request.header("Call-ID") or ""),
        ("CSeq", request.header("CSeq") or ""),
    ]
    return render(f"SIP/2.0 {status} {reason}", (*echoed, *extra))


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise MalformedMessage(f"not a header: {line[:80]!r}")
    return name.strip(), value.strip()


def _body_size(message: SipMessage) -> int:
    values = message.header_values("Content-Length")
    if len(values) != 1 or not (values[0].isascii() and values[0].isdigit()):
        # Over a stream it is the only way to find the next message (RFC 3261, 18.3).
        raise MalformedMessage(f"Content-Length is {', '.join(values) or 'missing'}")
    size = int(values[0])
    if size > MAX_BODY:
        raise MalformedMessage(f"a body of {size} bytes")
    return size


def _address(value: str | None) -> str:
    found = _ADDRESS.search(value or "")
    return found[1] if found else ""
