"""The lab's name server, asked by dnspython over real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator

import dns.asyncquery
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeconsole.lab.nameserver import NameServer, Record, Zone

SRV = "_sipfederationtls._tcp.fabrikam.example"

ZONE = Zone(
    "fabrikam.example",
    (
        Record(SRV, "SRV", "0 0 5061 sip.fabrikam.example."),
        Record("sip.fabrikam.example", "A", "127.0.0.1"),
        Record("sip.fabrikam.example", "AAAA", "::1"),
        Record("www.fabrikam.example", "CNAME", "sip.fabrikam.example."),
        *(Record("many.fabrikam.example", "TXT", f'"{number:03} {"x" * 60}"') for number in range(40)),
    ),
)

OFFLINE = NameServer((ZONE,))
"""Never started; for questions that need no socket."""


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    name_server = NameServer((ZONE,))
    await name_server.start()
    yield name_server
    await name_server.close()


async def ask(
    server: NameServer, name: str, kind: str, *, over: str = "udp", edns: bool = False
) -> dns.message.Message:
    query = dns.message.make_query(name, kind, use_edns=0 if edns else -1, payload=1232 if edns else 0)
    send = dns.asyncquery.udp if over == "udp" else dns.asyncquery.tcp
    return await send(query, server.address.host, port=server.address.port, timeout=5)


@pytest.mark.parametrize("over", ["udp", "tcp"])
async def test_an_srv_record_is_answered_with_authority_and_the_addresses_of_its_target(
    server: NameServer, over: str
) -> None:
    answer = await ask(server, SRV, "SRV", over=over)
    assert answer.rcode() == dns.rcode.NOERROR
    assert answer.flags & dns.flags.AA
    assert [str(value) for value in answer.answer[0]] == ["0 0 5061 sip.fabrikam.example."]
    assert {(each.rdtype, str(each[0])) for each in answer.additional} == {
        (dns.rdatatype.A, "127.0.0.1"),
        (dns.rdatatype.AAAA, "::1"),
    }


@pytest.mark.parametrize("over", ["udp", "tcp"])
async def test_a_name_that_does_not_exist_is_nxdomain_with_the_soa(server: NameServer, over: str) -> None:
    answer = await ask(server, "nobody.fabrikam.example", "A", over=over)
    assert answer.rcode() == dns.rcode.NXDOMAIN
    assert answer.flags & dns.flags.AA
    assert not answer.answer
    assert [each.rdtype for each in answer.authority] == [dns.rdatatype.SOA]


@pytest.mark.parametrize("name", ["sip.fabrikam.example", "_tcp.fabrikam.example", "fabrikam.example"])
async def test_a_name_without_that_type_is_no_data_even_when_only_names_below_it_exist(
    server: NameServer, name: str
) -> None:
    answer = await ask(server, name, "MX")
    assert answer.rcode() == dns.rcode.NOERROR
    assert not answer.answer
    assert [each.rdtype for each in answer.authority] == [dns.rdatatype.SOA]


async def test_a_name_in_no_zone_is_refused_without_authority(server: NameServer) -> None:
    answer = await ask(server, "example.org", "A")
    assert answer.rcode() == dns.rcode.REFUSED
    assert not answer.flags & dns.flags.AA


async def test_the_case_of_a_question_comes_back_in_the_answer(server: NameServer) -> None:
    answer = await ask(server, "SiP.FabriKam.eXample", "A")
    assert str(answer.question[0].name) == "SiP.FabriKam.eXample."
    assert str(answer.answer[0].name) == "SiP.FabriKam.eXample."


async def test_an_alias_is_followed_to_the_address(server: NameServer) -> None:
    answer = await ask(server, "www.fabrikam.example", "A")
    assert [each.rdtype for each in answer.answer] == [dns.rdatatype.CNAME, dns.rdatatype.A]


@pytest.mark.parametrize(("edns", "room"), [(False, 512), (True, 1232)])
async def test_a_big_answer_is_cut_short_over_udp_and_whole_over_tcp(server: NameServer, edns: bool, room: int) -> None:
    cut = await ask(server, "many.fabrikam.example", "TXT", edns=edns)
    assert cut.flags & dns.flags.TC
    assert len(cut.to_wire()) <= room
    whole = await ask(server, "many.fabrikam.example", "TXT", over="tcp", edns=edns)
    assert not whole.flags & dns.flags.TC
    assert len(whole.answer[0]) == 40


async def test_a_record_changed_while_running_is_in_the_next_answer(server: NameServer) -> None:
    server.replace(SRV, "SRV", "0 0 6061 other.fabrikam.example.")
    moved = await ask(server, SRV, "SRV")
    assert [str(value) for value in moved.answer[0]] == ["0 0 6061 other.fabrikam.example."]
    server.replace(SRV, "SRV")
    assert (await ask(server, SRV, "SRV")).rcode() == dns.rcode.NXDOMAIN
    with pytest.raises(KeyError):
        server.replace("example.org", "A", "127.0.0.1")


async def test_the_zone_closest_to_the_name_answers(server: NameServer) -> None:
    server.add_zone(Zone("example"))
    assert (await ask(server, "sip.fabrikam.example", "A")).answer
    assert (await ask(server, "sip.nobody.example", "A")).rcode() == dns.rcode.NXDOMAIN


async def test_several_questions_pass_over_one_tcp_connection(server: NameServer) -> None:
    reader, writer = await asyncio.open_connection(server.address.host, server.address.port)
    for name in ("sip.fabrikam.example", "nobody.fabrikam.example"):
        wire = dns.message.make_query(name, "A").to_wire()
        writer.write(len(wire).to_bytes(2, "big") + wire)
    codes = []
    for _ in range(2):
        size = int.from_bytes(await reader.readexactly(2), "big")
        codes.append(dns.message.from_wire(await reader.readexactly(size)).rcode())
    assert codes == [dns.rcode.NOERROR, dns.rcode.NXDOMAIN]
    writer.close()
    await writer.wait_closed()


async def test_closing_ends_idle_tcp_conversations(server: NameServer) -> None:
    reader, writer = await asyncio.open_connection(server.address.host, server.address.port)
    wire = dns.message.make_query("sip.fabrikam.example", "A").to_wire()
    writer.write(len(wire).to_bytes(2, "big") + wire)
    await reader.readexactly(2)
    await server.close()
    assert len(await reader.read()) > 0  # the rest of the answer, then the end
    writer.close()
    await writer.wait_closed()


async def test_garbage_is_survived_over_udp_and_tcp(server: NameServer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for junk in (b"", b"\0", b"\xff" * 12, b"\0" * 12, bytes(range(200))):
            sender.sendto(junk, (server.address.host, server.address.port))
    _, writer = await asyncio.open_connection(server.address.host, server.address.port)
    writer.write(b"\xff\xffGET / HTTP/1.1\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    assert (await ask(server, SRV, "SRV")).answer
    assert (await ask(server, SRV, "SRV", over="tcp")).answer


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_get_a_valid_answer_or_none(wire: bytes) -> None:
    for udp in (True, False):
        answer = OFFLINE.respond(wire, udp=udp)
        if answer is not None:
            parsed = dns.message.from_wire(answer)
            assert parsed.flags & dns.flags.QR
            assert answer[:2] == wire[:2]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_query_gets_a_valid_answer_or_none(choices: st.DataObject) -> None:
    wire = bytearray(dns.message.make_query(SRV, "SRV", use_edns=0).to_wire())
    for _ in range(choices.draw(st.integers(1, 4))):
        wire[choices.draw(st.integers(0, len(wire) - 1))] = choices.draw(st.integers(0, 255))
    answer = OFFLINE.respond(bytes(wire), udp=True)
    if answer is not None:
        dns.message.from_wire(answer)


def test_what_is_no_plain_question_is_answered_with_its_own_code() -> None:

    def code(query: dns.message.Message) -> dns.rcode.Rcode:
        answer = OFFLINE.respond(query.to_wire(), udp=True)
        assert answer is not None
        return dns.message.from_wire(answer).rcode()

    update = dns.message.make_query(SRV, "SRV")
    update.set_opcode(dns.opcode.STATUS)
    assert code(update) == dns.rcode.NOTIMP
    assert code(dns.message.make_query("fabrikam.example", "AXFR")) == dns.rcode.REFUSED
    assert code(dns.message.make_query(SRV, "SRV", rdclass="CH")) == dns.rcode.REFUSED
    assert code(dns.message.make_query(SRV, "SRV", use_edns=1)) == dns.rcode.BADVERS
    assert OFFLINE.respond(dns.message.make_response(update).to_wire(), udp=True) is None


def test_a_record_outside_its_zone_is_a_mistake_of_the_table() -> None:
    with pytest.raises(ValueError, match="not in zone"):
        NameServer((Zone("fabrikam.example", (Record("sip.other.example", "A", "127.0.0.1"),)),))
