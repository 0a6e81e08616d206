"""What a well-framed message is owed before any policy looks at it: the checks of RFC 3261 16.3 and 16.7."""

import re
import zlib
from functools import lru_cache
from typing import NamedTuple

from edgeconsole.proxy.sip.fields import Address, Via, read_address, read_sequence, read_via, split_list
from edgeconsole.proxy.sip.message import Malformed, Message
from edgeconsole.proxy.sip.uri import CACHED_LENGTH, SipUri, UnknownScheme, read_uri

SERVED_METHODS = (
    b"INVITE", b"ACK", b"CANCEL", b"BYE", b"PRACK", b"UPDATE", b"INFO",
    b"MESSAGE", b"OPTIONS", b"SUBSCRIBE", b"NOTIFY", b"BENOTIFY", b"REFER",
)  # fmt: skip
"""Methods the edge relays: calls, messages, presence. What a client asks of its own server, REGISTER, PUBLISH and
SERVICE among them, is nothing between organisations."""

_SERVED = frozenset(SERVED_METHODS)

UNANSWERED_METHODS = frozenset({b"ACK", b"BENOTIFY"})
"""Requests that never get a response (RFC 3261 17.1.1.3; [MS-SIP] 2.2.2, best-effort NOTIFY)."""

LOOP_MARK = b"~"
"""Stands in our branches before the signature that tells a loop from a spiral (RFC 3261 16.6 item 8)."""


class Refusal(NamedTuple):
    """The answer a request is owed instead of being relayed; status 0 where none may be sent."""

    status: int
    text: str
    """What was wrong, for the failure list."""
    headers: tuple[bytes, ...] = ()
    """Header lines the answer carries."""


class Request(NamedTuple):
    """A request that passed the checks, with what relaying it needs."""

    message: Message
    method: bytes
    uri: SipUri
    sender: Address
    """From."""
    recipient: Address
    """To."""
    hops: int | None
    """Max-Forwards as it came."""
    top: Via
    """The Via of who sent it."""
    dotted: bool
    """Whether a host in it ends with a dot: the same name to DNS, another one to whoever compares text."""


_REQUEST_LINE = re.compile(rb"([A-Za-z0-9.!%*_+`'~-]++) ([^ \t]++) (SIP)/([0-9]++\.[0-9]++)", re.IGNORECASE)
_STATUS_LINE = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2}) [^\x00-\x08\x0a-\x1f\x7f]*", re.IGNORECASE)
_DATE = re.compile(rb"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")
_OPTIONAL = frozenset({"date", "contact", "route", "record-route"})
_MAX_HOPS = 255
_HOPS = {b"%d" % hops: hops for hops in range(_MAX_HOPS + 1)}
"""Max-Forwards as it is usually written."""


class _Target(NamedTuple):
    """What a request line says."""

    method: bytes
    version: bytes
    uri: SipUri | None
    fault: tuple[int, str] = (0, "")
    """What is owed to a URI that cannot be used."""


def check_request(message: Message, own_names: frozenset[str]) -> Request | Refusal:
    """Return the request as relaying needs it, or what it is owed. `own_names` are the hosts our Via headers carry."""
    line = message.start
    target = _target(line) if len(line) <= CACHED_LENGTH else _target.__wrapped__(line)
    if target is None:
        return Refusal(400, "the request line is malformed")
    method = target.method
    refusal: Refusal | Request
    if target.version != b"2.0":
        refusal = Refusal(505, "the SIP version is not 2.0")
    else:
        refusal = _read(message, target, own_names)
    if method in UNANSWERED_METHODS and type(refusal) is Refusal:
        return Refusal(0, refusal.text)
    return refusal


@lru_cache(maxsize=4096)
def _target(start: bytes) -> _Target | None:
    line = _REQUEST_LINE.fullmatch(start)
    if line is None:
        return None
    try:
        uri = read_uri(line[2])
    except UnknownScheme as error:
        return _Target(line[1], line[4], None, (416, f"Request-URI: {error}"))
    except Malformed as error:
        return _Target(line[1], line[4], None, (400, str(error)))
    if uri.headers:
        return _Target(line[1], line[4], None, (400, "the Request-URI carries headers"))
    return _Target(line[1], line[4], uri)


def _read(message: Message, target: _Target, own_names: frozenset[str]) -> Request | Refusal:
    try:
        top, _ = _common(message, target.method)
        uri = target.uri
        if uri is None:
            return Refusal(*target.fault)
        values, first = message.values, message.first
        sender = read_address(values[first["from"]].strip(b" \t"))
        recipient = read_address(values[first["to"]].strip(b" \t"))
        hops = _hops(message)
        if not _OPTIONAL.isdisjoint(first):
            _optional(message)
        looped = _is_loop(message, own_names)
    except Malformed as error:
        return Refusal(400, str(error))
    if not sender.tag:
        return Refusal(400, "From has no tag")
    dotted = uri.host[-1] == "." or sender.uri.host[-1] == "." or recipient.uri.host[-1] == "."
    return _proxy_checks(Request(message, target.method, uri, sender, recipient, hops, top, dotted), looped)


