"""The certificate files a configuration names, read and judged by what their interfaces need."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.probes.certificate_file import Roots, read_certificate, read_roots, system_roots
from edgeconsole.rules.requirements.certificate_lint import CertificateCheck, certificate_findings
from edgeconsole.rules.requirements.certificates import CertificateRequirement

_FILE = "file:"


def check_certificates(
    requirements: Sequence[CertificateRequirement], base: Path, now: datetime
) -> tuple[CertificateCheck, ...]:
    """Return what each interface's certificate is; relative paths start at `base`, the configuration's directory.

    What belongs to another product is left out. A file that cannot be read is a check with the reason.
    """
    system = system_roots()
    return tuple(_check(item, base, now, system) for item in requirements if not item.information)


def _check(requirement: CertificateRequirement, base: Path, now: datetime, system: Roots) -> CertificateCheck:
    path = _path(requirement.file, base)
    if path is None:
        return CertificateCheck(
            requirement=requirement, problem=_why_no_path(requirement), remedy='Name the file: "file:PATH"'
        )
    trust = _path(requirement.trust, base)
    try:
        facts = read_certificate(path, system=system, trusted=read_roots(trust) if trust else None)
    except EdgeconsoleError as error:
        return CertificateCheck(requirement=requirement, path=str(path), problem=error.message, remedy=error.remedy)
    findings = certificate_findings(requirement, facts, now)
    return CertificateCheck(requirement=requirement, path=str(path), facts=facts, findings=findings)


def _path(reference: str | None, base: Path) -> Path | None:
    return base / reference.removeprefix(_FILE) if reference and reference.startswith(_FILE) else None


def _why_no_path(requirement: CertificateRequirement) -> str:
    if requirement.file is None:
        return f"no certificate is set for the {requirement.interface.value} interface"
    kind = requirement.file.partition(":")[0]
    return f"the certificate is given by {kind}:, which only the proxy's own process can read"
