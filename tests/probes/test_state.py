"""What is believed of a target after its rounds: soft, hard, recovering, flapping, stale."""

from datetime import timedelta

import msgspec
import pytest

from edgeconsole.model.probe import Certainty, ProbeKind, ProbeResult, Severity
from edgeconsole.probes.state import TargetState, advance, flaps, retry_after, stale
from edgeconsole.probes.vantage import VantageGuard, network_failure
from tests.probes.results import at, result

NEW = TargetState(target="fabrikam.example", kind=ProbeKind.SIP)


def after(*rounds: ProbeResult, start: TargetState = NEW):
    """The state after rounds, and every change on the way."""
    state, changes = start, []
    for each in rounds:
        state, moved = advance(state, each)
        changes += moved
    return state, changes


def summary(state: TargetState):
    return state.belief.shown, state.belief.certainty


def test_a_first_good_round_is_believed_at_once() -> None:
    state, changes = after(result())
    assert summary(state) == (Severity.OK, Certainty.HARD)
    assert [(each.before, each.after) for each in changes] == [(Severity.UNKNOWN, Severity.OK)]


def test_a_trouble_that_may_pass_is_soft_until_seen_three_times_and_retried_after_10_30_60_seconds() -> None:
    state, _ = after(result())
    waits = []
    for number in (1, 2, 3):
        state, changes = advance(state, result("tcp.timeout", seconds=number * 10))
        waits.append((summary(state), retry_after(state), len(changes)))
    assert waits == [
        ((Severity.CRITICAL, Certainty.SOFT), 10.0, 0),
        ((Severity.CRITICAL, Certainty.SOFT), 30.0, 0),
        ((Severity.CRITICAL, Certainty.HARD), None, 2),
    ]
    assert state.belief.since == at(10), "since its first sight"


def test_a_soft_trouble_that_passes_was_nothing() -> None:
    state, changes = after(result(), result("tcp.timeout", seconds=10), result(seconds=20))
    assert summary(state) == (Severity.OK, Certainty.HARD)
    assert len(changes) == 1, "only the first good round"
    assert not state.findings


@pytest.mark.parametrize("code", ["cert.expired", "name.mismatch", "srv.missing", "mtls.rejected"])
def test_what_would_be_the_same_again_is_hard_at_once(code: str) -> None:
    stage = {"mtls": "tls.x", "srv": "srv.x"}
    shown = result(stage.get(code.partition(".")[0], code))
    found = tuple(msgspec.structs.replace(each, code=code) for each in shown.findings)
    state, _ = after(result(), msgspec.structs.replace(shown, findings=found))
    assert summary(state) == (Severity.CRITICAL, Certainty.HARD)
    assert retry_after(state) is None


def test_a_trouble_is_over_after_two_good_rounds() -> None:
    state, _ = after(result(), result("cert.expired", seconds=10))
    state, changes = advance(state, result(seconds=20))
    assert summary(state) == (Severity.CRITICAL, Certainty.RECOVERING)
    assert not changes
    assert retry_after(state) == 60.0
    state, changes = advance(state, result(seconds=80))
    assert summary(state) == (Severity.OK, Certainty.HARD)
    assert {(each.code, each.after) for each in changes} == {("", Severity.OK), ("cert.expired", Severity.OK)}
    assert changes[0].since == at(10), "how long it lasted can be told"


def test_a_relapse_while_recovering_is_the_same_trouble_going_on() -> None:
    state, _ = after(result(), result("cert.expired", seconds=10), result(seconds=20))
    state, changes = advance(state, result("cert.expired", seconds=30))
    assert summary(state) == (Severity.CRITICAL, Certainty.HARD)
    assert state.belief.since == at(10)
    assert not changes


def test_a_worse_finding_does_not_hide_another() -> None:
    warned = result("cert.no_client_auth", seconds=10, severity=Severity.WARNING)
    state, _ = after(result(), warned)
    state, changes = advance(state, result("tcp.refused", seconds=20))
    assert {each.code for each in state.findings} == {"cert.no_client_auth", "tcp.refused"}
    assert not any(each.code == "cert.no_client_auth" for each in changes), "the certificate was not looked at"


def test_an_address_that_dns_names_no_more_takes_its_findings_along() -> None:
    state, _ = after(result(), result("cert.expired", seconds=10))
    for number in (20, 30):
        state, _ = advance(state, result(seconds=number, endpoint="sip.fabrikam.example:5061/192.0.2.8"))
    assert not state.findings


