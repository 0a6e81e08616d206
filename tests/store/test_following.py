"""How the store follows: what it says before the first answer, what it asks again, and which errors end it."""

import asyncio

import pytest

from edgeconsole.model.capability import Capability
from edgeconsole.model.observed import EventKind
from edgeconsole.model.probe import Certainty, ProbeKind, Severity, TargetStatus
from edgeconsole.model.probing import Probes
from edgeconsole.model.snapshot import Connection
from edgeconsole.store.store import POLL_SECONDS, Store
from tests.store.scripted import START, Followed, ScriptedBackend, Ticking


class Box:
    """A draft that follows what is saved."""

    def follow(self, saved) -> None: ...

    def close(self) -> None: ...


def target(name: str, severity: Severity = Severity.OK) -> TargetStatus:
    return TargetStatus(target=name, kind=ProbeKind.SIP, severity=severity, certainty=Certainty.HARD)


async def live(followed) -> None:
    """Wait until events are followed and everything was read again."""
    await followed.until(lambda s: s.connection is Connection.LIVE)
    calls = followed.store._backend.calls
    while calls.count("failures") < 2 or not calls[-1].startswith("probes"):
        await asyncio.sleep(0)


async def test_an_edge_that_is_away_from_the_start_is_said_to_be_with_its_reason(backend: ScriptedBackend) -> None:
    clock = Ticking()
    store = Store(backend, clock=clock, pause=clock.pause, drafts=Box())
    assert store.reason_against(Capability.EDIT) == "the backend has not answered yet"
    backend.down = "nobody there"
    running = asyncio.create_task(store.run())
    snapshot = await Followed(store).until(lambda s: s.connection is Connection.DOWN)
    assert (snapshot.problem, snapshot.down_since) == ("nobody there", START)
    assert store.reason_against(Capability.EDIT) == "nobody there"
    assert not store.can_only_stage, "what is saved is not known"
    running.cancel()


async def test_after_an_answer_the_pauses_begin_anew(backend) -> None:
    clock = Ticking()
    backend.down = "nobody there"
    store = Store(backend, clock=clock, pause=clock.pause)
    running = asyncio.create_task(store.run())
    for number in range(1, 6):
        while len(clock.paused) < number:
            await asyncio.sleep(0)
        backend.down = None if number == 3 else "nobody there"
        if number == 3:
            backend.stream.put_nowait(None)
        clock.release.set()
    running.cancel()
    assert clock.paused[:5] == [0.5, 1.0, 2.0, 0.5, 1.0]


@pytest.mark.parametrize("at", ["in the first read", "while it is followed"])
async def test_an_error_that_no_edge_can_answer_with_ends_the_store(backend: ScriptedBackend, at: str) -> None:
    clock = Ticking()
    store = Store(backend, clock=clock, pause=clock.pause)
    running = asyncio.create_task(store.run())
    if at == "in the first read":
        backend.broken = ZeroDivisionError()
    else:
        while backend.calls.count("sessions") < 2:
            await asyncio.sleep(0)
        backend.broken = ZeroDivisionError()
        backend.say(EventKind.SESSION_OPENED)
    with pytest.raises((ZeroDivisionError, ExceptionGroup)):
        await asyncio.wait_for(running, 5)
    assert clock.paused == []


async def test_an_error_beside_an_edges_own_ends_the_store_too(backend: ScriptedBackend) -> None:
    clock = Ticking()
    store = Store(backend, clock=clock, pause=clock.pause)
    running = asyncio.create_task(store.run())
    while backend.calls.count("sessions") < 2:
        await asyncio.sleep(0)
    # The read fails and the stream ends in one turn.
    backend.broken = ZeroDivisionError()
    backend.say(EventKind.SESSION_OPENED)
    backend.stream.put_nowait(None)
    with pytest.raises(ExceptionGroup) as ended:
        await asyncio.wait_for(running, 5)
    assert ended.value.subgroup(ZeroDivisionError) is not None


async def test_a_question_and_its_answer_are_passed_on(backend: ScriptedBackend) -> None:
    assert await Store(backend, clock=Ticking()).explain("why") == "because"
    assert backend.explained == ["why"]


async def test_a_read_only_console_may_do_all_that_changes_nothing(backend: ScriptedBackend) -> None:
    store = Store(backend, clock=Ticking(), readonly=True)
    await store.refresh()
    assert store.reason_against(Capability.LOOK_UPS) is None
    assert store.reason_against(Capability.EDIT) is not None


