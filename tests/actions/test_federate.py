"""Guided federation set-up without a screen: its questions, what it says of answers, and what they amount to."""

from datetime import UTC, datetime

import msgspec
import pytest

from edgeconsole.actions.federate.flow import QUESTIONS, next_step, staged, steps, take
from edgeconsole.actions.federate.outcome import Check, checklist, outcome
from edgeconsole.actions.federate.question import Answers, Facts, Setup, Situation, Weight
from edgeconsole.config.edit import apply_changes
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Action, Configuration, Table
from edgeconsole.model.errors import BadInput
from edgeconsole.model.evidence import SrvAnswer, SrvRecord, SrvStatus
from edgeconsole.model.observed import PartnerCounters
from edgeconsole.model.probe import ProbeKind, ProbeResult, Severity, Stage, StageResult, StageState
from edgeconsole.model.terms import Negotiation
from edgeconsole.model.text import clean
from edgeconsole.rules.lint.run import lint
from edgeconsole.rules.negotiation import Method

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EDGE = (
    Change(
        table=Table.EDGE,
        fields={"fqdn": "sip.contoso.example", "next_hop": "pool.contoso.example:5061", "members": ["203.0.113.10"]},
    ),
    Change(table=Table.SIP_DOMAIN, key="contoso.example", fields={}),
    Change(table=Table.ACCESS_EDGE, fields={"federation": True}),
)


def world(*changes: Change) -> Configuration:
    return apply_changes(Configuration(), (*EDGE, *changes))


def situation(setup: Setup = Setup.SIP, *changes: Change, facts: Facts | None = None, **answers: str) -> Situation:
    values = {key.replace("_", "-"): value for key, value in answers.items()}
    return Situation(
        configuration=world(*changes),
        answers=Answers(setup=setup, values=values),
        now=NOW,
        facts=facts or Facts(),
    )


def srv(target: str, port: int = 5061) -> Facts:
    return Facts(srv=SrvAnswer(status=SrvStatus.FOUND, records=(SrvRecord(target=target, port=port),)))


MISSING = Facts(srv=SrvAnswer(status=SrvStatus.MISSING))


def walk(start: Situation, **given: str) -> Situation:
    """Answer every question, by what is given, else by what is recommended."""
    texts = {key.replace("_", "-"): value for key, value in given.items()}
    while (question := next_step(start)) is not None:
        advice = question.recommend(start)
        text = texts.get(question.id, advice.value if advice else "")
        start = msgspec.structs.replace(start, answers=take(start, question, text).answers)
    return start


def question(of: Situation, name: str):
    return next(each for each in QUESTIONS[of.answers.setup] if each.id == name)


def advice(of: Situation, name: str):
    return question(of, name).recommend(of)


def remarks(of: Situation, name: str, text: str):
    return take(of, question(of, name), text).remarks


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (srv("sip.fabrikam.example"), "allowed-domain"),
        (srv("sip.it.fabrikam.example"), "allowed-server"),
        (srv("sipfed.online.lync.com"), "hosted"),
        (MISSING, "allowed-server"),
    ],
)
def test_how_a_partner_is_found_is_recommended_from_what_dns_says(facts: Facts, expected: str) -> None:
    found = advice(situation(facts=facts, partner="fabrikam.example"), "find")
    assert found.value == expected
    assert found.why


def test_nothing_is_recommended_where_dns_was_not_asked() -> None:
    assert advice(situation(partner="fabrikam.example"), "find") is None
    assert any(
        "not checked" in each.text for each in remarks(situation(partner="fabrikam.example"), "find", "allowed-domain")
    )


def test_a_choice_that_dns_speaks_against_is_taken_with_a_warning() -> None:
    found = remarks(situation(facts=MISSING, partner="fabrikam.example"), "find", "allowed-domain")
    assert [each.weight for each in found] == [Weight.WARNS]
    assert "publishes no _sipfederationtls._tcp" in found[0].text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("contoso.example", "one of our own"),
        ("not a domain", "domain"),
        ("192.0.2.7", "address"),
        ("", "needed"),
        ("jabber.example", "XMPP partner"),
    ],
)
def test_a_partner_that_cannot_be_one_is_refused_with_the_reason(text: str, reason: str) -> None:
    start = situation(Setup.SIP, Change(table=Table.XMPP_PARTNER, key="jabber.example", fields={}))
    with pytest.raises(BadInput) as refused:
        take(start, question(start, "partner"), text)
    said = f"{refused.value} {' '.join(map(str, refused.value.problems))}"
    assert reason in said


