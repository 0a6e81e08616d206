"""Responses the edge makes itself, and the ms-diagnostics of faults that are no rule's: transport, time, load."""

import secrets

from edgeconsole.proxy.sip.message import Message
from edgeconsole.proxy.sip.rewrite import with_received
from edgeconsole.rules.diagnostics import Answer

_PHRASES = {
    100: b"Trying",
    200: b"OK",
    400: b"Bad Request",
    403: b"Forbidden",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    413: b"Request Entity Too Large",
    416: b"Unsupported URI Scheme",
    420: b"Bad Extension",
    481: b"Call/Transaction Does Not Exist",
    482: b"Loop Detected",
    483: b"Too Many Hops",
    487: b"Request Terminated",
    500: b"Server Internal Error",
    503: b"Service Unavailable",
    504: b"Server Time-out",
    505: b"Version Not Supported",
}

# [MS-OCER] SipStack ids; which fault owns which id: docs/rules.md 2.4 and 8.2.
NO_ADDRESS = Answer(504, 1014, "Unable to resolve DNS A record")
CONNECT_FAILED = Answer(504, 1046, "Failed to connect to a federated peer server")
TLS_FAILED = Answer(504, 1047, "Failed to complete TLS negotiation with a federated peer server")
NO_TRUST = Answer(504, 1010, "Certificate trust with next-hop server could not be established")
INSIDE_FAILED = Answer(504, 1007, "Temporarily cannot route")
PARTNER_SILENT = Answer(504, 1034, "Previous hop federated peer did not report diagnostic information")
INSIDE_SILENT = Answer(504, 1033, "Previous hop server component did not report diagnostic information")
PARTNER_RANG_OUT = Answer(408, 1034, "Previous hop federated peer did not report diagnostic information")
INSIDE_RANG_OUT = Answer(408, 1033, "Previous hop server component did not report diagnostic information")
OVERLOADED = Answer(503, 1007, "Temporarily cannot route")
DOMAINS_DISAGREE = Answer(403, 1017, "Cannot route From and To domains in this combination")
"""Request-URI and To name different partners."""


def respond(message: Message, status: int, source: str, headers: tuple[bytes, ...] = ()) -> bytes | None:
    """Return a response to a request, or None where it names no one to answer (RFC 3261 8.2.6).

    `source` is the address the request came from. Header lines are echoed as they came; they cannot hold a CR or LF.
    """
    if "via" not in message.first or "cseq" not in message.first:
        return None
    out = [b"SIP/2.0 %d %s" % (status, _PHRASES[status])]
    top = message.first["via"]
    for at, name in enumerate(message.names):
        if name == "via":
            out.append(with_received(message.lines[at], source) if at == top else message.lines[at])
    for name in ("from", "to", "call-id", "cseq"):
        position = message.first.get(name)
        if position is not None:
            line = message.lines[position]
            out.append(_tagged(line) if name == "to" and status > 100 else line)
    out.extend(headers)
    out.append(b"Content-Length: 0\r\n\r\n")
    return b"\r\n".join(out)


def _tagged(line: bytes) -> bytes:
    """Give a To without a tag one of ours (RFC 3261 8.2.6.2)."""
    _uri, _bracket, parameters = line.rpartition(b">")
    tail = parameters.lower().replace(b" ", b"").replace(b"\t", b"")
    if b";tag=" in tail:
        return line
    return line + b";tag=" + secrets.token_hex(4).encode("ascii")


def diagnostics(answer: Answer, fqdn: str) -> bytes:
    """Return the ms-diagnostics header line of an answer ([MS-OCER] 2.2.1)."""
    return b'ms-diagnostics: %d;source="%s";reason="%s"' % (
        answer.code,
        fqdn.encode("ascii"),
        answer.text.encode("ascii"),
    )
