"""Facts that no loopback peer can make: every outcome has its finding, and addresses add up to a target."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from edgeconsole.model.probe import Endpoint, Finding, ProbeKind, Severity, Stage, StageResult, StageState
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.probes.ladder import Place
from edgeconsole.rules.probing.facts import ConnectFacts, ConnectOutcome, SrvTarget, TlsFacts, TlsOutcome, Trust
from edgeconsole.rules.probing.judge_certificate import judge_certificate
from edgeconsole.rules.probing.judge_dns import first_choice
from edgeconsole.rules.probing.judge_transport import judge_connect, judge_handshake
from edgeconsole.rules.probing.roll_up import roll_up
from edgeconsole.rules.probing.speaker import Speaker
from tests.probes.test_names import certificate

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TARGET = ProbeTarget(name="partner.example", kind=ProbeKind.SIP)
PLACE = Place("sip.partner.example", 5061, "8.8.8.8")
SPEAKER = Speaker({"domain": "partner.example", "own": "sip.contoso.example", "own_issuer": "CA"})
HERE = SPEAKER.at(PLACE.id, **PLACE.words())


def codes(findings: tuple[Finding, ...]) -> set[str]:
    return {each.code for each in findings}


@pytest.mark.parametrize(
    ("outcome", "code", "severity"),
    [
        (ConnectOutcome.REFUSED, "tcp.refused", Severity.CRITICAL),
        (ConnectOutcome.RESET, "tcp.reset", Severity.CRITICAL),
        (ConnectOutcome.TIMEOUT, "tcp.timeout", Severity.CRITICAL),
        (ConnectOutcome.UNREACHABLE, "tcp.unreachable", Severity.CRITICAL),
        (ConnectOutcome.NO_ROUTE, "tcp.no_route", Severity.UNKNOWN),
        (ConnectOutcome.DENIED, "address.private", Severity.CRITICAL),
        (ConnectOutcome.PORT_DENIED, "tcp.port_not_used", Severity.UNKNOWN),
    ],
)
def test_every_way_not_to_connect_has_its_own_finding(outcome: ConnectOutcome, code: str, severity: Severity) -> None:
    found = judge_connect(HERE, ConnectFacts(outcome=outcome), seconds=4)
    assert [(each.code, each.severity) for each in found] == [(code, severity)]


def test_a_connection_that_opens_has_none() -> None:
    assert judge_connect(HERE, ConnectFacts(outcome=ConnectOutcome.OPEN), seconds=4) == ()


@pytest.mark.parametrize("trust", [each for each in Trust if each not in (Trust.VERIFIED, Trust.NONE)])
def test_every_verdict_on_a_chain_that_is_not_believed_is_critical(trust: Trust) -> None:
    facts = TlsFacts(outcome=TlsOutcome.UNVERIFIED, trust=trust, chain=(certificate("sip.partner.example"),))
    assert any(each.severity is Severity.CRITICAL for each in judge_certificate(HERE, TARGET, facts, NOW))


def test_sha_1_is_told_whoever_believes_it() -> None:
    leaf = msgspec.structs.replace(certificate("sip.partner.example"), signature="sha1")
    facts = TlsFacts(outcome=TlsOutcome.AGREED, trust=Trust.VERIFIED, chain=(leaf,))
    assert "cert.weak_hash" in codes(judge_certificate(HERE, TARGET, facts, NOW))


@pytest.mark.parametrize(
    ("life", "left", "code"),
    [
        (365, 31, None), (365, 29, "cert.expires_soon"), (365, 13, "cert.expires"), (365, 2, "cert.expires_now"),
        (365, -1, "cert.expired"), (6, 5, None), (6, 1.5, "cert.expires_soon"), (6, 0.9, "cert.expires"),
        (6, 0.2, "cert.expires_now"), (47, 16, None),
    ],
)  # fmt: skip
def test_notice_of_the_end_comes_by_days_and_by_parts_of_a_short_life(
    life: float, left: float, code: str | None
) -> None:
    ends = NOW + timedelta(days=left)
    leaf = msgspec.structs.replace(
        certificate("sip.partner.example"), not_before=ends - timedelta(days=life), not_after=ends
    )
    facts = TlsFacts(outcome=TlsOutcome.AGREED, trust=Trust.VERIFIED, chain=(leaf,))
    told = {each for each in codes(judge_certificate(HERE, TARGET, facts, NOW)) if "expire" in each}
    assert told == ({code} if code else set())


@pytest.mark.parametrize(
    ("version", "cipher", "weak"),
    [
        ("TLSv1.3", "TLS_AES_128_GCM_SHA256", False), ("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", False),
        ("TLSv1.2", "AES128-SHA", True), ("TLSv1.2", "ECDHE-RSA-DES-CBC3-SHA", True), ("TLSv1.2", "RC4-SHA", True),
    ],
)  # fmt: skip
def test_a_suite_without_forward_secrecy_is_weak(version: str, cipher: str, weak: bool) -> None:
    facts = TlsFacts(outcome=TlsOutcome.AGREED, version=version, cipher=cipher)
    assert ("tls.cipher_weak" in codes(judge_handshake(HERE, facts, seconds=5))) is weak


def test_the_first_choice_is_an_access_edges_and_not_that_of_rfc_2782() -> None:
    records = (SrvTarget(10, 99, 1, "c"), SrvTarget(5, 1, 1, "b"), SrvTarget(5, 7, 1, "a"), SrvTarget(5, 7, 1, "z"))
    assert first_choice(records).target == "a"


def endpoint(host: str, state: StageState, *, priority: int = 0, address: str = "8.8.8.8", code: str = "") -> Endpoint:
    tcp = StageResult(stage=Stage.TCP, state=state, code=code)
    after = StageState.OK if state is StageState.OK else StageState.SKIPPED
    return Endpoint(
        id=f"{host}:5061/{address}", host=host, port=5061, address=address, priority=priority,
        stages=(tcp, StageResult(stage=Stage.TLS, state=after)),
    )  # fmt: skip


def rolled(*endpoints: Endpoint, kind: ProbeKind = ProbeKind.SIP) -> tuple[Severity, set[str]]:
    target = msgspec.structs.replace(TARGET, kind=kind)
    found = roll_up(SPEAKER, target, first=(), endpoints=endpoints, findings=(), name="_srv")
    return found.severity, codes(found.findings)


GOOD, BAD, UNKNOWN = StageState.OK, StageState.FAILED, StageState.UNKNOWN


def test_a_dead_backup_is_a_warning() -> None:
    severity, told = rolled(endpoint("a.x", GOOD), endpoint("b.x", BAD, priority=10))
    assert severity is Severity.WARNING
    assert told == {"target.some_addresses"}


def test_a_dead_first_choice_is_critical_for_an_access_edge_whatever_the_backup_does() -> None:
    severity, told = rolled(endpoint("a.x", BAD), endpoint("b.x", GOOD, priority=10))
    assert severity is Severity.CRITICAL
    assert "target.first_choice_dead" in told


def test_a_dead_first_choice_is_a_warning_for_xmpp_which_tries_the_next() -> None:
    severity, _ = rolled(endpoint("a.x", BAD), endpoint("b.x", GOOD, priority=10), kind=ProbeKind.XMPP)
    assert severity is Severity.WARNING


def test_all_addresses_dead_is_critical() -> None:
    assert rolled(endpoint("a.x", BAD), endpoint("a.x", BAD, address="1.1.1.1"))[0] is Severity.CRITICAL


def test_an_address_this_host_has_no_route_to_says_nothing_where_another_answers() -> None:
    six = endpoint("a.x", UNKNOWN, address="2606:4700::1", code="tcp.no_route")
    assert rolled(endpoint("a.x", GOOD), six)[0] is Severity.OK
    assert rolled(six)[0] is Severity.UNKNOWN


@pytest.mark.parametrize("stages", [(), (StageResult(stage=Stage.DNS, state=StageState.SKIPPED),)])
def test_a_run_that_looked_at_nothing_is_not_known_and_never_well(stages: tuple[StageResult, ...]) -> None:
    target = ProbeTarget(name="partner.example", kind=ProbeKind.SIP)
    assert roll_up(SPEAKER, target, first=stages, endpoints=(), findings=()).severity is Severity.UNKNOWN


def test_one_stage_that_could_not_be_told_makes_the_whole_unknown_and_a_critical_one_goes_before() -> None:
    target = ProbeTarget(name="partner.example", kind=ProbeKind.SIP)
    good = StageResult(stage=Stage.DNS, state=StageState.OK)
    untold = StageResult(stage=Stage.ADDRESS, state=StageState.UNKNOWN)
    failed = StageResult(stage=Stage.TCP, state=StageState.FAILED)
    assert roll_up(SPEAKER, target, first=(good, untold), endpoints=(), findings=()).severity is Severity.UNKNOWN
    assert roll_up(SPEAKER, target, first=(good, untold, failed), endpoints=(), findings=()).severity is (
        Severity.CRITICAL
    )
