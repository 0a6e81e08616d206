"""Hostile SIP from a seed: well-formed and torturous messages, cut, spliced, repeated and sprinkled with what parsers
stumble over. The same number always gives the same bytes."""

import random
from collections.abc import Callable

from tests.proxy.sip_peer import request
from tests.proxy.test_torture import MESSAGES

SEEDS = [wire for _, wire, _ in MESSAGES] + [
    request(body=b"x" * size, extra=extra)
    for size in (0, 1, 40)
    for extra in ("", "X: folded\r\n over", "l : 7", "Record-Route: <sip:a.example;lr>, <sip:b.example;lr>")
]

_PIECES = [
    b"\r\n",
    b"\r\n\r\n",
    b"\r",
    b"\n",
    b"\x00",
    b"\xff",
    b" ",
    b"\t",
    b":",
    b";",
    b",",
    b'"',
    b"\\",
    b"<",
    b">",
    b"@",
    b"%",
    b"%00",
    b"%0d%0a",
    b"Content-Length: 5\r\n",
    b"l: 0\r\n",
    b"Content-Length",
    b"\r\n ",
    b"\r\n\t",
    b"SIP/2.0",
    b"Via: SIP/2.0/TLS x;branch=z9hG4bK1\r\n",
    b"From: <sip:a@evil.example>;tag=1\r\n",
    b";tag=",
    b";branch=",
    b"4294967296",
    b"-1",
    b"+5",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
    b"sip:",
    b"[::1]",
    b"?Route=x",
    b"INVITE sip:a@b.example SIP/2.0\r\n",
]


def _insert(rng: random.Random, wire: bytes) -> bytes:
    at = rng.randrange(len(wire) + 1)
    return wire[:at] + rng.choice(_PIECES) + wire[at:]


def _delete(rng: random.Random, wire: bytes) -> bytes:
    at = rng.randrange(len(wire) + 1)
    return wire[:at] + wire[at + rng.choice((1, 2, 8, 60)) :]


def _flip(rng: random.Random, wire: bytes) -> bytes:
    if not wire:
        return wire
    at = rng.randrange(len(wire))
    return wire[:at] + bytes([rng.randrange(256)]) + wire[at + 1 :]


def _repeat_line(rng: random.Random, wire: bytes) -> bytes:
    lines = wire.split(b"\r\n")
    at = rng.randrange(len(lines))
    return b"\r\n".join([*lines[:at], *[lines[at]] * rng.choice((2, 3, 140)), *lines[at + 1 :]])


def _swap_lines(rng: random.Random, wire: bytes) -> bytes:
    lines = wire.split(b"\r\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\r\n".join(lines)


def _splice(rng: random.Random, wire: bytes) -> bytes:
    other = rng.choice(SEEDS)
    return wire[: rng.randrange(len(wire) + 1)] + other[rng.randrange(len(other)) :]


_WAYS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _insert, _insert, _delete, _flip, _repeat_line, _swap_lines, _splice,
)  # fmt: skip


def mutated(number: int) -> bytes:
    """Return the hostile message of a number."""
    rng = random.Random(number)
    wire = rng.choice(SEEDS)
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        wire = rng.choice(_WAYS)(rng, wire)
    return wire[:50_000]


def cuts(number: int, size: int) -> list[int]:
    """Return where a stream of that size is cut, in order."""
    rng = random.Random(-number)
    return sorted(rng.randrange(size + 1) for _ in range(rng.choice((1, 2, 5))))
