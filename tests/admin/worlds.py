"""One edge's admin API in this process, over real TLS and a real Unix socket, with clocks that a test moves."""

import contextlib
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509

from edgeconsole.backends.remote import RemoteEdge
from edgeconsole.config.bearer_tokens import BearerTokens
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.revision import Author
from edgeconsole.proxy.admin.callers import Peer
from edgeconsole.proxy.admin.certificate import server_tls, tokens_path
from edgeconsole.proxy.admin.server import AdminServer, HttpsServer
from edgeconsole.proxy.admin.shared import Shared
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.service import EdgeService
from edgeconsole.wire.roles import Role
from tests.proxy.certificates import Authority, Credential, client_context
from tests.proxy.nameserver import Nameserver

OPERATOR_UID, VIEWER_UID, STRANGER_UID = 54_321, 54_322, 54_323

TEXT = """# ours
version = 1

[edge]
fqdn = "sip.contoso.example"

[proxy]
resolver = "{resolver}"
admins = ["dns:admin.contoso.example"]
operators = ["{operator}", "dns:oncall.contoso.example", "uri:spiffe://contoso.example/oncall"]
viewers = ["{viewer}", "dns:wall.contoso.example"]
admin_listen = "127.0.0.1:0"
admin_certificate = "file:{certificate}"
admin_private_key = "file:{key}"
admin_client_trust = "file:{trust}"

[access_edge]
federation = true
partner_discovery = false

[[sip_domain]]
name = "contoso.example"

# Supplier
[[domain]]
name = "fabrikam.example"
action = "allow"
comment = "contract 4411"

[[xmpp_partner]]
name = "jabber.example"

[[policy]]
id = "global"
federation = true
"""


class AdminWorld:
    """The API, its clocks, and clients with every kind of identity."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.seconds = 1_000.0
        self.authority = Authority(directory, "admin")
        self.foreign = Authority(directory, "foreign")
        self.shown = self.authority.issue("localhost", extra=[x509.DNSName("edge.contoso.example")])
        self.peer = Peer(0, frozenset())
        self.nameserver = Nameserver()
        self.clients: list[httpx.AsyncClient] = []
        self._ids = count(1)
        self.path = directory / "federation.toml"
        self.revisions: Revisions
        self.edge: FederationEdge
        self.service: EdgeService
        self.shared: Shared
        self.https: HttpsServer
        self.local: AdminServer

    async def start(self) -> None:
        await self.nameserver.start()
        self.path.write_text(
            TEXT.format(
                resolver=self.nameserver.address,
                operator=OPERATOR_UID,
                viewer=VIEWER_UID,
                certificate=self.shown.certificate,
                key=self.shown.key,
                trust=self.authority.file,
            )
        )
        self.revisions = Revisions.open(self.path, clock=lambda: self.now, new_id=self.new_id)
        configuration = self.revisions.loaded.configuration
        self.edge = FederationEdge(
            configuration, base_directory=self.directory, clock=lambda: self.now, new_id=self.new_id
        )
        self.service = EdgeService(self.revisions, self.edge, path=self.path, instance="one", clock=lambda: self.now)
        tokens = BearerTokens(tokens_path(configuration.proxy, self.path), lambda: self.now)
        self.shared = Shared(self.service, tokens, lambda: self.now, monotonic=lambda: self.seconds)
        self.local = AdminServer(
            self.service, self.directory / "admin.sock", self.shared, peer=lambda _accepted: self.peer
        )
        await self.local.start()
        await self.open_https()

    async def open_https(self, port: int = 0) -> None:
        settings = self.service.settings
        assert settings.admin_listen is not None
        place = type(settings.admin_listen)("127.0.0.1", port)
        self.https = HttpsServer(self.service, place, server_tls(settings, self.directory).context, self.shared)
        await self.https.start()

    async def stop(self) -> None:
        for client in self.clients:
            await client.aclose()
        await self.https.stop()
        await self.local.stop()
        await self.service.confirmation.stop()
        await self.service.probing.stop()
        await self.edge.stop(0)
        self.nameserver.stop()
        self.revisions.close()

    def new_id(self) -> str:
        return f"id-{next(self._ids)}"

    def later(self, **length: float) -> None:
        """Move both clocks."""
        moved = timedelta(**length)
        self.now += moved
        self.seconds += moved.total_seconds()

    @property
    def port(self) -> int:
        return int(self.shared.listeners[0].address.rpartition(":")[2])

    @property
    def address(self) -> str:
        return f"https://localhost:{self.port}"

    def client(self, *, token: str | None = None, credential: Credential | None = None) -> httpx.AsyncClient:
        """Return a client over HTTPS."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        made = httpx.AsyncClient(
            base_url=self.address,
            headers=headers,
            verify=client_context(self.authority.file, credential),
            trust_env=False,
        )
        self.clients.append(made)
        return made

    def local_client(self, uid: int = 0) -> httpx.AsyncClient:
        """Return a client over the socket, whose user the kernel would call `uid`."""
        self.peer = Peer(uid, frozenset())
        transport = httpx.AsyncHTTPTransport(uds=str(self.local.path))
        made = httpx.AsyncClient(base_url="http://edge", transport=transport, trust_env=False)
        self.clients.append(made)
        return made

    def token(self, role: Role, name: str = "", **life: float) -> str:
        """Return a new token."""
        made = self.shared.tokens.create(name or self.new_id(), role.value, timedelta(**(life or {"days": 1})), "test")
        return made.text

    def as_role(self, role: Role) -> httpx.AsyncClient:
        """Return a client with a token of a role."""
        return self.client(token=self.token(role))

    def remote_edge(self, role: Role = Role.ADMIN, **changes: Any) -> RemoteEdge:
        """Return what a console needs to reach this edge."""
        path = self.directory / f"{self.new_id()}.token"
        path.touch(mode=0o600)
        path.write_text(self.token(role))
        return RemoteEdge(address=self.address, ca=str(self.authority.file), token=f"file:{path}", **changes)

    async def commit(self, table: Table = Table.ACCESS_EDGE, key: str = "", **fields: Any) -> None:
        """Change the configuration as somebody else."""
        plan = await self.service.plan([Change(table=table, key=key, fields=fields)], None)
        bob, confirm = Author("bob", "console"), timedelta(minutes=2) if plan.guard else None
        done = await self.service.apply(plan.plan_id, author=bob, why="", confirm=confirm)
        if done.pending is not None:
            await self.service.confirmation.confirm(done.pending.token, bob)

    def discover(self, domain: str) -> None:
        """Have a domain seen in traffic."""
        self.edge._record.discovered.seen(
            domain, self.now, "not-listed", allowed=False, edge=f"sip.{domain}", names=(f"sip.{domain}",)
        )


@contextlib.asynccontextmanager
async def admin_world(directory: Path, kind: type[AdminWorld] = AdminWorld) -> AsyncIterator[AdminWorld]:
    """Run the API until the block ends."""
    world = kind(directory)
    await world.start()
    try:
        yield world
    finally:
        await world.stop()


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
