"""What the service manager is told, over a real socket of its kind."""

import asyncio
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeconsole.proxy.notify import Notifier


@pytest.fixture
def manager() -> Iterator[socket.socket]:
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(Path(directory) / "notify"))
        listening.settimeout(5)
        yield listening


def received(manager: socket.socket) -> list[str]:
    return manager.recv(4096).decode().split("\n")


async def test_ready_comes_with_a_status_on_one_line(manager: socket.socket) -> None:
    Notifier({"NOTIFY_SOCKET": manager.getsockname()}).ready("serving\nREADY=0 x")
    assert received(manager) == ["READY=1", "STATUS=serving READY=0 x"]


async def test_a_reload_says_when_it_began(manager: socket.socket) -> None:
    Notifier({"NOTIFY_SOCKET": manager.getsockname()}).reloading()
    first, second = received(manager)
    assert first == "RELOADING=1"
    assert second.removeprefix("MONOTONIC_USEC=").isdecimal()


async def test_the_watchdog_is_fed_while_the_loop_turns_and_not_after_stopping(manager: socket.socket) -> None:
    environment = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "20000", "WATCHDOG_PID": str(os.getpid())}
    notifier = Notifier(environment)
    assert notifier.watchdog_seconds == 0.02
    notifier.ready("serving")
    manager.setblocking(False)
    loop = asyncio.get_running_loop()
    told = [(await loop.sock_recv(manager, 4096)).decode() for _ in range(4)]
    assert told[1:] == ["WATCHDOG=1"] * 3
    await notifier.stopping()
    last = ""
    while not last.startswith("STOPPING=1"):
        last = (await loop.sock_recv(manager, 4096)).decode()
    with pytest.raises(BlockingIOError):
        manager.recv(4096)


@pytest.mark.parametrize(
    "environment",
    [{}, {"WATCHDOG_USEC": "20000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": ""}],
)
def test_a_watchdog_that_is_for_nobody_or_for_another_process_is_not_fed(environment: dict[str, str]) -> None:
    assert Notifier(environment).watchdog_seconds == 0


@pytest.mark.parametrize("address", ["", "relative/path", "/nonexistent/notify", "@nobody-listens-here"])
def test_no_manager_is_no_trouble(address: str) -> None:
    Notifier({"NOTIFY_SOCKET": address}).status("serving")


def test_the_abstract_namespace_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        name = f"edgeconsole-test-{os.getpid()}"
        listening.bind("\0" + name)
        listening.settimeout(5)
        Notifier({"NOTIFY_SOCKET": "@" + name}).status("serving")
        assert received(listening) == ["STATUS=serving"]
