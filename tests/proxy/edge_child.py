"""The edge as a process between a test's own partners: its file, its signals, and what it tells its service manager."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import msgspec

from edgeconsole.config.render import table_text
from edgeconsole.config.schema import SHAPES, to_raw
from edgeconsole.model.configuration import Configuration
from edgeconsole.proxy.limits import Limits
from tests.proxy.federation import Federation

SECONDS = 30.0
"""Longest wait for anything the process does."""


class EdgeChild(Federation):
    """A federation whose edge is `edgeconsole proxy` in a process of its own, with a service manager that listens."""

    def __init__(self, directory: Path, *, watchdog_microseconds: int = 0) -> None:
        super().__init__(directory)
        self.file = directory / "federation.toml"
        self.log = directory / "log"
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.setblocking(False)
        self.manager.bind(str(directory / "notify"))
        self.environment = os.environ | {"NOTIFY_SOCKET": str(directory / "notify"), "EDGECONSOLE_LOG": "json"}
        if watchdog_microseconds:
            self.environment["WATCHDOG_USEC"] = str(watchdog_microseconds)
        self.process: asyncio.subprocess.Process
        self.listening: dict[str, str]

    async def start_edge(self, configuration: Configuration, limits: Limits | None = None) -> None:
        """Write the file and start the process; returns when it has announced itself."""
        proxy = msgspec.structs.replace(configuration.proxy, admin_socket=str(self.directory / "admin.sock"))
        self.file.write_text(toml(msgspec.structs.replace(configuration, proxy=proxy)))
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "edgeconsole", "proxy", "--config", str(self.file), "--announce",
                stdout=asyncio.subprocess.PIPE, stderr=log, env=self.environment,
            )  # fmt: skip
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), SECONDS)
        assert line, self.log.read_text()
        self.listening = json.loads(line)["listeners"]

    def port(self, listener: str) -> int:
        return int(self.listening[listener].rpartition(":")[2])

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def told(self, *lines: str) -> list[str]:
        """Return what the process told its manager, up to the message with a line that begins with each of `lines`."""
        found: list[str] = []
        for wanted in lines:
            while not any(line.startswith(wanted) for line in found[-1].splitlines()) if found else True:
                message = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.manager, 4096), SECONDS)
                found.append(message.decode())
        return found

    def records(self) -> list[dict[str, str]]:
        """Return the log so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    async def ended(self) -> int:
        return await asyncio.wait_for(self.process.wait(), SECONDS)

    async def stop(self) -> None:
        for close in self._closing:
            await close()
        if hasattr(self, "process") and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self.manager.close()
        await self.partner.stop()
        await self.pool.stop()
        self.dns.stop()


def toml(configuration: Configuration) -> str:
    """Return a configuration as a file."""
    tables = [
        table_text(shape.header, to_raw(record), "\n") for shape in SHAPES for record in shape.records(configuration)
    ]
    return "\n".join(["version = 1\n", *tables])