def test_a_blocked_partner_is_said_to_be_blocked() -> None:
    start = situation(Setup.SIP, Change(table=Table.DOMAIN, key="fabrikam.example", fields={"action": "block"}))
    assert "blocked now" in remarks(start, "partner", "Fabrikam.example")[0].text


def test_a_set_up_of_an_allowed_domain_stages_its_record_alone() -> None:
    end = walk(situation(facts=srv("sip.fabrikam.example")), partner="fabrikam.example", comment="contract 4411")
    changes = staged(end)
    assert [(each.table, each.key) for each in changes] == [(Table.DOMAIN, "fabrikam.example")]
    record = outcome(end).after.domains[0]
    assert (record.action, record.access_edge, record.comment) == (Action.ALLOW, None, "contract 4411")


def test_a_pinned_partner_is_asked_for_its_access_edge_with_the_srv_target_offered() -> None:
    start = situation(
        facts=srv("edge.fabrikam-hosting.example", 5099), partner="fabrikam.example", find="allowed-server"
    )
    assert advice(start, "access-edge").value == "edge.fabrikam-hosting.example:5099"
    record = outcome(walk(start)).after.domains[0]
    assert str(record.access_edge) == "edge.fabrikam-hosting.example:5099"


@pytest.mark.parametrize(
    ("edge", "reason"),
    [
        ("sipfed.online.lync.com", "event 14517"),
        ("sip.contoso.example", "our own Access Edge"),
        ("192.0.2.1", "address"),
    ],
)
def test_an_access_edge_that_cannot_be_pinned_is_refused(edge: str, reason: str) -> None:
    start = situation(partner="fabrikam.example", find="allowed-server")
    with pytest.raises(BadInput) as refused:
        take(start, question(start, "access-edge"), edge)
    assert reason in f"{refused.value} {' '.join(map(str, refused.value.problems))}"


def test_a_hosted_partner_brings_its_provider_and_its_own_record() -> None:
    end = walk(situation(facts=srv("sipfed.online.lync.com")), partner="tailspin.example")
    after = outcome(end).after
    assert [(each.name, each.enabled, each.proxy_fqdn.host) for each in after.hosting_providers] == [
        ("Microsoft 365", True, "sipfed.online.lync.com")
    ]
    assert [each.name for each in after.domains] == ["tailspin.example"]
    assert not after.access_edge.partner_discovery


def test_a_provider_that_is_there_and_off_is_switched_on() -> None:
    there = Change(
        table=Table.HOSTING_PROVIDER,
        key="Cloud",
        fields={"proxy_fqdn": "sipfed.online.lync.com", "verification": "use-source"},
    )
    end = walk(situation(Setup.HOSTING, there), provider_edge="sipfed.online.lync.com")
    assert [each.id for each in steps(end)] == ["provider-edge", "discovery"]
    assert staged(end) == (Change(table=Table.HOSTING_PROVIDER, key="Cloud", fields={"enabled": True}),)


def test_discovery_is_never_switched_on_unasked_and_its_reach_is_said() -> None:
    start = situation(partner="fabrikam.example", find="discovered")
    end = walk(start, discovery="yes")
    assert outcome(end).after.access_edge.partner_discovery
    assert outcome(end).after.domains == ()
    assert "every domain in the world" in remarks(start, "discovery", "yes")[0].text


def test_the_master_switch_is_asked_only_where_it_is_off() -> None:
    closed = Change(table=Table.ACCESS_EDGE, fields={"federation": False})
    assert "federation" in [each.id for each in steps(situation(Setup.SIP, closed))]
    assert "federation" not in [each.id for each in steps(situation())]


def test_a_policy_that_allows_nobody_is_said_and_the_global_one_offered() -> None:
    managed = Change(table=Table.POLICY, key="global", fields={"federation": False})
    start = situation(Setup.SIP, managed, partner="fabrikam.example")
    assert advice(start, "policy").value == "global"
    assert "1002" in remarks(start, "policy", "keep")[0].text
    after = outcome(walk(start, find="allowed-domain")).after
    assert after.policies[0].federation


def test_an_answer_gone_back_on_leaves_no_trace() -> None:
    first = walk(situation(partner="fabrikam.example", find="allowed-server"), access_edge="sip.fabrikam.example")
    again = msgspec.structs.replace(first, answers=first.answers.with_answer("find", "allowed-domain"))
    assert outcome(again).after.domains[0].access_edge is None
    back = msgspec.structs.replace(again, answers=again.answers.with_answer("find", "allowed-server"))
    assert str(outcome(back).after.domains[0].access_edge) == "sip.fabrikam.example"


def test_an_open_question_is_named_when_the_change_is_asked_for() -> None:
    with pytest.raises(BadInput, match="Partner is not answered yet"):
        staged(situation())


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ((Method.SASL_OVER_TLS, Method.TLS_DIALBACK), "certificate"),
        ((Method.TLS_DIALBACK,), "certificate-or-dialback"),
        ((Method.TCP_DIALBACK,), "dialback"),
    ],
)
def test_the_negotiation_follows_what_the_xmpp_server_offers(offered: tuple[Method, ...], expected: str) -> None:
    start = situation(Setup.XMPP, facts=Facts(methods=offered), partner="jabber.example")
    assert advice(start, "negotiation").value == expected


def test_an_xmpp_partner_is_staged_with_its_triple() -> None:
    end = walk(
        situation(Setup.XMPP), partner="jabber.example", additional="conference.jabber.example, im.jabber.example"
    )
    partner = outcome(end).after.xmpp_partners[0]
    assert partner.domains == ("jabber.example", "conference.jabber.example", "im.jabber.example")
    assert (partner.tls, partner.sasl, partner.dialback) == (Negotiation.REQUIRED, Negotiation.REQUIRED, False)
    assert "_xmpp-server._tcp.contoso.example" in {each.name for each in outcome(end).new_records}


def test_xmpp_is_refused_on_an_edge_that_has_none() -> None:
    newer = Change(table=Table.EDGE, fields={"platform": "sfb2019"})
    start = situation(Setup.XMPP, newer)
    with pytest.raises(BadInput) as refused:
        take(start, question(start, "partner"), "jabber.example")
    assert "2019" in str(refused.value.problems[0])


def test_public_im_says_what_has_ended_and_changes_nothing() -> None:
    start = situation(Setup.PUBLIC_IM)
    assert "5 May 2025: Skype consumer" in question(start, "ended").ask(start)
    assert staged(walk(start, ended="leave")) == ()


def test_push_brings_the_provider_the_domain_and_the_switches() -> None:
    after = outcome(walk(situation(Setup.PUSH), push="apple")).after
    assert [each.name for each in after.domains] == ["push.lync.com"]
    assert after.hosting_providers[0].enabled
    assert after.edge is not None
    assert (after.edge.push_apple, after.edge.push_microsoft) == (True, False)


def test_the_first_run_makes_an_edge_that_lint_has_no_error_about() -> None:
    start = Situation(configuration=Configuration(), answers=Answers(setup=Setup.EDGE), now=NOW)
    end = walk(start, sip_domains="contoso.example fabrikam.example", internal_listen="10.0.0.5:5061", open="yes")
    after = outcome(end).after
    assert after.edge is not None
    assert (after.edge.fqdn, str(after.edge.next_hop)) == ("sip.contoso.example", "pool.contoso.example")
    assert after.edge.internal_peers == ("pool.contoso.example",)
    assert [str(each.name) for each in after.sip_domains] == ["contoso.example", "fabrikam.example"]
    assert [each for each in lint(after, now=NOW, places=lambda *_: "") if each.severity.value == "error"] == []


def test_a_day_in_the_past_is_no_expiry() -> None:
    start = situation(partner="fabrikam.example")
    with pytest.raises(BadInput, match="in the past"):
        take(start, question(start, "expires"), "2020-01-01")
    assert take(start, question(start, "expires"), "2027-03-31").answers.values["expires"] == "2027-03-31T00:00:00Z"


def _result(**states: StageState) -> ProbeResult:
    stages = tuple(
        StageResult(stage=Stage(name.replace("_", "-")), state=state, why=clean(state.value))
        for name, state in states.items()
    )
    return ProbeResult(
        run="1", target="fabrikam.example", kind=ProbeKind.SIP, vantage="edge", started=NOW, seconds=0.1,
        severity=Severity.CRITICAL, summary=clean(""), stages=stages,
    )  # fmt: skip


def test_the_check_list_turns_green_only_by_what_was_seen() -> None:
    start = walk(situation(facts=srv("sip.fabrikam.example")), partner="fabrikam.example")
    states = {each.id: each.state for each in checklist(start, applied=False)}
    assert states["applied"] is Check.OPEN
    assert set(states.values()) == {Check.OPEN, Check.UNKNOWN}
    probed = msgspec.structs.replace(
        start,
        facts=Facts(partner=_result(dns=StageState.OK, tcp=StageState.FAILED, tls=StageState.SKIPPED)),
    )
    seen = PartnerCounters(domain="fabrikam.example", relayed_in=1, relayed_out=0)
    states = {each.id: each.state for each in checklist(probed, applied=True, counters=seen)}
    assert states["applied"] is Check.DONE
    assert (states["partner-dns"], states["partner-tcp"], states["partner-tls"]) == (
        Check.DONE, Check.FAILED, Check.UNKNOWN,
    )  # fmt: skip
    assert (states["received"], states["sent"]) == (Check.DONE, Check.OPEN)


