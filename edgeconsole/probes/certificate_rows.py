"""Every certificate that was shown and every one of our own as rows of one list, the one that ends first on top."""

from collections.abc import Iterable, Sequence

from edgeconsole.model.probe import Finding, PeerCertificate, ProbeKind, ProbeResult, Stage
from edgeconsole.model.probing import CertificateRow
from edgeconsole.model.text import Untrusted
from edgeconsole.probes.state import good
from edgeconsole.rules.requirements.certificate_facts import CertificateFacts
from edgeconsole.rules.requirements.certificate_lint import CertificateCheck, Severity

_ABOUT = frozenset({Stage.CERTIFICATE, Stage.NAME})


def rows_of(results: Iterable[ProbeResult]) -> tuple[CertificateRow, ...]:
    """Return a row for each certificate a target showed in its last result, with every address that showed it."""
    return by_days([row for result in results for row in _rows(result)])


def by_days(rows: Iterable[CertificateRow]) -> tuple[CertificateRow, ...]:
    """Return rows by when they end, ours before others."""
    return tuple(sorted(rows, key=lambda row: (row.certificate.not_after, not row.ours, row.owner, row.position)))


def _rows(result: ProbeResult) -> list[CertificateRow]:
    found: dict[tuple[int, str], tuple[PeerCertificate, list[str]]] = {}
    for endpoint in result.endpoints:
        for position, certificate in enumerate(endpoint.chain):
            key = (position, certificate.fingerprint)
            found.setdefault(key, (certificate, []))[1].append(endpoint.id)
    return [
        CertificateRow(
            owner=result.target,
            kind=result.kind,
            ours=result.kind is ProbeKind.OURS,
            position=position,
            endpoints=tuple(endpoints),
            certificate=certificate,
            seen=result.started,
            problem=_problem(result.findings, endpoints) if position == 0 else "",
        )
        for (position, _), (certificate, endpoints) in found.items()
    ]


def _problem(findings: Sequence[Finding], endpoints: list[str]) -> str:
    about = [
        each
        for each in findings
        if each.stage in _ABOUT
        and not good(each.severity)
        and not each.expected
        and (not each.endpoint or each.endpoint in endpoints)
    ]
    return f"{about[0].code}: {about[0].what}" if about else ""


def own_rows(checks: Iterable[CertificateCheck]) -> tuple[CertificateRow, ...]:
    """Return a row for each certificate of ours that could be read from its file."""
    return tuple(_own(check, check.facts) for check in checks if check.facts is not None)


def _own(check: CertificateCheck, facts: CertificateFacts) -> CertificateRow:
    worst = next((each for each in check.findings if each.severity is Severity.ERROR), None)
    found = worst or next(iter(check.findings), None)
    return CertificateRow(
        owner=f"{check.requirement.interface.value} certificate",
        kind=ProbeKind.OURS,
        ours=True,
        endpoints=(check.path,),
        certificate=PeerCertificate(
            fingerprint=facts.fingerprint,
            subject=Untrusted(facts.subject),
            issuer=Untrusted(facts.issuer),
            serial=facts.serial,
            not_before=facts.not_before,
            not_after=facts.not_after,
            names=tuple(Untrusted(each) for each in facts.names[:100]),
            key=f"{facts.key} {facts.key_bits or ''}".rstrip(),
            signature=facts.signature_hash,
            usages=tuple(sorted(each.value for each in facts.usages or ())),
        ),
        problem=found.message if found else "",
    )
