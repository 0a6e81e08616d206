"""The whole lab with a stand-in for the proxy: what is up, what is written, what is left."""

import asyncio
import json
import socket
import ssl
import tomllib
from collections import Counter
from pathlib import Path
from random import Random

import dns.asyncquery
import dns.message
import dns.rcode
import pytest

from edgeconsole.lab import edge_process
from edgeconsole.lab.description import Description
from edgeconsole.lab.edge_process import EdgeFailed
from edgeconsole.lab.organisation import CONTOSO
from edgeconsole.lab.partners import PARTNERS
from edgeconsole.lab.sip_agent import SipClient
from edgeconsole.lab.world import World
from edgeconsole.lab.zones import srv_name
from tests.lab.clients import as_partner
from tests.lab.processes import eventually, is_alive, stand_in, without_ports


async def ask_srv(world: World, domain: str) -> list[str]:
    query = dns.message.make_query(srv_name(domain), "SRV")
    place = world.nameserver.address
    answer = await dns.asyncquery.udp(query, place.host, port=place.port, timeout=5)
    return [str(value) for each in answer.answer for value in each]


async def test_the_description_is_complete_and_every_path_absolute(temporary_root: Path) -> None:
    async with World(command=stand_in(), traffic=False) as world:
        line = world.description.to_json()
        assert "\n" not in line
        told = json.loads(line)
        assert list(told) == [
            "config",
            "socket",
            "dns",
            "ca",
            "proxy",
            "sip_domains",
            "internal",
            "partners",
            "xmpp_partners",
        ]
        assert list(told["proxy"]) == ["sip", "internal", "xmpp", "xmpp_internal"]
        assert told["proxy"]["xmpp"] is None
        assert told["sip_domains"] == ["contoso.example", "contoso-sales.example"]
        assert list(told["internal"]) == ["address", "certificate", "private_key"]
        for partner in told["xmpp_partners"]:
            assert list(partner) == ["domain", "kind", "server", "address", "certificate", "private_key"]
        for partner in told["partners"]:
            assert list(partner) == ["domain", "kind", "edge_fqdn", "address", "certificate", "private_key"]
        files = [told["config"], told["ca"], *(told["internal"][key] for key in ("certificate", "private_key"))]
        files += [
            partner[key]
            for partner in (*told["partners"], *told["xmpp_partners"])
            for key in ("certificate", "private_key")
        ]
        assert all(Path(name).is_absolute() and Path(name).is_file() for name in files)
        assert Path(told["socket"]).is_absolute()
        assert Description.from_json(line) == world.description
        assert {partner["kind"] for partner in told["partners"]} == {each.kind.name for each in PARTNERS}
    assert list(temporary_root.iterdir()) == []


