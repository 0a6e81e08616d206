"""Our own side against what is required: listeners that take connections, records, certificates."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.names import HostPort
from edgeconsole.model.probe import Finding, Stage, StageResult
from edgeconsole.probes.connect import connect
from edgeconsole.probes.dns import LookUps
from edgeconsole.probes.own_certificates import check_certificates
from edgeconsole.probes.requirement_check import check_dns
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.probing.facts import ConnectOutcome
from edgeconsole.rules.probing.speaker import Speaker, result_of
from edgeconsole.rules.requirements.certificate_lint import CertificateCheck, FindingCode, Severity
from edgeconsole.rules.requirements.certificates import certificate_requirements
from edgeconsole.rules.requirements.compare import Comparison, RecordState
from edgeconsole.rules.requirements.dns import dns_requirements
from edgeconsole.rules.srv import WELL_KNOWN_PROVIDERS

_SECONDS = 2.0
_RECORDS = {
    RecordState.MISSING: "own.record_missing",
    RecordState.DIFFERS: "own.record_differs",
    RecordState.UNKNOWN: "own.record_unknown",
}
_NAMES = frozenset(code for code in FindingCode if code.value.startswith("missing-"))


class OwnSide:
    """Looks at the edge this configuration describes."""

    def __init__(self, configuration: Configuration, base: Path, *, resolver: str, at_edge: bool) -> None:
        self._configuration = configuration
        self._base = base
        self._resolver = resolver
        self._at_edge = at_edge
        """Whether this is the edge's own host: only there its listeners are ours to try."""

    async def look(self, speaker: Speaker, now: datetime) -> tuple[list[StageResult], list[Finding]]:
        """Return the stages and what is wrong."""
        if self._configuration.edge is None:
            missing = speaker.say("own.no_edge")
            return [result_of(Stage.DNS, (missing,))], [missing]
        records, listeners = await asyncio.gather(self._records(speaker, now), self._listeners(speaker))
        certificates = await asyncio.to_thread(self._certificates, speaker, now)
        names = [each for each in certificates if each.stage is Stage.NAME]
        others = [each for each in certificates if each.stage is not Stage.NAME]
        results = [result_of(Stage.DNS, records, why="every required record stands")]
        if self._at_edge:
            results.append(result_of(Stage.TCP, listeners, why="every listener takes connections"))
        results.append(result_of(Stage.CERTIFICATE, others, why="every certificate serves"))
        results.append(result_of(Stage.NAME, names, why="every required name is there"))
        return results, [*records, *listeners, *certificates]

    async def _records(self, speaker: Speaker, now: datetime) -> list[Finding]:
        required = dns_requirements(self._configuration, now)
        compared = await check_dns(required, LookUps(self._resolver))
        failing = [each for each in compared if each.failing and not each.requirement.optional]
        found = [_record(speaker, each, self._concerned(each.requirement.name)) for each in failing]
        index = RuleIndex.compile(self._configuration, now)
        if index.next_hop is None:
            found.append(speaker.say("config.no_next_hop"))
        if index.shared is None:
            found += _left_over(speaker, compared)
        return found

    def _concerned(self, name: str) -> str:
        """Return the name that a finding about a name is about; the edge's own name concerns all our domains."""
        edge = self._configuration.edge
        return "" if edge is not None and name == edge.fqdn else name

    async def _listeners(self, speaker: Speaker) -> list[Finding]:
        edge = self._configuration.edge
        if edge is None or not self._at_edge:
            return []
        listeners = (
            ("SIP", edge.sip_listen),
            ("internal SIP", edge.internal_listen),
            ("XMPP", edge.xmpp_listen),
            ("internal XMPP", edge.xmpp_internal_listen),
        )
        tried = [self._listener(speaker, what, where) for what, where in listeners if where is not None and where.port]
        return [each for each in await asyncio.gather(*tried) if each is not None]

    async def _listener(self, speaker: Speaker, what: str, where: HostPort) -> Finding | None:
        # The configuration names the address itself, so no rule for addresses from DNS applies.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(where.host, where.host)  # noqa: S104 compared, not bound
        facts, plain = await connect(host, where.port, _SECONDS)
        if plain is not None:
            plain.close()
        if facts.outcome is ConnectOutcome.OPEN:
            return None
        words = {"what": what, "address": where.with_port(), "port": where.port, "how": facts.outcome.value}
        return speaker.say("own.listener_closed", **words)

    def _certificates(self, speaker: Speaker, now: datetime) -> list[Finding]:
        required = certificate_requirements(self._configuration, now)
        checks = check_certificates(required, self._base, now)
        return [each for check in checks for each in self._judged(speaker, check)]

    def _judged(self, speaker: Speaker, check: CertificateCheck) -> list[Finding]:
        interface = check.requirement.interface.value
        if check.facts is None:
            remedy = check.remedy or "See edgeconsole requirements certificates"
            return [speaker.say("own.certificate_unreadable", interface=interface, words=check.problem, remedy=remedy)]
        found = []
        for each in check.findings:
            if each.severity is not Severity.INFO:
                bad = each.severity is Severity.ERROR
                code = "own.certificate_bad" if bad else "own.certificate_doubtful"
                code = "own.name_missing" if bad and each.code in _NAMES else code
                # Only a name that is missing concerns the domain it belongs to; else it is the certificate of all.
                about = self._concerned(each.name) if code == "own.name_missing" else ""
                said = speaker.say(code, interface=interface, words=each.message, remedy=each.remedy)
                found.append(replace(said, about=about))
        return found


def _record(speaker: Speaker, item: Comparison, about: str) -> Finding:
    need = item.requirement
    publish = "; ".join(f"`{line}`" for line in item.publish) or f"`{need.name}. IN {need.type.value} {need.value}`"
    words = item.words or item.state.value
    said = speaker.say(_RECORDS[item.state], name=need.name, kind=need.type.value, words=words, publish=publish)
    return replace(said, about=about)


def _left_over(speaker: Speaker, compared: Sequence[Comparison]) -> list[Finding]:
    """Return findings for SRV records of ours that lead into a hoster's cloud although nobody shares our domains."""
    found = []
    for item in compared:
        if item.requirement.name.startswith("_sipfederationtls."):
            cloud = next((host for host in WELL_KNOWN_PROVIDERS if any(host in text for text in item.found)), "")
            if cloud:
                domain = item.requirement.origin
                found.append(replace(speaker.say("config.split_domain", domain=domain, host=cloud), about=domain))
    return list({each.what: each for each in found}.values())
