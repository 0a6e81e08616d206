"""Required records against answers: each difference is told with what to publish."""

import msgspec
import pytest

from edgeconsole.model.evidence import SrvRecord, SrvStatus
from edgeconsole.rules.requirements.compare import (
    Comparison,
    DnsAnswer,
    Question,
    RecordState,
    compare,
    misspellings,
    mistaken_questions,
    questions,
)
from edgeconsole.rules.requirements.dns import dns_requirements
from edgeconsole.rules.requirements.records import RecordType
from tests.requirements.worlds import HYBRID, JABBER, NOW, OURS, PARTNER, world

A, SRV, CNAME = RecordType.A, RecordType.SRV, RecordType.CNAME
FEDERATION_SRV = "_sipfederationtls._tcp.contoso.example"
MISSING = DnsAnswer(status=SrvStatus.MISSING)
SILENT = DnsAnswer(status=SrvStatus.UNAVAILABLE, detail="timed out")


def srv(*records: str) -> DnsAnswer:
    """Answer with records as `target`, `port target` or `priority weight port target`."""
    made = []
    for text in records:
        priority, weight, port, target = ("0 0 5061 " + text).split()[-4:] if " " not in text else text.split()
        made.append(SrvRecord(target=target, port=int(port), priority=int(priority), weight=int(weight)))
    return DnsAnswer(status=SrvStatus.FOUND, records=tuple(made))


def addresses(*found: str, alias: str = "") -> DnsAnswer:
    return DnsAnswer(status=SrvStatus.FOUND, addresses=found, alias=alias)


def alias(target: str) -> DnsAnswer:
    return DnsAnswer(status=SrvStatus.FOUND, alias=target)


REQUIRED = dns_requirements(world(OURS, PARTNER), NOW)


def compared(answers: dict[Question, DnsAnswer], required=REQUIRED) -> dict[str, Comparison]:
    return {f"{item.requirement.row.value} {item.requirement.name}": item for item in compare(required, answers)}


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (srv("sip.contoso.example"), RecordState.OK, "as required"),
        (srv("5 7 5061 sip.contoso.example"), RecordState.OK, "as required"),
        (srv("0 0 5061 sip.contoso.example", "10 0 5061 old.contoso.example"), RecordState.OK, "1 more"),
        (MISSING, RecordState.MISSING, "is not published"),
        (SILENT, RecordState.UNKNOWN, "timed out"),
        (srv("0 0 5060 sip.contoso.example"), RecordState.DIFFERS, "says port 5060, not 5061"),
        (srv("access.contoso.example"), RecordState.DIFFERS, "leads to access.contoso.example"),
        (srv("sip.fabrikam.example"), RecordState.DIFFERS, "partners refuse a host of another domain"),
        (
            srv("10 0 5061 sip.contoso.example", "0 0 5061 old.contoso.example"),
            RecordState.DIFFERS, "the right record is there, and this one goes before it",
        ),
        (srv("0 1 5061 sip.contoso.example", "0 9 5061 old.contoso.example"), RecordState.DIFFERS, "old.contoso"),
    ],
)  # fmt: skip
def test_an_srv_record_is_judged_by_the_one_partners_choose(answer: DnsAnswer, state: RecordState, says: str) -> None:
    item = compared({Question(FEDERATION_SRV, SRV): answer})[f"D1 {FEDERATION_SRV}"]
    assert item.state is state
    assert says in item.words
    publish = (f"{FEDERATION_SRV}. 3600 IN SRV 0 0 5061 sip.contoso.example.",)
    assert item.publish == (publish if state in (RecordState.MISSING, RecordState.DIFFERS) else ())


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (addresses("198.51.100.11", "198.51.100.10"), RecordState.OK, "as required"),
        (addresses("198.51.100.10", "198.51.100.11", alias="edge.contoso.example"), RecordState.OK, "alias"),
        (addresses("198.51.100.10"), RecordState.DIFFERS, "lacks 198.51.100.11"),
        (
            addresses("198.51.100.10", "198.51.100.11", "192.0.2.9"),
            RecordState.DIFFERS,
            "192.0.2.9, which is no member",
        ),
        (MISSING, RecordState.MISSING, "is not published"),
    ],
)
def test_an_address_record_has_every_member_and_nobody_else(answer: DnsAnswer, state: RecordState, says: str) -> None:
    item = compared({Question("sip.contoso.example", A): answer})["D2 sip.contoso.example"]
    assert item.state is state
    assert says in item.words


