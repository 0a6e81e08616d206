"""A dialog as tests play it: both ends keep what RFC 3261 12 has them keep, and build what they send from it."""

import itertools
import re
from typing import Any

from tests.proxy.sip_peer import Received

ALICE = "<sip:alice@contoso.example>"
BOB = "<sip:bob@fabrikam.example>"
ALICE_AT = "<sip:alice@10.1.2.3:5060;transport=tls>"
BOB_AT = "<sip:bob@pc33.fabrikam.example:5061;transport=tls>"

_numbers = itertools.count(1)


def tag_of(value: str) -> str:
    found = re.search(r";tag=([^;]+)", value)
    return found[1] if found else ""


def routes_of(message: Received) -> list[str]:
    """Return the Record-Route values, whatever lines they come in."""
    return [each.strip() for value in message.all("record-route") for each in value.split(",")]


def opening(method: str, sender: str, recipient: str, contact: str, extra: str = "", body: bytes = b"") -> bytes:
    """Return a request that begins a dialog."""
    number = next(_numbers)
    uri = recipient.strip("<>")
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/TLS opener.invalid;branch=z9hG4bKopen{number}",
        "Max-Forwards: 70",
        f"From: {sender};tag=near{number}",
        f"To: {recipient}",
        f"Call-ID: dialog-{number}",
        f"CSeq: 1 {method}",
        f"Contact: {contact}",
        *([extra] if extra else []),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(asked: Received, status: str, contact: str = "", tag: str = "far", extra: str = "") -> bytes:
    """Return a response to a request that begins a dialog: tag, Contact and the Record-Route it came with."""
    to = asked["to"] if tag_of(asked["to"]) else f"{asked['to']};tag={tag}"
    lines = [f"SIP/2.0 {status}", *(f"Via: {value}" for value in asked.all("via"))]
    lines += [f"Record-Route: {value}" for value in asked.all("record-route")]
    lines += [f"From: {asked['from']}", f"To: {to}", f"Call-ID: {asked['call-id']}", f"CSeq: {asked['cseq']}"]
    lines += [*([f"Contact: {contact}"] if contact else []), *([extra] if extra else []), "Content-Length: 0"]
    return "\r\n".join([*lines, "", ""]).encode()


def again(opened: bytes, method: str) -> bytes:
    """Return the CANCEL or the ACK of a refusal: the same transaction, hop by hop."""
    text = opened.partition(b"\r\n\r\n")[0]
    keep = [line for line in text.split(b"\r\n")[1:] if not line.startswith((b"Content-Length", b"Contact"))]
    start = method.encode() + text[text.index(b" ") : text.index(b"\r\n")]
    cseq = [line.replace(b"INVITE", method.encode()) if line.startswith(b"CSeq") else line for line in keep]
    return b"\r\n".join([start, *cseq, b"Content-Length: 0\r\n\r\n"])


class End:
    """One end of an established dialog."""

    def __init__(self, own: str, other: str, call_id: str, target: str, routes: list[str]) -> None:
        self.own, self.other, self.call_id = own, other, call_id
        self.target = target.strip("<>")
        self.routes = routes
        self._sequence = itertools.count(10)

    @classmethod
    def caller(cls, opened: bytes, reply: Received) -> "End":
        sender = re.search(rb"\r\nFrom: ([^\r]+)", opened)
        assert sender is not None
        return cls(
            sender[1].decode(), reply["to"], reply["call-id"], reply["contact"], list(reversed(routes_of(reply)))
        )

    @classmethod
    def callee(cls, asked: Received, tag: str = "far") -> "End":
        return cls(f"{asked['to']};tag={tag}", asked["from"], asked["call-id"], asked["contact"], routes_of(asked))

    def request(self, method: str, body: bytes = b"", extra: str = "", **changed: Any) -> bytes:
        """Return a request inside the dialog; `routes` and `target` take the place of what the end knows."""
        routes, target = changed.get("routes", self.routes), changed.get("target", self.target)
        number = next(_numbers)
        lines = [
            f"{method} {target} SIP/2.0",
            f"Via: SIP/2.0/TLS end.invalid;branch=z9hG4bKin{number}",
            "Max-Forwards: 70",
            *(f"Route: {route}" for route in routes),
            f"From: {changed.get('own', self.own)}",
            f"To: {changed.get('other', self.other)}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {next(self._sequence)} {method}",
            *([extra] if extra else []),
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body
