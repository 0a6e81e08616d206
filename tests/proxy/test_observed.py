"""What the edge remembers is bounded, and its events can be followed without losing any in silence."""

import asyncio
from datetime import UTC, datetime

import pytest

from edgeconsole.model.observed import OTHERS, EventKind
from edgeconsole.model.verdict import Direction
from edgeconsole.proxy import observed
from edgeconsole.proxy.observed import Counters, Discovered, EventJournal, Failures

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def journal() -> EventJournal:
    return EventJournal(lambda: NOW)


def test_events_come_in_order_after_a_cursor(journal: EventJournal) -> None:
    for name in "abc":
        journal.add(EventKind.FAILURE, subject=name)
    assert [event.subject for event in journal.after(1)] == ["b", "c"]
    assert journal.after(3) == ()
    assert [event.id for event in journal.after(0)] == [1, 2, 3]


def test_who_comes_back_too_late_or_from_another_life_reads_a_reset(
    journal: EventJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observed, "_MAX_EVENTS", 3)
    short = EventJournal(lambda: NOW)
    for _ in range(5):
        short.add(EventKind.FAILURE)
    for cursor in (0, 1, 99):
        (event,) = short.after(cursor)
        assert (event.kind, event.id) == (EventKind.RESET, 5)
    assert len(short.after(2)) == 3
    assert [event.kind for event in journal.after(7)] == [EventKind.RESET]


async def test_waiting_ends_with_the_next_event(journal: EventJournal) -> None:
    waiting = asyncio.ensure_future(journal.wait(0))
    await asyncio.sleep(0)
    assert not waiting.done()
    journal.add(EventKind.FAILURE)
    await waiting
    await journal.wait(0)


async def test_traffic_is_told_at_once_and_then_at_most_twice_a_second(
    journal: EventJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(100):
        journal.traffic()
    assert journal.last_id == 1
    journal._traffic_due()
    assert journal.last_id == 2
    journal.stop()


def test_strangers_beyond_the_bound_share_one_count_and_listed_domains_never_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(observed, "_MAX_COUNTED", 2)
    counters = Counters()
    for domain in ("a.example", "b.example", "c.example", "d.example"):
        counters.of(domain, listed=False).asked(Direction.INBOUND, NOW)
    counters.of("listed.example", listed=True).asked(Direction.OUTBOUND, NOW)
    found = {each.domain: (each.received, each.sent) for each in counters.all()}
    assert found == {OTHERS: (2, 0), "a.example": (1, 0), "b.example": (1, 0), "listed.example": (0, 1)}


def test_the_discovered_domain_not_seen_for_longest_makes_room(
    journal: EventJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observed, "_MAX_DISCOVERED", 2)
    discovered = Discovered(journal)
    for domain in ("a.example", "b.example", "a.example", "c.example"):
        discovered.seen(domain, NOW, "allowed", allowed=True, edge=f"sip.{domain}", names=("x",))
    assert [(each.domain, each.messages) for each in discovered.all()] == [("c.example", 1), ("a.example", 2)]
    assert [event.subject for event in journal.after(0)] == ["a.example", "b.example", "c.example"]


def test_evidence_once_found_stays_when_a_later_message_brings_none(journal: EventJournal) -> None:
    discovered = Discovered(journal)
    discovered.seen("a.example", NOW, "allowed", allowed=True, edge="sip.a.example", names=("sip.a.example",))
    discovered.seen("a.example", NOW, "not-listed", allowed=False, edge="", names=())
    (partner,) = discovered.all()
    assert (partner.allowed, partner.edge, partner.names) == (False, "sip.a.example", ("sip.a.example",))


def test_failures_keep_the_newest_and_are_clean(journal: EventJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observed, "_MAX_FAILURES", 2)
    failures = Failures(journal, lambda: NOW)
    for text in ("old", "mid", "new\x1b[2J"):
        failures.add(Direction.INBOUND, "parse", text, peer="192.0.2.1:5061")
    assert [failure.text for failure in failures.all()] == ["new\\x1b[2J", "mid"]
    assert journal.after(2)[0].detail == "new\\x1b[2J"
