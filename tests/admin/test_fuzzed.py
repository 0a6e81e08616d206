"""Requests made from the served description, good and bad: no server error, and no answer it does not describe."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from edgeconsole.wire.openapi import description
from edgeconsole.wire.roles import Role
from edgeconsole.wire.routes import ROUTES
from tests.admin.worlds import AdminWorld, admin_world

if TYPE_CHECKING:
    import schemathesis

NAMES = {route.name for route in ROUTES}
ENDLESS = {"events", "probe"}
"""Streams: the one never ends, the other makes real connections and lasts as long as they do."""
GUARDED = [route.name for route in ROUTES if route.guarded]


@cache
def operations() -> dict[str, Any]:
    """Return the operations of the description by name; schemathesis is imported by those alone who run these tests."""
    import schemathesis

    schema = schemathesis.openapi.from_dict(description())
    found = (each.ok() for each in schema.get_all_operations())
    return {each.definition.raw["operationId"]: each for each in found}


class Served(NamedTuple):
    """What a client in another thread needs."""

    address: str
    token: str
    authority: str


class Quick(AdminWorld):
    """A world whose seconds pass a thousand times as fast, so that the limit on requests is never met."""

    @property
    def seconds(self) -> float:  # type: ignore[override]
        return time.monotonic() * 1_000

    @seconds.setter
    def seconds(self, value: float) -> None:
        del value


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with background(tmp_path_factory.mktemp("fuzzed")) as found:
        yield found


@contextmanager
def background(directory: Path) -> Iterator[Served]:
    """Run the API on a loop of its own thread: the client that makes the requests blocks."""
    ready: list[Served] = []
    started, stop, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()

    async def serve() -> None:
        async with admin_world(directory, Quick) as world:
            world.discover("adatum.example")
            ready.append(Served(world.address, world.token(Role.ADMIN), str(world.authority.file)))
            started.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(30)
    yield ready[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)
    loop.close()


FEW, MANY = 2, 100
"""Requests for each route in the everyday suite, and in the long one."""

few = settings(
    max_examples=FEW,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def call(served: Served, case: "schemathesis.Case", **headers: str) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks as openapi

    checks = [not_a_server_error, openapi.status_code_conformance, openapi.content_type_conformance,
              openapi.response_schema_conformance]  # fmt: skip
    case.headers = {
        **{name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"},
        "Authorization": f"Bearer {served.token}",
        **headers,
    }
    case.call_and_validate(base_url=served.address, verify=served.authority, checks=checks)


amounts = pytest.mark.parametrize(
    "amount", [FEW, pytest.param(MANY, marks=[pytest.mark.slow, pytest.mark.timeout(300)])]
)


def test_every_route_is_an_operation_of_the_description() -> None:
    assert set(operations()) == NAMES


@amounts
@pytest.mark.parametrize("mode", ["good", "bad"])
@pytest.mark.parametrize("name", sorted(NAMES - ENDLESS))
def test_no_request_breaks_the_server_or_its_description(served: Served, name: str, mode: str, amount: int) -> None:
    import schemathesis

    kind = schemathesis.GenerationMode.POSITIVE if mode == "good" else schemathesis.GenerationMode.NEGATIVE

    @settings(few, max_examples=amount)
    @given(operations()[name].as_strategy(generation_mode=kind))
    def each(case) -> None:
        call(served, case)

    each()


@amounts
@pytest.mark.parametrize("name", GUARDED)
def test_no_change_that_passes_its_precondition_breaks_the_server(served: Served, name: str, amount: int) -> None:
    @settings(few, max_examples=amount)
    @given(operations()[name].as_strategy())
    def each(case) -> None:
        for header in ("If-Match", "If-None-Match"):
            (case.headers or {}).pop(header, None)
        call(served, case, **{"If-None-Match" if name.endswith("_put") else "If-Match": "*"})

    each()
