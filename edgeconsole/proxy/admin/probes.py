"""Probes over HTTP: what is known, the past of a target, every certificate, and a run now whose stages are streamed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from edgeconsole.model.errors import BadInput, EdgeconsoleError, Problem
from edgeconsole.model.probing import CertificateRow, ProbeNote
from edgeconsole.probes.certificate_rows import by_days, own_rows
from edgeconsole.probes.own_certificates import check_certificates
from edgeconsole.proxy.admin.call import Call, Handler, number, read
from edgeconsole.proxy.admin.refusals import not_found
from edgeconsole.rules.requirements.certificates import certificate_requirements
from edgeconsole.wire.json import encode
from edgeconsole.wire.messages import Items, ProbeRequest
from edgeconsole.wire.problems import ProbeProblem, from_error

_STALL_SECONDS = 30.0
"""A client that does not read for so long is let go; the runs go on."""

_MOST_CURSOR = 10**12 - 1


async def _probes(call: Call) -> Any:
    asked = "after" in call.request.query
    return call.service.probing.probes(number(call, "after", 0, _MOST_CURSOR) if asked else None)


async def _history(call: Call) -> Any:
    found = await call.service.probing.history(call.request.match_info["target"])
    if found is None:
        raise not_found("target of probes by that name")
    return found


async def _probe(call: Call) -> Any:
    asked = await read(call, ProbeRequest)
    if sum((bool(asked.targets), asked.all, asked.failing)) != 1:
        problem = Problem(field="targets", message="give targets, or all, or failing, and one of them alone")
        raise BadInput("the body is not what this route takes", problems=(problem,))
    notes = call.service.probing.probe(asked.targets, everything=asked.all, failing=asked.failing)
    # What is refused is refused before the answer begins.
    first = await anext(notes, None)
    response = web.StreamResponse(headers={"Content-Type": call.route.media, "Cache-Control": "no-store"})
    try:
        await response.prepare(call.request)
        await _stream(response, first, notes)
        await response.write_eof()
    except (ConnectionError, TimeoutError):
        pass
    finally:
        await notes.aclose()  # type: ignore[attr-defined]
    return response


async def _stream(response: web.StreamResponse, first: ProbeNote | None, rest: AsyncIterator[ProbeNote]) -> None:
    if first is None:
        return
    await _write(response, encode(first))
    try:
        async for note in rest:
            await _write(response, encode(note))
    except EdgeconsoleError as error:
        await _write(response, encode(ProbeProblem(from_error(error))))


async def _write(response: web.StreamResponse, line: bytes) -> None:
    async with asyncio.timeout(_STALL_SECONDS):
        await response.write(line + b"\n")


async def _certificates(call: Call) -> Any:
    theirs = await call.service.probing.certificates()
    ours = await asyncio.to_thread(_own, call)
    shown = {row.certificate.fingerprint for row in ours}
    return Items(by_days([*ours, *(row for row in theirs if not row.ours or row.certificate.fingerprint not in shown)]))


def _own(call: Call) -> tuple[CertificateRow, ...]:
    moment = datetime.now(UTC)
    base = Path(call.service.health().configuration_path).parent
    required = certificate_requirements(call.service.edge.configuration, moment)
    return own_rows(check_certificates(required, base, moment))


HANDLERS: Mapping[str, Handler] = {
    "probes": _probes,
    "probe_history": _history,
    "probe": _probe,
    "certificates": _certificates,
}
