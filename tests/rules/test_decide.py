"""Every row of the decision, both directions; explain and decide agree on all of them."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.model.configuration import AccessEdge, Action, Configuration, Edge, FederatedDomain, SipDomain
from edgeconsole.model.evidence import Evidence, SrvAnswer, SrvRecord, SrvStatus
from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.verdict import CheckId, Direction, PartnerClass, Reason, StepResult, VerdictKind
from edgeconsole.rules.decide import decide
from edgeconsole.rules.diagnostics import answer_for
from edgeconsole.rules.explain import explain
from edgeconsole.rules.index import RuleIndex

OURS, FABRIKAM = DomainName("contoso.example"), DomainName("fabrikam.example")
IN, OUT = Direction.INBOUND, Direction.OUTBOUND


def index(*domains: FederatedDomain, federation: bool = True, discovery: bool = False) -> RuleIndex:
    return RuleIndex.compile(
        Configuration(
            edge=Edge(fqdn=DomainName("sip.contoso.example"), next_hop=HostPort("pool.int.contoso.example")),
            access_edge=AccessEdge(federation=federation, partner_discovery=discovery),
            sip_domains=(SipDomain(name=OURS),),
            domains=domains,
        )
    )


def allow(name: str, access_edge: str | None = None) -> FederatedDomain:
    pinned = HostPort(access_edge) if access_edge else None
    return FederatedDomain(name=DomainName(name), action=Action.ALLOW, access_edge=pinned)


def block(name: str) -> FederatedDomain:
    return FederatedDomain(name=DomainName(name), action=Action.BLOCK)


def srv(*targets: str, status: SrvStatus = SrvStatus.FOUND) -> SrvAnswer:
    return SrvAnswer(status=status, records=tuple(SrvRecord(target=target) for target in targets))


def seen(*targets: str, names: tuple[str, ...] | None = None, status: SrvStatus = SrvStatus.FOUND) -> Evidence:
    answer = srv(*targets, status=status)
    return Evidence(srv=answer, peer_names=frozenset(targets if names is None else names))


GOOD = seen("sip.fabrikam.example")
MISSING = seen(status=SrvStatus.MISSING)
DOWN = seen(status=SrvStatus.UNAVAILABLE)

# rules, direction, sender, recipient, evidence, reason (None: allowed), federation type
ROWS = [
    (index(allow(FABRIKAM)), IN, FABRIKAM, OURS, GOOD, None, PartnerClass.ALLOWED_DOMAIN),
    (index(allow(FABRIKAM)), OUT, OURS, FABRIKAM, GOOD, None, PartnerClass.ALLOWED_DOMAIN),
    (index(allow(FABRIKAM), federation=False), IN, FABRIKAM, OURS, GOOD, Reason.FEDERATION_OFF, None),
    (index(allow(FABRIKAM), federation=False), OUT, OURS, FABRIKAM, GOOD, Reason.FEDERATION_OFF, None),
    (index(), IN, FABRIKAM, OURS, GOOD, Reason.NOT_LISTED, PartnerClass.NOT_LISTED),
    (index(), OUT, OURS, FABRIKAM, GOOD, Reason.NOT_LISTED, PartnerClass.NOT_LISTED),
    (index(discovery=True), IN, FABRIKAM, OURS, GOOD, None, PartnerClass.DISCOVERED),
    (index(discovery=True), OUT, OURS, FABRIKAM, GOOD, None, PartnerClass.DISCOVERED),
    (index(block(FABRIKAM), discovery=True), IN, FABRIKAM, OURS, GOOD, Reason.BLOCKED, PartnerClass.BLOCKED),
    (index(block(FABRIKAM), discovery=True), OUT, OURS, FABRIKAM, GOOD, Reason.BLOCKED, PartnerClass.BLOCKED),
    # nobody outside speaks for us, and we relay for nobody else
    (index(allow(FABRIKAM)), IN, OURS, OURS, GOOD, Reason.SENDER_IS_OURS, None),
    (index(allow(FABRIKAM)), IN, FABRIKAM, "other.example", GOOD, Reason.RECIPIENT_NOT_OURS, None),
    (index(allow(FABRIKAM)), OUT, "other.example", FABRIKAM, GOOD, Reason.SENDER_NOT_OURS, None),
    (index(allow(FABRIKAM)), OUT, OURS, OURS, GOOD, Reason.RECIPIENT_IS_OURS, None),
    # DNS
    (index(allow(FABRIKAM)), IN, FABRIKAM, OURS, MISSING, Reason.SRV_MISSING, None),
    (index(allow(FABRIKAM)), OUT, OURS, FABRIKAM, MISSING, Reason.SRV_MISSING, None),
    (index(allow(FABRIKAM)), IN, FABRIKAM, OURS, DOWN, Reason.SRV_UNAVAILABLE, None),
    (index(allow(FABRIKAM)), OUT, OURS, FABRIKAM, DOWN, Reason.SRV_UNAVAILABLE, None),
    (index(discovery=True), IN, FABRIKAM, OURS, MISSING, Reason.SRV_MISSING, None),
    # R2: one label below the domain, no more and no other domain
    (index(allow(FABRIKAM)), OUT, OURS, FABRIKAM, seen("sip.it.fabrikam.example"), Reason.SRV_TARGET, None),
    (index(allow(FABRIKAM)), OUT, OURS, FABRIKAM, seen("sip.fabrikam-edge.example"), Reason.SRV_TARGET, None),
    (index(allow(FABRIKAM)), IN, FABRIKAM, OURS, seen("sip.evil.example"), Reason.SRV_TARGET, None),
    (index(allow(FABRIKAM)), IN, FABRIKAM, OURS, seen("evilfabrikam.example"), Reason.SRV_TARGET, None),
    # who the peer is
    (index(allow(FABRIKAM)), IN, FABRIKAM, OURS, seen("sip.fabrikam.example", names=("sip.evil.example",)), Reason.PEER_NAME, None),
    (index(allow(FABRIKAM)), OUT, OURS, FABRIKAM, seen("sip.fabrikam.example", names=("*.fabrikam.example",)), Reason.PEER_NAME, None),
    (index(allow(FABRIKAM)), IN, FABRIKAM, OURS, seen("sip.fabrikam.example", names=()), Reason.PEER_NAME, None),
    (index(allow(FABRIKAM)), IN, FABRIKAM, OURS, seen("sip.fabrikam.example", names=(FABRIKAM,)), None, None),
    # a pinned Access Edge: DNS is not asked, and only that host speaks for the domain
    (index(allow(FABRIKAM, "edge.host.example")), IN, FABRIKAM, OURS, seen(names=("edge.host.example",), status=SrvStatus.MISSING), None, PartnerClass.ALLOWED_SERVER),
    (index(allow(FABRIKAM, "edge.host.example")), IN, FABRIKAM, OURS, GOOD, Reason.PEER_NAME, PartnerClass.ALLOWED_SERVER),
    (index(allow(FABRIKAM, "edge.host.example")), IN, FABRIKAM, OURS, seen(names=(FABRIKAM,)), Reason.PEER_NAME, None),
    (index(allow(FABRIKAM, "edge.host.example")), OUT, OURS, FABRIKAM, seen(names=("edge.host.example",)), None, None),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "direction", "sender", "recipient", "evidence", "reason", "kind"), ROWS)
def test_a_row_of_the_decision(rules, direction, sender, recipient, evidence, reason, kind) -> None:
    outcome = decide(rules, direction, sender, recipient, evidence)
    assert outcome.reason is reason
    assert outcome.allowed is (reason is None)
    if kind is not None:
        assert outcome.partner_class is kind
    if reason is not None:
        assert answer_for(reason, direction).status in (403, 504)


@pytest.mark.parametrize(("rules", "direction", "sender", "recipient", "evidence", "reason", "kind"), ROWS)
def test_the_explanation_ends_where_the_decision_did(
    rules, direction, sender, recipient, evidence, reason, kind
) -> None:
    outcome = decide(rules, direction, sender, recipient, evidence)
    told = explain(rules, direction, sender, recipient, evidence, lambda *place: "federation.toml:1")
    assert (told.verdict, told.decided_by, told.partner_class) == (
        outcome.verdict,
        outcome.decided_by,
        outcome.partner_class,
    )
    stopped = [step for step in told.steps if step.result in (StepResult.DENY, StepResult.FAIL)]
    assert [step.check for step in stopped] == ([] if reason is None else [outcome.decided_by])
    assert all(step.why and step.rule for step in told.steps)
    assert all(step.code for step in stopped)


@pytest.mark.parametrize(
    ("rules", "name", "kind"),
    [
        # overlaps no source decides; the choices of docs/rules.md 2.3
        ((block("contoso.test"), allow("it.contoso.test")), "it.contoso.test", PartnerClass.BLOCKED),
        ((allow("contoso.test"), block("it.contoso.test")), "it.contoso.test", PartnerClass.BLOCKED),
        ((allow("contoso.test"), block("it.contoso.test")), "hr.contoso.test", PartnerClass.ALLOWED_DOMAIN),
        ((allow("contoso.test"), allow("it.contoso.test", "x.host.example")), "it.contoso.test", PartnerClass.ALLOWED_SERVER),
        ((allow("contoso.test", "x.host.example"), allow("it.contoso.test")), "a.it.contoso.test", PartnerClass.ALLOWED_DOMAIN),
        ((block("contoso.test"),), "evilcontoso.test", PartnerClass.NOT_LISTED),
        ((allow("contoso.test"),), "evilcontoso.test", PartnerClass.NOT_LISTED),
    ],
)  # fmt: skip
def test_overlapping_rules_block_first_then_the_most_specific(rules, name, kind) -> None:
    assert decide(index(*rules), IN, name, OURS, Evidence()).partner_class is kind
    assert decide(index(*reversed(rules)), IN, name, OURS, Evidence()).partner_class is kind


def test_what_was_not_looked_at_never_counts_as_passed() -> None:
    outcome = decide(index(allow(FABRIKAM)), OUT, OURS, FABRIKAM, Evidence())
    assert outcome.allowed
    assert not outcome.complete
    told = explain(index(allow(FABRIKAM)), OUT, OURS, FABRIKAM, Evidence(), lambda *place: "")
    unknown = {step.check for step in told.steps if step.result is StepResult.NOT_RUN}
    assert unknown == {CheckId.SRV, CheckId.PROVIDER, CheckId.SRV_TARGET, CheckId.NEXT_HOP, CheckId.PEER_NAME}


def test_outbound_goes_to_the_lowest_priority_then_the_highest_weight_then_the_first() -> None:
    records = (
        SrvRecord(target="c.fabrikam.example", priority=10, weight=5),
        SrvRecord(target="a.fabrikam.example", priority=5, weight=1),
        SrvRecord(target="b.fabrikam.example", priority=5, weight=9, port=5062),
        SrvRecord(target="d.fabrikam.example", priority=5, weight=9),
    )
    evidence = Evidence(srv=SrvAnswer(status=SrvStatus.FOUND, records=records))
    assert decide(index(allow(FABRIKAM)), OUT, OURS, FABRIKAM, evidence).next_hop == HostPort(
        "b.fabrikam.example", 5062
    )


def test_a_partner_with_two_pools_may_call_from_either() -> None:
    evidence = seen("a.fabrikam.example", "b.fabrikam.example", names=("b.fabrikam.example",))
    assert decide(index(allow(FABRIKAM)), IN, FABRIKAM, OURS, evidence).allowed


def test_an_outsider_that_cannot_prove_its_name_is_denied_and_a_far_host_that_cannot_is_a_failure() -> None:
    wrong = seen("sip.fabrikam.example", names=("sip.evil.example",))
    assert decide(index(allow(FABRIKAM)), IN, FABRIKAM, OURS, wrong).verdict is VerdictKind.DENIED
    assert decide(index(allow(FABRIKAM)), OUT, OURS, FABRIKAM, wrong).verdict is VerdictKind.FAILED


NAMES = st.sampled_from(["a.test", "b.test", "x.a.test", "y.x.a.test", "contoso.example", "bb.test"])
RECORDS = st.lists(
    st.builds(
        lambda name, action, edge: FederatedDomain(
            name=DomainName(name), action=action, access_edge=edge if action is Action.ALLOW else None
        ),
        NAMES.filter(lambda name: name != "contoso.example"),
        st.sampled_from(Action),
        st.sampled_from([None, HostPort("sip.a.test")]),
    ),
    unique_by=lambda record: record.name,
    max_size=5,
)
EVIDENCE = st.sampled_from(
    [Evidence(), MISSING, DOWN, seen("sip.a.test"), seen("sip.b.test", names=("sip.a.test",)), seen(names=("a.test",))]
)


@given(RECORDS, st.booleans(), st.booleans(), st.sampled_from(Direction), NAMES, NAMES, EVIDENCE, st.randoms())
def test_decisions_do_not_depend_on_order_and_a_block_never_widens(
    records, federation, discovery, direction, sender, recipient, evidence, random
) -> None:
    shuffled = list(records)
    random.shuffle(shuffled)
    rules = index(*records, federation=federation, discovery=discovery)
    outcome = decide(rules, direction, sender, recipient, evidence)
    assert (
        decide(index(*shuffled, federation=federation, discovery=discovery), direction, sender, recipient, evidence)
        == outcome
    )
    told = explain(rules, direction, sender, recipient, evidence, lambda *place: "")
    assert (told.verdict, told.decided_by) == (outcome.verdict, outcome.decided_by)
    for name in ("a.test", "b.test"):
        if all(record.name != name for record in records):
            narrower = index(*records, block(name), federation=federation, discovery=discovery)
            assert outcome.allowed or not decide(narrower, direction, sender, recipient, evidence).allowed


def test_every_reason_has_an_answer_in_the_directions_it_can_arise() -> None:
    for reason, direction in product(Reason, Direction):
        one_way = {
            Reason.SENDER_IS_OURS: IN,
            Reason.RECIPIENT_NOT_OURS: IN,
            Reason.SENDER_NOT_OURS: OUT,
            Reason.RECIPIENT_IS_OURS: OUT,
        }
        if one_way.get(reason, direction) is direction:
            answer = answer_for(reason, direction)
            assert 1000 <= answer.code <= 1099
            assert answer.text.isascii()


EMPTY = Evidence(srv=SrvAnswer(status=SrvStatus.FOUND), peer_names=frozenset({"sip.fabrikam.example"}))


@pytest.mark.parametrize("direction", Direction)
def test_an_answer_without_records_is_a_missing_one(direction: Direction) -> None:
    sender, recipient = (FABRIKAM, OURS) if direction is IN else (OURS, FABRIKAM)
    rules = index(allow(FABRIKAM))
    assert decide(rules, direction, sender, recipient, EMPTY).reason is Reason.SRV_MISSING
    assert explain(rules, direction, sender, recipient, EMPTY, lambda *place: "").decided_by is CheckId.SRV


CLOUD = "sipfed.online.lync.com"


def test_a_partner_that_publishes_its_own_edge_beside_an_unknown_hoster_may_call_from_its_own() -> None:
    both = (SrvRecord(target=CLOUD, priority=10), SrvRecord(target="sip.fabrikam.example", priority=5))
    evidence = Evidence(
        srv=SrvAnswer(status=SrvStatus.FOUND, records=both), peer_names=frozenset({"sip.fabrikam.example"})
    )
    assert decide(index(allow(FABRIKAM)), IN, FABRIKAM, OURS, evidence).allowed
    told = explain(index(allow(FABRIKAM)), IN, FABRIKAM, OURS, evidence, lambda *place: "")
    assert "sip.fabrikam.example may speak" in next(s.why for s in told.steps if s.check is CheckId.SRV_TARGET)
    stranger = Evidence(srv=evidence.srv, peer_names=frozenset({CLOUD}))
    assert decide(index(allow(FABRIKAM)), IN, FABRIKAM, OURS, stranger).reason is Reason.PEER_NAME


@pytest.mark.parametrize("direction", Direction)
def test_an_unknown_hoster_is_named_where_it_is_chosen(direction: Direction) -> None:
    sender, recipient = (FABRIKAM, OURS) if direction is IN else (OURS, FABRIKAM)
    told = explain(index(allow(FABRIKAM)), direction, sender, recipient, seen(CLOUD), lambda *place: "")
    assert told.steps[-1].check is CheckId.PROVIDER
    assert f"leads to {CLOUD}, and no hosting provider" in told.steps[-1].why
