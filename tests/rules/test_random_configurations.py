"""What holds for every configuration: order does not matter, a block never widens, explain tells what is enforced."""

from datetime import date
from typing import Any, NamedTuple

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeconsole.model.configuration import Action, Configuration, FederatedDomain, Table
from edgeconsole.model.evidence import Evidence
from edgeconsole.model.names import DomainName
from edgeconsole.model.observed import Plane
from edgeconsole.model.terms import Match, Modality
from edgeconsole.model.verdict import Direction, Outcome, PartnerClass, Reason, StepResult, VerdictKind
from edgeconsole.rules.classify import classify, may_federate
from edgeconsole.rules.decide import decide
from edgeconsole.rules.diagnostics import answer_for
from edgeconsole.rules.explain import explain
from edgeconsole.rules.index import RuleIndex, longest_suffix
from tests.rules.configurations import OURS, PEOPLE, configurations, evidence, names, remote_names

widely = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Asked(NamedTuple):
    direction: Direction
    sender: str
    recipient: str
    evidence: Evidence
    options: dict[str, Any]


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    """Mostly between us and somebody; any pair of domains now and then."""
    direction = draw(st.sampled_from(Direction))
    ours, theirs = draw(st.sampled_from(OURS)), draw(names)
    sender, recipient = (theirs, ours) if direction is Direction.INBOUND else (ours, theirs)
    if draw(st.integers(0, 9)) == 0:
        sender, recipient = draw(names), draw(names)
    options = {
        "plane": draw(st.sampled_from([None, *Plane])),
        "user": draw(st.sampled_from([None, *PEOPLE])),
        "modality": draw(st.sampled_from([None, None, *Modality])),
        "parties": draw(st.sampled_from([2, 3])),
        "today": draw(st.sampled_from([None, date(2012, 1, 1), date(2026, 11, 20)])),
    }
    return Asked(direction, sender, recipient, draw(evidence()), options)


def answer(index: RuleIndex, asked: Asked) -> Outcome:
    return decide(index, asked.direction, asked.sender, asked.recipient, asked.evidence, **asked.options)


@widely
@given(configurations(), questions(), st.randoms())
def test_a_decision_does_not_depend_on_the_order_of_anything(
    configuration: Configuration, asked: Asked, random: Any
) -> None:
    shuffled = {}
    for field in configuration.__struct_fields__:
        value = getattr(configuration, field)
        if isinstance(value, tuple):
            shuffled[field] = tuple(random.sample(value, len(value)))
    other = msgspec.structs.replace(configuration, **shuffled)
    assert answer(RuleIndex.compile(other), asked) == answer(RuleIndex.compile(configuration), asked)


@widely
@given(configurations(), questions(), remote_names, st.sampled_from(Match))
def test_adding_a_block_never_widens(configuration: Configuration, asked: Asked, name: str, match: Match) -> None:
    blocked = FederatedDomain(name=DomainName(name), action=Action.BLOCK, match=match)
    others = tuple(record for record in configuration.domains if record.name != name)
    narrower = RuleIndex.compile(msgspec.structs.replace(configuration, domains=(*others, blocked)))
    broader = RuleIndex.compile(msgspec.structs.replace(configuration, domains=others))
    after = answer(narrower, asked)
    assert answer(broader, asked).allowed or not after.allowed
    if asked.direction is Direction.INBOUND and asked.sender == name:
        assert not after.allowed


@widely
@given(configurations(), questions())
def test_allowed_and_blocked_never_hold_at_once(configuration: Configuration, asked: Asked) -> None:
    index = RuleIndex.compile(configuration)
    assert index.allow.keys().isdisjoint(index.block)
    remote = asked.sender if asked.direction is Direction.INBOUND else asked.recipient
    covered = longest_suffix(index.block, remote, index.suffix_match) is not None and remote not in index.local
    assert covered is (classify(index, remote, asked.options["modality"]).partner_class is PartnerClass.BLOCKED)
    outcome = answer(index, asked)
    if covered:
        assert not outcome.allowed
        assert not may_federate(index, remote)
    if not index.federation:
        assert outcome.reason is Reason.FEDERATION_OFF


@widely
@given(configurations(), questions())
def test_the_explanation_is_the_enforcement(configuration: Configuration, asked: Asked) -> None:
    index = RuleIndex.compile(configuration)
    outcome = answer(index, asked)
    places: list[tuple[Table, str, str]] = []

    def place(table: Table, key: str, field: str) -> str:
        places.append((table, key, field))
        return f"{table.value}:{key}.{field}"

    told = explain(index, asked.direction, asked.sender, asked.recipient, asked.evidence, place, **asked.options)
    assert (told.verdict, told.decided_by, told.partner_class) == (
        outcome.verdict,
        outcome.decided_by,
        outcome.partner_class,
    )
    assert told.complete is outcome.complete
    assert told.verification is outcome.verification
    stopped = [step for step in told.steps if step.result in (StepResult.DENY, StepResult.FAIL)]
    if outcome.allowed:
        assert stopped == []
        assert len(told.steps) == 16
    else:
        assert outcome.reason is not None
        assert [step.check for step in stopped] == [outcome.decided_by] == [told.steps[-1].check]
        assert stopped[0].code == answer_for(outcome.reason, asked.direction).code
        assert (stopped[0].result is StepResult.FAIL) is (outcome.verdict is VerdictKind.FAILED)
    assert all(step.why and step.rule for step in told.steps)
    assert all(field for _, _, field in places)


@widely
@given(configurations(), questions())
def test_nobody_gets_in_who_proved_no_name_that_is_accepted(configuration: Configuration, asked: Asked) -> None:
    outcome = answer(RuleIndex.compile(configuration), asked)
    shown = asked.evidence.peer_names
    if outcome.allowed and outcome.complete:
        assert shown is not None
        assert not shown.isdisjoint(outcome.accepted_names)
        assert outcome.next_hop is not None
    assert not any("*" in name for name in outcome.accepted_names)


@widely
@given(configurations(), questions())
def test_more_evidence_never_turns_a_complete_denial_by_rule_into_a_pass(
    configuration: Configuration, asked: Asked
) -> None:
    index = RuleIndex.compile(configuration)
    blind = answer(index, asked._replace(evidence=Evidence()))
    if blind.verdict is VerdictKind.DENIED and blind.reason is not Reason.MODALITY:
        assert not answer(index, asked).allowed
