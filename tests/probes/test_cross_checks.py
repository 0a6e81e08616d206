"""What was found against what is configured, and what a target's settings call right."""

import msgspec
import pytest

from edgeconsole.lab.nameserver import Record
from edgeconsole.model.configuration import AccessEdge, Configuration, HostingProvider, Policy
from edgeconsole.model.domains import FederatedDomain
from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.probe import ProbeKind, Severity, Stage, StageState
from edgeconsole.model.probe_settings import Expectation, ProbeTargetSettings
from edgeconsole.model.terms import Action, Verification
from edgeconsole.probes.targets import ProbeTarget, target_for, targets_of
from tests.probes.peers import OK, World, answering, codes, describe, hanging_up, server_context, silent
from tests.probes.pki import Pki

SRV = "_sipfederationtls._tcp.partner.example"
CLOUD = "sipfed.online.lync.com"
SIP = ProbeTarget(name="partner.example", kind=ProbeKind.SIP)


def provider(**changes: object) -> HostingProvider:
    values: dict[str, object] = {
        "name": "Cloud", "proxy_fqdn": HostPort(CLOUD), "enabled": True, "verification": Verification.USE_SOURCE,
    }  # fmt: skip
    return HostingProvider(**(values | changes))  # type: ignore[arg-type]


def pinned(host: str, name: str = "partner.example") -> FederatedDomain:
    return FederatedDomain(name=DomainName(name), action=Action.ALLOW, access_edge=HostPort(host))


OFF = AccessEdge(federation=False)
ON = AccessEdge(federation=True)
FINDS = AccessEdge(federation=True, partner_discovery=True)
CLOUD_RECORD = Record(SRV, "SRV", f"0 0 5061 {CLOUD}.", 3600)
MOVED = Record(SRV, "SRV", "0 0 5061 sip.moved.example.", 3600)

