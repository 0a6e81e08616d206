"""An edge whose probes know something: a broken partner, a flapping one, a well one, our own side, certificates."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.observed import DiscoveredPartner, Restriction
from edgeconsole.model.probe import (
    Certainty,
    Endpoint,
    Finding,
    PeerCertificate,
    ProbeKind,
    ProbeResult,
    Severity,
    Stage,
    StageResult,
    StageState,
    TargetStatus,
    WhoActs,
)
from edgeconsole.model.probing import (
    CertificateRow,
    Change,
    ProbeDone,
    ProbeHistory,
    ProbeNote,
    ProbeProgress,
    Probes,
    Round,
)
from edgeconsole.model.text import clean
from tests.tui.console_world import NOW, EdgeInMemory, ago, busy

EXPIRED = Finding(
    code="cert.expired", severity=Severity.CRITICAL, stage=Stage.CERTIFICATE,
    endpoint="sip.tailspin.example:5061/192.0.2.99", what=clean("the certificate ended on 2026-11-19"),
    fix=clean("The partner renews the certificate of sip.tailspin.example"), who=WhoActs.PARTNER, cause=6,
)  # fmt: skip
MISSING = Finding(
    code="own.record_missing", severity=Severity.WARNING, stage=Stage.DNS,
    what=clean("_sipfederationtls._tcp.contoso.example SRV is missing"),
    fix=clean("Publish `_sipfederationtls._tcp.contoso.example. 3600 IN SRV 0 0 5061 sip.contoso.example.`"),
    who=WhoActs.US, cause=1,
)  # fmt: skip


def result(target: str, kind: ProbeKind = ProbeKind.SIP, *findings: Finding, run: str = "r1") -> ProbeResult:
    """Return a run that is well, or fails at the stage of its first finding."""
    bad = findings[0].stage if findings else None
    stages: list[StageResult] = []
    for stage in (Stage.DNS, Stage.ADDRESS, Stage.TCP, Stage.TLS, Stage.CERTIFICATE, Stage.APPLICATION):
        late = bad is not None and any(each.state is StageState.FAILED for each in stages)
        state = StageState.SKIPPED if late else StageState.FAILED if stage is bad else StageState.OK
        why = clean(findings[0].what if stage is bad else "")
        stages.append(StageResult(stage=stage, state=state, milliseconds=None if late else 4.0, why=why))
    end = Endpoint(id=f"sip.{target}:5061/192.0.2.99", host=f"sip.{target}", port=5061, address="192.0.2.99")
    return ProbeResult(
        run=run, target=target, kind=kind, vantage="edge sip.contoso.example", started=ago(minutes=4), seconds=0.024,
        severity=findings[0].severity if findings else Severity.OK,
        summary=clean(findings[0].what if findings else "all stages well"), stages=tuple(stages), endpoints=(end,),
        findings=findings,
    )  # fmt: skip


def status(target: str, kind: ProbeKind = ProbeKind.SIP, *findings: Finding, **other: object) -> TargetStatus:
    last = result(target, kind, *findings)
    known: dict[str, object] = {
        "certainty": Certainty.HARD, "since": ago(minutes=4), "rounds": (Severity.OK,) * 6 + (last.severity,) * 3,
        "latency": (31.0, 30.0, 44.0, 52.0), "availability": 0.993, "median_ms": 31.0, "p95_ms": 52.0,
    }  # fmt: skip
    return TargetStatus(target=target, kind=kind, severity=last.severity, last=last, **(known | other))  # type: ignore[arg-type]


def certificate(subject: str, days: int, fingerprint: str) -> PeerCertificate:
    return PeerCertificate(
        fingerprint=fingerprint * 64, subject=clean(f"CN={subject}"), issuer=clean("CN=Example CA"), serial="4f2a",
        not_before=NOW - timedelta(days=90), not_after=NOW + timedelta(days=days), names=(clean(subject),),
        key="RSA 2048", signature="sha256", usages=("serverAuth", "clientAuth"),
    )  # fmt: skip


def known() -> Probes:
    return Probes(
        targets=(
            status("fabrikam.example"),
            status("tailspin.example", ProbeKind.SIP, EXPIRED),
            status("northwind.example", flapping=True),
            status("sip.contoso.example", ProbeKind.OURS, MISSING),
            TargetStatus(
                target="jabber.example", kind=ProbeKind.XMPP, severity=Severity.UNKNOWN, certainty=Certainty.PENDING
            ),
        ),
        cursor=5,
        vantage="edge sip.contoso.example",
    )


def throttled(domain: str, restriction: Restriction = Restriction.THROTTLED) -> DiscoveredPartner:
    return DiscoveredPartner(
        domain=domain, first_seen=ago(hours=3), last_seen=ago(minutes=9), messages=900, allowed=True,
        outcome="allowed", edge=clean(f"sip.{domain}"), names=(clean(f"sip.{domain}"),), restriction=restriction,
        refused=120, contacts=14,
    )  # fmt: skip


class ProbedEdge(EdgeInMemory):
    """An edge whose probes answer what a test says."""

    def __init__(self, saved: Configuration | None = None, probes: Probes | None = None) -> None:
        super().__init__(saved, busy() | {"probes": known() if probes is None else probes})
        self.asked: list[str] = []
        self.closed_for: list[str] = []
        self.outcomes: dict[str, ProbeResult] = {"sip:tailspin.example": result("tailspin.example")}
        self.run_gate: asyncio.Event | None = None
        self.certificate_rows: tuple[CertificateRow, ...] = (
            CertificateRow(
                owner="fabrikam.example", kind=ProbeKind.SIP, certificate=certificate("sip.fabrikam.example", 62, "a"),
                endpoints=("sip.fabrikam.example:5061/192.0.2.7",), seen=ago(minutes=2),
            ),
            CertificateRow(
                owner="tailspin.example", kind=ProbeKind.SIP, certificate=certificate("sip.tailspin.example", -1, "b"),
                problem="expired", seen=ago(minutes=4),
            ),
            CertificateRow(
                owner="external", kind=ProbeKind.OURS, ours=True, certificate=certificate("sip.contoso.example", 9, "c")
            ),
        )  # fmt: skip

    async def probes(self, after: int | None = None) -> Probes:
        del after
        return self.seen.probes

    async def probe_history(self, target: str) -> ProbeHistory:
        self._alive()
        # As the edge takes it: `NAME` or `KIND NAME`.
        found = next(
            each for each in self.seen.probes.targets if target in (each.target, f"{each.kind.value} {each.target}")
        )
        name = found.target
        return ProbeHistory(
            status=found,
            changes=(
                Change(
                    at=ago(minutes=4), target=name, kind=found.kind, before=Severity.OK, after=found.severity,
                    code="cert.expired", what=clean("the certificate ended"),
                ),
            ),
            rounds=(Round(at=ago(minutes=4), severity=found.severity, milliseconds=24.0, failing=Stage.CERTIFICATE),),
        )  # fmt: skip

    async def certificates(self) -> tuple[CertificateRow, ...]:
        self._alive()
        return self.certificate_rows

    async def probe(
        self, targets: Sequence[str] = (), *, everything: bool = False, failing: bool = False
    ) -> AsyncIterator[ProbeNote]:
        del everything, failing
        self._alive()
        for asked in targets:
            self.asked.append(asked)
            name = asked.partition(":")[2]
            yield ProbeProgress(target=name, kind=ProbeKind.SIP, stage=Stage.DNS, state=StageState.OK)
            yield ProbeProgress(target=name, kind=ProbeKind.SIP, stage=Stage.TCP)
            if self.run_gate is not None:
                await self.run_gate.wait()
            yield ProbeDone(result=self.outcomes.get(asked) or result(name))

    async def close_sessions(self, domain: str) -> int:
        self.closed_for.append(domain)
        return 1