def _proxy_checks(request: Request, looped: bool) -> Request | Refusal:
    """The checks that follow syntax, in the order of RFC 3261 16.3."""
    message = request.message
    if request.method not in _SERVED:
        return _unserved(request.method)
    if request.hops == 0:
        return Refusal(483, "Max-Forwards is used up")
    if looped:
        return Refusal(482, "the request was here before")
    if "proxy-require" in message.first and request.method != b"ACK":
        wanted = b", ".join(message.all("proxy-require"))
        return Refusal(420, "Proxy-Require asks for an extension", (b"Unsupported: " + wanted,))
    return request


def _unserved(method: bytes) -> Refusal:
    named = method[:32].decode("ascii")
    return Refusal(405, f"{named} is not relayed between organisations", (b"Allow: " + b", ".join(SERVED_METHODS),))


def _common(message: Message, method: bytes) -> tuple[Via, bytes]:
    """Check what requests and responses share; return the top Via and the method CSeq names. Raises Malformed."""
    if not message.clean:
        raise Malformed("a control character stands in a header")
    if message.shape.fault is not None:
        raise Malformed(message.shape.fault)
    values, first = message.values, message.first
    named = read_sequence(values[first["cseq"]].strip(b" \t"))
    if method and named != method:
        raise Malformed("CSeq names another method")
    call_id = values[first["call-id"]].strip(b" \t")
    if not call_id or b" " in call_id or b"\t" in call_id:
        raise Malformed("Call-ID is malformed")
    via = values[first["via"]].strip(b" \t")
    top = read_via(via if b"," not in via else split_list(via)[0])
    if not top.branch:
        raise Malformed("the top Via has no branch")
    return top, named


def _hops(message: Message) -> int | None:
    text = message.value("max-forwards")
    if text is None:
        return None
    hops = _HOPS.get(text)
    if hops is not None:
        return hops
    if not text.isdigit() or len(text) > 10 or int(text) > _MAX_HOPS:
        raise Malformed("Max-Forwards is malformed")
    return int(text)


def _optional(message: Message) -> None:
    """Check headers that the requests we relay seldom carry."""
    date = message.value("date")
    if date is not None and not _DATE.fullmatch(date):
        raise Malformed("Date is malformed")
    for name in ("contact", "route", "record-route"):
        for value in message.all(name):
            for each in split_list(value):
                if each != b"*":
                    _any_address(each)


def _any_address(value: bytes) -> None:
    try:
        read_address(value)
    except UnknownScheme:
        return


class Response(NamedTuple):
    """A response that passed the checks."""

    message: Message
    status: int
    top: Via
    """The Via that should be ours; at least one more follows it."""
    method: bytes
    """Of its CSeq."""


def check_response(message: Message) -> Response | None:
    """Return the response as relaying needs it, or None for one that is dropped (RFC 3261 16.7, 8.1.3.3).

    One with a single Via ends here: if that is ours, nobody is behind it.
    """
    line = message.start
    status = _status(line) if len(line) <= CACHED_LENGTH else _status.__wrapped__(line)
    if not status:
        return None
    try:
        top, method = _common(message, b"")
    except Malformed:
        return None
    if "via" not in message.repeated and b"," not in message.values[message.first["via"]]:
        return None
    return Response(message, status, top, method)


@lru_cache(maxsize=4096)
def _status(start: bytes) -> int:
    """Return the status of a status line, 0 for what is none."""
    line = _STATUS_LINE.fullmatch(start)
    return 0 if line is None else int(line[1])


def signature(message: Message) -> bytes:
    """Return eight digits over what decides where a request goes: the same again means a loop (RFC 3261 16.6 item 8).

    Not a secret: who forges it earns a 482 for his own request.
    """
    lines, first = message.lines, message.first
    parts = (message.start, lines[first["from"]], lines[first["to"]], lines[first["call-id"]], lines[first["cseq"]])
    return b"%08x" % zlib.crc32(b"\n".join(parts))


def _is_loop(message: Message, own_names: frozenset[str]) -> bool:
    """Return whether a Via of ours was made for this very request. Raises Malformed."""
    for at in message.shape.places["via"]:
        if LOOP_MARK in message.values[at]:
            break
    else:
        return False
    mark = LOOP_MARK + signature(message)
    # Few requests have been here before: the Vias below the top one are read only where they may be ours.
    for value in message.all("via"):
        vias = map(read_via, split_list(value)) if mark in value else ()
        if any(via.host.decode("ascii").lower() in own_names and via.branch.endswith(mark) for via in vias):
            return True
    return False
