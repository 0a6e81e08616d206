"""What changes in a message at the border: our Via, one hop less, what a stranger may not assert. All else stays."""

import re

from edgeconsole.model.names import InvalidName
from edgeconsole.proxy.sip.fields import read_address, split_list
from edgeconsole.proxy.sip.message import Malformed, Message
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
_PARAMETER = re.compile(rb'(?>(?:[^";]++|"[^"\\]*+(?>(?:\\.[^"\\]*+)*)"|")*)', re.DOTALL)
_FIRST_VIA = re.compile(rb'(?>(?:[^",]++|"[^"\\]*+(?>(?:\\.[^"\\]*+)*)")*)', re.DOTALL)


def forward_inbound(request: Request, via: bytes, source: str, trust: bytes) -> bytes:
    """Return the request as our servers get it: `via` and `trust` are our whole lines, `source` the peer's address.

    No Route of a partner reaches our servers: it would choose where they send, and only policy does.
    """
    message = request.message
    lines, names = _dropped(message, _INBOUND_DROPS)
    lines.append(trust)
    return _forwarded(request, lines, names, via, source)


def forward_outbound(request: Request, via: bytes, source: str, own_names: frozenset[str]) -> bytes:
    """Return the request as the partner gets it: own Route entries gone, and what our trust domain keeps to itself."""
    message = request.message
    drops = _TRUST_HEADERS
    if _identity_is_public(message):
        drops = drops - {"p-asserted-identity"}
    lines, names = _dropped(message, drops)
    if "route" in message.first:
        lines, names = _without_own_routes(lines, names, own_names)
    return _forwarded(request, lines, names, via, source)


def _forwarded(request: Request, lines: list[bytes], names: list[str], via: bytes, source: str) -> bytes:
    message = request.message
    if request.hops is None:
        lines.append(b"Max-Forwards: %d" % DEFAULT_HOPS)
    else:
        lines[names.index("max-forwards")] = b"Max-Forwards: %d" % (request.hops - 1)
    top = names.index("via")
    lines[top] = with_received(lines[top], source)
    lines.insert(top, via)
    return b"\r\n".join((message.start, *lines, b"", message.body))


def with_received(line: bytes, source: str) -> bytes:
    """Return a Via line whose first value says where the request really came from (RFC 3261 18.2.1).

    A `received` the peer wrote itself is replaced.
    """
    colon = line.index(b":") + 1
    match = _FIRST_VIA.match(line, colon)
    end = colon if match is None else match.end()
    first = line[colon:end].rstrip(b" \t")
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


def back(message: Message, *, from_outside: bool) -> bytes | None:
    """Return a response without our Via, which is its first, or None when no other Via is left.

    What a partner may not assert in a request it may not assert in a response either (RFC 3325 section 5).
    """
    position = message.first["via"]
    value = message.values[position]
    match = _FIRST_VIA.match(value)
    rest = value[match.end() + 1 :].strip(b" \t") if match else b""
    if not rest and "via" not in message.repeated:
        return None
    lines, names = message.lines, message.names
    drops = _TRUST_HEADERS if from_outside or not _identity_is_public(message) else _TRUST_HEADERS - _PUBLIC
    if drops.isdisjoint(message.first):
        lines = lines.copy()
    else:
        lines, names = _dropped(message, drops)
        position = names.index("via")
    if rest:
        lines[position] = b"Via: " + rest
    else:
        del lines[position]
    return b"\r\n".join((message.start, *lines, b"", message.body))


_PUBLIC = frozenset({"p-asserted-identity"})


def _identity_is_public(message: Message) -> bool:
    """Return whether the user said `Privacy: none`: then the asserted identity must stay (RFC 3325 section 7)."""
    if "privacy" not in message.first or "p-asserted-identity" not in message.first:
        return False
    return [value.lower() for value in message.all("privacy")] == [b"none"]


def _dropped(message: Message, drops: frozenset[str]) -> tuple[list[bytes], list[str]]:
    """Return copies of lines and names without the headers of the given names."""
    if drops.isdisjoint(message.first):
        return message.lines.copy(), message.names
    kept = [at for at, name in enumerate(message.names) if name not in drops]
    return [message.lines[at] for at in kept], [message.names[at] for at in kept]


def _without_own_routes(
    lines: list[bytes], names: list[str], own_names: frozenset[str]
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
