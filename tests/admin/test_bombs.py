"""Hostile bodies against a server in a process with little memory: refused, and the server still answers."""

import json
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from edgeconsole.wire.json import decode_request
from edgeconsole.wire.messages import PlanRequest
from edgeconsole.wire.routes import PATHS, ROUTES
from tests.admin.test_authorisation import NAMED

MEMORY = 700 * 1024 * 1024
"""Bytes of address space: the interpreter with its libraries and OpenSSL takes half of it."""

MIB = 1024 * 1024

CHILD = """
import asyncio, pathlib, resource, sys, time
sys.path.insert(0, {root!r})
from edgeconsole.wire.roles import Role
from tests.admin.worlds import AdminWorld, admin_world

class Quick(AdminWorld):
    # The limit on requests has tests of its own.
    seconds = property(lambda self: time.monotonic() * 1000, lambda self, value: None)

async def main():
    async with admin_world(pathlib.Path({directory!r}), Quick) as world:
        resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
        print(world.port, world.token(Role.ADMIN), flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""

BOMBS: dict[str, Callable[[], bytes]] = {
    "32 MiB of brackets": lambda: b"[" * (32 * MIB),
    "brackets where changes belong": lambda: b'{"changes": ' + b"[" * (31 * MIB),
    "empty objects": lambda: b'{"changes": [' + b"{}," * (10 * MIB),
    "numbers": lambda: b'{"changes": [' + b"1," * (15 * MIB),
    "one long string": lambda: b'{"changes": "' + b"a" * (31 * MIB) + b'"}',
    "a string that never ends": lambda: b'{"changes": "' + b'\\"' * (15 * MIB),
    "one key again and again": lambda: b"{" + b'"changes": [],' * (2 * MIB) + b'"changes": []}',
    "keys nobody knows": lambda: b"{" + b",".join(b'"k%d":0' % number for number in range(MIB)) + b"}",
    "more changes than may be": lambda: b'{"changes": [' + b'{"table":"domain"},' * 1_600_000 + b'{"table":"domain"}]}',
}
"""Made when they are sent: together they are 250 MB."""


SMALL_BOMBS = {
    "more than an ordinary body may have": b'{"why": "' + b"a" * (257 * 1024) + b'"}',
    "many brackets": b"[" * (200 * 1024),
    "many objects": b'{"changes": ' + b'{"a":' * (40 * 1024),
    "one number without end": b'{"number": ' + b"9" * (200 * 1024) + b"}",
    "one key again and again": b"{" + b'"why":"",' * (20 * 1024) + b'"why":""}',
    "half a pair of surrogates": b'{"why": "\\ud800"}',
    "no UTF-8": b'{"why": "\xff\xfe"}',
}
"""For the routes that take an ordinary body; each of them gets each of these."""

BODIED = [route for route in ROUTES if route.takes is not None and not route.bulk]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory):
    directory = tmp_path_factory.mktemp("small")
    code = CHILD.format(root=str(Path(__file__).parents[2]), directory=str(directory), memory=MEMORY)
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    port, token = child.stdout.readline().split()
    yield child, port, token, directory / "admin.pem"
    child.communicate("", timeout=30)


@pytest.mark.parametrize("name", BOMBS)
async def test_a_hostile_body_is_refused_in_little_memory(small, name: str) -> None:
    child, port, token, authority = small
    context = ssl.create_default_context(cafile=str(authority))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(
        base_url=f"https://localhost:{port}", verify=context, trust_env=False, timeout=60, headers=headers
    ) as client:
        answer = await client.post("/v1/plan", content=BOMBS[name]())
        assert answer.status_code in (413, 422), answer.text
        assert (await client.get("/v1/health")).status_code == 200
    assert child.poll() is None


async def test_no_route_takes_a_hostile_body(small) -> None:
    child, port, token, authority = small
    context = ssl.create_default_context(cafile=str(authority))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "If-Match": "*"}
    async with httpx.AsyncClient(
        base_url=f"https://localhost:{port}", verify=context, trust_env=False, timeout=60, headers=headers
    ) as client:
        for route in BODIED:
            path = PATHS[route.name].format_map(NAMED)
            for name, body in SMALL_BOMBS.items():
                answer = await client.request(route.method, path, content=body)
                assert answer.status_code in (400, 404, 412, 413, 422), (route.name, name, answer.text)
        assert (await client.get("/v1/health")).status_code == 200
    assert child.poll() is None


def test_the_largest_honest_plan_is_read() -> None:
    change = {"table": "domain", "key": "a.example", "fields": {"action": "allow", "comment": "x" * 60}}
    body = json.dumps({"changes": [change] * 100_000}).encode()
    assert len(body) > 11 * MIB
    assert len(decode_request(body, PlanRequest).changes) == 100_000
