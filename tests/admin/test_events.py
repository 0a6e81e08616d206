"""The event stream: resumed by id, reset after a gap, alive when nothing happens, ended with its caller's rights."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from edgeconsole.model.observed import EventKind
from edgeconsole.proxy.admin import events
from edgeconsole.proxy.admin.events import EventStreams
from edgeconsole.wire.roles import Role
from tests.admin.worlds import AdminWorld


async def frames(response: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """Yield each event with its fields; a comment comes as one too."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if not line and fields:
            yield fields
            fields = {}
        elif line:
            name, _, value = line.partition(": ") if not line.startswith(":") else ("comment", "", line[2:])
            fields[name] = value


def say(world: AdminWorld, *subjects: str) -> None:
    for subject in subjects:
        world.edge.events.add(EventKind.FAILURE, subject=subject)


async def test_a_stream_begins_now_and_tells_how_soon_to_come_back(world: AdminWorld) -> None:
    say(world, "before")
    async with world.as_role(Role.VIEWER).stream("GET", "/v1/events") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        stream = frames(response)
        assert await anext(stream) == {"retry": "2000"}
        say(world, "after")
        event = await anext(stream)
        assert (event["id"], event["event"]) == ("2", "failure")
        assert '"subject":"after"' in event["data"]


@pytest.mark.parametrize("how", ["header", "query"])
async def test_a_stream_goes_on_after_the_last_event_seen(world: AdminWorld, how: str) -> None:
    say(world, "one", "two", "three")
    client = world.as_role(Role.VIEWER)
    told = {"headers": {"Last-Event-ID": "1"}} if how == "header" else {"params": {"after": "1"}}
    async with client.stream("GET", "/v1/events", **told) as response:
        stream = frames(response)
        await anext(stream)
        assert [(await anext(stream))["id"] for _ in range(2)] == ["2", "3"]


async def test_who_comes_back_too_late_is_told_to_read_everything_again(world: AdminWorld) -> None:
    say(world, *map(str, range(5_000)))
    client = world.as_role(Role.VIEWER)
    async with client.stream("GET", "/v1/events", headers={"Last-Event-ID": "1"}) as response:
        stream = frames(response)
        await anext(stream)
        reset = await anext(stream)
        assert (reset["event"], reset["id"]) == ("reset", "5000")
        say(world, "next")
        assert (await anext(stream))["id"] == "5001"


async def test_an_id_of_another_life_of_the_proxy_is_a_reset_too(world: AdminWorld) -> None:
    async with world.as_role(Role.VIEWER).stream("GET", "/v1/events", headers={"Last-Event-ID": "77"}) as response:
        stream = frames(response)
        await anext(stream)
        assert (await anext(stream))["event"] == "reset"


async def test_a_stream_on_which_nothing_happens_shows_that_it_lives(world: AdminWorld) -> None:
    world.shared.streams = EventStreams(world.edge.events, heartbeat=0.01)
    async with world.as_role(Role.VIEWER).stream("GET", "/v1/events") as response:
        stream = frames(response)
        await anext(stream)
        assert [await anext(stream) for _ in range(2)] == [{"comment": "alive"}] * 2


@pytest.mark.parametrize("moment", ["idle", "busy"])
async def test_a_stream_ends_when_its_token_is_revoked(world: AdminWorld, moment: str) -> None:
    world.shared.streams = EventStreams(world.edge.events, heartbeat=0.01 if moment == "idle" else 60)
    token = world.token(Role.VIEWER)
    async with world.client(token=token).stream("GET", "/v1/events") as response:
        stream = frames(response)
        await anext(stream)
        world.shared.tokens.revoke(token.split("_")[1])
        say(world, "secret")
        assert all("secret" not in str(frame) for frame in [frame async for frame in stream])


async def test_one_caller_holds_some_streams_and_all_callers_hold_so_many(
    world: AdminWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_STREAMS", 3)
    monkeypatch.setattr(events, "MOST_STREAMS_EACH", 2)
    one, other = world.as_role(Role.VIEWER), world.as_role(Role.VIEWER)
    async with one.stream("GET", "/v1/events"), one.stream("GET", "/v1/events"):
        refused = await one.get("/v1/events")
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        async with other.stream("GET", "/v1/events") as third:
            assert third.status_code == 200
            assert (await other.get("/v1/events")).status_code == 503


async def test_a_stream_that_ended_makes_room(world: AdminWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_STREAMS_EACH", 1)
    client = world.as_role(Role.VIEWER)
    async with client.stream("GET", "/v1/events") as response:
        assert response.status_code == 200
    async with asyncio.timeout(10):
        while world.shared.streams._open:
            say(world, "notice that it is gone")
            await asyncio.sleep(0)
    async with client.stream("GET", "/v1/events") as response:
        assert response.status_code == 200


async def test_stopping_the_proxy_ends_the_streams(world: AdminWorld) -> None:
    async with world.as_role(Role.VIEWER).stream("GET", "/v1/events") as response:
        stream = frames(response)
        await anext(stream)
        await world.https.stop()
        assert [frame async for frame in stream] == []
    await world.open_https()
