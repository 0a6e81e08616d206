"""Memory of the proxy for each idle TLS connection with a partner: resident bytes of the process before and after."""

import asyncio
import resource
import tempfile
from pathlib import Path

import msgspec
import pytest

from edgeconsole.backends.local import open_local
from edgeconsole.model.configuration import Configuration
from edgeconsole.proxy.limits import Limits
from tests.bench.ledger import note
from tests.proxy.edge_child import EdgeChild
from tests.proxy.sip_peer import SipClient, request

CONNECTIONS = 800
AT_ONCE = 8
BUDGET_KB = 45


class Roomy(EdgeChild):
    """An edge that lets one address have every connection."""

    async def start_edge(self, configuration: Configuration, limits: Limits | None = None) -> None:
        proxy = msgspec.structs.replace(
            configuration.proxy, connections_per_address=1000, idle=configuration.proxy.idle * 12
        )
        await super().start_edge(msgspec.structs.replace(configuration, proxy=proxy), limits)


def resident(pid: int) -> int:
    """Return the resident memory of a process in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.bench
@pytest.mark.timeout(300)
async def test_an_idle_connection_is_small(capsys: pytest.CaptureFixture[str]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4 * CONNECTIONS), hard), hard))
    with tempfile.TemporaryDirectory() as directory:
        world = Roomy(Path(directory))
        await world.start()
        backend = open_local(world.directory / "admin.sock")
        context, port = world.client_context(), world.port("sip")

        async def opened(number: int) -> list[SipClient]:
            return [await SipClient.open(port, context) for _ in range(number)]

        async def idle(clients: list[SipClient]) -> None:
            # One message each: a connection that never said anything is no partner.
            for client in clients:
                assert (await client.ask(request())).status == 200

        warm = await opened(AT_ONCE)
        await idle(warm)
        before = resident(world.process.pid)
        groups = await asyncio.gather(*(opened(CONNECTIONS // AT_ONCE) for _ in range(AT_ONCE)))
        for group in groups:
            await idle(group)
        assert len(await backend.sessions()) == CONNECTIONS + AT_ONCE
        each = (resident(world.process.pid) - before) / CONNECTIONS / 1024
        await backend.aclose()
        for client in [*warm, *(client for group in groups for client in group)]:
            client.writer.transport.abort()
        await world.stop()
    note("idle", [each])
    with capsys.disabled():
        print(f"\nidle TLS connection: {each:.1f} kB resident each, {CONNECTIONS} held (budget {BUDGET_KB} kB)")
