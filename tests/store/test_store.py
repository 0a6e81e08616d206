"""The store follows a backend, publishes snapshots and never overwrites what the operator has not seen."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from edgeconsole.model.capability import Capability
from edgeconsole.model.errors import NotPermitted
from edgeconsole.model.observed import EventKind, PartnerCounters
from edgeconsole.model.probe import Certainty, ProbeKind, Severity, TargetStatus
from edgeconsole.model.probing import Probes
from edgeconsole.model.snapshot import Connection, Snapshot
from edgeconsole.store.store import Part, Store, merged
from tests.store.scripted import START, Followed, Ticking


async def test_the_first_snapshot_is_live_and_whole(followed, backend) -> None:
    snapshot = await followed.until(lambda s: s.connection is Connection.LIVE)
    assert snapshot.revision == backend.revision
    assert snapshot.taken_at == START
    assert snapshot.health is not None


async def test_a_change_of_the_configuration_arrives_by_event(followed, backend) -> None:
    await followed.until(lambda s: s.connection is Connection.LIVE)
    backend.commit(2, partner_discovery=True)
    backend.say(EventKind.CONFIGURATION)
    snapshot = await followed.until(lambda s: s.revision.number == 2)
    assert snapshot.configuration.access_edge.partner_discovery


async def test_an_edge_that_tells_its_last_event_is_followed_from_there_and_read_once(backend) -> None:
    backend.last_event = 41
    ticking = Ticking()
    store = Store(backend, clock=ticking, pause=ticking.pause)
    running = asyncio.create_task(store.run())
    followed = Followed(store)
    try:
        await followed.until(lambda snapshot: snapshot.connection is Connection.LIVE)
        backend.say(EventKind.TRAFFIC)
        followed.changed.clear()
        await asyncio.wait_for(followed.changed.wait(), 5)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert backend.followed_from == [41]
    assert (backend.calls.count("health"), backend.calls.count("failures")) == (1, 1)
    assert backend.calls.count("counters") == 2


async def test_an_edge_that_tells_no_event_is_read_again_once_its_events_are_followed(backend) -> None:
    ticking = Ticking()
    store = Store(backend, clock=ticking, pause=ticking.pause)
    followed = Followed(store)
    running = asyncio.create_task(store.run())
    try:
        await followed.until(lambda _: backend.calls.count("failures") == 2)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert backend.followed_from == [None]


async def test_parts_can_be_read_alone_and_the_others_are_not_asked_for(backend) -> None:
    store = Store(backend, clock=Ticking())
    await store.refresh(frozenset({Part.CONFIGURATION, Part.SESSIONS}))
    assert store.snapshot.revision == backend.revision
    assert "sessions" in backend.calls
    assert not {"counters", "discovered", "failures", "probes None"} & set(backend.calls)


async def test_traffic_rereads_counters_and_not_the_configuration(followed, backend) -> None:
    await followed.until(lambda s: s.connection is Connection.LIVE)
    while "events" not in backend.calls or backend.calls[-1] != "probes None":
        await asyncio.wait_for(followed.changed.wait(), 5)
        followed.changed.clear()
    backend.calls.clear()
    backend.counted = (PartnerCounters(domain="fabrikam.example", received=3),)
    backend.say(EventKind.TRAFFIC)
    await followed.until(lambda s: s.counters == backend.counted)
    assert "read" not in backend.calls
    assert "health" not in backend.calls


async def test_a_backend_that_goes_away_leaves_the_data_and_says_since_when(followed, backend) -> None:
    await followed.until(lambda s: s.connection is Connection.LIVE)
    backend.commit(2, federation=True)
    backend.say(EventKind.CONFIGURATION)
    await followed.until(lambda s: s.revision.number == 2)
    followed.clock.now += timedelta(minutes=2)
    backend.down = "connection refused"
    backend.stream.put_nowait(None)
    snapshot = await followed.until(lambda s: s.connection is Connection.DOWN)
    assert snapshot.configuration.access_edge.federation
    assert snapshot.down_since == START + timedelta(minutes=2)
    assert followed.store.reason_against(Capability.EDIT)


async def test_a_backend_that_comes_back_is_live_again_without_being_asked(followed, backend) -> None:
    await followed.until(lambda s: s.connection is Connection.LIVE)
    backend.down = "connection refused"
    backend.stream.put_nowait(None)
    await followed.until(lambda s: s.connection is Connection.DOWN)
    backend.down = None
    backend.commit(5, federation=True)
    followed.clock.release.set()
    snapshot = await followed.until(lambda s: s.connection is Connection.LIVE)
    assert snapshot.revision.number == 5
    assert snapshot.down_since is None


async def test_pauses_between_attempts_grow_to_their_limit(backend) -> None:
    clock = Ticking()
    backend.down = "nobody there"
    store = Store(backend, clock=clock, pause=clock.pause)
    running = asyncio.create_task(store.run())
    for expected in range(1, 7):
        while len(clock.paused) < expected:
            await asyncio.sleep(0)
        clock.release.set()
    running.cancel()
    assert clock.paused[:6] == [0.5, 1.0, 2.0, 5.0, 5.0, 5.0]


async def test_a_change_is_planned_on_the_revision_that_was_on_screen(followed, backend) -> None:
    await followed.until(lambda s: s.connection is Connection.LIVE)
    on_screen = followed.store.snapshot.revision
    backend.commit(9, federation=True)
    await followed.store.plan([])
    assert backend.planned_on == on_screen


async def test_a_read_only_store_changes_nothing_and_says_why(backend) -> None:
    store = Store(backend, clock=lambda: START, readonly=True)
    await store.refresh()
    with pytest.raises(NotPermitted, match="read-only"):
        await store.plan([])
    assert "plan" not in backend.calls
    assert store.reason_against(Capability.EDIT) == "this console is read-only"


async def test_a_subscriber_that_left_hears_nothing_more(backend) -> None:
    store = Store(backend, clock=lambda: START)
    heard: list[Snapshot] = []
    leave = store.subscribe(heard.append)
    await store.refresh()
    leave()
    await store.refresh()
    assert len(heard) == 1


async def test_snapshots_are_values_that_cannot_be_changed(backend) -> None:
    store = Store(backend, clock=lambda: START)
    await store.refresh()
    with pytest.raises(AttributeError):
        store.snapshot.problem = "x"
    assert msgspec.json.encode(store.snapshot)


def target(name: str, severity: Severity = Severity.OK) -> TargetStatus:
    return TargetStatus(target=name, kind=ProbeKind.SIP, severity=severity, certainty=Certainty.HARD)


def test_what_moved_takes_its_place_among_what_was_known_of_probes() -> None:
    known = Probes(targets=(target("a.example"), target("b.example"), target("c.example")), cursor=10)
    moved = Probes(
        targets=(target("b.example", Severity.CRITICAL), target("d.example")),
        removed=("sip a.example",),
        cursor=12,
        whole=False,
        vantage_down=True,
    )
    now = merged(known, moved)
    assert [(each.target, each.severity) for each in now.targets] == [
        ("b.example", Severity.CRITICAL),
        ("c.example", Severity.OK),
        ("d.example", Severity.OK),
    ]
    assert (now.cursor, now.whole, now.removed, now.vantage_down) == (12, True, (), True)
