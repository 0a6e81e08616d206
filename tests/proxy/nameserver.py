"""A small real DNS server for tests: answers over UDP from a dictionary, counts what it was asked."""

import asyncio
from collections import Counter

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset


class Nameserver(asyncio.DatagramProtocol):
    """Records by lower-case name and type; a name in `silent` gets no answer, one in `broken` SERVFAIL."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.silent: set[str] = set()
        self.broken: set[str] = set()
        self.asked: Counter[tuple[str, str]] = Counter()
        self._questions: asyncio.Queue[str] = asyncio.Queue()
        self.ttl = 300
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))

    @property
    def address(self) -> str:
        assert self._transport is not None
        return f"127.0.0.1:{self._transport.get_extra_info('sockname')[1]}"

    def stop(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def srv(self, domain: str, *targets: str) -> None:
        """Publish federation records, each `priority weight port target`, or `port target`."""
        full = [(target if target.count(" ") == 3 else f"0 0 {target}") + "." for target in targets]
        self.records[f"_sipfederationtls._tcp.{domain}", "SRV"] = full

    def a(self, host: str, *addresses: str) -> None:
        self.records[host, "A"] = list(addresses)

    def aaaa(self, host: str, *addresses: str) -> None:
        self.records[host, "AAAA"] = list(addresses)

    async def was_asked(self, name: str) -> None:
        """Wait for a question about a name."""
        while await self._questions.get() != name:
            pass

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked[name, kind] += 1
        self._questions.put_nowait(name)
        if name in self.silent:
            return
        assert self._transport is not None
        self._transport.sendto(self._answer(query, name, kind).to_wire(want_shuffle=False), addr)

    def _answer(self, query: dns.message.Message, name: str, kind: str) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA | dns.flags.RA
        question = query.question[0]
        if name in self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif (name, kind) in self.records:
            texts = self.records[name, kind]
            reply.answer.append(dns.rrset.from_text_list(question.name, self.ttl, "IN", kind, texts))
        elif not any(known == name for known, _ in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply
