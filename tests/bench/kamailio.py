"""Kamailio as a relay between the same two sides as the edge, for comparing CPU in one run."""

import asyncio
import contextlib
import os
import shutil
import socket
from pathlib import Path

MODULES = Path("/usr/lib/x86_64-linux-gnu/kamailio/modules")

MISSING = (
    ""
    if shutil.which("kamailio") and (MODULES / "tls.so").exists()
    else "kamailio or its TLS module is not installed: apt install kamailio kamailio-tls-modules"
)

# One TCP worker: with more, 5.6.3 crashes under new TLS connections; wt_timer: finished transactions must not pile up.
CONFIGURATION = """#!KAMAILIO
debug=0
log_stderror=yes
children=1
tcp_children=1
tcp_max_connections=256
disable_core_dump=yes
enable_tls=yes
listen=tls:127.0.0.1:{port}
mpath="{modules}/"
loadmodule "pv.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "tls.so"
modparam("tls", "config", "{directory}/kamailio-tls.cfg")
modparam("tm", "wt_timer", 500)
request_route {{
    $du = "sip:127.0.0.1:{pool};transport=tls";
    if (!t_relay()) sl_reply_error();
    exit;
}}
"""
PROFILE = """[{role}:default]
method = TLSv1.2+
certificate = {name}.crt
private_key = {name}.key
ca_list = {trust}.pem
verify_certificate = yes
require_certificate = yes
"""


class Relay:
    """A running Kamailio; `cpu_seconds` is what all its processes have used."""

    def __init__(self, directory: Path, pool: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._directory = directory
        profiles = (("server", "public-2", "public"), ("client", "private-2", "private"))
        (directory / "kamailio-tls.cfg").write_text(
            "".join(
                PROFILE.format(role=role, name=directory / name, trust=directory / trust)
                for role, name, trust in profiles
            )
        )
        text = CONFIGURATION.format(port=self.port, pool=pool, directory=directory, modules=MODULES)
        (directory / "kamailio.cfg").write_text(text)
        self._process: asyncio.subprocess.Process

    async def start(self) -> None:
        run = self._directory / "kamailio-run"
        run.mkdir()
        self._process = await asyncio.create_subprocess_exec(
            "kamailio", "-DD", "-E", "-x", "fm", "-m", "256", "-M", "16", "-Y", str(run), "-P", str(run / "pid"),
            "-f", str(self._directory / "kamailio.cfg"),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(ConnectionError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                assert self._process.returncode is None, "kamailio did not start"
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.terminate()
        await asyncio.wait_for(self._process.wait(), 20)

    def cpu_seconds(self) -> float:
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                if self._process.pid in (int(fields[1]), int(stat.parent.name)):
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")
