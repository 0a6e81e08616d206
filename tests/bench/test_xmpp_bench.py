"""CPU of the edge for each relayed stanza, in one run next to Prosody that terminates the same streams itself."""

import asyncio
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from tests.bench.ledger import note
from tests.proxy.xmpp.prosody import Prosody, needs_prosody
from tests.proxy.xmpp.world import OURS, XmppWorld

STANZAS = 20_000
BATCHES = (1, 20)
"""Stanzas written at a time."""


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@needs_prosody
@pytest.mark.bench
@pytest.mark.timeout(300)
async def test_a_relayed_stanza_costs_half_of_what_prosody_needs_to_take_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = XmppWorld(tmp_path)
    for name, credential in (("partner", world.partner_credential), ("pool", world.pool_credential)):
        shutil.copy(credential.certificate, tmp_path / f"{name}.crt")
        shutil.copy(credential.key, tmp_path / f"{name}.key")
    load = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.xmpp_load", str(tmp_path),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert load.stdout is not None
    assert load.stdin is not None
    await world.start(inside_port=int(await load.stdout.readline()))
    prosody = Prosody(tmp_path / "prosody", OURS, world.public.issue(OURS), world.public.file)
    await prosody.start(names={}, more="test_quiet = true\n", level="info")
    rows = []

    async def run(kind: str, port: int, batch: int, count: int) -> None:
        load.stdin.write(f"{kind} {port} {count} {batch}\n".encode())  # type: ignore[union-attr]
        assert await load.stdout.readline() == b"done\n"  # type: ignore[union-attr]
        if kind == "prosody":
            await prosody.heard("ARRIVED")

    for kind, port in (("edge", world.port("xmpp")), ("prosody", prosody.port)):
        await run(kind, port, 20, 100)
    for batch in BATCHES:
        started = time.process_time()
        await run("edge", world.port("xmpp"), batch, STANZAS)
        edge = (time.process_time() - started) / STANZAS * 1e6
        before = cpu_of(prosody.pid)
        await run("prosody", prosody.port, batch, STANZAS)
        itself = (cpu_of(prosody.pid) - before) / STANZAS * 1e6
        rows.append((batch, edge, itself, edge / itself))
    load.terminate()
    await load.wait()
    await prosody.stop()
    await world.stop()
    alone = rows[0]
    note("stanza", [alone[1]], [alone[2]])
    with capsys.disabled():
        print("\nbatch  edge us  Prosody us  ratio")
        for batch, edge, itself, ratio in rows:
            print(f"{batch:5} {edge:8.1f} {itself:11.1f} {ratio:6.2f}")
