"""The lab's XMPP side with our real edge: messages both ways, what is broken stays out, and what operators see."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgeconsole.lab.description import Description
from edgeconsole.lab.partners import PARTNERS
from edgeconsole.lab.world import World
from edgeconsole.lab.xmpp_agent import XmppAgent, message
from edgeconsole.lab.xmpp_link import StreamRefused
from edgeconsole.model.names import HostPort, parse_listen
from tests.lab.processes import eventually

OURS = "contoso.example"


def place(told: Description, *, inside: bool = False) -> HostPort:
    found = told.proxy.xmpp_internal if inside else told.proxy.xmpp
    assert found is not None
    return parse_listen(found)


def arrived(agent: XmppAgent) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in agent.received]


async def command(told: Description, *words: str) -> tuple[int, str]:
    """Run a command against the lab's edge."""
    line = (sys.executable, "-m", "edgeconsole", "--socket", told.socket, *words)
    process = await asyncio.create_subprocess_exec(*line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def asked(told: Description, *words: str) -> Any:
    return json.loads((await command(told, "--json", *words))[1])


@pytest.mark.parametrize("domain", ["cohovineyard.example", "alpineski.example"])
async def test_a_message_passes_both_ways_and_a_block_closes_the_streams(tmp_path: Path, domain: str) -> None:
    async with World(tmp_path / "lab", traffic=False) as world:
        told, partner = world.description, world.xmpp.partners[domain].agent
        inbound = await partner.open(place(told), domain, OURS, OURS)
        await inbound.write(message(f"x@{domain}", f"alice@{OURS}", "to us"))
        outbound = await world.xmpp.internal.open(place(told, inside=True), OURS, domain, "edge.int.contoso.example")
        await outbound.write(message(f"alice@{OURS}", f"x@{domain}", "to them"))
        await eventually(lambda: arrived(world.xmpp.internal) == [("chat", "to us")])
        await eventually(lambda: arrived(partner) == [("chat", "to them")])
        sessions = (await asked(told, "sessions", "list"))["sessions"]
        assert [(each["plane"], each["direction"]) for each in sessions] == [("xmpp", "in"), ("xmpp", "out")]

        code, said = await command(told, "domains", "block", domain)
        assert code == 0, said
        assert "policy-violation" in await asyncio.wait_for(inbound.until_end(), 10)
        assert (await asked(told, "sessions", "list"))["sessions"] == []
        await outbound.write(message(f"alice@{OURS}", f"x@{domain}", "still there?"))
        await eventually(lambda: world.xmpp.internal.received[-1].kind == "error")
        with pytest.raises(StreamRefused, match="policy-violation"):
            await partner.open(place(told), domain, OURS, OURS)
        assert len(partner.received) == 1
        await inbound.close()
        await outbound.close()


async def test_a_partner_with_a_certificate_of_somebody_else_is_refused_both_ways(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", traffic=False) as world:
        told, domain = world.description, "lucerne.example"
        partner = world.xmpp.partners[domain].agent
        with pytest.raises(StreamRefused, match=r"carries xmpp\.someone-else\.example, not lucerne\.example"):
            await partner.open(place(told), domain, OURS, OURS)
        stream = await world.xmpp.internal.open(place(told, inside=True), OURS, domain, "edge.int.contoso.example")
        await stream.write(message(f"alice@{OURS}", f"lucy@{domain}", "hello?"))
        await eventually(lambda: arrived(world.xmpp.internal) == [("error", "remote-server-timeout")])
        assert not partner.received
        await stream.close()


async def test_a_forged_dialback_key_proves_nothing(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", traffic=False) as world:
        impostor = XmppAgent(
            world.xmpp.partners["alpineski.example"].credential, Path(world.description.ca), by_key=True
        )
        with pytest.raises(StreamRefused, match="wanting"):
            await impostor.open(place(world.description), "alpineski.example", OURS, OURS)


async def test_a_healthy_partner_on_no_list_is_set_up_as_recommended_and_let_in(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", traffic=False) as world:
        told, domain = world.description, "blueyonder.example"
        partner = world.xmpp.partners[domain].agent
        with pytest.raises(StreamRefused):
            await partner.open(place(told), domain, OURS, OURS)
        code, said = await command(told, "federate", "xmpp", domain, "--recommended")
        assert code == 0, said
        stream = await partner.open(place(told), domain, OURS, OURS)
        await stream.write(message(f"bela@{domain}", f"alice@{OURS}", "hello"))
        await eventually(lambda: arrived(world.xmpp.internal) == [("chat", "hello")])
        await stream.close()


async def test_probes_see_every_kind_and_our_own_side_as_they_are(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", traffic=False) as world:
        results = await asked(world.description, "probe", "--all")
    found = {each["target"]: (each["severity"], each["summary"]) for each in results["results"]}
    state, summary = found.pop("sip.contoso.example")
    # What is required of our side stands; its certificates are the lab's own, and that is said.
    assert (state, "no public authority" in summary) == ("warning", True)
    assert found.pop("cohovineyard.example") == ("ok", "its address good: offers EXTERNAL")
    assert found.pop("alpineski.example") == ("ok", "its address good: offers dialback")
    state, summary = found.pop("lucerne.example")
    assert (state, "must prove lucerne.example itself" in summary) == ("critical", True)
    kinds = {each.domain: each.kind for each in PARTNERS}
    healthy = {domain for domain, (state, _) in found.items() if state == "ok"}
    assert healthy == {domain for domain in found if kinds[domain].name in ("allowed", "allowed-server")}
