"""When which target is looked at: spread, jittered, without bursts, within the limits, asked-for ones first."""

from itertools import pairwise
from random import Random

import pytest

from edgeconsole.probes.schedule import LONGEST_BACK_OFF, MOST_IN_NETWORK, Pace, Schedule, Tier, network_of

FAST = Pace(interval=300.0, touch=0.0, concurrency=10_000, rate=10_000.0)


def made(count: int = 100, pace: Pace = FAST, now: float = 0.0) -> Schedule:
    schedule = Schedule(pace, random=Random(7).random)
    schedule.set_targets([f"sip p{number}.example" for number in range(count)], now)
    return schedule


def run(schedule: Schedule, start: float, end: float, step: float = 1.0) -> list[tuple[float, str]]:
    """Every run that begins in a stretch of time, each ending well at once."""
    begun, now = [], start
    while now < end:
        for due in schedule.start(now):
            begun.append((now, due.key))
            schedule.finished(due.key, now, good=True, addresses=[due.key])
        now += step
    return begun


def test_the_first_runs_are_spread_over_the_interval_and_every_target_has_one() -> None:
    begun = run(made(), 0, 301)
    assert {key for _, key in begun} == {f"sip p{number}.example" for number in range(100)}
    first = [sum(1 for now, _ in begun if low <= now < low + 100) for low in (0, 100, 200)]
    assert all(15 < count < 60 for count in first)


def test_the_place_of_a_target_is_its_names_so_that_a_restart_keeps_it() -> None:
    assert run(made(), 0, 290)[:20] == run(made(), 0, 290)[:20]


def test_runs_keep_their_rate_with_a_tenth_of_jitter() -> None:
    begun = [now for now, key in run(made(1), 0, 300 * 40)]
    gaps = [later - earlier for earlier, later in pairwise(begun)]
    assert 39 <= len(begun) <= 41, "no drift"
    assert all(300 * 0.78 <= gap <= 300 * 1.22 for gap in gaps)
    assert len({round(gap) for gap in gaps}) > 10


def test_after_a_suspend_every_target_runs_once_and_not_once_for_every_run_missed() -> None:
    schedule = made(20)
    run(schedule, 0, 400)
    begun = run(schedule, 40_000, 40_300)
    assert all(sum(1 for _, key in begun if key == name) <= 2 for name in {key for _, key in begun})


def test_no_more_begin_in_a_second_than_the_rate_allows_and_an_interval_too_short_for_all_is_stretched() -> None:
    schedule = made(1000, Pace(interval=60.0, touch=0.0, concurrency=512, rate=5.0))
    begun = run(schedule, 0, 220, 0.1)
    for second in range(5, 215, 10):
        assert sum(1 for now, _ in begun if second <= now < second + 1) <= 6
    assert schedule.interval_of("sip p1.example") == 200.0
    assert len({key for _, key in begun}) >= 990


def test_no_more_run_at_a_time_than_may_and_none_twice() -> None:
    schedule = made(50, Pace(interval=10.0, touch=0.0, concurrency=8, rate=1000.0))
    begun = schedule.start(10)
    assert len(begun) == 8
    assert not schedule.start(11)
    schedule.finished(begun[0].key, 12, good=True)
    assert len(schedule.start(12)) == 1


def test_two_targets_at_one_address_wait_for_each_other() -> None:
    schedule = made(2)
    for due in schedule.start(300):
        schedule.finished(due.key, 300, good=True, addresses=["192.0.2.7"])
    assert len(schedule.start(1000)) == 1
    schedule.finished("sip p0.example", 1001, good=True, addresses=["192.0.2.7"])
    schedule.finished("sip p1.example", 1001, good=True, addresses=["192.0.2.7"])
    assert len(schedule.start(1002)) <= 1


def test_what_is_asked_for_jumps_the_queue() -> None:
    schedule = made(100, Pace(interval=10.0, touch=0.0, concurrency=1, rate=1000.0))
    schedule.ask(["sip p77.example"])
    assert schedule.start(10)[0].key == "sip p77.example"


def test_asking_for_a_target_that_runs_lets_it_run_once_more_afterwards() -> None:
    schedule = made(1)
    assert len(schedule.start(300)) == 1
    schedule.ask(["sip p0.example"])
    assert not schedule.start(301)
    schedule.finished("sip p0.example", 302, good=True)
    assert len(schedule.start(302)) == 1


def test_a_stranger_can_be_asked_for_without_being_planned() -> None:
    schedule = made(1)
    schedule.ask(["sip stranger.example"])
    assert [due.key for due in schedule.start(0)] == ["sip stranger.example"]
    schedule.finished("sip stranger.example", 1, good=False)
    assert schedule.next_run("sip stranger.example") is None


def test_a_retry_comes_when_it_is_wanted() -> None:
    schedule = made(1)
    schedule.start(300)
    schedule.finished("sip p0.example", 300, good=False, retry=10.0)
    assert schedule.next_run("sip p0.example") == 310
    assert not schedule.start(309)
    assert len(schedule.start(310)) == 1


