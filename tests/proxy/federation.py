"""A small federation on loopback for tests: authorities, DNS, our pool, partners, and the edge between them."""

import itertools
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from edgeconsole.model.configuration import AccessEdge, Action, Configuration, Edge, FederatedDomain, Proxy, SipDomain
from edgeconsole.model.names import parse_access_edge, parse_domain, parse_listen, parse_next_hop
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.limits import Limits
from tests.proxy.certificates import Authority, Credential, client_context, server_context
from tests.proxy.nameserver import Nameserver
from tests.proxy.sip_peer import Answering, SipClient, SipServer, reply_to

OURS = "contoso.example"
EDGE = "sip.contoso.example"
EDGE_INSIDE = "edge.int.contoso.example"
POOL = "pool.int.contoso.example"
PARTNER = "fabrikam.example"
PARTNER_EDGE = "sip.fabrikam.example"


def allow(name: str, access_edge: str | None = None) -> FederatedDomain:
    pin = parse_access_edge(access_edge) if access_edge else None
    return FederatedDomain(name=parse_domain(name), action=Action.ALLOW, access_edge=pin)


def block(name: str) -> FederatedDomain:
    return FederatedDomain(name=parse_domain(name), action=Action.BLOCK)


class Federation:
    """Everything a test of the edge talks to; start with `start`, stop with `stop`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.public = Authority(directory, "public")
        self.private = Authority(directory, "private")
        self.dns = Nameserver()
        self.pool_credential = self.private.issue(POOL)
        self.partner_credential = self.public.issue(PARTNER_EDGE)
        self.pool = SipServer(server_context(self.private.file, self.pool_credential))
        self.partner = SipServer(server_context(self.public.file, self.partner_credential))
        self.edge: FederationEdge
        self._edge_credential = self.public.issue(EDGE)
        self._inside_credential = self.private.issue(EDGE_INSIDE)
        self._closing: list[Callable[[], Awaitable[None]]] = []
        self._ids = itertools.count(1)
        self.seconds = 0.0
        """The clock the safeguards measure rates with; it stands still until a test moves it."""

    async def start(self, *domains: FederatedDomain, limits: Limits | None = None, discovery: bool = False) -> None:
        """Start DNS, pool, partner and the edge; without domains fabrikam.example is allowed by SRV."""
        await self.dns.start()
        await self.pool.start()
        await self.partner.start()
        self.dns.srv(PARTNER, f"{self.partner.port} {PARTNER_EDGE}")
        self.dns.a(PARTNER_EDGE, "127.0.0.1")
        self.dns.a(POOL, "127.0.0.1")
        await self.start_edge(self.configuration(*(domains or (allow(PARTNER),)), discovery=discovery), limits)

    async def start_without_pool(self) -> None:
        """As `start`, with a pool the test has started itself."""
        self.pool.start = _nothing  # type: ignore[method-assign]
        await self.start()

    @staticmethod
    def short_limits(**limits: float) -> Limits:
        """Return limits that end within a test."""
        return msgspec.structs.replace(Limits(), **limits)

    async def start_edge(self, configuration: Configuration, limits: Limits | None = None) -> None:
        self.edge = FederationEdge(
            configuration,
            base_directory=self.directory,
            clock=lambda: datetime.now(UTC),
            new_id=lambda: f"id-{next(self._ids)}",
            limits=limits,
            seconds=lambda: self.seconds,
        )
        await self.edge.start()

    def configuration(self, *domains: FederatedDomain, discovery: bool = False) -> Configuration:
        """Return the edge's configuration with these federated domains."""
        return Configuration(
            edge=Edge(
                fqdn=parse_domain(EDGE),
                internal_fqdn=parse_domain(EDGE_INSIDE),
                next_hop=parse_next_hop(f"{POOL}:{self.pool.port}"),
                sip_listen=parse_listen("127.0.0.1:0"),
                internal_listen=parse_listen("127.0.0.1:0"),
                certificate=f"file:{self._edge_credential.certificate.name}",
                private_key=f"file:{self._edge_credential.key.name}",
                trust=f"file:{self.public.file.name}",
                internal_certificate=f"file:{self._inside_credential.certificate.name}",
                internal_private_key=f"file:{self._inside_credential.key.name}",
                internal_trust=f"file:{self.private.file.name}",
                internal_peers=(POOL,),
            ),
            proxy=Proxy(resolver=self.dns.address, allow_addresses=("127.0.0.0/8",)),
            access_edge=AccessEdge(federation=True, partner_discovery=discovery),
            sip_domains=(SipDomain(name=parse_domain(OURS)),),
            domains=domains,
        )

    def activate(self, *domains: FederatedDomain, discovery: bool = False) -> int:
        """Put other federated domains in force."""
        before = self.edge.configuration
        access_edge = AccessEdge(federation=True, partner_discovery=discovery)
        return self.edge.activate(msgspec.structs.replace(before, domains=domains, access_edge=access_edge))

    def port(self, listener: str) -> int:
        (found,) = [each for each in self.edge.listeners() if each.name == listener]
        return int(found.address.rpartition(":")[2])

    async def outside(self, credential: Credential | None = None) -> SipClient:
        """Connect to the external listener as the partner, or with another certificate."""
        return await self._client(await SipClient.open(self.port("sip"), self.client_context(credential)))

    def client_context(self, credential: Credential | None = None) -> ssl.SSLContext:
        """Return how a partner connects."""
        return client_context(self.public.file, credential or self.partner_credential)

    async def inside(self, credential: Credential | None = None) -> SipClient:
        """Connect to the internal listener as our pool, or with another certificate."""
        context = client_context(self.private.file, credential or self.pool_credential)
        return await self._client(await SipClient.open(self.port("internal"), context))

    async def server(
        self, credential: Credential, answering: Answering = reply_to, *, authority: Authority | None = None
    ) -> SipServer:
        """Start another partner's server."""
        server = SipServer(server_context((authority or self.public).file, credential), answering)
        await server.start()
        self._closing.append(server.stop)
        return server

    async def _client(self, client: SipClient) -> SipClient:
        self._closing.append(client.close)
        return client

    async def stop(self) -> None:
        for close in self._closing:
            await close()
        await self.edge.stop(0)
        await self.partner.stop()
        await self.pool.stop()
        self.dns.stop()


async def _nothing() -> None:
    """Start nothing."""