CHECKS: dict[str, tuple[str, str, str, dict[str, object], tuple[Record, ...]]] = {
    "federation off": (
        "partner.example", "config.federation_off", "access_edge.federation = true", {"access_edge": OFF}, (),
    ),
    "no policy allows": (
        "partner.example", "config.policy_off", "policies set global federation=true",
        {"policies": (Policy(id="user:Sales"),)}, (),
    ),
    "not listed, discovery off": ("other.example", "config.not_listed", "domains allow other.example", {}, ()),
    "would be discovered": ("other.example", "config.discovered", "lifts the limits", {"access_edge": FINDS}, ()),
    "blocked": (
        "sip:partner.example", "config.blocked", "domains remove partner.example",
        {"domains": (FederatedDomain(name=DomainName("partner.example"), action=Action.BLOCK),)}, (),
    ),
    "no XMPP partner": ("xmpp:other.example", "config.not_listed_xmpp", "partners add xmpp other.example", {}, ()),
    "pin is stale": (
        "partner.example", "config.pin_stale", "--access-edge sip.moved.example",
        {"domains": (pinned("sip.partner.example"),)}, (MOVED,),
    ),
    "no provider": ("partner.example", "config.provider_missing", f"proxy_fqdn={CLOUD}", {}, (CLOUD_RECORD,)),
    "provider disabled": (
        "partner.example", "config.provider_disabled", "partners set hosting Cloud enabled=true",
        {"hosting_providers": (provider(enabled=False),)}, (CLOUD_RECORD,),
    ),
    "provider and server": (
        "partner.example", "config.provider_and_server", "or remove the provider",
        {
            "hosting_providers": (provider(proxy_fqdn=HostPort("sip.partner.example")),),
            "domains": (pinned("sip.partner.example"),),
        }, (),
    ),
    "no next hop": ("partner.example", "config.no_next_hop", "edge.next_hop", {"edge": None}, ()),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
async def test_a_contradiction_with_the_configuration_is_told(lab: World, name: str) -> None:
    typed, code, fix, changes, records = CHECKS[name]
    lab.records(*records)
    configuration = lab.configuration(**changes)
    result = await lab.probe(target_for(configuration, typed), configuration)
    found = {finding.code: finding for finding in result.findings}
    assert code in found, describe(result)
    assert fix in found[code].fix
    assert result.severity in (Severity.CRITICAL, Severity.WARNING)


async def test_an_enabled_provider_may_speak_for_any_domain(lab: World) -> None:
    lab.records(CLOUD_RECORD)
    result = await lab.probe(SIP, lab.configuration(hosting_providers=(provider(),)))
    assert not {"srv.other_domain", "config.provider_missing"} & codes(result)


async def test_a_pinned_partner_needs_no_record(lab: World) -> None:
    port = await lab.serve(answering(), server_context(lab.pki.issue("sip.partner.example"), trust=lab.pki.trust))
    lab.records(Record("sip.partner.example", "A", "127.0.0.1"))
    domain = FederatedDomain(
        name=DomainName("partner.example"), action=Action.ALLOW, access_edge=HostPort("sip.partner.example", port)
    )
    configuration = lab.configuration(domains=(domain,))
    result = await lab.probe(target_for(configuration, "partner.example"), configuration)
    assert result.severity is Severity.OK, describe(result)
    assert "srv.absent" in codes(result)


async def _absent(lab: World) -> None:
    lab.records(Record(SRV, "SRV", "0 0 0 .", 3600))


async def _closed(lab: World) -> None:
    lab.sip_record(1)


async def _untrusted(lab: World) -> None:
    strange = Pki(lab.directory, "Strange").issue("sip.partner.example")
    lab.sip_record(await lab.serve(answering(), server_context(strange)))


async def _rejecting(lab: World) -> None:
    lab.sip_record(
        await lab.serve(hanging_up, server_context(lab.pki.issue("sip.partner.example"), trust=lab.pki.trust))
    )


async def _forbidding(lab: World) -> None:
    context = server_context(lab.pki.issue("sip.partner.example"), trust=lab.pki.trust)
    lab.sip_record(await lab.serve(answering(OK.replace("200 OK", "403 Forbidden")), context))


async def _working(lab: World) -> None:
    context = server_context(lab.pki.issue("sip.partner.example"), trust=lab.pki.trust)
    lab.sip_record(await lab.serve(answering(), context))


async def _silent(lab: World) -> None:
    lab.sip_record(await lab.serve(silent, server_context(lab.pki.issue("sip.partner.example"), trust=lab.pki.trust)))


MET = {
    "absent": (Expectation.ABSENT, _absent),
    "closed": (Expectation.CLOSED, _closed),
    "untrusted": (Expectation.UNTRUSTED, _untrusted),
    "rejected by hanging up": (Expectation.REJECTED, _rejecting),
    "rejected by 403": (Expectation.REJECTED, _forbidding),
    "rejected by silence": (Expectation.REJECTED, _silent),
}


@pytest.mark.parametrize("name", MET)
async def test_an_expected_failure_is_ok_and_says_so(lab: World, name: str) -> None:
    expectation, prepare = MET[name]
    await prepare(lab)
    result = await lab.probe(msgspec.structs.replace(SIP, expect=expectation))
    assert result.severity is Severity.OK, describe(result)
    assert any(finding.expected for finding in result.findings)
    assert result.summary.startswith("as expected")
    assert StageState.FAILED not in {each.state for each in result.stages}


@pytest.mark.parametrize("expectation", [each for each in Expectation if each is not Expectation.WORKS])
async def test_a_service_that_works_against_expectation_is_critical(lab: World, expectation: Expectation) -> None:
    await _working(lab)
    result = await lab.probe(msgspec.structs.replace(SIP, expect=expectation))
    assert "expect.not_met" in codes(result)
    assert result.severity is Severity.CRITICAL


async def test_what_could_not_be_told_is_not_held_against_an_expectation(lab: World) -> None:
    target = ProbeTarget(name="unknown.invalid", kind=ProbeKind.SIP, expect=Expectation.ABSENT)
    result = await lab.probe(target)
    assert result.severity is Severity.UNKNOWN
    assert "expect.not_met" not in codes(result)


def test_targets_are_what_the_configuration_lets_in(lab: World) -> None:
    configuration = lab.configuration(
        domains=(pinned("sip.partner.example"), FederatedDomain(name=DomainName("bad.example"), action=Action.BLOCK)),
        hosting_providers=(provider(), provider(name="Off", proxy_fqdn=HostPort("off.example"), enabled=False)),
        probe_targets=(
            ProbeTargetSettings(name=DomainName("partner.example"), kind=ProbeKind.SIP, expect=Expectation.REJECTED),
            ProbeTargetSettings(name=DomainName("partner.example"), kind=ProbeKind.XMPP, skip=True),
            ProbeTargetSettings(name=DomainName("canary.example"), pins=("AB:" * 31 + "CD",)),
        ),
    )
    found = {target.key: target for target in targets_of(configuration)}
    assert set(found) == {
        "ours sip.contoso.example", "sip partner.example", f"sip {CLOUD}", "sip canary.example",
    }  # fmt: skip
    assert found["sip partner.example"].expect is Expectation.REJECTED
    assert found["sip canary.example"].pins == ("ab" * 31 + "cd",)


TYPED = {
    "stranger.example": ("sip stranger.example", None),
    "Stranger.Example.": ("sip stranger.example", None),
    "sip.stranger.example:5061": ("sip sip.stranger.example", HostPort("sip.stranger.example", 5061)),
    "xmpp.stranger.example:5269": ("xmpp xmpp.stranger.example", HostPort("xmpp.stranger.example", 5269)),
    "xmpp:stranger.example": ("xmpp stranger.example", None),
    "stun:av.stranger.example": ("stun av.stranger.example", HostPort("av.stranger.example", 3478)),
    "xmpp:partner.example": ("xmpp partner.example", None),
    "bücher.example": ("sip xn--bcher-kva.example", None),
}


@pytest.mark.parametrize("typed", TYPED)
def test_what_an_operator_types_is_a_target(typed: str, lab: World) -> None:
    target = target_for(lab.configuration(), typed)
    assert (target.key, target.access_edge) == TYPED[typed]


@pytest.mark.parametrize(
    "typed", ["127.0.0.1", "127.0.0.1:5061", "[::1]:5061", "sip:10.0.0.1", "", "a b", "x:99999", "localhost"]
)
def test_what_names_nothing_is_refused_with_a_reason(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        target_for(Configuration(), typed)
    assert refused.value.message


async def test_our_own_side_is_held_against_what_is_required(lab: World) -> None:
    configuration = lab.configuration()
    edge = configuration.edge
    assert edge is not None
    listening = await lab.serve(hanging_up)
    edge = msgspec.structs.replace(
        edge, sip_listen=HostPort("127.0.0.1", listening), xmpp_listen=HostPort("127.0.0.1", 1), members=("127.0.0.1",)
    )
    configuration = lab.configuration(edge=edge)
    ours = next(target for target in targets_of(configuration) if target.kind is ProbeKind.OURS)
    result = await lab.probe(ours, configuration)
    found = {finding.code: finding for finding in result.findings}
    assert {"own.record_missing", "own.listener_closed"} <= set(found), describe(result)
    assert "_sipfederationtls._tcp.contoso.example" in " ".join(each.fix for each in result.findings)
    assert "XMPP listener at 127.0.0.1:1" in found["own.listener_closed"].what
    missing = {each.about for each in result.findings if each.code == "own.record_missing"}
    assert "_sipfederationtls._tcp.contoso.example" in missing
    assert edge.fqdn not in missing, "the edge's own name concerns every domain"
    assert found["own.listener_closed"].about == ""
    assert [each.stage for each in result.stages] == [Stage.DNS, Stage.TCP, Stage.CERTIFICATE, Stage.NAME]


async def test_a_left_over_record_of_ours_in_the_cloud_is_told(lab: World) -> None:
    lab.records(Record("_sipfederationtls._tcp.contoso.example", "SRV", f"100 1 5061 {CLOUD}.", 3600))
    configuration = lab.configuration()
    ours = next(target for target in targets_of(configuration) if target.kind is ProbeKind.OURS)
    assert "config.split_domain" in codes(await lab.probe(ours, configuration))


async def test_a_configuration_without_an_edge_says_so(lab: World) -> None:
    result = await lab.probe(ProbeTarget(name="x.example", kind=ProbeKind.OURS), Configuration())
    assert result.severity is Severity.UNKNOWN
    assert codes(result) == {"own.no_edge"}


async def test_progress_is_told_in_the_order_of_the_stages(lab: World) -> None:
    await _working(lab)
    told: list[tuple[Stage, str]] = []
    prober = lab.prober()
    try:
        await prober.probe(SIP, progress=lambda result, endpoint: told.append((result.stage, endpoint)))
    finally:
        await prober.close()
    assert [stage for stage, _ in told] == [
        Stage.DNS, Stage.ADDRESS, Stage.TCP, Stage.TLS, Stage.CERTIFICATE, Stage.NAME, Stage.CLIENT_CERTIFICATE,
        Stage.APPLICATION,
    ]  # fmt: skip
    assert told[0][1] == ""
    assert told[2][1].startswith("sip.partner.example:")


async def test_an_own_fault_is_a_result(lab: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    prober = lab.prober()
    monkeypatch.setattr(prober._finder, "find", broken)
    try:
        result = await prober.probe(SIP)
    finally:
        await prober.close()
    assert result.severity is Severity.UNKNOWN
    assert codes(result) == {"probe.internal"}
    assert "secret" not in str(msgspec.json.encode(result))