def test_a_target_that_stays_down_is_asked_ever_less_often_up_to_half_an_hour() -> None:
    schedule, now, gaps = made(1), 300.0, []
    for _ in range(6):
        assert schedule.start(now)
        schedule.finished("sip p0.example", now, good=False, down=True, addresses=["192.0.2.7"])
        following = schedule.next_run("sip p0.example")
        assert following is not None
        gaps.append(following - now)
        now = following
    assert gaps[-1] > gaps[1]
    assert gaps[-1] <= LONGEST_BACK_OFF * 1.1


def test_a_new_address_and_an_operator_end_the_back_off() -> None:
    schedule = made(1)
    for now in (300.0, 10_000.0):
        schedule.start(now)
        schedule.finished("sip p0.example", now, good=False, down=True, addresses=["192.0.2.7"])
    assert schedule.interval_of("sip p0.example") > 300
    schedule.start(20_000)
    schedule.finished("sip p0.example", 20_000, good=False, down=True, addresses=["192.0.2.8"])
    assert schedule.interval_of("sip p0.example") == 300
    schedule.start(30_000)
    schedule.finished("sip p0.example", 30_000, good=False, down=True, addresses=["192.0.2.8"])
    assert schedule.interval_of("sip p0.example") == 600
    schedule.ask(["sip p0.example"])
    assert schedule.interval_of("sip p0.example") == 300


def test_healthy_targets_are_touched_between_whole_runs_and_a_failed_touch_brings_a_whole_one_at_once() -> None:
    schedule = made(1, Pace(interval=300.0, touch=60.0, concurrency=8, rate=5.0))
    schedule.start(300)
    schedule.finished("sip p0.example", 300, good=True, addresses=["192.0.2.7"])
    due = schedule.start(367)
    assert [each.tier for each in due] == [Tier.TOUCH]
    schedule.finished("sip p0.example", 367, good=False)
    assert [each.tier for each in schedule.start(367)] == [Tier.FULL]


def test_touches_give_way_where_the_rate_has_no_room_for_them() -> None:
    schedule = made(1000, Pace(interval=300.0, touch=60.0, concurrency=512, rate=5.0))
    tiers = set()
    for now in range(300):
        for due in schedule.start(now):
            tiers.add(due.tier)
            schedule.finished(due.key, now, good=True, addresses=[due.key])
    assert tiers == {Tier.FULL}


def test_a_new_configuration_takes_effect_at_once_and_leaves_the_others_where_they_were() -> None:
    schedule = made(3)
    before = schedule.next_run("sip p1.example")
    schedule.set_targets(["sip p1.example", "sip new.example"], 10)
    assert schedule.next_run("sip p1.example") == before
    assert schedule.next_run("sip p0.example") is None
    assert schedule.next_run("sip new.example") is not None


def test_a_shorter_interval_takes_effect_at_once() -> None:
    schedule = made(1)
    run(schedule, 0, 301)
    schedule.set_targets(["sip p0.example"], 301, Pace(interval=10.0, touch=0.0, concurrency=8, rate=5.0))
    following = schedule.next_run("sip p0.example")
    assert following is not None
    assert following <= 311


def test_the_wait_ends_when_something_is_due_and_never_lasts_longer_than_a_second() -> None:
    schedule = made(1)
    following = schedule.next_run("sip p0.example")
    assert following is not None
    assert schedule.wait(following - 0.5) == 0.5
    assert schedule.wait(following - 100) == 1.0


def hosted(schedule: Schedule, start: float, end: float, address: str) -> list[float]:
    """When runs begin of targets that share a network, once a first round has found where they are."""
    begun, now, number = [], start, 0
    while now < end:
        for due in schedule.start(now):
            number += 1
            begun.append(now)
            schedule.finished(due.key, now, good=True, addresses=[address.format(number % 200)])
        now += 1.0
    return begun


def test_no_more_than_ten_runs_a_minute_go_to_one_network_of_strangers_and_all_have_their_turn() -> None:
    schedule = made(200)
    hosted(schedule, 0, 301, "8.8.8.{}")
    begun = hosted(schedule, 301, 301 + 3 * 1200, "8.8.8.{}")
    assert all(sum(1 for each in begun if at <= each < at + 60) <= MOST_IN_NETWORK for at in begun)
    assert len(begun) >= 2 * 200, "each within its stretched interval of twenty minutes"
    assert schedule.interval_of("sip p1.example") == 1200.0, "what is stale goes by the interval it really has"


def test_networks_of_our_own_are_not_spared() -> None:
    schedule = made(200)
    hosted(schedule, 0, 301, "10.0.0.{}")
    assert len(hosted(schedule, 301, 601, "10.0.0.{}")) > 150


def test_what_an_operator_asks_for_does_not_wait_for_politeness() -> None:
    schedule = made(50)
    hosted(schedule, 0, 301, "8.8.8.{}")
    schedule.ask(f"sip p{number}.example" for number in range(50))
    assert len(schedule.start(302.0)) == 50


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("8.8.8.8", "8.8.8.0/24"), ("2a00:1450:4001:1::5", "2a00:1450:4001::/48"), ("127.0.0.1", ""), ("10.1.2.3", ""),
        ("no address", ""),
    ],
)  # fmt: skip
def test_a_stranger_is_known_by_the_network_of_its_public_address(address: str, network: str) -> None:
    assert network_of(address) == network
