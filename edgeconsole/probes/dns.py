"""DNS look-ups of a probe: SRV, addresses and aliases through the configured resolver, bounded, cleaned, never raising.

A probe keeps no cache: it shows what DNS says now.
"""

import asyncio
import ipaddress
import socket

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.IN.SRV import SRV

from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.model.evidence import SrvRecord, SrvStatus
from edgeconsole.model.names import InvalidName, parse_domain
from edgeconsole.model.text import clean
from edgeconsole.rules.requirements.compare import DnsAnswer, Question
from edgeconsole.rules.requirements.records import RecordType

LIFETIME = 5.0
"""Seconds for one question, all servers together."""

AT_ONCE = 8
"""Look-ups under way; a check of a hundred domains must not look like an attack to the resolver."""

_MAX_RECORDS = 20
_MAX_ADDRESSES = 16

_EMPTY = DnsAnswer(status=SrvStatus.MISSING)


def make_resolver(server: str) -> dns.asyncresolver.Resolver:
    """Return a resolver for `system`, `address`, `address:port` or `[address]:port`. Raises BadInput.

    It keeps no cache, and asks for answers that pass every path unfragmented.
    """
    if server == "system":
        try:
            resolver = dns.asyncresolver.Resolver()
        except dns.resolver.NoResolverConfiguration:
            raise BadInput(
                "the resolver is `system` and this host names no DNS server",
                remedy='Fill /etc/resolv.conf or set proxy.resolver = "ADDRESS"',
            ) from None
    else:
        resolver = dns.asyncresolver.Resolver(configure=False)
        address, port = split_server(server)
        resolver.nameservers = [address]
        resolver.port = port
    resolver.cache = None
    resolver.lifetime = LIFETIME
    # 1232 bytes never fragment (DNS flag day 2020); longer answers come over TCP.
    resolver.use_edns(0, 0, 1232)
    return resolver


def split_server(text: str) -> tuple[str, int]:
    """Return address and port of a DNS server. Raises BadInput where it is none."""
    address, port = text, "53"
    if text.startswith("["):
        address, closed, port = text[1:].partition("]")
        port = port.removeprefix(":") or ("53" if closed else "")
    elif text.count(":") == 1:
        address, port = text.split(":")
    if not is_literal(address) or not port.isdigit() or not 0 < int(port) < 65536:
        message = f"{clean(text)!r} is neither `system` nor the address of a DNS server"
        problem = Problem(field="proxy.resolver", message=message, remedy="Write address or address:port")
        raise BadInput("the resolver cannot be used", problems=(problem,))
    return address, int(port)


def is_literal(host: str) -> bool:
    """Return whether a host is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class LookUps:
    """Asks questions through one resolver, a few at a time."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._dns = make_resolver(server)
        self._room = asyncio.Semaphore(AT_ONCE)

    async def ask(self, question: Question) -> DnsAnswer:
        """Return what DNS says; trouble is an answer with the status `unavailable` and the reason."""
        async with self._room:
            try:
                kind = dns.rdatatype.from_text(question.type.value)
                found = await self._dns.resolve(_absolute(question.name), kind, search=False)
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
                return _EMPTY
            except (dns.exception.DNSException, OSError, ValueError) as error:
                return DnsAnswer(status=SrvStatus.UNAVAILABLE, detail=clean(str(error) or type(error).__name__))
        return _answer(question.type, found)

    async def system_addresses(self, host: str) -> tuple[str, ...]:
        """Return what the system itself says, its hosts file included; none where it knows nothing."""
        try:
            async with self._room, asyncio.timeout(LIFETIME):
                found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return ()
        return tuple(dict.fromkeys(str(each[4][0]) for each in found))[:_MAX_ADDRESSES]


def _absolute(name: str) -> dns.name.Name:
    return dns.name.from_text(f"{name}.")


def _answer(kind: RecordType, found: dns.resolver.Answer) -> DnsAnswer:
    if kind is RecordType.SRV:
        return _srv(found)
    if kind is RecordType.CNAME:
        targets = [each.target.to_text(omit_final_dot=True) for each in found if isinstance(each, CNAME)]
        return DnsAnswer(status=SrvStatus.FOUND, alias=clean(targets[0]).lower()) if targets else _EMPTY
    canonical = found.canonical_name.to_text(omit_final_dot=True)
    asked = found.qname.to_text(omit_final_dot=True)
    return DnsAnswer(
        status=SrvStatus.FOUND,
        addresses=tuple(each.to_text() for each in found)[:_MAX_ADDRESSES],
        alias="" if canonical.lower() == asked.lower() else clean(canonical).lower(),
    )


def _srv(found: dns.resolver.Answer) -> DnsAnswer:
    records = [record for each in found if isinstance(each, SRV) and (record := srv_record(each)) is not None]
    if not records:
        return DnsAnswer(status=SrvStatus.MISSING, detail="the record names no usable host")
    return DnsAnswer(status=SrvStatus.FOUND, records=tuple(records[:_MAX_RECORDS]))


def srv_record(record: SRV) -> SrvRecord | None:
    """Return a record whose target is a host name, in normal form; None for the root, which means no service."""
    try:
        target = parse_domain(record.target.to_text(omit_final_dot=True))
    except InvalidName:
        return None
    if not record.port:
        return None
    return SrvRecord(target=target, port=record.port, priority=record.priority, weight=record.weight)
