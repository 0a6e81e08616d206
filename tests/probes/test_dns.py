"""Look-ups of a probe against a real name server on loopback."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from edgeconsole.lab.nameserver import NameServer, Record, Zone
from edgeconsole.model.errors import BadInput
from edgeconsole.model.evidence import SrvRecord, SrvStatus
from edgeconsole.probes import dns as probe
from edgeconsole.probes.dns import LookUps, split_server
from edgeconsole.probes.requirement_check import check_dns
from edgeconsole.rules.requirements.compare import Question, RecordState
from edgeconsole.rules.requirements.dns import dns_requirements
from edgeconsole.rules.requirements.records import RecordType
from tests.requirements.worlds import NOW, OURS, PARTNER, world

SRV = "_sipfederationtls._tcp.contoso.example"
RECORDS = (
    Record(SRV, "SRV", "0 0 5061 sip.contoso.example."),
    Record("_sip._tls.contoso.example", "SRV", "0 0 443 sip.contoso.example."),
    Record("_none._tcp.contoso.example", "SRV", "0 0 0 ."),
    Record("sip.contoso.example", "A", "198.51.100.10"),
    Record("sip.contoso.example", "A", "198.51.100.11"),
    Record("sip.contoso.example", "AAAA", "2001:db8::10"),
    Record("www.contoso.example", "CNAME", "sip.contoso.example."),
    Record("odd.contoso.example", "CNAME", "\\027[2J.contoso.example."),
    Record("edge.int.contoso.example", "A", "10.0.0.5"),
    Record("pool.int.contoso.example", "A", "10.0.0.9"),
)


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    name_server = NameServer((Zone("contoso.example", RECORDS),))
    await name_server.start()
    yield name_server
    await name_server.close()


@pytest.fixture
def look_ups(server: NameServer) -> LookUps:
    return LookUps(server.address.with_port())


async def ask(look_ups: LookUps, name: str, kind: RecordType):
    return await look_ups.ask(Question(name, kind))


async def test_srv_records_come_as_they_are_published(look_ups: LookUps) -> None:
    answer = await ask(look_ups, SRV, RecordType.SRV)
    assert answer.status is SrvStatus.FOUND
    assert answer.records == (SrvRecord(target="sip.contoso.example", port=5061),)


async def test_addresses_of_each_family_and_aliases_are_told_apart(look_ups: LookUps) -> None:
    four = await ask(look_ups, "sip.contoso.example", RecordType.A)
    assert set(four.addresses) == {"198.51.100.10", "198.51.100.11"}
    assert four.alias == ""
    assert (await ask(look_ups, "sip.contoso.example", RecordType.AAAA)).addresses == ("2001:db8::10",)
    assert (await ask(look_ups, "www.contoso.example", RecordType.A)).alias == "sip.contoso.example"
    assert (await ask(look_ups, "www.contoso.example", RecordType.CNAME)).alias == "sip.contoso.example"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("nothing.contoso.example", RecordType.A),
        ("edge.int.contoso.example", RecordType.AAAA),
        ("_none._tcp.contoso.example", RecordType.SRV),
    ],
)
async def test_no_name_no_record_and_no_service_are_all_missing(look_ups: LookUps, name: str, kind: RecordType) -> None:
    assert (await ask(look_ups, name, kind)).status is SrvStatus.MISSING


async def test_a_server_that_refuses_is_unavailable_with_its_reason_cleaned(look_ups: LookUps) -> None:
    answer = await ask(look_ups, "sip.fabrikam.example", RecordType.A)
    assert answer.status is SrvStatus.UNAVAILABLE
    assert "REFUSED" in answer.detail


async def test_a_server_that_is_silent_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "LIFETIME", 0.05)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
    look_ups = LookUps(f"127.0.0.1:{transport.get_extra_info('sockname')[1]}")
    answer = await ask(look_ups, "sip.contoso.example", RecordType.A)
    transport.close()
    assert answer.status is SrvStatus.UNAVAILABLE


async def test_control_characters_in_an_answer_are_made_visible(look_ups: LookUps) -> None:
    answer = await ask(look_ups, "odd.contoso.example", RecordType.CNAME)
    assert "\x1b" not in answer.alias
    assert answer.alias.isprintable()


async def test_the_system_knows_the_hosts_file(look_ups: LookUps) -> None:
    assert await look_ups.system_addresses("localhost")
    assert await look_ups.system_addresses("nothing.invalid") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9.9.9.9", ("9.9.9.9", 53)),
        ("9.9.9.9:5353", ("9.9.9.9", 5353)),
        ("2620:fe::fe", ("2620:fe::fe", 53)),
        ("[2620:fe::fe]", ("2620:fe::fe", 53)),
        ("[2620:fe::fe]:54", ("2620:fe::fe", 54)),
    ],
)
def test_a_dns_server_is_an_address_with_or_without_a_port(text: str, expected: tuple[str, int]) -> None:
    assert split_server(text) == expected


@pytest.mark.parametrize("text", ["dns.example", "9.9.9.9:", "9.9.9.9:0", "9.9.9.9:70000", "[::1", ""])
def test_a_name_is_no_dns_server(text: str) -> None:
    with pytest.raises(BadInput):
        split_server(text)


REQUIRED = dns_requirements(world(OURS, PARTNER), NOW)


async def states(look_ups: LookUps) -> dict[str, RecordState]:
    checked = await check_dns(REQUIRED, look_ups)
    return {f"{item.requirement.row.value} {item.requirement.type.value}": item.state for item in checked}


async def test_records_that_are_published_pass_the_check(look_ups: LookUps) -> None:
    assert await states(look_ups) == {
        "D1 SRV": RecordState.OK,
        "D2 A": RecordState.OK,
        "D3 SRV": RecordState.OK,
        "D7 A": RecordState.NOT_USED,
        "D8 A": RecordState.OK,
        "D10 A": RecordState.OK,
    }


async def test_a_misspelt_record_is_found_and_named(server: NameServer, look_ups: LookUps) -> None:
    server.replace(SRV, "SRV")
    server.replace("_sipfederationtls.tcp.contoso.example", "SRV", "0 0 5061 sip.contoso.example.")
    checked = {item.requirement.row.value: item for item in await check_dns(REQUIRED, look_ups)}
    assert checked["D1"].state is RecordState.MISSING
    assert checked["D1"].found == ("_sipfederationtls.tcp.contoso.example",)


async def test_the_inside_is_not_asked_of_a_resolver_outside(server: NameServer, monkeypatch) -> None:
    look_ups = LookUps(server.address.with_port())
    # What counts is the address an operator names; the loopback server stands behind it.
    monkeypatch.setattr(look_ups, "server", "9.9.9.9")
    found = await states(look_ups)
    assert found["D8 A"] is RecordState.NOT_ASKED
    assert found["D1 SRV"] is RecordState.OK
