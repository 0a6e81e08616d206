"""What the proxy and its probe worker say to one another: length-prefixed MessagePack over a pipe."""

import asyncio
import struct

import msgspec

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.probe import TargetStatus
from edgeconsole.model.probing import CertificateRow, Change, ProbeHistory, ProbeNote

LONGEST = 64 * 1024 * 1024
"""Bytes of one frame; a configuration of 100,000 domains has 11 MB."""

_LENGTH = struct.Struct("!I")


class Configure(msgspec.Struct, frozen=True, kw_only=True, tag="configure"):
    """Probe what this configuration names, from now on."""

    configuration: Configuration
    base: str
    """Directory that relative paths start at."""
    history: str
    """File of the history."""
    interrupted: tuple[str, ...] = ()
    """Keys of targets whose runs the end of the worker before cut off."""


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag="ask"):
    """Probe these now and tell every stage."""

    id: int
    targets: tuple[str, ...] = ()
    """As an operator types them."""
    all: bool = False
    failing: bool = False


class Forget(msgspec.Struct, frozen=True, tag="forget"):
    """Nobody listens to an `Ask` any more."""

    id: int


class Recall(msgspec.Struct, frozen=True, tag="recall"):
    """Tell the history of a target."""

    id: int
    key: str


class ListCertificates(msgspec.Struct, frozen=True, tag="certificates"):
    """Tell every certificate that targets showed last."""

    id: int


Order = Configure | Ask | Forget | Recall | ListCertificates


class Moved(msgspec.Struct, frozen=True, kw_only=True, tag="moved"):
    """Targets that are not as they were told before; their last results without addresses and certificates."""

    statuses: tuple[TargetStatus, ...] = ()
    removed: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    vantage: str = ""
    vantage_down: bool = False
    problems: tuple[str, ...] = ()


class Accepted(msgspec.Struct, frozen=True, tag="accepted"):
    """These targets of an `Ask` are probed; notes follow."""

    id: int
    keys: tuple[str, ...]


class Noted(msgspec.Struct, frozen=True, tag="noted"):
    """A stage or the end of a run somebody asked for."""

    id: int
    note: ProbeNote


class Recalled(msgspec.Struct, frozen=True, tag="recalled"):
    """The history of a target; None where there is no such target."""

    id: int
    history: ProbeHistory | None


class Certificates(msgspec.Struct, frozen=True, tag="listed"):
    """Every certificate that targets showed last."""

    id: int
    rows: tuple[CertificateRow, ...]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """An order that cannot be carried out, and why."""

    id: int
    message: str
    remedy: str = ""


Report = Moved | Accepted | Noted | Recalled | Certificates | Refused


def packed(frame: Order | Report) -> bytes:
    """Return a frame as it goes over the pipe."""
    body = msgspec.msgpack.encode(frame)
    return _LENGTH.pack(len(body)) + body


_ORDERS: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)
_REPORTS: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)


async def next_order(reader: asyncio.StreamReader) -> Order | None:
    """Return the next order, None at the end. Raises ValueError for what is none."""
    body = await _next(reader)
    return None if body is None else _ORDERS.decode(body)


async def next_report(reader: asyncio.StreamReader) -> Report | None:
    """Return the next report, None at the end. Raises ValueError for what is none."""
    body = await _next(reader)
    return None if body is None else _REPORTS.decode(body)


async def _next(reader: asyncio.StreamReader) -> bytes | None:
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > LONGEST:
            raise ValueError(f"a frame of {length:,} bytes")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
