"""What changes in a message at the border: our Via, one hop less, what a stranger may not assert. All else stays."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from edgeconsole.model.names import InvalidName
from edgeconsole.proxy.sip.fields import read_address, split_list
from edgeconsole.proxy.sip.message import Malformed, Message
from edgeconsole.proxy.sip.uri import SipUri
from edgeconsole.proxy.sip.validator import Request

DEFAULT_HOPS = 70
"""Max-Forwards of a request that came without (RFC 3261 16.6 item 3)."""

_TRUST_HEADERS = frozenset(
    {
        "p-access-network-info",
        "p-asserted-identity",
        "p-asserted-service",
        "p-charging-function-addresses",
        "p-charging-vector",
        "p-preferred-identity",
        "p-preferred-service",
        "p-private-network-indication",
        "p-profile-key",
        "p-served-user",
        "p-user-database",
        "remote-party-id",
        "ms-asserted-verification-level",
        "ms-edge-proxy-message-trust",
        "ms-source-verified-user",
        "ms-user-logon-data",
    }
)
"""Headers that mean something only inside one trust domain: nobody outside may assert them, and ours do not leave
(RFC 3325 section 5, RFC 3324; RFC 7315 for the charging headers; [MS-SIPRE], [MS-OCSPROT] for the ms- ones)."""

_INBOUND_DROPS = _TRUST_HEADERS | {"route"}
_OUTBOUND_DROPS = _TRUST_HEADERS | {"ms-archiving-disclaimer"}
_ROUTE = frozenset({"route"})
_BLANKS = (b" ", b"\t")
_PARAMETER = re.compile(rb'(?>(?:[^";]++|"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"|")*)', re.DOTALL)
_KEEP = re.compile(rb";[ \t]*+keep(?=[ \t]*+(?:;|$))")
_OUR_KEEP = b";keep=120"
"""Seconds between the pings of who asked to send some (RFC 6223 4.3): well within the idle bound."""
_FIRST_VIA = re.compile(rb'(?>(?:[^",]++|"[^"\\]*+(?>(?:\\.[^"\\]*+)*)")*)', re.DOTALL)


class Way(NamedTuple):
    """What a request gets on its way out besides what is taken off: whole header lines of ours."""

    via: bytes
    source: str
    """Address the request came from."""
    record: tuple[bytes, ...] = ()
    """Record-Route lines, the side it leaves by first (RFC 5658 4)."""
    routes: tuple[bytes, ...] | None = None
    """Route values inside a dialog, as it recorded them; None leaves Route to the rules for a request outside one."""
    stripped: frozenset[str] = frozenset()
    """Headers that do not pass."""
    stamps: tuple[bytes, ...] = ()
    """Header lines the edge vouches for."""


def forward_inbound(request: Request, way: Way) -> bytes:
    """Return the request as our servers get it.

    No Route of a partner reaches our servers: it would choose where they send, and only policy does.
    """
    lines, names = _dropped(request.message, _INBOUND_DROPS | way.stripped if way.stripped else _INBOUND_DROPS)
    return _forwarded(request, lines, names, way)


def forward_outbound(request: Request, way: Way, own_names: frozenset[str]) -> bytes:
    """Return the request as the partner gets it: own Route entries gone, and what our trust domain keeps to itself."""
    message = request.message
    drops = _OUTBOUND_DROPS - _PUBLIC if _identity_is_public(message) else _OUTBOUND_DROPS
    lines, names = _dropped(message, drops if way.routes is None else drops | _ROUTE)
    if way.routes is None and "route" in message.first:
        lines, names = _without_own_routes(lines, names, own_names)
    return _forwarded(request, lines, names, way)


def _forwarded(request: Request, lines: list[bytes], names: Sequence[str], way: Way) -> bytes:
    message = request.message
    start = message.start
    if request.hops is None:
        lines.append(b"Max-Forwards: %d" % DEFAULT_HOPS)
    else:
        lines[names.index("max-forwards")] = b"Max-Forwards: %d" % (request.hops - 1)
    top = names.index("via")
    if request.dotted:
        start = start.replace(*_undotted(start.split(b" ")[1], request.uri), 1)
        for name, address in (("from", request.sender), ("to", request.recipient)):
            at = names.index(name)
            lines[at] = lines[at].replace(*_undotted(address.text, address.uri))
    # A bare Via claims no source and asks for nothing, so there is nothing to replace.
    bare = request.top.bare and b"," not in lines[top] and lines[top][-1:] not in _BLANKS
    via = lines[top] + b";received=" + way.source.encode("ascii") if bare else with_received(lines[top], way.source)
    lines[top : top + 1] = (way.via, *way.record, via)
    if way.routes:
        lines.append(b"Route: " + b", ".join(way.routes))
    lines.extend(way.stamps)
    return b"\r\n".join((start, *lines, b"", message.body))


def _undotted(text: bytes, uri: SipUri) -> tuple[bytes, bytes]:
    """Return a URI as it stands and without the dots after its host."""
    at = text.index(b"@" if uri.user else b":") + 1
    end = at + len(uri.host)
    return text, text[:at] + text[at:end].rstrip(b".") + text[end:]


def with_received(line: bytes, source: str) -> bytes:
    """Return a Via line whose first value says where the request really came from (RFC 3261 18.2.1).

    A `received` the peer wrote itself is replaced.
    """
    colon = line.index(b":") + 1
    match = _FIRST_VIA.match(line, colon)
    end = colon if match is None else match.end()
    first = line[colon:end].rstrip(b" \t")
    if b"keep" in first:
        first = _KEEP.sub(_OUR_KEEP, first)
    if b"received" in first.lower():
        first = b";".join(part for part in _parameters(first) if not _is_received(part))
    return line[:colon] + first + b";received=" + source.encode("ascii") + line[end:]


def _parameters(value: bytes) -> list[bytes]:
    """Return a value cut at the semicolons outside quotes, in linear time whatever it holds."""
    parts: list[bytes] = []
    position = 0
    while True:
        match = _PARAMETER.match(value, position)
        end = match.end() if match else len(value)
        parts.append(value[position:end])
        if end >= len(value):
            return parts
        position = end + 1


def _is_received(part: bytes) -> bool:
    return part.partition(b"=")[0].strip(b" \t").lower() == b"received"


def back(message: Message, request: Request, drops: frozenset[str], routes: list[bytes] | None) -> bytes | None:
    """Return a response without our Via, which is its first, or None when no other Via is left.

    `drops` are the headers that do not pass this way, `routes` the Record-Route values it has to carry instead of its
    own, None where those are right.
    """
    position = message.first["via"]
    value = message.values[position]
    rest = b""
    if b"," in value:
        match = _FIRST_VIA.match(value)
        rest = value[match.end() + 1 :].strip(b" \t") if match else b""
    if not rest and "via" not in message.repeated:
        return None
    names: Sequence[str]
    lines, names = message.lines, message.names
    if routes is not None:
        drops |= _RECORDED
    if drops.isdisjoint(message.first):
        lines = lines.copy()
    else:
        lines, names = _dropped(message, drops)
        position = names.index("via")
    if request.dotted:
        lines[names.index("from")] = request.message.lines[request.message.first["from"]]
        at = names.index("to")
        dotted, plain = _undotted(request.recipient.text, request.recipient.uri)
        lines[at] = lines[at].replace(plain, dotted)
    if rest:
        lines[position] = b"Via: " + rest
    else:
        del lines[position]
    if routes:
        lines.append(b"Record-Route: " + b", ".join(routes))
    return b"\r\n".join((message.start, *lines, b"", message.body))


def dropped_from_response(message: Message, *, from_outside: bool) -> frozenset[str]:
    """Return the headers a response may not carry across the border.

    What a partner may not assert in a request it may not assert in a response either (RFC 3325 section 5).
    """
    if from_outside or not _identity_is_public(message):
        return _TRUST_HEADERS
    return _TRUST_HEADERS - _PUBLIC


_RECORDED = frozenset({"record-route"})
_PUBLIC = frozenset({"p-asserted-identity"})


def _identity_is_public(message: Message) -> bool:
    """Return whether the user said `Privacy: none`: then the asserted identity must stay (RFC 3325 section 7)."""
    if "privacy" not in message.first or "p-asserted-identity" not in message.first:
        return False
    return [value.lower() for value in message.all("privacy")] == [b"none"]


def _dropped(message: Message, drops: frozenset[str]) -> tuple[list[bytes], Sequence[str]]:
    """Return copies of lines and names without the headers of the given names."""
    if drops.isdisjoint(message.first):
        return message.lines.copy(), message.names
    kept = [at for at, name in enumerate(message.names) if name not in drops]
    return [message.lines[at] for at in kept], [message.names[at] for at in kept]


def _without_own_routes(
    lines: list[bytes], names: Sequence[str], own_names: frozenset[str]
) -> tuple[list[bytes], list[str]]:
    kept_lines: list[bytes] = []
    kept_names: list[str] = []
    for line, name in zip(lines, names, strict=True):
        if name == "route":
            left = [each for each in split_list(line.partition(b":")[2].strip(b" \t")) if not _is_own(each, own_names)]
            if not left:
                continue
            kept_lines.append(b"Route: " + b", ".join(left))
        else:
            kept_lines.append(line)
        kept_names.append(name)
    return kept_lines, kept_names


def _is_own(route: bytes, own_names: frozenset[str]) -> bool:
    try:
        return read_address(route).uri.domain in own_names
    except (Malformed, InvalidName):
        return False
