"""Certificates as lines: what each interface needs, what its file says, and what is wrong with it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from edgeconsole.present.ages import plural, stamp
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.rules.requirements.certificate_facts import Authority, CertificateFacts
from edgeconsole.rules.requirements.certificate_lint import CertificateCheck, Finding, Severity, days_left
from edgeconsole.rules.requirements.certificates import CertificateRequirement

SEVERITIES: dict[Severity, Span] = {
    Severity.ERROR: Span("X error", Style.FAIL),
    Severity.WARNING: Span("! warning", Style.WARN),
    Severity.INFO: Span(". info", Style.MUTED),
}

_AUTHORITIES: dict[Authority, str] = {
    Authority.PUBLIC: "public authority",
    Authority.PRIVATE: "private authority",
    Authority.SELF_SIGNED: "self-signed",
    Authority.OPEN: "issuer not found",
    Authority.NOT_JUDGED: "issuer not found; no public authorities known here",
}

_ALL_RESTRICTIONS_OFF = "any use"


def requirement_lines(requirement: CertificateRequirement) -> Iterator[Line]:
    """Yield what a certificate must be, with the reason of every name."""
    yield Line((Span(f"{requirement.interface.value} certificate", Style.STRONG), Span(f"  {requirement.reason}")))
    if requirement.information:
        yield _field("note", Span("information only: another product's certificate", Style.MUTED))
    if requirement.file is not None:
        yield _field("file", Span(requirement.file))
    yield _field("subject", Span(requirement.subject))
    for name in requirement.names:
        yield _field("name", Span(name.name), Span(f"{name.reason} (for {', '.join(name.needed_by)})", Style.MUTED))
    yield _field("uses", Span(", ".join(usage.value for usage in requirement.usages)))
    yield _field("key", Span(f"RSA {requirement.key_bits} bits or more, or P-256{_exportable(requirement)}"))
    yield _field("issuer", Span(requirement.issued_by.value))
    yield _field("for", Span(", ".join(requirement.needed_by)))
    for rule in requirement.rules:
        whom = f" (for {', '.join(rule.needed_by)})" if rule.needed_by else ""
        yield _field(rule.row.value, Span(rule.text), Span(whom.strip(), Style.MUTED))


def check_lines(check: CertificateCheck, now: datetime) -> Iterator[Line]:
    """Yield what an interface's certificate is, and every finding with what to do."""
    title = Span(f"{check.requirement.interface.value} certificate", Style.STRONG)
    yield Line((title, Span("  "), state(check), Span(f"  {check.path}" if check.path else "")))
    if check.facts is None:
        yield _field("problem", Span(check.problem, Style.FAIL))
        yield _field("to do", Span(check.remedy))
        return
    yield from _facts(check.facts, now)
    for finding in check.findings:
        yield from _finding(finding)


def state(check: CertificateCheck) -> Span:
    """Return how a certificate fares: a glyph and a word."""
    if check.facts is None:
        return Span("? not read", Style.STALE)
    errors = sum(finding.severity is Severity.ERROR for finding in check.findings)
    warnings = sum(finding.severity is Severity.WARNING for finding in check.findings)
    if errors:
        return Span(f"X {plural(errors, 'error')}", Style.FAIL)
    return Span(f"! {plural(warnings, 'warning')}", Style.WARN) if warnings else Span(". ok", Style.OK)


def sentence(checks: Sequence[CertificateCheck]) -> str:
    """Return how all certificates fare, in one line."""
    failing = sum(check.failing for check in checks)
    if not checks:
        return "no certificate is required"
    return (
        f"{failing} of {plural(len(checks), 'certificate')} need attention" if failing else "all certificates will do"
    )


def _facts(facts: CertificateFacts, now: datetime) -> Iterator[Line]:
    yield _field("subject", Span(facts.subject or "empty"))
    yield _field("names", Span(", ".join(facts.names) or "none"))
    left = days_left(facts, now)
    days = f"{plural(left, 'day')} left" if left >= 0 else "expired"
    yield _field("valid", Span(f"{stamp(facts.not_before)} to {stamp(facts.not_after)}"), Span(days))
    uses = _ALL_RESTRICTIONS_OFF
    if facts.usages is not None:
        uses = ", ".join(sorted(usage.value for usage in facts.usages)) or "neither serverAuth nor clientAuth"
    signed = f", signed with {facts.signature_hash}" if facts.signature_hash else ""
    yield _field("key", Span(f"{facts.key} {facts.key_bits or ''}".rstrip() + signed), Span(uses))
    yield _field("chain", Span(" <- ".join(facts.chain)), Span(_AUTHORITIES[facts.authority], Style.MUTED))
    yield _field("sha256", Span(facts.fingerprint, Style.MUTED))


def _finding(finding: Finding) -> Iterator[Line]:
    mark = SEVERITIES[finding.severity]
    yield Line((Span("  "), Span(f"{mark.text:<10}", mark.style), Span(finding.message)))
    if finding.remedy:
        yield Line((Span(" " * 12), Span(finding.remedy, Style.MUTED)))


def _exportable(requirement: CertificateRequirement) -> str:
    return "; exportable, since every member of the pool has it" if requirement.exportable_key else ""


def _field(name: str, *spans: Span) -> Line:
    parts: list[Span] = [Span(f"  {name:<10}", Style.MUTED)]
    for place, span in enumerate(spans):
        parts += [Span("  "), span] if place and span.text else [span]
    return Line(tuple(parts))
