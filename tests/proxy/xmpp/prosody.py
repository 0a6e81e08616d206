"""A real Prosody as a child process: configured for a test, spoken to through a file, heard through its log."""

import asyncio
import contextlib
import json
import shutil
import socket
from pathlib import Path

import pytest

from tests.proxy.certificates import Credential

MODULES = Path(__file__).parent / "prosody_modules"
CONTRIB = Path(__file__).parents[3] / "contrib" / "prosody"

needs_prosody = pytest.mark.skipif(
    shutil.which("prosody") is None, reason="prosody is not installed: apt install prosody"
)


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Prosody:
    """One server for one domain."""

    def __init__(self, directory: Path, domain: str, credential: Credential, authority: Path) -> None:
        self.directory = directory
        self.domain = domain
        self.port = free_port()
        self.said: list[str] = []
        self._credential = credential
        self._authority = authority
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def start(
        self,
        *,
        names: dict[str, tuple[str, int]],
        modules: tuple[str, ...] = (),
        more: str = "",
        secure: bool = True,
        level: str = "debug",
    ) -> None:
        """Start it and wait until it listens; `names` says where each domain's server is: target and port."""
        self.directory.mkdir()
        enabled = ", ".join(f'"{name}"' for name in ("tls", "saslauth", "test_names", *modules))
        records = "".join(
            f'["SRV _xmpp-server._tcp.{domain}."] = {{ srv = {{ target = "{target}.", port = {port}, priority = 0, '
            f'weight = 0 }} }}; ["A {target}."] = {{ a = "127.0.0.1" }}; '
            f'["SRV _xmpp-server._tcp.{domain}"] = {{ srv = {{ target = "{target}", port = {port}, priority = 0, '
            f'weight = 0 }} }}; ["A {target}"] = {{ a = "127.0.0.1" }}; '
            for domain, (target, port) in names.items()
        )
        text = f"""
run_as_root = true
pidfile = {json.dumps(str(self.directory / "pid"))}
data_path = {json.dumps(str(self.directory))}
plugin_paths = {{ {json.dumps(str(MODULES))}, {json.dumps(str(CONTRIB))} }}
log = {{ {level} = "*console" }}
modules_enabled = {{ {enabled} }}
modules_disabled = {{ "s2s_bidi", "limits" }}
storage = "memory"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{}}
c2s_direct_tls_ports = {{}}
http_ports = {{}}
https_ports = {{}}
s2s_ports = {{ {self.port} }}
s2s_direct_tls_ports = {{}}
s2s_require_encryption = true
s2s_secure_auth = {str(secure).lower()}
test_names = {{ {records} }}
ssl = {{ cafile = {json.dumps(str(self._authority))}; certificate = {json.dumps(str(self._credential.certificate))};
  key = {json.dumps(str(self._credential.key))} }}
test_outbox = {json.dumps(str(self.directory / "outbox"))}
{more}
VirtualHost "{self.domain}"
  modules_enabled = {{ "test_mail" }}
"""
        path = self.directory / "prosody.cfg.lua"
        path.write_text(text)
        self._process = await asyncio.create_subprocess_exec(
            "prosody", "--config", str(path), "-F",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read(self._process))
        await self.heard("Activated service 's2s'")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            text = line.decode("utf-8", "replace").rstrip()
            self.said.append(text)
            self._lines.put_nowait(text)

    async def heard(self, what: str) -> str:
        """Return the next line of the log that has a text."""
        async with asyncio.timeout(20):
            while True:
                line = await self._lines.get()
                if what in line:
                    return line

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def send(self, sender: str, recipient: str, body: str) -> None:
        """Have a message sent."""
        new = self.directory / "outbox.new"
        new.write_text(f"{sender} {recipient} {body}\n")
        new.rename(self.directory / "outbox")

    async def stop(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            await self._process.wait()
        if self._reading is not None:
            await self._reading
