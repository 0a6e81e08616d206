"""The lab with our real edge: every row of the partners' table is true, and nothing is left at the end."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from edgeconsole.lab.description import Description, PartnerServer
from edgeconsole.lab.partners import NO_CONNECTION, PARTNERS, Expected
from edgeconsole.lab.run import start_background
from edgeconsole.lab.sip_message import SipResponse
from edgeconsole.lab.world import World
from edgeconsole.lab.xmpp_partners import XMPP_PARTNERS
from tests.lab.clients import as_our_server, as_partner
from tests.lab.processes import children, eventually, is_alive, without_ports

HEADLESS = (sys.executable, "-m", "edgeconsole", "lab", "--headless")


async def write_as_partner(told: Description, partner: PartnerServer, recipient: str, text: str) -> SipResponse:
    async with as_partner(told, partner) as client:
        return await client.message(sender=f"someone@{partner.domain}", recipient=recipient, text=text)


async def write_from_inside(told: Description, recipient: str, text: str) -> SipResponse:
    async with as_our_server(told) as client:
        return await client.message(sender="alice@contoso.example", recipient=recipient, text=text)


async def test_every_partner_gets_the_answers_of_its_row_and_what_is_allowed_arrives(tmp_path: Path) -> None:
    inbound, outbound, delivered = {}, {}, set()
    async with World(tmp_path / "lab", traffic=False) as world:
        told = world.description
        for partner in told.partners:
            try:
                answer = await write_as_partner(told, partner, "alice@contoso.example", f"from {partner.domain}")
                inbound[partner.kind] = Expected(answer.status, answer.diagnostics)
            except OSError:
                inbound[partner.kind] = NO_CONNECTION
            answer = await write_from_inside(told, f"someone@{partner.domain}", f"to {partner.domain}")
            outbound[partner.kind] = Expected(answer.status, answer.diagnostics)
            delivered |= {request.text for request in world.partners[partner.domain].server.inbox.requests}
        delivered |= {request.text for request in world.internal.inbox.requests}
    assert inbound == {partner.kind.name: partner.kind.inbound for partner in PARTNERS}
    assert outbound == {partner.kind.name: partner.kind.outbound for partner in PARTNERS}
    open_to_us = ("fabrikam.example", "northwind.example")
    assert delivered == {f"{way} {domain}" for way in ("from", "to") for domain in open_to_us}


async def test_our_second_domain_receives_too(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", traffic=False) as world:
        partner = world.description.partners[0]
        answer = await write_as_partner(world.description, partner, "sam@contoso-sales.example", "hi")
        assert answer.status == 200
        assert world.internal.inbox.requests[-1].recipient == "sam@contoso-sales.example"


async def test_the_traffic_of_every_lane_gets_the_answer_of_its_row(tmp_path: Path) -> None:
    async def pause(seconds: float) -> None:
        # A hundredth of the real pace: all lanes are seen within a second or two.
        await asyncio.sleep(seconds / 100)

    expected = {(f"{each.domain} in", each.kind.inbound.outcome) for each in PARTNERS}
    expected |= {(f"{each.domain} out", each.kind.outbound.outcome) for each in PARTNERS}
    for partner in (each for each in XMPP_PARTNERS if each.kind.listed):
        refused = partner.kind.name == "xmpp-broken"
        # Our own server gives every message to the edge; what cannot go further comes back to it.
        expected |= {(f"{partner.domain} in", "lost" if refused else "sent"), (f"{partner.domain} out", "sent")}
    async with World(tmp_path / "lab", sleep=pause) as world:
        await eventually(lambda: expected <= set(world.traffic.outcomes))
        assert set(world.traffic.outcomes) == expected


async def test_a_second_start_in_a_directory_continues_with_what_the_operator_did(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", traffic=False) as world:
        told = world.description
        adatum = next(each for each in told.partners if each.kind == "discovered")
        command = (sys.executable, "-m", "edgeconsole", "--socket", told.socket, "discovery", "on")
        done = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
        assert await done.wait() == 0
        answer = await write_as_partner(told, adatum, "alice@contoso.example", "now?")
        assert answer.status == 200
        written = Path(told.config).read_text()
        history = history_of(told)
    async with World(tmp_path / "lab", traffic=False) as world:
        told = world.description
        assert without_ports(Path(told.config).read_text()) == without_ports(written)
        assert history.items() <= history_of(told).items()
        adatum = next(each for each in told.partners if each.kind == "discovered")
        assert (await write_as_partner(told, adatum, "alice@contoso.example", "still?")).status == 200
        assert (await write_from_inside(told, "adam@adatum.example", "yes")).status == 200


def history_of(told: Description) -> dict[str, bytes]:
    """The revisions kept beside the configuration."""
    kept = {path.name: path.read_bytes() for path in Path(told.config).parent.glob("federation.history/*.toml")}
    assert kept
    return kept


async def test_a_second_start_works_when_every_port_of_the_first_is_taken(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", traffic=False) as world:
        first = world.description
    addresses = [first.dns, first.internal.address, *(each.address for each in first.partners)]
    taken = [socket.create_server(("127.0.0.1", int(address.rpartition(":")[2]))) for address in addresses]
    async with World(tmp_path / "lab", traffic=False) as world:
        told = world.description
        assert {told.dns, told.internal.address}.isdisjoint(addresses)
        for partner in told.partners[:2]:  # found by SRV, and pinned
            assert (await write_as_partner(told, partner, "alice@contoso.example", "hi")).status == 200
            assert (await write_from_inside(told, f"x@{partner.domain}", "hi")).status == 200
    for each in taken:
        each.close()


def test_two_labs_run_side_by_side_and_each_ends_on_sigterm_with_nothing_left(temporary_root: Path) -> None:
    labs = [subprocess.Popen(HEADLESS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = []
    for lab in labs:
        assert lab.stdout is not None
        told.append(json.loads(lab.stdout.readline()))
    assert told[0]["proxy"] != told[1]["proxy"]
    assert {len(each["partners"]) for each in told} == {len(PARTNERS)}
    below = [pid for lab in labs for pid in children(lab.pid)]
    assert len(below) == 2
    assert len(list(temporary_root.iterdir())) == 2
    for lab in labs:
        lab.send_signal(signal.SIGTERM)
        rest, errors = lab.communicate(timeout=30)
        assert (lab.returncode, rest, errors) == (0, "", "")
    assert not any(map(is_alive, below))
    assert list(temporary_root.iterdir()) == []


async def test_the_lab_beneath_a_console_works_and_even_a_killed_one_leaves_no_process(temporary_root: Path) -> None:
    with start_background() as lab:
        told = lab.description
        below = children(lab.pid)
        assert len(below) == 1
        answer = await write_as_partner(told, told.partners[0], "alice@contoso.example", "hi")
        assert answer.status == 200
        os.kill(lab.pid, signal.SIGKILL)
        await eventually(lambda: not any(map(is_alive, below)))


def test_a_configuration_the_edge_refuses_is_told_and_the_lab_does_not_hang(tmp_path: Path) -> None:
    place = str(tmp_path / "lab")
    first = subprocess.Popen((*HEADLESS, "--dir", place), stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    configuration = Path(Description.from_json(first.stdout.readline()).config)
    first.terminate()
    first.communicate(timeout=30)
    configuration.write_text(configuration.read_text() + "\nnonsense = [\n")
    second = subprocess.run((*HEADLESS, "--dir", place), capture_output=True, text=True, timeout=30)
    assert second.returncode == 1
    assert second.stdout == ""
    assert "federation.toml" in second.stderr
    assert "Traceback" not in second.stderr
