"""Our edge as a child process: started, waited for until it serves, and never left behind."""

import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from edgeconsole.model.errors import EdgeconsoleError

START_TIMEOUT = 30.0
"""Seconds until the edge must serve; it takes well under one, except on a machine that is busy."""

STOP_TIMEOUT = 10.0
"""Seconds an edge gets to end by itself before it is killed."""

_TOLD = 4000
"""Characters of the edge's own words that an error repeats."""

EdgeCommand = Callable[[Path], Sequence[str]]
"""The command line that runs an edge on a configuration file and announces itself."""


def edge_command(configuration: Path) -> Sequence[str]:
    """Run this package's proxy. It ends when its standard input ends, and so never outlives the lab."""
    arguments = ("proxy", "--config", str(configuration), "--announce", "--exit-with-parent")
    return (sys.executable, "-m", "edgeconsole", *arguments)


class EdgeFailed(EdgeconsoleError):
    """The edge did not start, or ended by itself; carries its own words."""


class _Listeners(msgspec.Struct, frozen=True):
    sip: str
    internal: str
    xmpp: str | None = None
    xmpp_internal: str | None = None


class Announcement(msgspec.Struct, frozen=True):
    """The line an edge prints when it serves."""

    ready: bool
    socket: str
    listeners: _Listeners


class EdgeProcess:
    """A running edge and what it announced."""

    def __init__(
        self, process: asyncio.subprocess.Process, announcement: Announcement, log: Path, said_before: int
    ) -> None:
        self._process = process
        self._log = log
        self._said_before = said_before
        self._draining = asyncio.create_task(_drain(process))
        self.announcement = announcement

    @classmethod
    async def start(cls, command: Sequence[str], log: Path) -> "EdgeProcess":
        """Start the edge and wait until it serves; what it writes to standard error goes to the log.

        Raises EdgeFailed with its own words when it ends, says something else, or takes too long.
        """
        with log.open("ab") as errors:
            said_before = errors.tell()
            process = await asyncio.create_subprocess_exec(
                *command,
                # Kept open as long as this process lives: its end is how the edge learns that the lab is gone.
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                # A key that interrupts the terminal's programs is the lab's to handle.
                start_new_session=True,
            )
        try:
            announcement = await _announced(process)
        except EdgeFailed as error:
            await _end(process)
            raise EdgeFailed(f"{error.message}: {_tail(log, said_before) or 'it said nothing'}") from None
        except BaseException:
            await _end(process)
            raise
        return cls(process, announcement, log, said_before)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def lost(self) -> EdgeFailed:
        """Wait until the edge has ended and return why, as far as its log tells."""
        code = await self._process.wait()
        said = _tail(self._log, self._said_before) or "it said nothing"
        return EdgeFailed(f"the edge ended with exit code {code}: {said}")

    async def stop(self) -> None:
        """End it and wait until it is gone."""
        await _end(self._process)
        await self._draining


async def _announced(process: asyncio.subprocess.Process) -> Announcement:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_TIMEOUT):
            line = await process.stdout.readline()
            if not line:
                raise EdgeFailed(f"the edge did not start (exit code {await process.wait()})")
    except TimeoutError:
        raise EdgeFailed(f"the edge did not serve within {START_TIMEOUT:.0f} seconds") from None
    try:
        return msgspec.json.decode(line, type=Announcement)
    except msgspec.DecodeError:
        raise EdgeFailed(f"the edge announced {line[:200]!r} instead of its listeners") from None


async def _drain(process: asyncio.subprocess.Process) -> None:
    # Nothing more is expected, but a full pipe would stop the edge.
    assert process.stdout is not None
    while await process.stdout.read(65536):
        pass


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _tail(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode("utf-8", "replace").strip()[-_TOLD:]
