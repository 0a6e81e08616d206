"""Judges a certificate against what its interface needs: findings with a severity and what to do (reference 5)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from edgeconsole.rules.requirements.certificate_facts import Authority, CertificateFacts, KeyUsage
from edgeconsole.rules.requirements.certificates import CertificateRequirement, Interface, NameKind, RequiredName


class Severity(Enum):
    """How bad a finding is."""

    ERROR = "error"
    """Somebody is refused because of it, or soon will be."""
    WARNING = "warning"
    INFO = "info"


class FindingCode(Enum):
    """What can be wrong with a certificate."""

    EXPIRED = "expired"
    EXPIRES = "expires"
    NOT_YET_VALID = "not-yet-valid"
    CHAIN_EXPIRES = "chain-expires"
    MISSING_ACCESS_EDGE = "missing-access-edge"
    MISSING_SIP_HOST = "missing-sip-host"
    MISSING_SRV_TARGET = "missing-srv-target"
    MISSING_WEB_CONFERENCING = "missing-web-conferencing"
    MISSING_XMPP_DOMAIN = "missing-xmpp-domain"
    MISSING_INTERNAL_NAME = "missing-internal-name"
    SUBJECT_NOT_IN_NAMES = "subject-not-in-names"
    SUBJECT_DIFFERS = "subject-differs"
    WILDCARD = "wildcard"
    SHORT_KEY = "short-key"
    WEAK_SIGNATURE = "weak-signature"
    NO_SERVER_AUTH = "no-server-auth"
    NO_CLIENT_AUTH = "no-client-auth"
    SELF_SIGNED = "self-signed"
    PRIVATE_AUTHORITY = "private-authority"
    CHAIN_INCOMPLETE = "chain-incomplete"
    NO_REVOCATION_LIST = "no-revocation-list"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong or risky about a certificate."""

    code: FindingCode
    severity: Severity
    message: str
    remedy: str = ""
    name: str = ""
    """The name in question, where there is one."""


class CertificateCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The certificate that an interface really has, judged by what it needs."""

    requirement: CertificateRequirement
    path: str = ""
    facts: CertificateFacts | None = None
    """None where it could not be read."""
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    """Why it could not be read."""
    remedy: str = ""

    @property
    def failing(self) -> bool:
        """Whether the certificate is not known to be good."""
        return self.facts is None or any(finding.severity is Severity.ERROR for finding in self.findings)


WARN_BEFORE = timedelta(days=30)
"""When an approaching end is told, for certificates that live long; see `_warn_from`."""

ERROR_BEFORE = timedelta(days=7)

_MISSING: dict[NameKind, FindingCode] = {
    NameKind.ACCESS_EDGE: FindingCode.MISSING_ACCESS_EDGE,
    NameKind.SRV_TARGET: FindingCode.MISSING_SRV_TARGET,
    NameKind.SIP_HOST: FindingCode.MISSING_SIP_HOST,
    NameKind.WEB_CONFERENCING: FindingCode.MISSING_WEB_CONFERENCING,
    NameKind.XMPP_DOMAIN: FindingCode.MISSING_XMPP_DOMAIN,
}

_CLIENT_AUTH = (
    "it lacks clientAuth, which mutual TLS uses when we connect; public authorities stop issuing it between 2025 and"
    " 2027, and some servers refuse such a peer"
)


def certificate_findings(
    requirement: CertificateRequirement, facts: CertificateFacts, now: datetime
) -> tuple[Finding, ...]:
    """Return what is wrong with a certificate for its interface, the worst first."""
    found = [
        *_validity(facts, now),
        *_names(requirement, facts),
        *_subject(requirement, facts),
        *_strength(requirement, facts),
        *_usages(requirement, facts),
        *_chain(requirement, facts),
    ]
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def days_left(facts: CertificateFacts, now: datetime) -> int:
    """Return the whole days until the certificate ends; negative once it has."""
    return (facts.not_after - now).days


def _validity(facts: CertificateFacts, now: datetime) -> Iterator[Finding]:
    life = facts.not_after - facts.not_before
    left = facts.not_after - now
    until = f"{facts.not_after:%Y-%m-%d %H:%M} UTC"
    renew = "Renew it, and assign it on every member of the pool"
    if facts.not_before > now:
        text = f"it is not valid before {facts.not_before:%Y-%m-%d %H:%M} UTC"
        yield _error(FindingCode.NOT_YET_VALID, text, "Check the clock of this machine, or wait")
    if left <= timedelta(0):
        yield _error(FindingCode.EXPIRED, f"it expired on {until}", renew)
    # Short-lived certificates are renewed late by design: a third of their life is notice enough, a tenth is late.
    elif left <= min(WARN_BEFORE, life / 3):
        severity = Severity.ERROR if left <= min(ERROR_BEFORE, life / 10) else Severity.WARNING
        days = "less than a day" if left.days < 1 else f"{left.days} day{'s' * (left.days != 1)}"
        yield Finding(
            code=FindingCode.EXPIRES, severity=severity, message=f"it expires in {days}, {until}", remedy=renew
        )
    if facts.chain_ends < facts.not_after and facts.chain_ends - now <= WARN_BEFORE:
        text = f"an authority in its chain expires before it does, {facts.chain_ends:%Y-%m-%d %H:%M} UTC"
        severity = Severity.ERROR if facts.chain_ends <= now else Severity.WARNING
        remedy = "Replace the intermediate certificate in the file by the authority's current one"
        yield Finding(code=FindingCode.CHAIN_EXPIRES, severity=severity, message=text, remedy=remedy)


def _names(requirement: CertificateRequirement, facts: CertificateFacts) -> Iterator[Finding]:
    given = frozenset(facts.names)
    for required in requirement.names:
        if required.name not in given:
            yield _missing(required, facts)
    wild = [name for name in facts.names if "*" in name]
    if wild and not requirement.wildcards:
        yield Finding(
            code=FindingCode.WILDCARD,
            severity=Severity.WARNING,
            message=f"it has a wildcard ({', '.join(wild[:3])}), which counts for no name on the external edge",
            remedy="Ask for a certificate that lists every name",
            name=wild[0],
        )


def _missing(required: RequiredName, facts: CertificateFacts) -> Finding:
    parent = required.name.partition(".")[2]
    covered = f"; *.{parent} does not count" if f"*.{parent}" in facts.names else ""
    return Finding(
        code=_MISSING[required.kind],
        severity=Severity.ERROR,
        message=f"it does not carry {required.name} as a DNS name{covered}: {required.reason}",
        remedy=f"Ask for a certificate with {required.name} among its alternative names",
        name=required.name,
    )


def _subject(requirement: CertificateRequirement, facts: CertificateFacts) -> Iterator[Finding]:
    subject = facts.subject.lower()
    if requirement.interface is Interface.INTERNAL:
        yield from _internal_name(requirement, facts)
    if subject and "." in subject and " " not in subject and not _covered(subject, facts.names, requirement.wildcards):
        yield Finding(
            code=FindingCode.SUBJECT_NOT_IN_NAMES,
            severity=Severity.WARNING,
            message=f"its subject {facts.subject} is not among its alternative names, and TLS looks at those alone",
            remedy="Repeat the subject among the alternative names",
            name=facts.subject,
        )
    if requirement.subject_read_by and subject != requirement.subject:
        yield Finding(
            code=FindingCode.SUBJECT_DIFFERS,
            severity=Severity.WARNING,
            message=f"its subject is {facts.subject or 'empty'}, and {', '.join(requirement.subject_read_by)} may read"
            f" the subject: it should be {requirement.subject}",
            remedy=f"Ask for a certificate with the subject {requirement.subject}",
            name=requirement.subject,
        )


def _internal_name(requirement: CertificateRequirement, facts: CertificateFacts) -> Iterator[Finding]:
    if _covered(requirement.subject, facts.names, True):
        return
    in_subject = _covered(requirement.subject, (facts.subject.lower(),), True)
    yield Finding(
        code=FindingCode.MISSING_INTERNAL_NAME,
        severity=Severity.WARNING if in_subject else Severity.ERROR,
        message=f"only its subject says {requirement.subject}; servers that look at alternative names refuse it"
        if in_subject
        else f"neither its subject nor its names say {requirement.subject}",
        remedy=f"Ask for a certificate with {requirement.subject} as subject and alternative name",
        name=requirement.subject,
    )


def _covered(name: str, names: tuple[str, ...], wildcards: bool) -> bool:
    return name in names or (wildcards and f"*.{name.partition('.')[2]}" in names)


def _strength(requirement: CertificateRequirement, facts: CertificateFacts) -> Iterator[Finding]:
    least = _LEAST_BITS.get(facts.key, requirement.key_bits if facts.key == "RSA" else 0)
    if facts.key_bits < least:
        text = f"its {facts.key} key has {facts.key_bits} bits; {least} are the least"
        yield _error(FindingCode.SHORT_KEY, text, "Ask for a certificate with a new key, RSA 2048 or P-256")
    if facts.signature_hash in _WEAK_HASHES:
        text = f"it is signed with {facts.signature_hash.upper()}, which peers refuse"
        yield _error(FindingCode.WEAK_SIGNATURE, text, "Ask for a certificate signed with SHA-256")


_LEAST_BITS = {"EC": 256, "DSA": 2048}
_WEAK_HASHES = frozenset({"sha1", "md5"})


def _usages(requirement: CertificateRequirement, facts: CertificateFacts) -> Iterator[Finding]:
    if facts.usages is None:
        return
    if KeyUsage.SERVER_AUTH in requirement.usages and KeyUsage.SERVER_AUTH not in facts.usages:
        text = "it lacks serverAuth, so nobody may connect to us with it"
        yield _error(FindingCode.NO_SERVER_AUTH, text, "Ask for a certificate for serverAuth and clientAuth")
    if KeyUsage.CLIENT_AUTH in requirement.usages and KeyUsage.CLIENT_AUTH not in facts.usages:
        yield Finding(
            code=FindingCode.NO_CLIENT_AUTH,
            severity=Severity.WARNING,
            message=_CLIENT_AUTH,
            remedy="Ask an authority that still offers it, and tell partners who refuse us",
        )


def _chain(requirement: CertificateRequirement, facts: CertificateFacts) -> Iterator[Finding]:
    outside = requirement.interface is Interface.EXTERNAL
    issuer = facts.chain[-1] if facts.chain else facts.subject
    match facts.authority:
        case Authority.SELF_SIGNED:
            yield Finding(
                code=FindingCode.SELF_SIGNED,
                severity=Severity.ERROR if outside else Severity.WARNING,
                message="it is self-signed: only who was given this very certificate trusts it",
                remedy="Ask a public authority for one" if outside else "Let the internal authority issue it",
            )
        case Authority.PRIVATE if outside:
            yield Finding(
                code=FindingCode.PRIVATE_AUTHORITY,
                severity=Severity.WARNING,
                message=f"{issuer} is no public authority: every partner must be given its root certificate",
                remedy="Ask a public authority for a certificate that names every host",
            )
        case Authority.OPEN:
            yield _error(
                FindingCode.CHAIN_INCOMPLETE,
                f"its chain ends at {issuer}, whose issuer is neither in the file nor a known authority",
                "Append the intermediate certificates to the file, the certificate itself first",
            )
        case Authority.NOT_JUDGED:
            yield Finding(
                code=FindingCode.CHAIN_INCOMPLETE,
                severity=Severity.INFO,
                message=f"its chain ends at {issuer}; this machine knows no public authorities to judge it by",
                remedy="Install the system's authorities (ca-certificates), or look from the edge host",
            )
        case _:
            pass
    if outside and facts.authority is Authority.PUBLIC and not facts.crl_points:
        yield Finding(
            code=FindingCode.NO_REVOCATION_LIST,
            severity=Severity.INFO,
            message="it names no revocation list, which edges with KeepCrlsUpToDateForPeers ask for (C8)",
        )


def _error(code: FindingCode, message: str, remedy: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, message=message, remedy=remedy)
