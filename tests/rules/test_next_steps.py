"""What to do next: something for every reason, commands that can be typed, the person and the partner by name."""

import shlex
from datetime import UTC, datetime

import pytest

from edgeconsole.cli.parser import build_parser
from edgeconsole.model.probe import Certainty, Finding, ProbeKind, ProbeResult, Severity, Stage, TargetStatus, WhoActs
from edgeconsole.model.text import clean
from edgeconsole.model.verdict import (
    CheckId,
    Direction,
    Explanation,
    PartnerClass,
    Reason,
    Step,
    StepResult,
    VerdictKind,
)
from edgeconsole.rules.next_steps import Verb, next_steps

ALICE, OURS, PARTNER = "alice@contoso.example", "contoso.example", "fabrikam.example"


def explanation(
    reason: Reason | None = None,
    direction: Direction = Direction.OUTBOUND,
    *,
    unseen: CheckId | None = None,
    probe: TargetStatus | None = None,
) -> Explanation:
    sender, recipient = (OURS, PARTNER) if direction is Direction.OUTBOUND else (PARTNER, OURS)
    result = StepResult.PASS if reason is None else StepResult.DENY
    steps = [Step(check=CheckId.LISTED, result=result, rule="", why="as found", where="federation.toml:12")]
    if unseen is not None:
        steps.append(Step(check=unseen, result=StepResult.NOT_RUN, rule="", why="not looked at"))
    return Explanation(
        verdict=VerdictKind.ALLOWED if reason is None else VerdictKind.DENIED,
        partner_class=PartnerClass.ALLOWED_DOMAIN, decided_by=CheckId.LISTED, direction=direction, sender=sender,
        recipient=recipient, steps=tuple(steps), reason=reason, complete=unseen is None, probe=probe,
    )  # fmt: skip


def failing(fix: str = "Renew it on every member of the pool") -> TargetStatus:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    finding = Finding(
        code="cert.expired", severity=Severity.CRITICAL, stage=Stage.CERTIFICATE, what=clean("it ended"),
        fix=clean(fix), who=WhoActs.PARTNER,
    )  # fmt: skip
    result = ProbeResult(
        run="r1", target=PARTNER, kind=ProbeKind.SIP, vantage="edge1", started=at, seconds=0.1,
        severity=Severity.CRITICAL, summary=clean("certificate has expired"), findings=(finding,),
    )  # fmt: skip
    return TargetStatus(
        target=PARTNER, kind=ProbeKind.SIP, severity=Severity.CRITICAL, certainty=Certainty.HARD, last=result
    )


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("direction", Direction)
def test_every_reason_has_a_next_step_whose_commands_can_be_typed(reason: Reason, direction: Direction) -> None:
    for person in ("", ALICE):
        steps = next_steps([explanation(reason, direction)], person)
        assert steps
        for step in steps:
            assert len(step.text) > 20
            if step.command:
                program, *words = shlex.split(step.command)
                assert program == "edgeconsole"
                build_parser().parse_args(words)
            if step.verb is not None and step.verb not in (Verb.DISCOVERY, Verb.FEDERATION):
                assert step.subject


def test_a_policy_step_is_about_the_person_and_only_where_one_was_named() -> None:
    (named,) = next_steps([explanation(Reason.POLICY_FEDERATION)], ALICE)
    (unnamed,) = next_steps([explanation(Reason.POLICY_FEDERATION)], OURS)
    assert (named.verb, named.subject, named.command) == (
        Verb.PERSON,
        ALICE,
        f"edgeconsole policies effective {ALICE}",
    )
    assert unnamed.verb is None


def test_both_directions_are_told_once() -> None:
    both = [explanation(Reason.NOT_LISTED, direction) for direction in Direction]
    assert next_steps(both) == next_steps(both[:1])


def test_what_is_allowed_but_fails_by_probe_says_who_mends_it_and_how() -> None:
    (step,) = next_steps([explanation(probe=failing())])
    assert step.text == "The partner mends it: Renew it on every member of the pool (cert.expired)"
    assert step.verb is Verb.PROBE


def test_who_mends_it_is_said_once() -> None:
    (step,) = next_steps([explanation(probe=failing("Partner: publish the record"))])
    assert step.text == "Partner: publish the record (cert.expired)"


def test_what_nothing_stands_against_leads_to_the_partner_or_to_what_was_not_looked_at() -> None:
    (step,) = next_steps([explanation()])
    assert "fabrikam.example must allow contoso.example on its side" in step.text
    (step,) = next_steps([explanation(unseen=CheckId.SRV)])
    assert "were not seen" in step.text


def test_an_edge_that_names_no_reason_still_gets_a_step_from_its_check() -> None:
    import msgspec

    told = msgspec.structs.replace(explanation(Reason.BLOCKED), reason=None)
    (step,) = next_steps([told])
    assert "listed: as found" in step.text
