"""Partners for tests of probes: servers on loopback that answer well, badly or not at all, and their world."""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

from edgeconsole.lab.nameserver import NameServer, Record, Zone
from edgeconsole.model.configuration import AccessEdge, Configuration, Edge, Proxy, SipDomain
from edgeconsole.model.domains import FederatedDomain
from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.probe import ProbeResult
from edgeconsole.model.terms import Action
from edgeconsole.model.xmpp import XmppPartner
from edgeconsole.probes.engine import ProbeLimits, Prober
from edgeconsole.probes.targets import ProbeTarget
from tests.probes.pki import Credential, Pki

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Talk = Callable[[Reader, Writer], Awaitable[None]]

QUICK = ProbeLimits(dns=0.4, connect=0.4, handshake=0.6, reply=0.6, whole=5.0)
"""Limits of tests: a silent peer is waited for this long."""

OK = "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"


class World:
    """Name server, authorities, our own edge's certificate, and the partners a test starts."""

    def __init__(self, directory: Path, pki: Pki, own: Credential) -> None:
        self.directory = directory
        self.pki = pki
        self.own = own
        self.dns = NameServer([Zone(name) for name in ("partner.example", "other.example", "contoso.example")])
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections = 0

    def configuration(self, **changes: object) -> Configuration:
        """Return a configuration that knows partner.example, with our certificate."""
        edge = Edge(
            fqdn=DomainName("sip.contoso.example"),
            next_hop=HostPort("pool.contoso.example"),
            certificate=f"file:{self.own.certificate}",
            private_key=f"file:{self.own.key}",
            trust=f"file:{self.pki.trust}",
        )
        values: dict[str, object] = {
            "edge": edge,
            "proxy": Proxy(resolver=str(self.dns.address.with_port()), allow_addresses=("127.0.0.0/8", "::1/128")),
            "access_edge": AccessEdge(federation=True),
            "sip_domains": (SipDomain(name=DomainName("contoso.example")),),
            "xmpp_partners": (XmppPartner(name=DomainName("partner.example")),),
            "domains": (FederatedDomain(name=DomainName("partner.example"), action=Action.ALLOW),),
        }
        return Configuration(**(values | changes))  # type: ignore[arg-type]

    def prober(self, configuration: Configuration | None = None, **options: object) -> Prober:
        options.setdefault("limits", QUICK)
        return Prober(configuration or self.configuration(), self.directory, "edge test", **options)  # type: ignore[arg-type]

    async def probe(
        self, target: ProbeTarget, configuration: Configuration | None = None, **options: object
    ) -> ProbeResult:
        prober = self.prober(configuration, **options)
        try:
            return await prober.probe(target)
        finally:
            await prober.close()

    def records(self, *records: Record) -> None:
        for record in records:
            self.dns.replace(record.name, record.kind, record.value, ttl=record.ttl)

    def sip_record(self, port: int, host: str = "sip.partner.example", address: str = "127.0.0.1") -> None:
        self.dns.replace("_sipfederationtls._tcp.partner.example", "SRV", f"0 0 {port} {host}.", ttl=3600)
        self.dns.replace(host, "AAAA" if ":" in address else "A", address)

    def xmpp_record(self, port: int, host: str = "xmpp.partner.example", service: str = "_xmpp-server") -> None:
        self.dns.replace(f"{service}._tcp.partner.example", "SRV", f"5 0 {port} {host}.", ttl=3600)
        self.dns.replace(host, "A", "127.0.0.1")

    async def serve(
        self, talk: Talk, context: ssl.SSLContext | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> int:
        """Start a server and return its port."""

        async def converse(reader: Reader, writer: Writer) -> None:
            self.connections += 1
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            try:
                with contextlib.suppress(OSError, EOFError, asyncio.CancelledError, ssl.SSLError):
                    await talk(reader, writer)
            finally:
                self._tasks.discard(task)
                writer.close()

        server = await asyncio.start_server(converse, host, port, ssl=context)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.dns.close()


def server_context(
    credential: Credential,
    *,
    trust: Path | None = None,
    demand: ssl.VerifyMode = ssl.CERT_REQUIRED,
    version: ssl.TLSVersion | None = None,
    ciphers: str = "",
) -> ssl.SSLContext:
    """Context of a partner; `trust` verifies ours, none asks for no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if ciphers:
        context.set_ciphers(ciphers)
    context.load_cert_chain(credential.certificate, credential.key)
    if trust is not None:
        context.load_verify_locations(trust)
        context.verify_mode = demand
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


def answering(reply: str | bytes = OK) -> Talk:
    """Return a conversation that answers one request."""

    async def talk(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply.encode() if isinstance(reply, str) else reply)
        await writer.drain()
        await reader.read(1)

    return talk


async def silent(reader: Reader, writer: Writer) -> None:
    """Take everything, say nothing."""
    while await reader.read(1000):
        pass


async def hanging_up(reader: Reader, writer: Writer) -> None:
    """Read once, then close."""
    await reader.read(1000)


async def resetting(reader: Reader, writer: Writer) -> None:
    """Read a little, then reset."""
    await reader.read(1)
    plain = writer.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def saying(text: bytes) -> Talk:
    """Return a conversation that says something at once."""

    async def talk(reader: Reader, writer: Writer) -> None:
        writer.write(text)
        await writer.drain()
        await reader.read(1000)

    return talk


class ThreadServer:
    """A TLS server on blocking sockets, which sends its alerts as OpenSSL means them: asyncio's drops them."""

    def __init__(self, context: ssl.SSLContext, reply: bytes = OK.encode()) -> None:
        self._context = context
        self._reply = reply
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            plain.settimeout(5)
            with contextlib.suppress(OSError), plain, self._context.wrap_socket(plain, server_side=True) as stream:
                stream.recv(4096)
                stream.sendall(self._reply)
                stream.recv(1)

    def close(self) -> None:
        # A connection wakes accept() where closing the socket alone does not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(6)


class RawDns(asyncio.DatagramProtocol):
    """A DNS server whose answer to each query is any bytes, or none."""

    def __init__(self, respond: Callable[[bytes], Iterable[bytes]]) -> None:
        self._respond = respond

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for each in self._respond(data):
            self._transport.sendto(each, addr)  # type: ignore[attr-defined]


async def raw_dns(respond: Callable[[bytes], Iterable[bytes]]) -> tuple[str, asyncio.BaseTransport]:
    """Start such a server; returns `address:port` and what to close."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: RawDns(respond), local_addr=("127.0.0.1", 0))
    return "127.0.0.1:{}".format(transport.get_extra_info("sockname")[1]), transport


def dns_answer(query: bytes, *records: bytes, rcode: int = 0, truncated: bool = False) -> bytes:
    """Return an answer to a query made of whole records; names in them may point to byte 12."""
    question = query[12 : query.index(b"\0", 12) + 5]
    flags = 0x8180 | rcode | (0x0200 if truncated else 0)
    return query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + question + b"".join(records)


@contextlib.asynccontextmanager
async def world(directory: Path, pki: Pki, own: Credential) -> AsyncIterator[World]:
    made = World(directory, pki, own)
    await made.dns.start()
    try:
        yield made
    finally:
        await made.close()


def codes(result: ProbeResult) -> set[str]:
    return {finding.code for finding in result.findings}


def describe(result: ProbeResult) -> str:
    """What a failing test prints."""
    lines: Iterable[str] = (f"  {each.code} [{each.endpoint}] {each.what}" for each in result.findings)
    stages = ", ".join(f"{each.stage.value}={each.state.value}:{each.code}" for each in result.stages)
    return "\n".join((f"{result.severity.value}: {result.summary}", stages, *lines))