@pytest.mark.parametrize("setup", list(Setup))
def test_every_step_says_why_it_is_asked_and_every_choice_is_taken(setup: Setup) -> None:
    names = [each.id for each in QUESTIONS[setup]]
    assert len(names) == len(set(names))
    start = situation(setup, Change(table=Table.POLICY, key="global", fields={}), partner="fabrikam.example")
    for each in QUESTIONS[setup]:
        assert each.why.endswith((".", "?"))
        assert each.ask(start)
        for choice in each.choices(start):
            assert _is_taken_or_refused_with_a_reason(start, each, choice.value)


def _is_taken_or_refused_with_a_reason(start: Situation, asked, value: str) -> bool:
    try:
        return take(start, asked, value).answers.values[asked.id] == value
    except BadInput as refused:
        return all(problem.message and problem.remedy for problem in refused.problems) and bool(refused.problems)


@pytest.mark.parametrize(("text", "taken"), [("12", "12"), ("007", "7"), ("1000", "1000")])
def test_a_number_of_connections_is_taken(text: str, taken: str) -> None:
    start = situation(Setup.XMPP, partner="jabber.example")
    assert take(start, question(start, "connection-limit"), text).answers.values["connection-limit"] == taken


@pytest.mark.parametrize("text", ["0", "-3", "many", "1001", "9" * 50, "\u0663", "1.5"])
def test_more_connections_than_the_gateway_takes_and_what_is_no_number_are_refused(text: str) -> None:
    start = situation(Setup.XMPP, partner="jabber.example")
    with pytest.raises(BadInput, match="from 1 to 1000"):
        take(start, question(start, "connection-limit"), text)


def test_keep_alive_and_the_limit_are_written_only_where_they_differ_from_what_counts_anyway() -> None:
    usual = staged(walk(situation(Setup.XMPP), partner="jabber.example"))
    written = {key for each in usual for key, value in (each.fields or {}).items() if value is not None}
    assert {"keep_alive", "connection_limit"}.isdisjoint(written)
    asked = walk(situation(Setup.XMPP), partner="jabber.example", keep_alive="no", connection_limit="4")
    changed = outcome(asked).after.xmpp_partners[0]
    assert (changed.keep_alive, changed.connection_limit) == (False, 4)


def test_an_xmpp_record_that_is_there_keeps_its_keep_alive_and_its_limit() -> None:
    there = Change(table=Table.XMPP_PARTNER, key="jabber.example", fields={"keep_alive": False, "connection_limit": 4})
    after = outcome(walk(situation(Setup.XMPP, there), partner="jabber.example")).after.xmpp_partners[0]
    assert (after.keep_alive, after.connection_limit) == (False, 4)


def test_dialback_alone_is_recommended_without_keep_alive_as_the_historic_recipe_has_it() -> None:
    of = situation(Setup.XMPP, partner="gmail.example", negotiation="dialback")
    assert advice(of, "keep-alive").value == "no"


def test_the_disclaimer_is_asked_where_federation_is_switched_on_and_not_with_every_partner() -> None:
    asked = situation(Setup.SIP, partner="fabrikam.example", find="allowed-domain")
    assert "disclaimer" not in {each.id for each in steps(asked)}
    off = situation(Setup.SIP, Change(table=Table.ACCESS_EDGE, fields={"federation": False}), facts=MISSING)
    end = walk(off, partner="fabrikam.example", find="allowed-domain", disclaimer="yes")
    assert outcome(end).after.access_edge.archiving_disclaimer
    plain = walk(off, partner="fabrikam.example", find="allowed-domain")
    assert not outcome(plain).after.access_edge.archiving_disclaimer
    opened = situation(Setup.SIP, partner="fabrikam.example", find="discovered", discovery="yes")
    assert "disclaimer" in {each.id for each in steps(opened)}


def test_the_first_run_asks_for_the_disclaimer_too() -> None:
    start = Situation(configuration=Configuration(), answers=Answers(setup=Setup.EDGE), now=NOW)
    end = walk(start, sip_domains="contoso.example", internal_listen="10.0.0.5:5061", disclaimer="yes")
    assert outcome(end).after.access_edge.archiving_disclaimer
