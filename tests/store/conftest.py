"""A store that follows a scripted backend."""

import asyncio

import pytest

from edgeconsole.store.store import Store
from tests.store.scripted import Followed, ScriptedBackend, Ticking


@pytest.fixture
def backend() -> ScriptedBackend:
    return ScriptedBackend()


@pytest.fixture
async def followed(backend: ScriptedBackend):
    clock = Ticking()
    store = Store(backend, clock=clock, pause=clock.pause)
    running = asyncio.create_task(store.run())
    result = Followed(store)
    result.clock = clock
    yield result
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
