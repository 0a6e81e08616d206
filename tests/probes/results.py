"""Results of probes made by hand, for what comes after the probe itself."""

from datetime import UTC, datetime, timedelta

from edgeconsole.model.probe import (
    Endpoint,
    Finding,
    PeerCertificate,
    ProbeKind,
    ProbeResult,
    Severity,
    Stage,
    StageResult,
    StageState,
)
from edgeconsole.model.text import clean

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
ENDPOINT = "sip.fabrikam.example:5061/192.0.2.7"

_STAGE_OF = {"dns": Stage.DNS, "srv": Stage.DNS, "tcp": Stage.TCP, "tls": Stage.TLS, "cert": Stage.CERTIFICATE,
             "name": Stage.NAME, "sip": Stage.APPLICATION}  # fmt: skip


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def certificate(
    fingerprint: str = "ab" * 32, days: float = 90, subject: str = "sip.fabrikam.example"
) -> PeerCertificate:
    return PeerCertificate(
        fingerprint=fingerprint,
        subject=clean(subject),
        issuer=clean("Test Authority"),
        serial="01",
        not_before=START - timedelta(days=10),
        not_after=START + timedelta(days=days),
        names=(clean(subject),),
        key="EC P-256",
        signature="sha256",
        usages=("serverAuth", "clientAuth"),
    )


def result(
    *codes: str,
    seconds: float = 0,
    target: str = "fabrikam.example",
    kind: ProbeKind = ProbeKind.SIP,
    severity: Severity | None = None,
    took: float = 0.05,
    chain: tuple[PeerCertificate, ...] = (),
    endpoint: str = ENDPOINT,
    findings: tuple[Finding, ...] | None = None,
) -> ProbeResult:
    """Return a round that found these codes, all critical unless a severity is given; the first one ends the ladder."""
    found = (
        tuple(
            Finding(
                code=code,
                severity=severity or Severity.CRITICAL,
                stage=_STAGE_OF[code.partition(".")[0]],
                endpoint="" if code.startswith(("dns", "srv")) else endpoint,
                what=clean(f"it showed {code}"),
                fix=clean(f"mend {code}"),
                reference="RFC 5922 7.1",
            )
            for code in codes
        )
        if findings is None
        else findings
    )
    failing = min((each.stage for each in found), key=list(Stage).index, default=None)
    stages = tuple(_stage(each, failing, found) for each in (
        Stage.DNS, Stage.ADDRESS, Stage.TCP, Stage.TLS, Stage.CERTIFICATE, Stage.NAME, Stage.APPLICATION
    ))  # fmt: skip
    host, _, address = endpoint.partition("/")
    name, _, port = host.rpartition(":")
    ends = () if failing is Stage.DNS else (
        Endpoint(id=endpoint, host=name, port=int(port), address=address, stages=stages[2:], chain=chain),
    )  # fmt: skip
    return ProbeResult(
        run=f"run-{seconds}",
        target=target,
        kind=kind,
        vantage="edge test",
        started=at(seconds),
        seconds=took,
        severity=severity or (Severity.CRITICAL if codes else Severity.OK),
        summary=clean(codes[0] if codes else "all stages passed"),
        stages=stages,
        endpoints=ends,
        findings=found,
    )


def _stage(stage: Stage, failing: Stage | None, found: tuple[Finding, ...]) -> StageResult:
    order = list(Stage)
    if failing is None or order.index(stage) < order.index(failing):
        return StageResult(stage=stage, state=StageState.OK, milliseconds=5.0)
    if stage is failing:
        code = next(each.code for each in found if each.stage is stage)
        return StageResult(stage=stage, state=StageState.FAILED, milliseconds=2.0, code=code, why=clean("as found"))
    return StageResult(stage=stage, state=StageState.SKIPPED, why=clean("an earlier stage failed"))
