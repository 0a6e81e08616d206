"""How runs stand in the rows of the history: packed stages, moments in milliseconds, percentiles."""

import math
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from edgeconsole.model.probe import PeerCertificate, ProbeResult, Severity, Stage, StageState
from edgeconsole.model.probing import Round

Read = TypeVar("Read")

SEVERITIES = (Severity.OK, Severity.INFO, Severity.WARNING, Severity.CRITICAL, Severity.UNKNOWN)
_STAGES = tuple(Stage)
_STATES = tuple(StageState)
_STAGE = struct.Struct("<BBf")


def percentile(ordered: list[float], share: float) -> float | None:
    """Return the nearest-rank percentile of numbers in order."""
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(len(ordered) * share) - 1)], 1)


def packed(result: ProbeResult) -> bytes:
    """Return the stages of a run in six bytes each."""
    return b"".join(
        _STAGE.pack(_STAGES.index(each.stage), _STATES.index(each.state), each.milliseconds or 0.0)
        for each in result.stages
        if each.state is not StageState.SKIPPED
    )


def as_round(at: int, severity: int, taken: float, stages_packed: bytes) -> Round:
    """Return a row of the table of runs as what it means."""
    stages = list(_STAGE.iter_unpack(stages_packed)) if len(stages_packed) % _STAGE.size == 0 else []
    failed = _STATES.index(StageState.FAILED)
    return Round(
        at=moment(at),
        severity=SEVERITIES[severity],
        milliseconds=round(taken, 1),
        failing=next((_STAGES[stage] for stage, state, _ in stages if state == failed), None),
        stages={_STAGES[stage].value: round(taken, 1) for stage, _, taken in stages},
    )


def shown(result: ProbeResult) -> Iterator[PeerCertificate]:
    """Yield every certificate that was shown."""
    for endpoint in result.endpoints:
        yield from endpoint.chain


def decoded(packed: bytes | None, kind: type[Read]) -> Read | None:
    """Return a packed value; None for one that another release packed differently."""
    try:
        return None if packed is None else msgspec.msgpack.decode(packed, type=kind)
    except msgspec.MsgspecError:
        return None


def milliseconds(at: datetime) -> int:
    """Return a moment in milliseconds since 1970."""
    return int(at.timestamp() * 1000)


def moment(at: int) -> datetime:
    """Return the moment of milliseconds since 1970."""
    return datetime.fromtimestamp(at / 1000, UTC)
