"""Probes as OpenMetrics: what is known is there, what is not is absent, and no text of a partner becomes a label."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from edgeconsole.model.probe import ProbeResult, Severity, Stage, StageState, TargetStatus
from edgeconsole.probes.state import good

MOST_SERIES = 20_000
"""Series of one family: a scrape has a size limit, and 20,000 of them are 3 MB."""

_Labels = tuple[tuple[str, str], ...]
_Sample = tuple[_Labels, float]


def lines(statuses: Iterable[TargetStatus], *, vantage: str, vantage_down: bool = False) -> Iterator[str]:
    """Yield the families of what is known now, without line ends and without the closing `# EOF`."""
    known = list(statuses)
    lasts = [each.last for each in known if each.last is not None]
    yield from _families(lasts, vantage)
    yield from _family(
        "edgeconsole_probe_flapping",
        "Whether a target goes up and down.",
        [(_of(each), 1.0) for each in known if each.flapping],
    )
    yield from _family(
        "edgeconsole_probe_availability_ratio",
        "Share of good runs in the last 24 hours.",
        [(_of(each), each.availability) for each in known if each.availability is not None],
    )
    yield from _family(
        "edgeconsole_probe_stale",
        "A target without a recent result.",
        [(_of(each), 1.0) for each in known if each.stale],
    )
    yield from _family(
        "edgeconsole_probe_vantage_up",
        "0 while so much fails at once that it is the prober itself.",
        [((("vantage", vantage),), 0.0 if vantage_down else 1.0)],
    )


def document(results: Sequence[ProbeResult]) -> str:
    """Return results as one whole OpenMetrics text."""
    vantage = results[0].vantage if results else ""
    return "\n".join([*_families(results, vantage), "# EOF", ""])


def _families(results: Sequence[ProbeResult], vantage: str) -> Iterator[str]:
    def by_target(each: ProbeResult) -> _Labels:
        return (("target", each.target), ("kind", each.kind.value), ("vantage", vantage or each.vantage))

    told = [each for each in results if each.severity is not Severity.UNKNOWN]
    yield from _family(
        "edgeconsole_probe_success",
        "Whether the last run found nothing critical; absent where it could tell nothing.",
        [(by_target(each), float(each.severity is not Severity.CRITICAL)) for each in told],
    )
    yield from _family(
        "edgeconsole_probe_duration_seconds",
        "How long the last run took.",
        [(by_target(each), round(each.seconds, 6)) for each in results],
        unit="seconds",
    )
    yield from _family(
        "edgeconsole_probe_last_run_timestamp_seconds",
        "When the last run began.",
        [(by_target(each), _seconds(each.started)) for each in results],
        unit="seconds",
    )
    yield from _family(
        "edgeconsole_probe_stage_duration_seconds",
        "How long each stage took that was run.",
        [
            ((*by_target(each), ("stage", stage.stage.value)), round(stage.milliseconds / 1000, 6))
            for each in results
            for stage in each.stages
            if stage.milliseconds is not None and stage.state is not StageState.SKIPPED
        ],
        unit="seconds",
    )
    findings = {
        (*by_target(each), ("code", finding.code), ("severity", finding.severity.value)): 1.0
        for each in results
        for finding in each.findings
        if not finding.expected and not good(finding.severity)
    }
    yield from _family("edgeconsole_probe_finding", "What was found; only what is there.", list(findings.items()))
    ends = [
        (
            (*by_target(each), ("endpoint", endpoint.id), ("position", str(position))),
            _seconds(certificate.not_after),
        )
        for each in results
        for endpoint in each.endpoints
        for position, certificate in enumerate(endpoint.chain)
    ]
    # A result without its addresses still says when the leaf ends.
    ends += [
        ((*by_target(each), ("endpoint", ""), ("position", "0")), end)
        for each in results
        if not each.endpoints and (end := _leaf_end(each)) is not None
    ]
    yield from _family(
        "edgeconsole_probe_cert_not_after_timestamp_seconds",
        "End of validity of each certificate shown; position 0 is the leaf.",
        ends,
        unit="seconds",
    )


def compatible(results: Sequence[ProbeResult]) -> str:
    """Return results under the names blackbox_exporter gives them, so that dashboards made for it keep working."""
    parts: list[str] = []
    told = [each for each in results if each.severity is not Severity.UNKNOWN]
    parts += _family(
        "probe_success",
        "Whether the probe was a success.",
        [(_named(each), float(each.severity is not Severity.CRITICAL)) for each in told],
    )
    parts += _family(
        "probe_duration_seconds",
        "How long the probe took.",
        [(_named(each), round(each.seconds, 6)) for each in results],
        unit="seconds",
    )
    parts += _family(
        "probe_ssl_earliest_cert_expiry",
        "Earliest end of validity among the certificates shown.",
        [(_named(each), min(ends)) for each in results if (ends := _ends(each))],
    )
    return "\n".join([*parts, "# EOF", ""])


def _leaf_end(result: ProbeResult) -> float | None:
    found = next((each.facts.get("not_after") for each in result.stages if each.stage is Stage.CERTIFICATE), None)
    try:
        return None if found is None else datetime.fromisoformat(found).timestamp()
    except ValueError:
        return None


def _ends(result: ProbeResult) -> list[float]:
    return [_seconds(each.not_after) for endpoint in result.endpoints for each in endpoint.chain]


def _named(result: ProbeResult) -> _Labels:
    return (("target", result.target), ("kind", result.kind.value))


def _of(status: TargetStatus) -> _Labels:
    return (("target", status.target), ("kind", status.kind.value))


def _family(name: str, meaning: str, samples: Sequence[_Sample], *, unit: str = "") -> Iterator[str]:
    if not samples:
        return
    yield f"# TYPE {name} gauge"
    if unit:
        yield f"# UNIT {name} {unit}"
    yield f"# HELP {name} {meaning}"
    # Two endpoints can bear one name only where a name server answers with an address twice.
    for labels, value in list(dict(samples).items())[:MOST_SERIES]:
        written = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        yield f"{name}{{{written}}} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _seconds(moment: datetime) -> float:
    return moment.timestamp()