def test_an_address_the_file_does_not_hold_is_shown_to_be_looked_at() -> None:
    item = compared({Question("edge.int.contoso.example", A): addresses("10.0.0.5")})["D8 edge.int.contoso.example"]
    assert item.state is RecordState.OK
    assert "see that it is the internal address of the edge" in item.words


def test_an_address_of_either_family_will_do_where_the_file_holds_none() -> None:
    name = "edge.int.contoso.example"
    answers = {Question(name, A): MISSING, Question(name, RecordType.AAAA): addresses("fd00::5")}
    assert compared(answers)[f"D8 {name}"].state is RecordState.OK


def test_what_nobody_asked_is_not_counted_as_missing() -> None:
    item = compared({})["D8 edge.int.contoso.example"]
    assert item.state is RecordState.NOT_ASKED
    assert not item.failing


def test_each_question_is_asked_once() -> None:
    asked = questions(dns_requirements(world(OURS, PARTNER, HYBRID), NOW))
    assert len(set(asked)) == len(asked)
    assert Question(FEDERATION_SRV, SRV) in asked


@pytest.mark.parametrize(
    "wrong",
    [
        "_sipfederationtls.tcp.contoso.example",
        "sipfederationtls._tcp.contoso.example",
        "sipfederationtls.tcp.contoso.example",
        "_sipfederationtls._tls.contoso.example",
        "_sipfederationtls._tcp.contoso.example.contoso.example",
    ],
)
def test_a_misspelt_name_is_looked_up_where_the_right_one_is_missing_and_told(wrong: str) -> None:
    answers = {Question(FEDERATION_SRV, SRV): MISSING}
    asked = mistaken_questions(REQUIRED, answers)
    assert Question(wrong, SRV) in asked
    answers |= dict.fromkeys(asked, MISSING) | {Question(wrong, SRV): srv("sip.contoso.example")}
    item = compared(answers)[f"D1 {FEDERATION_SRV}"]
    assert item.state is RecordState.MISSING
    assert f"misspelt name, {wrong}: rename it" in item.words


def test_no_misspelling_is_looked_up_for_a_record_that_is_there() -> None:
    assert mistaken_questions(REQUIRED, {Question(FEDERATION_SRV, SRV): srv("sip.contoso.example")}) == ()
    assert FEDERATION_SRV not in misspellings(FEDERATION_SRV, "contoso.example")


def test_an_xmpp_record_may_name_the_access_edge_and_then_needs_no_host_of_its_own() -> None:
    required = dns_requirements(world(OURS, JABBER), NOW)
    name = "_xmpp-server._tcp.contoso.example"
    answers = {Question(name, SRV): srv("0 0 5269 sip.contoso.example"), Question("xmpp.contoso.example", A): MISSING}
    found = compared(answers, required)
    assert found[f"D5 {name}"].state is RecordState.OK
    assert found["D6 xmpp.contoso.example"].state is RecordState.REPLACED


ONLINE = dns_requirements(world(OURS, HYBRID), NOW)


def test_the_records_of_the_cloud_stand_in_for_our_own_once_they_are_published() -> None:
    answers = dict.fromkeys(questions(ONLINE), MISSING)
    answers[Question(FEDERATION_SRV, SRV)] = srv("100 1 5061 sipfed.online.lync.com")
    answers[Question("sip.contoso.example", CNAME)] = alias("sipdir.online.lync.com")
    found = compared(answers, ONLINE)
    assert found[f"D11 {FEDERATION_SRV}"].state is RecordState.OK
    assert found["D11 sip.contoso.example"].state is RecordState.OK
    assert found[f"D1 {FEDERATION_SRV}"].state is RecordState.REPLACED
    assert found["D2 sip.contoso.example"].state is RecordState.REPLACED


def test_optional_records_that_are_not_published_fail_nothing() -> None:
    answers = dict.fromkeys(questions(ONLINE), MISSING) | {Question(FEDERATION_SRV, SRV): srv("sip.contoso.example")}
    found = compared(answers, ONLINE)
    assert found[f"D11 {FEDERATION_SRV}"].state is RecordState.NOT_USED
    assert found["D11 sip.contoso.example"].state is RecordState.NOT_USED
    assert not found["D11 sip.contoso.example"].failing


def test_a_provider_does_not_stand_in_for_us_where_it_is_not_configured() -> None:
    item = compared({Question(FEDERATION_SRV, SRV): srv("sipfed.online.lync.com")})[f"D1 {FEDERATION_SRV}"]
    assert item.state is RecordState.DIFFERS


def test_a_comparison_can_be_printed_as_json() -> None:
    item = compare(REQUIRED, {Question(FEDERATION_SRV, SRV): MISSING})[0]
    assert b'"state":"missing"' in msgspec.json.encode(item)
