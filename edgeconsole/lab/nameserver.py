"""An authoritative DNS server over UDP and TCP whose zones are data and may change while it runs."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.SOA
import dns.rrset
import msgspec

from edgeconsole.lab.ports import LOOPBACK, bind_pair
from edgeconsole.model.names import HostPort

DEFAULT_TTL = 5
"""Seconds; short, so that a changed record is seen soon."""

NEGATIVE_TTL = 1
"""Seconds a resolver may keep a no (SOA minimum, RFC 2308)."""

PLAIN_UDP_SIZE = 512
"""Bytes of a UDP answer to a client that announced no more (RFC 1035, 4.2.1)."""

MAX_UDP_SIZE = 1232
"""Bytes of any UDP answer; the size that never fragments (DNS flag day 2020)."""

IDLE_TIMEOUT = 10.0
"""Seconds a silent TCP connection is kept."""

_HEADER_SIZE = 12
_MAX_ALIASES = 8


class Record(msgspec.Struct, frozen=True):
    """One record: an absolute name without the final dot, a type such as `SRV`, its value as a zone file writes it."""

    name: str
    kind: str
    value: str
    ttl: int = DEFAULT_TTL


class Zone(msgspec.Struct, frozen=True):
    """A name the server is the authority for, with everything below it."""

    origin: str
    records: tuple[Record, ...] = ()


class _Contents:
    """One zone compiled for look-ups."""

    def __init__(self, zone: Zone) -> None:
        self.origin = dns.name.from_text(zone.origin)
        self.soa = dns.rrset.from_text(
            self.origin,
            NEGATIVE_TTL,
            "IN",
            "SOA",
            f"ns.{self.origin} hostmaster.{self.origin} 1 3600 600 86400 {NEGATIVE_TTL}",
        )
        self.sets: dict[tuple[dns.name.Name, dns.rdatatype.RdataType], dns.rrset.RRset] = {
            (self.origin, dns.rdatatype.SOA): self.soa
        }
        for record in zone.records:
            self.add(record)

    def add(self, record: Record) -> None:
        name, kind = dns.name.from_text(record.name), dns.rdatatype.from_text(record.kind)
        if not name.is_subdomain(self.origin):
            raise ValueError(f"{record.name} is not in zone {self.origin}")
        value = dns.rdata.from_text(dns.rdataclass.IN, kind, record.value, origin=dns.name.root, relativize=False)
        found = self.sets.setdefault((name, kind), dns.rrset.RRset(name, dns.rdataclass.IN, kind))
        found.add(value, record.ttl)

    def exists(self, name: dns.name.Name) -> bool:
        # A name with nothing but names below it exists too (RFC 4592, 2.2.2), as _tcp of an SRV does.
        return any(owner.is_subdomain(name) for owner, _ in self.sets)

    def find(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> Iterator[dns.rrset.RRset]:
        if kind == dns.rdatatype.ANY:
            yield from (found for (owner, _), found in self.sets.items() if owner == name)
        elif (name, kind) in self.sets:
            yield self.sets[name, kind]


class NameServer:
    """The server; `address` says where it listens, once started."""

    def __init__(self, zones: Iterable[Zone] = ()) -> None:
        self._zones = {contents.origin: contents for contents in map(_Contents, zones)}
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self._conversations: set[asyncio.Task[None]] = set()
        self.address = HostPort(LOOPBACK, 0)
        self.queries = 0
        """Well-formed queries answered since the start."""

    async def start(self, port: int = 0) -> None:
        """Listen on loopback, UDP and TCP on one port; a port in use falls back to a free one."""
        datagrams, streams, chosen = bind_pair(port)
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=datagrams)
        self._tcp = await asyncio.start_server(self._converse, sock=streams)
        self.address = HostPort(LOOPBACK, chosen)

    async def close(self) -> None:
        """Stop listening and end every conversation."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
        for conversation in tuple(self._conversations):
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def add_zone(self, zone: Zone) -> None:
        """Add a zone, or replace the one of the same origin."""
        contents = _Contents(zone)
        self._zones[contents.origin] = contents

    def replace(self, name: str, kind: str, *values: str, ttl: int = DEFAULT_TTL) -> None:
        """Set the records of a name and type; no value removes them. Raises KeyError for a name in no zone."""
        owner = dns.name.from_text(name)
        contents = self._authority_for(owner)
        if contents is None:
            raise KeyError(name)
        contents.sets.pop((owner, dns.rdatatype.from_text(kind)), None)
        for value in values:
            contents.add(Record(name, kind, value, ttl))

    def respond(self, wire: bytes, *, udp: bool) -> bytes | None:
        """Answer one query; None for what deserves no answer (too short to be DNS, or a response)."""
        if len(wire) < _HEADER_SIZE or wire[2] & 0x80:
            return None
        try:
            query = dns.message.from_wire(wire)
        except (dns.exception.DNSException, ValueError):
            return _form_error(wire)
        response = self._respond(query)
        if not udp:
            return response.to_wire(max_size=65535)
        room = max(PLAIN_UDP_SIZE, min(query.payload, MAX_UDP_SIZE)) if query.edns >= 0 else PLAIN_UDP_SIZE
        return response.to_wire(max_size=room, prefer_truncation=True)

    def _respond(self, query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query, our_payload=MAX_UDP_SIZE)
        self.queries += 1
        if query.edns > 0:
            response.set_rcode(dns.rcode.BADVERS)
        elif query.opcode() != dns.opcode.QUERY:
            response.set_rcode(dns.rcode.NOTIMP)
        elif len(query.question) != 1:
            response.set_rcode(dns.rcode.FORMERR)
        else:
            question = query.question[0]
            if question.rdclass != dns.rdataclass.IN or question.rdtype in (dns.rdatatype.AXFR, dns.rdatatype.IXFR):
                response.set_rcode(dns.rcode.REFUSED)
            else:
                self._answer(response, question.name, question.rdtype)
        return response

    def _answer(self, response: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> None:
        contents = self._authority_for(name)
        if contents is None:
            response.set_rcode(dns.rcode.REFUSED)
            return
        response.flags |= dns.flags.AA
        for _ in range(_MAX_ALIASES):
            found = tuple(contents.find(name, kind)) or tuple(contents.find(name, dns.rdatatype.CNAME))
            # On the wire the owner points to the question: a client that mixes case to detect forgery finds its own.
            response.answer.extend(found)
            if not found:
                if not contents.exists(name):
                    response.set_rcode(dns.rcode.NXDOMAIN)
                response.authority.append(contents.soa)
                return
            if found[0].rdtype != dns.rdatatype.CNAME or kind in (dns.rdatatype.CNAME, dns.rdatatype.ANY):
                self._add_addresses(response)
                return
            name = found[0][0].target
            following = self._authority_for(name)
            if following is None:
                return
            contents = following

    def _add_addresses(self, response: dns.message.Message) -> None:
        for answer in response.answer:
            if answer.rdtype == dns.rdatatype.SRV:
                for target in {value.target for value in answer}:
                    contents = self._authority_for(target)
                    for kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
                        response.additional.extend(contents.find(target, kind) if contents else ())

    def _authority_for(self, name: dns.name.Name) -> _Contents | None:
        while True:
            if name in self._zones:
                return self._zones[name]
            if name == dns.name.root:
                return None
            name = name.parent()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._conversations.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                while True:
                    async with asyncio.timeout(IDLE_TIMEOUT):
                        size = int.from_bytes(await reader.readexactly(2), "big")
                        wire = await reader.readexactly(size)
                    answer = self.respond(wire, udp=False)
                    if answer is None:
                        return
                    writer.write(len(answer).to_bytes(2, "big") + answer)
                    await writer.drain()
        except asyncio.CancelledError:
            # Only close() cancels a conversation, and it waits for the task to end.
            pass
        finally:
            self._conversations.discard(task)
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._server.respond(data, udp=True)
        if answer is not None:
            self._transport.sendto(answer, addr)


def _form_error(wire: bytes) -> bytes:
    # Only the header can be trusted: its id and opcode go back, no section does.
    flags = 0x8000 | (wire[2] & 0x79) << 8 | dns.rcode.FORMERR
    return wire[:2] + flags.to_bytes(2, "big") + bytes(8)