def test_a_round_that_could_tell_nothing_moves_nothing() -> None:
    state, _ = after(result(), result("cert.expired", seconds=10))
    unknown = result("dns.timeout", seconds=20, severity=Severity.UNKNOWN)
    same, changes = advance(state, unknown)
    assert (same.belief, same.findings, changes) == (state.belief, state.findings, ())
    assert same.rounds[-1] is Severity.UNKNOWN


def test_what_is_expected_counts_for_nothing() -> None:
    found = tuple(msgspec.structs.replace(each, expected=True) for each in result("cert.expired").findings)
    state, _ = after(result(severity=Severity.OK, findings=found))
    assert not state.findings


def test_a_warning_that_gets_critical_is_soft_and_falls_back_to_the_warning() -> None:
    state, _ = after(result(), result("cert.no_client_auth", seconds=10, severity=Severity.WARNING))
    state, _ = advance(state, result("tcp.timeout", seconds=20))
    assert summary(state) == (Severity.CRITICAL, Certainty.SOFT)
    state, changes = advance(state, result("cert.no_client_auth", seconds=30, severity=Severity.WARNING))
    assert summary(state) == (Severity.WARNING, Certainty.HARD)
    assert not changes


def test_going_up_and_down_is_flapping_from_30_percent_until_below_20() -> None:
    calm, up_and_down = (Severity.OK,) * 21, (Severity.OK, Severity.CRITICAL) * 11
    assert not flaps(calm, False)
    assert flaps(up_and_down, False)
    some = (*(Severity.OK, Severity.CRITICAL) * 3, *(Severity.OK,) * 15)
    assert not flaps(some, False)
    assert flaps(some, True), "it goes on at what would not have started it"
    assert not flaps((*(Severity.CRITICAL,) * 3, *(Severity.OK,) * 18), True)


def test_a_state_is_stale_after_two_and_a_half_intervals() -> None:
    state, _ = after(result())
    interval = timedelta(minutes=5)
    assert not stale(state, at(12.5 * 60), interval)
    assert stale(state, at(12.5 * 60 + 1), interval)
    assert not stale(NEW, at(0), interval), "what never ran is pending, not stale"


def test_rounds_and_latencies_are_bounded() -> None:
    state, _ = after(*(result(seconds=number) for number in range(100)))
    assert (len(state.rounds), len(state.latency)) == (60, 60)


# The vantage guard.


def guard_after(*looks: tuple[str, bool, float], canaries: tuple[str, ...] = ()) -> VantageGuard:
    guard = VantageGuard(canaries)
    for look in looks:
        guard.observe(*look)
    return guard


WORKED = tuple((f"sip p{number}.example", False, 0.0) for number in range(10))


def test_half_of_the_unrelated_targets_failing_within_a_minute_is_us() -> None:
    failing = tuple((f"sip p{number}.example", True, 100.0 + number) for number in range(4))
    assert not guard_after(*WORKED, *failing[:3]).down
    assert guard_after(*WORKED, *failing).down


def test_half_of_them_failing_over_an_hour_is_them() -> None:
    looks = []
    for minute in range(20):
        number = minute % 10
        looks.append((f"sip p{number}.example", number < 5, 60.0 * minute * 3))
    assert not guard_after(*WORKED, *looks).down


def test_many_names_of_one_domain_are_one_witness() -> None:
    together = tuple((f"sip a{number}.fabrikam.example", False, 0.0) for number in range(8))
    failing = tuple((key, True, 10.0) for key, _, _ in together)
    assert not guard_after(*together, *failing).down


def test_partners_that_never_worked_do_not_say_it_is_us_unless_nobody_works() -> None:
    never = tuple((f"sip bad{number}.example", True, 10.0) for number in range(6))
    assert not guard_after(("sip good.example", False, 9.0), *never).down
    assert guard_after(*never).down


def test_all_canaries_failing_is_us_and_one_working_again_ends_it() -> None:
    canaries = ("sip one.example", "sip two.example")
    guard = guard_after((canaries[0], True, 0.0), canaries=canaries)
    assert not guard.down
    assert guard.observe(canaries[1], True, 1.0)
    assert not guard.observe(canaries[0], False, 2.0)


def test_it_is_over_when_most_of_the_last_minute_work_again() -> None:
    failing = tuple((f"sip p{number}.example", True, 100.0) for number in range(10))
    guard = guard_after(*WORKED, *failing)
    assert guard.down
    for number in range(7):
        guard.observe(f"sip p{number}.example", False, 110.0)
    assert not guard.down


def test_only_no_answer_at_all_looks_like_our_network() -> None:
    assert network_failure(result("tcp.timeout"))
    assert network_failure(result("dns.timeout"))
    assert not network_failure(result("srv.missing")), "a missing record is an answer"
    assert not network_failure(result("cert.expired"))
    assert not network_failure(result())
