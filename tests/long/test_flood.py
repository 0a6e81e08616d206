"""A partner among strangers that flood the edge: every message passes, in a bounded multiple of its usual time."""

import asyncio
import itertools
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.proxy.certificates import Credential
from tests.proxy.federation import Federation
from tests.proxy.sip_peer import request
from tests.proxy.xmpp.peer import internal_server, live, message
from tests.proxy.xmpp.world import XmppWorld

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
SECONDS = 4.0
"""How long messages are sent, quiet and flooded each."""
ROUNDS = 50
"""Rounds of the flood that the edge had to answer meanwhile, at least."""
WORST = {"SIP": 3.0, "XMPP": 8.0}
"""How many times longer the median message may take: about twice what was measured on two busy cores."""
REFUSED = 20 * ROUNDS
"""Requests of strangers that the SIP edge refused meanwhile, at least."""


@asynccontextmanager
async def flooding(plane: str, port: int, trust: Path, credential: Credential) -> AsyncIterator[None]:
    """Flood from another process."""
    words = (plane, str(port), str(trust), str(credential.certificate), str(credential.key))
    flood = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.long.flood_child", *words,
        cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert flood.stdout is not None
    try:
        await flood.stdout.readexactly(20)
        yield
        assert flood.returncode is None, "the flood ended by itself"
        # What it told while the partner's messages passed.
        await flood.stdout.readexactly(ROUNDS)
    finally:
        if flood.returncode is None:
            flood.kill()
        await flood.wait()


async def median(once: Callable[[], Awaitable[None]]) -> float:
    """Return the seconds that the middle one of many messages takes."""
    took, ending = [], time.monotonic() + SECONDS
    while time.monotonic() < ending:
        start = time.perf_counter()
        await asyncio.wait_for(once(), 20)
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def told(plane: str, quiet: float, flooded: float, capsys: pytest.CaptureFixture[str]) -> float:
    with capsys.disabled():
        print(f"\n{plane}: {quiet * 1e3:.1f} ms quiet, {flooded * 1e3:.1f} ms flooded, {flooded / quiet:.1f} times")
    return flooded / quiet


@pytest.fixture
async def sip(tmp_path: Path) -> AsyncIterator[Federation]:
    found = Federation(tmp_path)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
async def xmpp(tmp_path: Path) -> AsyncIterator[XmppWorld]:
    found = XmppWorld(tmp_path)
    yield found
    await found.stop()


async def test_a_sip_partners_messages_pass_while_a_stranger_floods(
    sip: Federation, capsys: pytest.CaptureFixture[str]
) -> None:
    partner, numbers = await sip.outside(), itertools.count()

    async def once() -> None:
        answer = await partner.ask(request(call_id=f"Call-ID: healthy-{next(numbers)}"))
        assert answer.status == 200

    quiet = await median(once)
    stranger = sip.public.issue("sip.stranger.example")
    async with flooding("sip", sip.port("sip"), sip.public.file, stranger):
        flooded = await median(once)
    denied = {each.domain: each.denied_in for each in sip.edge.counters()}
    assert denied["stranger.example"] >= REFUSED
    with capsys.disabled():
        print(f"\n{denied['stranger.example']} requests of strangers refused", end="")
    assert told("SIP", quiet, flooded, capsys) < WORST["SIP"]


async def test_an_xmpp_partners_messages_pass_while_strangers_flood(
    xmpp: XmppWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    server, port = await internal_server(xmpp)
    await xmpp.start(inside_port=port)
    partner = await live(xmpp)

    async def once() -> None:
        partner.send(message())
        assert "hi" in await server.arrived.get()

    quiet = await median(once)
    async with flooding("xmpp", xmpp.port("xmpp"), xmpp.public.file, xmpp.public.issue("stranger.example")):
        flooded = await median(once)
    turned_away = {str(each.text) for each in xmpp.edge.failures()}
    assert {"not-listed", "16 negotiations with this address are under way already"} <= turned_away
    assert told("XMPP", quiet, flooded, capsys) < WORST["XMPP"]
