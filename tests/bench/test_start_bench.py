"""What a start costs whoever types the command: paired rounds, the real program on the socket of an edge beside it."""

import asyncio
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from edgeconsole.model.configuration import Action, Configuration, FederatedDomain
from edgeconsole.model.names import DomainName
from edgeconsole.proxy.limits import Limits
from tests.bench import peers
from tests.bench.ledger import note
from tests.bench.pty_terminal import PtyTerminal
from tests.proxy.edge_child import EdgeChild

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

PYTHON = peers.ours()
"""What runs our program and the hello-world alike: the environment an operator gets, where make bench has made it."""

HELLO = [PYTHON, str(Path(__file__).parent / "hello_child.py")]
CLIENT = ("msgspec", "httpx", "httpcore", "anyio._backends._asyncio")
"""What asking the edge and reading its answer imports."""

ASKS_ONCE = """import httpx, sys
with httpx.Client(transport=httpx.HTTPTransport(uds=sys.argv[1], verify=False), trust_env=False) as client:
    client.get("http://edge/v1/health")
"""
"""One request over the socket with the least httpx does for it: no authorities are read."""

ROUNDS = 9
PEER_ROUNDS = 3


class QuietEdge(EdgeChild):
    """An edge that probes nobody: what it would find of partners that are not there is not what is measured."""

    async def start_edge(self, configuration: Configuration, limits: Limits | None = None) -> None:
        quiet = msgspec.structs.replace(configuration.probe, enabled=False)
        await super().start_edge(msgspec.structs.replace(configuration, probe=quiet), limits)


@asynccontextmanager
async def edge_with(domains: int, directory: Path) -> AsyncIterator[list[str]]:
    """Run an edge with so many allowed domains; what comes back opens the console on it."""
    world = QuietEdge(directory)
    names = [DomainName(f"partner{number:06d}.example") for number in range(domains)]
    await world.start(*(FederatedDomain(name=each, action=Action.ALLOW) for each in names))
    try:
        yield [PYTHON, "-P", "-m", "edgeconsole", "--socket", str(directory / "admin.sock")]
    finally:
        await world.stop()


def opened(argv: Sequence[str], directory: Path, *marks: bytes) -> list[tuple[float, float]]:
    """Start a program; return the ms until it shows each mark, and the CPU ms it took until then."""
    home = str(directory)
    environment = {"XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "XDG_CACHE_HOME": home}
    terminal = PtyTerminal(argv, env=environment)
    try:
        return [(terminal.wait_for(mark, 60) * 1e3, terminal.cpu_seconds() * 1e3) for mark in marks]
    finally:
        terminal.close()


@pytest.mark.parametrize("domains", [1_000, 100_000])
async def test_the_console_against_a_hello_world(domains: int, tmp_path: Path) -> None:
    async with edge_with(domains, tmp_path) as console:
        shown, usable, base, floor = [], [], [], []
        for _ in range(ROUNDS + 1):
            base += await asyncio.to_thread(opened, HELLO, tmp_path, b"hello world")
            floor += await asyncio.to_thread(opened, [*HELLO, *CLIENT], tmp_path, b"hello world")
            first, ready = await asyncio.to_thread(opened, console, tmp_path, b"edgeconsole", b"fed ON")
            shown.append(first)
            usable.append(ready)
    # The first round reads files the others find in memory.
    del shown[0], usable[0], base[0], floor[0]
    note(f"start {domains}", [wall for wall, _ in usable], [wall for wall, _ in base])
    note(f"start cpu {domains}", [cpu for _, cpu in usable], [cpu for _, cpu in base])
    if domains == 1_000:
        note("splash", [wall for wall, _ in shown], [wall for wall, _ in base])
        note("start floor", [cpu for _, cpu in floor], [cpu for _, cpu in base])


@pytest.mark.parametrize(
    ("peer", "arguments", "mark"), [("posting", (), b"Collection"), ("harlequin", (":memory:",), b"Query Editor")]
)
async def test_the_console_against_a_peer(peer: str, arguments: tuple[str, ...], mark: bytes, tmp_path: Path) -> None:
    program = peers.program(peer)
    if program is None:
        pytest.skip(f"{peer} is not installed: make bench tries to, from the package registry")
    async with edge_with(1_000, tmp_path) as console:
        ours, theirs = [], []
        for _ in range(PEER_ROUNDS + 1):
            theirs += await asyncio.to_thread(opened, [program, *arguments], tmp_path, mark)
            ours += await asyncio.to_thread(opened, console, tmp_path, b"fed ON")
    note(f"start {peer}", [wall for wall, _ in ours[1:]], [wall for wall, _ in theirs[1:]])


def seconds_of(*arguments: str) -> float:
    """Run Python; return the ms it took."""
    began = time.perf_counter()
    subprocess.run([PYTHON, "-P", *arguments], check=True, stdout=subprocess.DEVNULL, timeout=60)
    return (time.perf_counter() - began) * 1e3


def request_of(path: Path) -> float:
    """Ask an edge for its health by a bare socket; return the ms until the answer is there."""
    began = time.perf_counter()
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(path))
        link.sendall(b"GET /v1/health HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")
        while link.recv(65536):
            pass
    return (time.perf_counter() - began) * 1e3


def test_the_version_against_python_alone() -> None:
    seconds_of("-m", "edgeconsole", "--version")
    rounds = [(seconds_of("-m", "edgeconsole", "--version"), seconds_of("-c", "pass")) for _ in range(ROUNDS)]
    note("version", [ours for ours, _ in rounds], [bare for _, bare in rounds])


async def test_the_status_against_python_alone_and_one_request(tmp_path: Path) -> None:
    async with edge_with(100, tmp_path):
        path = tmp_path / "admin.sock"
        asked = ("-m", "edgeconsole", "--socket", str(path), "status", "--json")
        ours, once, bare = [], [], []
        await asyncio.to_thread(seconds_of, *asked)
        for _ in range(ROUNDS):
            ours.append(await asyncio.to_thread(seconds_of, *asked))
            once.append(await asyncio.to_thread(seconds_of, "-c", ASKS_ONCE, str(path)))
            bare.append(await asyncio.to_thread(seconds_of, "-c", "pass") + await asyncio.to_thread(request_of, path))
    note("status", ours, once)
    note("status bare", ours, bare)