async def test_dns_leads_to_our_edge_and_to_every_partner_that_publishes(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", command=stand_in(), traffic=False) as world:
        edge_port = world.description.proxy.sip.rpartition(":")[2]
        assert await ask_srv(world, "contoso.example") == [f"0 0 {edge_port} sip.contoso.example."]
        assert await ask_srv(world, "contoso-sales.example") == [f"0 0 {edge_port} sip.contoso-sales.example."]
        for partner in world.description.partners:
            port = partner.address.rpartition(":")[2]
            silent = partner.kind in ("allowed-server", "srv-missing")
            published = [] if silent else [f"0 0 {port} {partner.edge_fqdn}."]
            assert await ask_srv(world, partner.domain) == published


async def test_an_outside_client_can_join_as_every_partner_from_the_description_alone(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", command=stand_in(), traffic=False) as world:
        told = world.description
        for partner in told.partners:
            if partner.kind == "expired":
                continue
            async with as_partner(told, partner) as client:
                answer = await client.message(
                    sender=f"x@{partner.domain}", recipient="alice@contoso.example", text="hi"
                )
                assert answer.status == 200
                assert set(client.peer_names) == set(CONTOSO.certificate_names)


async def test_partner_servers_answer_our_edge_and_what_is_wrong_with_a_certificate_shows(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", command=stand_in(), traffic=False) as world:
        edge = tomllib.loads(Path(world.description.config).read_text())["edge"]
        for partner in world.description.partners:
            call = SipClient.connect(
                partner.address,
                certificate=edge["certificate"].removeprefix("file:"),
                private_key=edge["private_key"].removeprefix("file:"),
                trust=edge["trust"].removeprefix("file:"),
                server_name=partner.edge_fqdn,
            )
            if partner.kind in ("wrong-name", "expired"):
                found = "Hostname mismatch" if partner.kind == "wrong-name" else "certificate has expired"
                with pytest.raises(ssl.SSLCertVerificationError, match=found):
                    await call.__aenter__()
            else:
                async with call as client:
                    told = await client.options(sender="alice@contoso.example", recipient=f"x@{partner.domain}")
                    assert told.status == 200


async def test_a_partners_certificate_does_not_open_the_inside(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", command=stand_in(), traffic=False) as world:
        told = world.description
        for place, owner in ((told.proxy.internal, told.partners[0]), (told.internal.address, told.partners[0])):
            with pytest.raises(OSError, match=r"(?i)unknown.ca|reset|closed|broken"):
                async with SipClient.connect(
                    place, certificate=owner.certificate, private_key=owner.private_key, trust=told.ca
                ) as client:
                    await client.options(sender="a@fabrikam.example", recipient="alice@contoso.example")
        async with SipClient.connect(
            told.proxy.internal,
            certificate=told.internal.certificate,
            private_key=told.internal.private_key,
            trust=told.ca,
            server_name="edge.int.contoso.example",
        ) as client:
            answer = await client.options(sender="alice@contoso.example", recipient="a@fabrikam.example")
            assert answer.status == 200


async def test_every_lane_of_traffic_is_used_and_pauses_as_its_row_says(tmp_path: Path) -> None:
    pauses: Counter[float] = Counter()
    waiting = asyncio.Event()

    async def pause(seconds: float) -> None:
        pauses[seconds] += 1
        if pauses.total() > 2 * len(PARTNERS):  # the first pause of each lane passes, the second holds it
            waiting.set()
            await asyncio.Event().wait()

    async with World(tmp_path / "lab", command=stand_in(), random=Random(7), sleep=pause) as world:
        await asyncio.wait_for(waiting.wait(), 20)
        lanes = {f"{partner.domain} {way}" for partner in PARTNERS for way in ("in", "out")}
        await eventually(lambda: {name for name, _ in world.traffic.outcomes} == lanes)
        outcomes = {outcome for name, outcome in world.traffic.outcomes if name != "treyresearch.example in"}
        assert outcomes == {"200"}
        assert world.traffic.outcomes["treyresearch.example in", "lost"]
    longest = max(partner.kind.every for partner in PARTNERS)
    assert 0 < min(pauses) <= max(pauses) <= 1.5 * longest


async def test_traffic_goes_on_when_the_edge_does_not_answer(tmp_path: Path) -> None:
    async def pause(seconds: float) -> None:
        await asyncio.sleep(0)

    async with World(tmp_path / "lab", command=stand_in(), sleep=pause) as world:
        await eventually(lambda: world.traffic.outcomes["fabrikam.example in", "200"] > 1)
        await world.edge.stop()
        await eventually(lambda: world.traffic.outcomes["fabrikam.example in", "lost"] > 1)


async def test_a_second_start_keeps_the_configuration_with_the_operators_edits(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", command=stand_in(), traffic=False) as world:
        first = world.description
    configuration = Path(first.config)
    configuration.write_text(configuration.read_text() + '\n[[domain]]  # mine\nname = "x.example"\naction = "block"\n')
    before = configuration.read_text()
    async with World(tmp_path / "lab", command=stand_in(), traffic=False) as world:
        assert without_ports(world.description.to_json()) == without_ports(first.to_json())
        assert without_ports(configuration.read_text()) == without_ports(before)


async def test_a_second_start_moves_what_it_must_when_its_ports_are_taken(tmp_path: Path) -> None:
    async with World(tmp_path / "lab", command=stand_in(), traffic=False) as world:
        first = world.description
    taken = [socket.create_server(("127.0.0.1", int(first.dns.rpartition(":")[2])))]
    taken += [socket.create_server(("127.0.0.1", int(each.address.rpartition(":")[2]))) for each in first.partners]
    async with World(tmp_path / "lab", command=stand_in(), traffic=False) as world:
        told = world.description
        assert told.dns != first.dns
        read = tomllib.loads(Path(told.config).read_text())
        assert read["proxy"]["resolver"] == told.dns
        pinned = next(each for each in told.partners if each.kind == "allowed-server")
        record = next(domain for domain in read["domain"] if domain["name"] == pinned.domain)
        assert record["access_edge"] == f"{pinned.edge_fqdn}:{pinned.address.rpartition(':')[2]}"
    for each in taken:
        each.close()


async def test_an_edge_that_refuses_to_start_is_told_with_its_own_words(temporary_root: Path) -> None:
    with pytest.raises(EdgeFailed, match=r"exit code 2.*edge\.fqdn: not this time"):
        await World(command=stand_in("refuse")).start()
    assert list(temporary_root.iterdir()) == []


async def test_an_edge_that_announces_nonsense_is_ended(temporary_root: Path) -> None:
    with pytest.raises(EdgeFailed, match="hello"):
        await World(command=stand_in("babble")).start()
    assert list(temporary_root.iterdir()) == []


async def test_an_edge_that_never_serves_is_ended_when_the_time_is_over(
    temporary_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_process, "START_TIMEOUT", 0.0)
    with pytest.raises(EdgeFailed, match="did not serve"):
        await World(command=stand_in()).start()
    assert list(temporary_root.iterdir()) == []


async def test_an_edge_that_does_not_end_is_killed(temporary_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_process, "STOP_TIMEOUT", 0.2)
    async with World(command=stand_in("deaf"), traffic=False) as world:
        pid = world.edge.pid
        assert is_alive(pid)
    assert not is_alive(pid)
    assert list(temporary_root.iterdir()) == []


async def test_a_lost_edge_is_noticed(temporary_root: Path) -> None:
    async with World(command=stand_in(), traffic=False) as world:
        lost = asyncio.create_task(world.edge_lost())
        await world.edge.stop()
        assert "the edge ended" in str(await asyncio.wait_for(lost, 5))
