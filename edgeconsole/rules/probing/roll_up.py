"""From addresses to a target: which stage fails for it as a whole, how bad that is, and the sentence that says so."""

from collections.abc import Iterator, Sequence

import msgspec

from edgeconsole.model.probe import Endpoint, Finding, ProbeKind, Severity, Stage, StageResult, StageState
from edgeconsole.model.probe_settings import Expectation
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.model.text import Untrusted, clean
from edgeconsole.rules.probing.codes import CODES
from edgeconsole.rules.probing.speaker import Speaker, rank, worst

_BAD = (StageState.FAILED, StageState.UNKNOWN)
_TO_SEVERITY = {
    StageState.OK: Severity.OK,
    StageState.SKIPPED: Severity.OK,
    StageState.WARNING: Severity.WARNING,
    StageState.FAILED: Severity.CRITICAL,
    StageState.UNKNOWN: Severity.UNKNOWN,
}


class RolledUp(msgspec.Struct, frozen=True, kw_only=True):
    """A target as a whole."""

    stages: tuple[StageResult, ...]
    findings: tuple[Finding, ...]
    severity: Severity
    summary: Untrusted


def roll_up(
    speaker: Speaker,
    target: ProbeTarget,
    *,
    first: Sequence[StageResult],
    endpoints: Sequence[Endpoint],
    findings: Sequence[Finding],
    name: str = "",
    spare: frozenset[str] = frozenset(),
) -> RolledUp:
    """Return the ladder over all addresses, with findings that only all of them together give.

    `first` are the stages before any address; `name` is the SRV record's. An address that this host has no route to
    does not count where another does, nor one of `spare` (ids) that fails where the others work.
    """
    reached = [each for each in endpoints if not _no_route(each)] or list(endpoints)
    main = [each for each in reached if each.id not in spare or works(each)]
    counting = main if any(works(each) for each in main) else reached
    deciding = _deciding(target, counting) if name else counting
    found = [*findings, *_together(speaker, counting, deciding, name)]
    broken = [each for each in reached if each not in counting]
    found += [speaker.say("xmpp.direct_broken", where=each.id) for each in broken]
    ladder = [*first, *(_stage(stage, deciding, counting) for stage in _stages_of(endpoints))]
    found += _unmet(speaker, target, ladder, found)
    severity = _severity(ladder, found)
    shown = tuple(sorted(found, key=_order))
    return RolledUp(
        stages=tuple(ladder), findings=shown, severity=severity, summary=_summary(severity, ladder, shown, counting)
    )


def works(endpoint: Endpoint) -> bool:
    """Return whether an address is good from TCP to its answer."""
    return bool(endpoint.stages) and not any(each.state in _BAD for each in endpoint.stages)


def _no_route(endpoint: Endpoint) -> bool:
    return any(each.code == "tcp.no_route" for each in endpoint.stages)


