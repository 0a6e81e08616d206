"""A proxy as a process of its own: asked over its socket, killed at any moment, started again on what it left."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path

from edgeconsole.backends.http import HttpBackend
from edgeconsole.backends.local import open_local
from edgeconsole.config.confirm import PENDING_FILE
from edgeconsole.model.plan import PendingConfirm
from tests.proxy.certificates import Authority
from tests.reliability.edges import DISCOVERY_ON, TEXT

ROOT = Path(__file__).parents[2]

EDGECONSOLE = [sys.executable, "-m", "edgeconsole"]

HURRIED = [sys.executable, "-m", "tests.reliability.hurried"]

EDGE = """\
sip_listen = "127.0.0.1:0"
internal_listen = "127.0.0.1:0"
certificate = "file:{0.certificate}"
private_key = "file:{0.key}"
trust = "file:{1}"
internal_certificate = "file:{0.certificate}"
internal_private_key = "file:{0.key}"
internal_trust = "file:{1}"
internal_peers = ["pool.int.contoso.example"]
"""


def _with_certificates(place: Path) -> str:
    authority = Authority(place, "edge")
    edge = EDGE.format(authority.issue("sip.contoso.example"), authority.file)
    return TEXT.replace("\n[access_edge]", f"{edge}\n[access_edge]")


class ProxyProcess:
    """One file and the process that serves it."""

    def __init__(self, directory: Path, place: Path) -> None:
        self.path = directory / "federation.toml"
        self.socket = place / "admin.sock"
        self.log = place / "log"
        self.before = _with_certificates(place) + f'\n[proxy]\nadmin_socket = "{self.socket}"\n'
        self.after = self.before.replace("partner_discovery = false", "partner_discovery = true")
        self.path.write_text(self.before)
        self.process: subprocess.Popen[bytes] | None = None
        self._backends: list[HttpBackend] = []

    @property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def pending_file(self) -> Path:
        return self.path.with_name("federation.history") / PENDING_FILE

    def start(self, command: Sequence[str] = ()) -> bool:
        """Start it, or another command in its place, and wait until it listens; whether it does."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command or [*HURRIED, "proxy", "--config", str(self.path), "--announce"],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return bool(line) and json.loads(line)["ready"]

    def kill(self) -> None:
        """End it as kill -9 does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.ended()

    def ended(self) -> int:
        """Wait for its end; return how it ended."""
        assert self.process is not None
        self.process.communicate(timeout=20)
        code, self.process = self.process.returncode, None
        return code

    def connect(self) -> HttpBackend:
        """Return a session of its own."""
        backend = open_local(self.socket, via="test")
        self._backends.append(backend)
        return backend

    async def close(self) -> None:
        for backend in self._backends:
            await backend.aclose()
        self.kill()

    async def apply(self, length: timedelta) -> PendingConfirm:
        """Apply a change that waits."""
        backend = self.connect()
        plan = await backend.plan([DISCOVERY_ON])
        pending = (await backend.apply(plan.plan_id, confirm=length)).pending
        assert pending is not None
        assert self.text == self.after
        return pending

    async def settled(self) -> None:
        """Wait until nothing waits any more."""
        backend = self.connect()
        async with asyncio.timeout(30):
            while (await backend.health()).pending is not None:
                await asyncio.sleep(0.02)

    async def check(self, *texts: str) -> None:
        """Check that the file is one of these texts, that it runs, and that the audit is whole and agrees."""
        health = await self.connect().health()
        assert self.text in texts
        assert health.pending is None
        assert health.running == health.saved
        found = await self.connect().verify_audit(health.audit_head)
        assert found.intact, found.problems
        left = [name for name in os.listdir(self.path.parent) if name.endswith(".tmp")]
        assert not left, left

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command as an operator would."""
        return subprocess.run(
            [*EDGECONSOLE, "--socket", str(self.socket), *words], capture_output=True, text=True, timeout=30
        )


@contextlib.asynccontextmanager
async def served(directory: Path, place: Path) -> AsyncIterator[ProxyProcess]:
    """Run a proxy for a while."""
    proxy = ProxyProcess(directory, place)
    try:
        assert proxy.start(), proxy.log.read_text()
        yield proxy
    finally:
        await proxy.close()


async def eventually(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds that tells nobody when it changes."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)
