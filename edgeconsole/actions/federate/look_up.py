"""Live facts for a set-up: the probes' results turned into what its questions look at."""

from collections.abc import Callable

import msgspec

from edgeconsole.actions.federate.outcome import probe_kind
from edgeconsole.actions.federate.question import Facts, LookUp, Situation
from edgeconsole.backends.base import Backend
from edgeconsole.model.evidence import SrvAnswer, SrvRecord, SrvStatus
from edgeconsole.model.names import parse_access_edge
from edgeconsole.model.probe import ProbeKind, ProbeResult, Stage, StageResult, StageState
from edgeconsole.model.probing import ProbeProgress
from edgeconsole.rules.negotiation import Method

_MISSING = frozenset(
    {"srv.missing", "srv.misspelled", "srv.declined", "srv.absent", "srv.fallback", "srv.xmpp_missing"}
)
"""Findings that say there is no record, or that it says there is no service."""

_SCHEMES = {ProbeKind.SIP: "sip", ProbeKind.XMPP: "xmpp"}


async def look_up(
    backend: Backend,
    situation: Situation,
    wanted: LookUp,
    progress: Callable[[ProbeProgress], None] = lambda _note: None,
) -> Facts:
    """Probe the partner or ourselves and return the facts with what came of it. Raises what the backend raises."""
    if wanted is LookUp.OURS:
        edge = situation.configuration.edge
        if edge is None:
            return situation.facts
        return msgspec.structs.replace(situation.facts, ours=await _probe(backend, f"ours:{edge.fqdn}", progress))
    kind = probe_kind(situation)
    pinned = situation.given("access-edge")
    # With its port it is a place to connect to; without, a name would be taken for a domain to look up.
    place = parse_access_edge(pinned).with_port() if pinned else situation.partner
    target = f"{_SCHEMES[kind]}:{place}"
    result = await _probe(backend, target, progress)
    if result is None:
        return situation.facts
    facts = msgspec.structs.replace(situation.facts, partner=result, methods=methods_of(result))
    # A look at a pinned server says nothing about the domain's record.
    return facts if pinned else msgspec.structs.replace(facts, srv=srv_of(result))


async def _probe(backend: Backend, target: str, progress: Callable[[ProbeProgress], None]) -> ProbeResult | None:
    found = None
    async for note in backend.probe([target]):
        if isinstance(note, ProbeProgress):
            progress(note)
        else:
            found = note.result
    return found


def srv_of(result: ProbeResult) -> SrvAnswer | None:
    """Return what DNS said of a target's SRV record; None where the look-up was not made."""
    stage = _stage(result, Stage.DNS)
    if stage is None or stage.state is StageState.SKIPPED:
        return None
    records = tuple(_record(line) for line in str(stage.facts.get("srv", "")).split("; ") if line.count(" ") == 3)
    if records:
        return SrvAnswer(status=SrvStatus.FOUND, records=records)
    codes = {each.code for each in result.findings if each.stage is Stage.DNS}
    if codes & _MISSING:
        return SrvAnswer(status=SrvStatus.MISSING)
    return SrvAnswer(status=SrvStatus.UNAVAILABLE, detail=stage.why)


def _record(line: str) -> SrvRecord:
    priority, weight, port, target = line.split(" ")
    return SrvRecord(target=target, port=int(port), priority=int(priority), weight=int(weight))


def methods_of(result: ProbeResult) -> tuple[Method, ...] | None:
    """Return how an XMPP server lets streams be authenticated; None where it was not reached."""
    if result.kind is not ProbeKind.XMPP:
        return None
    stage = _stage(result, Stage.APPLICATION)
    if stage is None or stage.state in (StageState.SKIPPED, StageState.UNKNOWN):
        return None
    encrypted = (tls := _stage(result, Stage.TLS)) is not None and tls.state in (StageState.OK, StageState.WARNING)
    found = []
    if encrypted and "EXTERNAL" in str(stage.facts.get("mechanisms", "")):
        found.append(Method.SASL_OVER_TLS)
    if stage.facts.get("dialback"):
        found.append(Method.TLS_DIALBACK if encrypted else Method.TCP_DIALBACK)
    return tuple(found)


def _stage(result: ProbeResult, wanted: Stage) -> StageResult | None:
    """Return a stage of the best address, so that one broken address does not hide what the others offer."""
    ladders = [result.stages, *(endpoint.stages for endpoint in result.endpoints)]
    found = [stage for ladder in ladders for stage in ladder if stage.stage is wanted]
    return min(found, key=lambda each: _ORDER.index(each.state), default=None)


_ORDER = (StageState.OK, StageState.WARNING, StageState.FAILED, StageState.UNKNOWN, StageState.SKIPPED)
