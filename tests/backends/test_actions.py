"""Every verb of the action table that asks the edge: done through the store over a real proxy, or refused with why."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from edgeconsole.actions import direct
from edgeconsole.actions import draft as drafting
from edgeconsole.actions import history as past
from edgeconsole.actions.registry import ACTIONS
from edgeconsole.backends.file import FileBackend
from edgeconsole.backends.local import open_local
from edgeconsole.backends.remote import open_remote
from edgeconsole.lab.world import World
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.plan import Plan
from edgeconsole.model.revision import WriteOutcome
from edgeconsole.store.drafts import DraftBox
from edgeconsole.store.store import Store
from tests.backends.https_edge import https_edge
from tests.backends.test_contract import TEXT


def now() -> datetime:
    return datetime.now(UTC)


def store_on(backend) -> Store:
    box = DraftBox("test", clock=now, new_id=lambda: str(uuid4()))
    return Store(backend, clock=now, drafts=box)


@asynccontextmanager
async def opened(kind: str, directory: Path) -> AsyncIterator[Store]:
    if kind == "file":
        path = directory / "federation.toml"
        path.write_text(TEXT)
        store = store_on(FileBackend(path, clock=now, new_id=lambda: str(uuid4()), via="test"))
        yield store
        await store.aclose()
    elif kind == "local":
        async with World(traffic=False) as world:
            store = store_on(open_local(Path(world.description.socket), via="test"))
            yield store
            await store.aclose()
    else:
        async with https_edge(directory) as edge:
            store = store_on(open_remote(edge, via="test"))
            yield store
            await store.aclose()


async def done(store: Store, plan: Plan) -> None:
    assert not plan.empty
    result = await store.apply(plan, "INC-1", confirm=timedelta(minutes=2) if plan.guard else None)
    assert result.outcome is WriteOutcome.COMMITTED
    if result.pending is not None:
        await past.keep(store, result.pending.token)
    assert result.running in (None, result.revision)


async def apply_draft(store: Store) -> None:
    box = store.drafts
    assert box is not None
    box.stage([direct.allow_change("staged.example")])
    await drafting.apply(store, box, await drafting.plan(store, box))
    assert box.view.edits == ()


async def decide(store: Store) -> None:
    plan = await direct.toggle_discovery(store)
    waiting = (await store.apply(plan, confirm=timedelta(minutes=2))).pending
    assert waiting is not None
    await past.keep(store, waiting.token)
    plan = await direct.toggle_discovery(store)
    waiting = (await store.apply(plan, confirm=timedelta(minutes=2))).pending
    assert waiting is not None
    await past.take_back(store, waiting.token)


async def name(store: Store) -> None:
    await past.name_revision(store, "named", 1)
    await past.forget_name(store, "named")


async def refresh(store: Store) -> None:
    await store.refresh()


DO: Mapping[str, Callable[[Store], Awaitable[None]]] = {
    "access-edge.discovery": lambda store: _planned(store, direct.toggle_discovery(store)),
    "domain.block": lambda store: _planned(store, direct.block(store, "fabrikam.example")),
    "domain.allow": lambda store: _planned(store, direct.allow(store, "fabrikam.example")),
    "domain.remove": lambda store: _planned(store, direct.remove(store, ["fabrikam.example"])),
    "history.undo": lambda store: _planned(store, direct.undo(store)),
    "history.reverse": lambda store: _planned(store, direct.undo(store, 2)),
    "history.rollback": lambda store: _planned(store, past.roll_back(store, 3)),
    "history.point": name,
    "draft.apply": apply_draft,
    "change.decide": decide,
    "view.refresh": refresh,
}
"""How the verbs that ask the edge are done, in this order."""

NOT_ON_A_FILE = {"change.decide": "no automatic rollback here"}


async def _planned(store: Store, plan: Awaitable[Plan]) -> None:
    await done(store, await plan)


@pytest.mark.parametrize("kind", ["file", "local", "remote"])
async def test_every_verb_is_done_or_says_why_it_cannot_be(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as store:
        await store.refresh()
        for identity, verb in DO.items():
            if kind == "file" and identity in NOT_ON_A_FILE:
                with pytest.raises(EdgeconsoleError, match=NOT_ON_A_FILE[identity]):
                    await verb(store)
                continue
            before = await store.backend.history(1)
            await verb(store)
            moved = await store.backend.history(1) != before
            assert moved is (identity not in ("history.point", "view.refresh")), identity
        for action in ACTIONS.values():
            if action.capability is None:
                continue
            reason = store.capabilities.reason_against(action.capability)
            assert reason is None or (kind == "file" and "no proxy runs" in reason), action.id


def test_the_verbs_that_are_tried_are_those_of_the_table() -> None:
    assert set(DO) <= set(ACTIONS)
