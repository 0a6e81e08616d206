"""STUN over UDP: a binding as a caller's first packet, and an allocation that must be refused (RFC 8489, 8656)."""

import asyncio
import ipaddress
import secrets
import socket
import struct
import time
import zlib
from typing import NamedTuple

from edgeconsole.model.text import clean
from edgeconsole.rules.probing.facts import ReplyOutcome, StunFacts

COOKIE = 0x2112A442
BINDING, ALLOCATE = 0x0001, 0x0003
_RESPONSE, _ERROR = 0x0100, 0x0110
_MAPPED, _ERROR_CODE, _XOR_MAPPED, _REQUESTED_TRANSPORT, _FINGERPRINT = 0x0001, 0x0009, 0x0020, 0x0019, 0x8028
_FINGERPRINT_XOR = 0x5354554E
_UDP = b"\x11\0\0\0"
_WAITS = (0.5, 1.0, 2.0)
"""Seconds between tries, each twice the one before (RFC 8489, 6.2.1); one lost packet is no outage."""


class BadMessage(ValueError):
    """A datagram that is no STUN message."""


class StunMessage(NamedTuple):
    """A decoded message."""

    kind: int
    transaction: bytes
    address: str
    """XOR-MAPPED-ADDRESS, or the older MAPPED-ADDRESS; empty without."""
    port: int
    error: int
    attributes: dict[int, bytes]


def make_request(kind: int, transaction: bytes) -> bytes:
    """Return a request with FINGERPRINT; an allocation asks for UDP."""
    body = struct.pack("!HH", _REQUESTED_TRANSPORT, 4) + _UDP if kind == ALLOCATE else b""
    head = struct.pack("!HHI", kind, len(body) + 8, COOKIE) + transaction
    return head + body + struct.pack("!HHI", _FINGERPRINT, 4, zlib.crc32(head + body) ^ _FINGERPRINT_XOR)


def read_message(wire: bytes) -> StunMessage:
    """Decode a message and check its FINGERPRINT where it has one. Raises BadMessage."""
    if len(wire) < 20 or wire[0] & 0xC0:
        raise BadMessage("it is no STUN header")
    kind, size, cookie = struct.unpack_from("!HHI", wire)
    if cookie != COOKIE or size % 4 or len(wire) != 20 + size:
        raise BadMessage("its cookie or length is wrong")
    transaction, at = wire[8:20], 20
    attributes: dict[int, bytes] = {}
    while at < len(wire):
        if at + 4 > len(wire):
            raise BadMessage("an attribute ends too early")
        number, length = struct.unpack_from("!HH", wire, at)
        value = wire[at + 4 : at + 4 + length]
        if len(value) < length:
            raise BadMessage("an attribute is longer than the message")
        if number == _FINGERPRINT and value != struct.pack("!I", zlib.crc32(wire[:at]) ^ _FINGERPRINT_XOR):
            raise BadMessage("its fingerprint is wrong")
        attributes.setdefault(number, value)
        at += 4 + length + -length % 4
    address, port = _address(attributes, wire[4:20])
    error = attributes.get(_ERROR_CODE, b"")
    code = (error[2] & 7) * 100 + error[3] if len(error) >= 4 else 0
    return StunMessage(kind, transaction, address, port, code, attributes)


def _address(attributes: dict[int, bytes], mask: bytes) -> tuple[str, int]:
    value = attributes.get(_XOR_MAPPED)
    plain = value is None
    value = attributes.get(_MAPPED, b"") if value is None else value
    if len(value) not in (8, 20) or value[1] != (1 if len(value) == 8 else 2):
        return "", 0
    port, raw = value[2:4], value[4:]
    if not plain:
        port = bytes(one ^ two for one, two in zip(port, mask, strict=False))
        raw = bytes(one ^ two for one, two in zip(raw, mask, strict=False))
    return str(ipaddress.ip_address(raw)), int.from_bytes(port, "big")


class _Talk(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.came: asyncio.Queue[bytes | Exception] = asyncio.Queue(8)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        self._note(data)

    def error_received(self, exc: Exception) -> None:
        self._note(exc)

    def _note(self, what: bytes | Exception) -> None:
        if not self.came.full():
            self.came.put_nowait(what)


async def ask_stun(address: str, port: int, *, waits: tuple[float, ...] = _WAITS, relay: bool = True) -> StunFacts:
    """Ask a server for our address, and with `relay` for an allocation without credentials, which it must refuse."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    talk = _Talk()
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: talk, remote_addr=(address, port), family=family)
    except OSError as error:
        return StunFacts(outcome=ReplyOutcome.CLOSED, detail=clean(error.strerror or "no socket"))
    try:
        started = time.perf_counter()
        bound, tries = await _exchange(transport, talk, BINDING, waits)
        spent = (time.perf_counter() - started) * 1000
        if isinstance(bound, Exception):
            return _failed(bound, tries)
        granted = False
        if relay and not bound.error:
            allocated, _ = await _exchange(transport, talk, ALLOCATE, waits[:1])
            granted = isinstance(allocated, StunMessage) and allocated.kind == ALLOCATE | _RESPONSE
        return StunFacts(
            outcome=ReplyOutcome.ANSWERED,
            milliseconds=spent,
            reflexive=bound.address,
            error=bound.error,
            open_relay=granted,
            tries=tries,
        )
    finally:
        transport.close()


def _failed(error: Exception, tries: int) -> StunFacts:
    if isinstance(error, BadMessage):
        return StunFacts(outcome=ReplyOutcome.GARBAGE, detail=clean(str(error)), tries=tries)
    if isinstance(error, TimeoutError):
        return StunFacts(outcome=ReplyOutcome.SILENT, tries=tries)
    return StunFacts(outcome=ReplyOutcome.CLOSED, detail=clean(str(error)), tries=tries)


async def _exchange(
    transport: asyncio.DatagramTransport, talk: _Talk, kind: int, waits: tuple[float, ...]
) -> tuple[StunMessage | Exception, int]:
    """Return the answer to one request, or what came instead: BadMessage, TimeoutError, or a socket's error."""
    transaction = secrets.token_bytes(12)
    request = make_request(kind, transaction)
    strange: Exception = TimeoutError()
    for number, wait in enumerate(waits, 1):
        transport.sendto(request)
        try:
            async with asyncio.timeout(wait):
                while True:
                    came = await talk.came.get()
                    if isinstance(came, Exception):
                        return came, number
                    try:
                        message = read_message(came)
                    except BadMessage as error:
                        strange = error
                        continue
                    # Another transaction is somebody else's, or a late answer to a request before.
                    if message.transaction == transaction and message.kind in (kind | _RESPONSE, kind | _ERROR):
                        return message, number
        except TimeoutError:
            continue
    return strange, len(waits)