def _deciding(target: ProbeTarget, endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """Return the addresses that decide: an Access Edge tries one target alone, an XMPP server all of them."""
    if target.kind is not ProbeKind.SIP or not endpoints:
        return list(endpoints)
    best = min(endpoints, key=lambda each: (each.priority, -each.weight))
    return [each for each in endpoints if (each.host, each.port) == (best.host, best.port)]


def _stages_of(endpoints: Sequence[Endpoint]) -> list[Stage]:
    seen = {each.stage for endpoint in endpoints for each in endpoint.stages}
    return [stage for stage in Stage if stage in seen]


def _stage(stage: Stage, deciding: Sequence[Endpoint], counting: Sequence[Endpoint]) -> StageResult:
    results = [_result(stage, endpoint) for endpoint in deciding]
    known = [each for each in results if each is not None]
    good = [each for each in known if each.state in (StageState.OK, StageState.WARNING)]
    every = [each for endpoint in counting if (each := _result(stage, endpoint)) is not None]
    bad = [each for each in every if each.state in _BAD]
    if not good:
        return max(
            known,
            key=lambda each: rank(_TO_SEVERITY[each.state]),
            default=StageResult(stage=stage, state=StageState.SKIPPED),
        )
    best = max(good, key=lambda each: rank(_TO_SEVERITY[each.state]))
    if bad:
        why = clean(f"{len(every) - len(bad)} of {len(every)} addresses; {bad[0].why}", 400)
        return msgspec.structs.replace(best, state=StageState.WARNING, code=bad[0].code, why=why)
    return best


def _result(stage: Stage, endpoint: Endpoint) -> StageResult | None:
    return next((each for each in endpoint.stages if each.stage is stage), None)


def _together(
    speaker: Speaker, counting: Sequence[Endpoint], deciding: Sequence[Endpoint], name: str
) -> Iterator[Finding]:
    good = [each for each in counting if works(each)]
    bad = [each for each in counting if not works(each)]
    if good and bad and not any(works(each) for each in deciding):
        yield speaker.say("target.first_choice_dead", host=deciding[0].host, name=name)
    elif good and bad:
        failing = ", ".join(each.id for each in bad[:4])
        yield speaker.say("target.some_addresses", good=len(good), all=len(counting), failing=failing)
    yield from _dead_six(speaker, counting)
    shown = {each.chain[0].fingerprint: each for each in counting if each.chain}
    hosts = {each.host for each in shown.values()}
    if len(shown) > 1 and len(hosts) == 1:
        which = "; ".join(f"{each.address} {fingerprint[:16]}" for fingerprint, each in list(shown.items())[:4])
        yield speaker.say("cert.differs", count=len(shown), which=which)


def _dead_six(speaker: Speaker, endpoints: Sequence[Endpoint]) -> Iterator[Finding]:
    for host in dict.fromkeys(each.host for each in endpoints):
        six = [each for each in endpoints if each.host == host and ":" in each.address]
        four = [each for each in endpoints if each.host == host and ":" not in each.address]
        if six and not any(_connects(each) for each in six) and any(_connects(each) for each in four):
            yield speaker.say("address.six_dead", host=host, address=six[0].address, port=six[0].port)


def _connects(endpoint: Endpoint) -> bool:
    found = _result(Stage.TCP, endpoint)
    return found is not None and found.state is StageState.OK


def _unmet(
    speaker: Speaker, target: ProbeTarget, ladder: Sequence[StageResult], findings: Sequence[Finding]
) -> list[Finding]:
    """Return the finding that what was expected did not happen; nothing where it could not be told."""
    if target.expect is Expectation.WORKS or any(each.expected for each in findings):
        return []
    if any(each.state is StageState.UNKNOWN for each in ladder):
        return []
    failing = next((each.why for each in ladder if each.state is StageState.FAILED), "it answers")
    return [speaker.say("expect.not_met", expected=target.expect.value, found=failing)]


def _severity(ladder: Sequence[StageResult], findings: Sequence[Finding]) -> Severity:
    """Return how the target is: by its ladder, and by what concerns no single address."""
    told = [each for each in findings if not each.expected and (not each.endpoint or CODES[each.code].works)]
    whole = [each.severity for each in told]
    counted = [each for each in whole if each is not Severity.INFO]
    if all(each.state is StageState.SKIPPED for each in ladder):
        # Nothing was looked at: that is never well.
        counted.append(Severity.UNKNOWN)
    return worst([*(_TO_SEVERITY[each.state] for each in ladder), *counted])


def _order(finding: Finding) -> tuple[bool, int, int]:
    return finding.expected, -rank(finding.severity), list(Stage).index(finding.stage)


def _summary(
    severity: Severity, ladder: Sequence[StageResult], findings: Sequence[Finding], endpoints: Sequence[Endpoint]
) -> Untrusted:
    if severity is not Severity.OK:
        for each in findings:
            if not each.expected and _fits(each, severity):
                return each.what
        return next((each.why for each in ladder if _TO_SEVERITY[each.state] is severity), Untrusted(severity.value))
    expected = next((each.what for each in findings if each.expected), None)
    if expected is not None:
        return clean(f"as expected: {expected}", 400)
    last = next((each.why for each in reversed(ladder) if each.state is StageState.OK and each.why), "")
    count = f"{len(endpoints)} addresses" if len(endpoints) > 1 else "its address"
    return clean(f"{count} good: {last}" if last else f"{count} good", 400) if endpoints else clean(last or "good")


def _fits(finding: Finding, severity: Severity) -> bool:
    """Return whether a finding made the target as bad as it is; that of one address among several may be worse."""
    return finding.severity is severity or (severity is Severity.WARNING and finding.severity is Severity.CRITICAL)
