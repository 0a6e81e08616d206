"""Confirmed changes and a real proxy: killed, restarted, its host rebooted, its operators gone. See test_confirmed."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from edgeconsole.model.audit import AuditAct
from edgeconsole.model.errors import EdgeconsoleError, Unreachable
from edgeconsole.model.revision import Origin
from tests.bench.pty_terminal import PtyTerminal
from tests.reliability.proxies import ProxyProcess, eventually, served

LONG = timedelta(minutes=10)
SHORT = timedelta(seconds=1)

Answer = TypeVar("Answer")


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory whose name is short enough for a socket."""
    made = Path(tempfile.mkdtemp(prefix="ec-", dir="/tmp"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
async def proxy(tmp_path: Path, place: Path) -> AsyncIterator[ProxyProcess]:
    async with served(tmp_path, place) as running:
        yield running


async def patient(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask until the API, which takes so many requests a second, has time."""
    while True:
        try:
            return await ask()
        except Unreachable:
            await asyncio.sleep(0.05)


async def take_back_often(proxy: ProxyProcess, times: int) -> None:
    backend = proxy.connect()

    async def once() -> None:
        pending = await patient(lambda: proxy.apply(LONG))
        await patient(lambda: backend.take_back(pending.token))

    def descriptors() -> int:
        """Count what is open, but for the pipes of the process that probes."""
        assert proxy.process is not None
        directory = Path(f"/proc/{proxy.process.pid}/fd")
        return sum(not os.readlink(each).startswith("pipe:") for each in directory.iterdir())

    proxy.connect = lambda: backend  # type: ignore[method-assign]
    # Threads and what they open are made on demand, up to a bound.
    for _ in range(times // 2):
        await once()
    before = descriptors()
    for _ in range(times // 2):
        await once()
    # The file is open for a moment whenever the proxy looks at it, and a connection until its end is read.
    await eventually(lambda: descriptors() <= before)
    await proxy.check(proxy.before)


async def test_roll_backs_leave_no_descriptor_of_the_process_open(proxy: ProxyProcess) -> None:
    await take_back_often(proxy, 8)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_two_hundred_roll_backs_leave_no_descriptor_of_the_process_open(proxy: ProxyProcess) -> None:
    await take_back_often(proxy, 200)


@pytest.mark.parametrize("verb", ["confirm", "rollback"])
async def test_another_session_confirms_or_takes_back_what_a_dead_one_applied(proxy: ProxyProcess, verb: str) -> None:
    applied = proxy.command("discovery", "on", "--confirm", "10m", "--why", "INC-7")
    assert applied.returncode == 0, applied.stderr
    assert proxy.text == proxy.after
    done = proxy.command(verb)
    assert done.returncode == 0, done.stderr
    await proxy.check(proxy.after if verb == "confirm" else proxy.before)
    assert proxy.command("confirm").returncode == 1


async def test_killed_and_restarted_after_the_deadline_it_is_back_before_anything_listens(proxy: ProxyProcess) -> None:
    pending = await proxy.apply(SHORT)
    proxy.kill()
    assert proxy.text == proxy.after
    await eventually(lambda: datetime.now(UTC) > pending.deadline)
    assert proxy.start()
    assert proxy.text == proxy.before
    await proxy.check(proxy.before)
    said = proxy.log.read_text()
    assert said.index("nobody confirmed #2") < said.rindex("serving revision #3")


async def test_killed_and_restarted_before_the_deadline_the_time_goes_on(proxy: ProxyProcess) -> None:
    pending = await proxy.apply(timedelta(seconds=4))
    proxy.kill()
    assert proxy.start()
    waits = (await proxy.connect().health()).pending
    if waits is not None:
        assert waits.token == pending.token
        assert waits.seconds_left < 4
    await proxy.settled()
    await eventually(lambda: proxy.text == proxy.before)
    back = (await proxy.connect().history(1))[0]
    assert back.origin is Origin.ROLLED_BACK
    assert back.at >= pending.deadline - timedelta(milliseconds=50)
    await proxy.check(proxy.before)


async def test_a_change_does_not_survive_another_start_of_the_host(proxy: ProxyProcess) -> None:
    await proxy.apply(LONG)
    proxy.kill()
    waits = json.loads(proxy.pending_file.read_text())
    proxy.pending_file.write_text(json.dumps({**waits, "boot_id": "before the power cut"}))
    assert proxy.start()
    await proxy.check(proxy.before)


def close_terminal(terminal: PtyTerminal) -> None:
    os.close(terminal._fd)
    terminal._fd = os.open(os.devnull, os.O_RDWR)


DROPS = {
    "closed pty": close_terminal,
    "SIGKILL": lambda terminal: os.kill(terminal.pid, signal.SIGKILL),
    "SIGSTOP": lambda terminal: os.kill(terminal.pid, signal.SIGSTOP),
}


async def drop(directory: Path, place: Path, how: str) -> None:
    """Drop a console while a change of its operator waits."""
    async with served(directory, place) as proxy:
        terminal = PtyTerminal(
            [sys.executable, "-m", "edgeconsole", "--socket", str(proxy.socket)], env={"XDG_STATE_HOME": str(place)}
        )
        try:
            await asyncio.to_thread(terminal.wait_for, b"Overview")
            applied = await proxy.apply(timedelta(seconds=5))
            # Every console shows the time that runs.
            await asyncio.to_thread(terminal.wait_for, b"reverting in")
            DROPS[how](terminal)
            assert (await proxy.connect().health()).pending is not None
            assert proxy.text == proxy.after
            await proxy.settled()
            await eventually(lambda: proxy.text == proxy.before)
            back = (await proxy.connect().history(1))[0]
            # C14: a second late at most, by the moment the proxy itself wrote down.
            assert applied.deadline - timedelta(milliseconds=50) <= back.at <= applied.deadline + timedelta(seconds=1)
            assert f"nobody confirmed #2 by {applied.by.name}" in back.why
            act = (await proxy.connect().audit(1))[0]
            assert (act.act, act.origin) == (AuditAct.REVISION, Origin.ROLLED_BACK)
            await proxy.check(proxy.before)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(terminal.pid, signal.SIGCONT)
            terminal.close()


async def test_a_dropped_session_neither_confirms_nor_reverts_before_the_deadline(tmp_path: Path, place: Path) -> None:
    drops = []
    for number, how in enumerate(DROPS):
        directory, short = tmp_path / str(number), place / str(number)
        directory.mkdir()
        short.mkdir()
        drops.append(drop(directory, short, how))
    await asyncio.gather(*drops)


# Calls that never return


async def killed_at(directory: Path, place: Path, number: int, end: str) -> bool:
    """Kill a proxy before a call of apply and confirm or revert; return whether it came that far.

    The next one starts, and runs what is saved, which is what somebody was told.
    """
    directory.mkdir()
    place.mkdir()
    told, struck = None, True
    async with served(directory, place) as proxy:
        proxy.kill()
        assert proxy.start([sys.executable, "-m", "tests.reliability.struck_proxy", str(number), str(proxy.path)])
        with contextlib.suppress(EdgeconsoleError):
            pending = await proxy.apply(LONG)
            told = "waits"
            backend = proxy.connect()
            await (backend.confirm if end == "confirm" else backend.take_back)(pending.token)
            told = end
            await backend.health()
            struck = False
        proxy.kill()
        assert proxy.start(), proxy.log.read_text()
        waits = (await proxy.connect().health()).pending
        if waits is not None:
            assert proxy.text == proxy.after
            await proxy.connect().take_back(waits.token)
        elif told == "waits" and end == "revert":
            assert proxy.text == proxy.before, "nothing takes back what nobody confirmed"
        kept = {"confirm": (proxy.after,), "revert": (proxy.before,)}.get(told or "", (proxy.before, proxy.after))
        await proxy.check(*kept)
    return struck


@pytest.mark.parametrize("number", [11, 38])
async def test_a_proxy_killed_at_a_call_that_touches_the_disk_starts_again_whole(
    tmp_path: Path, place: Path, number: int
) -> None:
    assert await killed_at(tmp_path / "it", place / "it", number, "revert")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("end", ["confirm", "revert"])
async def test_a_proxy_killed_at_every_third_call_that_touches_the_disk_starts_again_whole(
    tmp_path: Path, place: Path, capsys: pytest.CaptureFixture[str], end: str
) -> None:
    number = 1
    while await killed_at(tmp_path / str(number), place / str(number), number, end):
        number += 3
    with capsys.disabled():
        print(f"\n{number // 3} proxies killed on the way to {end}, 0 broken")
    assert number > 40
