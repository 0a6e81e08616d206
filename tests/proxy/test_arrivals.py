"""The turns of new connections: what comes after a pause passes at once, who hurries waits, and alone."""

import pytest

from edgeconsole.proxy.arrivals import Turns


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_connections_of_five_seconds_pass_at_once_and_the_rest_at_their_rate(clock: Clock) -> None:
    turns = Turns(1_000, 20, clock)
    assert {turns.wait("192.0.2.1") for _ in range(100)} == {0.0}
    assert [round(turns.wait("192.0.2.1"), 3) for _ in range(3)] == [0.05, 0.1, 0.15]


def test_one_source_that_hurries_keeps_no_other_waiting(clock: Clock) -> None:
    turns = Turns(1_000, 20, clock)
    for _ in range(300):
        turns.wait("192.0.2.1")
    assert turns.wait("192.0.2.2") == 0.0


def test_an_address_of_the_same_ipv6_network_is_the_same_source(clock: Clock) -> None:
    turns = Turns(1_000, 20, clock)
    for number in range(100):
        turns.wait(f"2001:db8::{number:x}")
    assert turns.wait("2001:db8::ffff") > 0
    assert turns.wait("2001:db8:0:1::1") == 0.0


def test_many_sources_share_the_turns_of_the_listener(clock: Clock) -> None:
    turns = Turns(200, 20, clock)
    waits = [turns.wait(f"198.51.{number // 250}.{number % 250}") for number in range(1_002)]
    assert set(waits[:1_000]) == {0.0}
    assert [round(wait, 4) for wait in waits[1_000:]] == [0.005, 0.01]


def test_after_a_pause_a_source_may_hurry_again(clock: Clock) -> None:
    turns = Turns(1_000, 20, clock)
    for _ in range(100):
        turns.wait("192.0.2.1")
    clock.now += 1.0
    assert {turns.wait("192.0.2.1") for _ in range(20)} == {0.0}
    assert turns.wait("192.0.2.1") > 0