async def test_what_the_edge_does_not_offer_has_its_reason(backend: ScriptedBackend) -> None:
    backend.supported = frozenset(Capability) - {Capability.LOOK_UPS}
    store = Store(backend, clock=Ticking())
    await store.refresh()
    assert (
        store.reason_against(Capability.LOOK_UPS) == store.capabilities.reason_against(Capability.LOOK_UPS) is not None
    )
    assert store.reason_against(Capability.EDIT) is None


async def test_changes_can_only_be_staged_while_the_edge_is_away_and_what_is_saved_is_known(followed, backend) -> None:
    assert not followed.store.can_only_stage
    followed.store.drafts = Box()
    await live(followed)
    assert not followed.store.can_only_stage
    backend.down = "connection refused"
    backend.stream.put_nowait(None)
    await followed.until(lambda s: s.connection is Connection.DOWN)
    assert followed.store.can_only_stage
    followed.store.readonly = True
    assert not followed.store.can_only_stage
    followed.store.readonly, followed.store.drafts = False, None
    assert not followed.store.can_only_stage


async def test_an_edge_without_events_is_asked_again_and_again(backend: ScriptedBackend) -> None:
    backend.supported = frozenset(Capability) - {Capability.EVENTS}
    clock = Ticking()
    store = Store(backend, clock=clock, pause=clock.pause)
    running = asyncio.create_task(store.run())
    for number in range(1, 4):
        while len(clock.paused) < number:
            await asyncio.sleep(0)
        assert (clock.paused, backend.calls.count("failures")) == ([POLL_SECONDS] * number, number)
        clock.release.set()
    running.cancel()
    assert "events" not in backend.calls


async def test_others_who_come_and_go_are_told_and_nothing_is_read_for_them(followed, backend) -> None:
    await live(followed)
    backend.calls.clear()
    backend.say(EventKind.PRESENCE)
    await asyncio.wait_for(followed.store.others_moved.wait(), 5)
    assert backend.calls == []
    backend.commit(2, federation=True)
    backend.say(EventKind.CONFIGURATION)
    assert (await followed.until(lambda s: s.revision.number == 2)).configuration.access_edge.federation


async def test_the_text_is_read_again_only_where_its_revision_is_another(followed, backend) -> None:
    await live(followed)
    assert backend.calls.count("read") == 1
    assert backend.calls.count("history 6") == 1
    backend.commit(2, federation=True)
    backend.say(EventKind.CONFIGURATION)
    await followed.until(lambda s: s.revision.number == 2)
    assert backend.calls.count("read") == 2


async def test_a_file_without_a_saved_revision_is_read_each_time(backend: ScriptedBackend) -> None:
    backend.revision = None
    store = Store(backend, clock=Ticking())
    await store.refresh()
    await store.refresh()
    assert backend.calls.count("read") == 2


async def test_of_probes_only_what_moved_is_asked_for_and_put_in_place(followed, backend) -> None:
    backend.probed = Probes(targets=(target("a.example"), target("b.example")), cursor=10)
    backend.say(EventKind.RESET)
    await followed.until(lambda s: s.probes.cursor == 10)
    assert "probes 10" not in backend.calls
    backend.probed = Probes(targets=(target("b.example", Severity.CRITICAL),), cursor=12, whole=False)
    backend.say(EventKind.PROBES)
    snapshot = await followed.until(lambda s: s.probes.cursor == 12)
    assert "probes 10" in backend.calls
    assert [each.severity for each in snapshot.probes.targets] == [Severity.OK, Severity.CRITICAL]
    backend.probed = Probes(targets=(target("c.example"),), cursor=20)
    backend.say(EventKind.PROBES)
    snapshot = await followed.until(lambda s: s.probes.cursor == 20)
    assert [each.target for each in snapshot.probes.targets] == ["c.example"]


async def test_after_the_edge_was_another_one_all_probes_are_asked_for(followed, backend) -> None:
    for cursor in (10, 3):
        backend.calls.clear()
        backend.probed = Probes(targets=(target("a.example"),), cursor=cursor)
        backend.say(EventKind.RESET)
        await followed.until(lambda s, cursor=cursor: s.probes.cursor == cursor)
        assert "probes None" in backend.calls
        assert "probes 10" not in backend.calls
