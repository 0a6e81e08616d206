"""What lint judges beyond the file: DNS as it answers here and now, and the names in our certificate."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from edgeconsole.model.configuration import Action, Configuration
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.evidence import SrvAnswer, SrvStatus
from edgeconsole.probes.certificate_file import read_certificate, system_roots
from edgeconsole.probes.dns import LookUps
from edgeconsole.rules.lint import LintFacts
from edgeconsole.rules.lint.dns import SERVICE
from edgeconsole.rules.requirements.compare import DnsAnswer, Question, misspellings
from edgeconsole.rules.requirements.records import RecordType

MOST_PARTNERS = 200
"""Partners whose records are looked up: a check must not look like an attack to the resolver."""

SECONDS = 10.0
"""For all questions of one round; what has not answered by then is not judged."""

_FILE = "file:"


async def lint_facts(configuration: Configuration, look_ups: LookUps, certificate: Path | None) -> LintFacts:
    """Return what DNS says of our domains and of the first partners, and the names in a certificate file."""
    ours = [domain.name for domain in configuration.sip_domains]
    partners = [domain.name for domain in configuration.domains if domain.action is Action.ALLOW]
    domains = {f"{SERVICE}.{name}": str(name) for name in (*ours, *partners[:MOST_PARTNERS])}
    answers = await _ask(look_ups, tuple(domains))
    missing = [name for name, answer in answers.items() if answer.status is SrvStatus.MISSING]
    wrong = {other: domains[name] for name in missing for other in misspellings(name, domains[name])}
    found = await _ask(look_ups, tuple(wrong))
    misspelt: dict[str, tuple[str, ...]] = {}
    for name, answer in found.items():
        if answer.status is SrvStatus.FOUND:
            misspelt[wrong[name]] = (*misspelt.get(wrong[name], ()), name)
    return LintFacts(
        srv={
            domains[name]: SrvAnswer(status=answer.status, records=answer.records, detail=answer.detail)
            for name, answer in answers.items()
        },
        misspelt_srv=misspelt,
        certificate_names=None if certificate is None else await asyncio.to_thread(_names, certificate),
    )


def certificate_path(configuration: Configuration, base: Path) -> Path | None:
    """Return the file of our external certificate; None where it is no file, or there is none."""
    reference = configuration.edge.certificate if configuration.edge else None
    return base / reference.removeprefix(_FILE) if reference and reference.startswith(_FILE) else None


def _names(path: Path) -> frozenset[str] | None:
    try:
        return frozenset(read_certificate(path, system=system_roots()).names)
    except EdgeconsoleError:
        # What this user may not read is not judged; edgeconsole certificates says why.
        return None


async def _ask(look_ups: LookUps, names: Sequence[str]) -> dict[str, DnsAnswer]:
    if not names:
        return {}
    asked = {name: asyncio.create_task(look_ups.ask(Question(name, RecordType.SRV))) for name in names}
    _, late = await asyncio.wait(asked.values(), timeout=SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return {name: task.result() for name, task in asked.items() if task not in late}
