"""Running the lab: in this process until a signal, or in a child of its own beneath a console."""

import asyncio
import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from edgeconsole.lab.description import Description
from edgeconsole.lab.edge_process import START_TIMEOUT, STOP_TIMEOUT, EdgeCommand, EdgeFailed, edge_command
from edgeconsole.lab.world import World
from edgeconsole.model.errors import EdgeconsoleError

BACKGROUND_START_TIMEOUT = START_TIMEOUT + 15.0
"""Seconds until a background lab must be up: its edge's own, and what comes before."""


def run_headless(
    directory: Path | None = None, *, exit_with_parent: bool = False, command: EdgeCommand = edge_command
) -> int:
    """Run a lab until SIGTERM, SIGINT or a hang-up; print its description, one JSON line, when it is ready.

    `exit_with_parent` also ends it when standard input ends. Returns the exit code: 0 after a signal; an error is told
    on standard error and has its own.
    """
    try:
        asyncio.run(_run(World(directory, command=command), exit_with_parent))
    except EdgeconsoleError as error:
        print(f"edgeconsole lab: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"edgeconsole lab: {error}", file=sys.stderr)
        return EdgeconsoleError.exit_code
    return 0


async def _run(lab: World, exit_with_parent: bool) -> None:
    asked_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # nohup has SIGHUP ignored, and means it.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, asked_to_end.set)
    if exit_with_parent:
        _on_end_of_input(loop, asked_to_end)
    ending = asyncio.create_task(asked_to_end.wait())
    living = asyncio.create_task(_live(lab))
    await asyncio.wait((ending, living), return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    living.cancel()
    # A second signal changes nothing: taking down what runs is already under way. A failure of the lab comes out here.
    with contextlib.suppress(asyncio.CancelledError):
        await living


async def _live(lab: World) -> None:
    async with lab as world:
        print(world.description.to_json(), flush=True)
        raise await world.edge_lost()


def _on_end_of_input(loop: asyncio.AbstractEventLoop, asked_to_end: asyncio.Event) -> None:
    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop has closed: the lab has ended already
            loop.call_soon_threadsafe(asked_to_end.set)

    threading.Thread(target=watch, name="end of input", daemon=True).start()


class RunningLab:
    """A lab in a child process; a context manager that stops it."""

    def __init__(self, process: subprocess.Popen[bytes], description: Description) -> None:
        self._process = process
        self.description = description

    @property
    def pid(self) -> int:
        """Process id of the lab."""
        return self._process.pid

    def stop(self) -> None:
        """End the lab with everything in it and wait until it is gone."""
        _stop(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_background(directory: Path | None = None, command: Sequence[str] | None = None) -> RunningLab:
    """Start a headless lab as a child and return when it is ready; it never outlives this process.

    It writes nothing to this process's terminal. Raises EdgeFailed with its own words when it does not come up.
    """
    place = ("--dir", str(directory)) if directory else ()
    line = command or (sys.executable, "-m", "edgeconsole.lab", "--exit-with-parent", *place)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 our own program
            line,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            # The terminal's signals are the console's to handle.
            start_new_session=True,
        )
        assert process.stdout is not None
        try:
            announced = _first_line(process.stdout)
            if announced:
                return RunningLab(process, Description.from_json(announced))
        except BaseException:
            _stop(process)
            raise
        _stop(process)
        said.seek(0)
        words = said.read().decode("utf-8", "replace").strip().removeprefix("edgeconsole lab: ")
        raise EdgeFailed(words or f"the lab ended with exit code {process.returncode} and said nothing")


def _first_line(stream: IO[bytes]) -> bytes:
    """The first line, or nothing when the stream ends or the time is over without one."""
    line = b""
    while not line.endswith(b"\n"):
        readable, _, _ = select.select([stream], [], [], BACKGROUND_START_TIMEOUT)
        part = os.read(stream.fileno(), 65536) if readable else b""
        if not part:
            return b""
        line += part
    return line


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT + 5.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
