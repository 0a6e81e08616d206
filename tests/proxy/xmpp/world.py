"""A small XMPP federation on loopback: authorities, DNS, the edge, and whatever servers a test adds."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from edgeconsole.model.configuration import (
    AccessEdge,
    Action,
    Configuration,
    Edge,
    FederatedDomain,
    Proxy,
    SipDomain,
    XmppGateway,
    XmppPartner,
)
from edgeconsole.model.names import HostPort, parse_domain, parse_listen
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.xmpp.limits import XmppLimits
from tests.proxy.certificates import Authority
from tests.proxy.nameserver import Nameserver

OURS = "contoso.example"
EDGE = "sip.contoso.example"
EDGE_INSIDE = "edge.int.contoso.example"
POOL = "pool.int.contoso.example"
PARTNER = "fabrikam.example"


def partner(name: str = PARTNER, **settings: Any) -> XmppPartner:
    """Return a partner's record."""
    return XmppPartner(name=parse_domain(name), **settings)


def block(name: str) -> FederatedDomain:
    return FederatedDomain(name=parse_domain(name), action=Action.BLOCK)


class XmppWorld:
    """Everything a test of the XMPP edge talks to; `stop` ends it all."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.public = Authority(directory, "public")
        self.private = Authority(directory, "private")
        self.dns = Nameserver()
        self.pool_credential = self.private.issue(POOL)
        self.partner_credential = self.public.issue(PARTNER)
        self.edge: FederationEdge
        self._edge_credential = self.public.issue(EDGE, OURS)
        self._inside_credential = self.private.issue(EDGE_INSIDE)
        self._closing: list[Callable[[], Awaitable[None]]] = []
        self._ids = itertools.count(1)

    async def start(
        self,
        *partners: XmppPartner,
        inside_port: int = 1,
        listen: str = "127.0.0.1:0",
        gateway: XmppGateway | None = None,
        limits: XmppLimits | None = None,
        **more: Any,
    ) -> None:
        """Start DNS and the edge; without partners fabrikam.example is one."""
        await self.dns.start()
        configuration = Configuration(
            edge=Edge(
                fqdn=parse_domain(EDGE),
                internal_fqdn=parse_domain(EDGE_INSIDE),
                xmpp_listen=parse_listen(listen),
                xmpp_internal_listen=parse_listen("127.0.0.1:0"),
                xmpp_next_hop=HostPort("127.0.0.1", inside_port),
                certificate=f"file:{self._edge_credential.certificate.name}",
                private_key=f"file:{self._edge_credential.key.name}",
                trust=f"file:{self.public.file.name}",
                internal_certificate=f"file:{self._inside_credential.certificate.name}",
                internal_private_key=f"file:{self._inside_credential.key.name}",
                internal_trust=f"file:{self.private.file.name}",
                internal_peers=(POOL,),
            ),
            proxy=Proxy(resolver=self.dns.address, allow_addresses=("127.0.0.0/8",)),
            access_edge=AccessEdge(federation=True),
            sip_domains=(SipDomain(name=parse_domain(OURS)),),
            xmpp_partners=partners or (partner(),),
            xmpp_gateway=gateway or XmppGateway(),
            **more,
        )
        self.edge = FederationEdge(
            configuration,
            base_directory=self.directory,
            clock=lambda: datetime.now(UTC),
            new_id=lambda: f"id-{next(self._ids)}",
            xmpp_limits=limits,
        )
        await self.edge.start()
        self.on_stop(lambda: self.edge.stop(0))

    def on_stop(self, call: Callable[[], Awaitable[None]]) -> None:
        self._closing.append(call)

    def activate(self, **changes: Any) -> int:
        """Put a changed configuration in force; return how many sessions that closed."""
        return self.edge.activate(msgspec.structs.replace(self.edge.configuration, **changes))

    def port(self, listener: str) -> int:
        (found,) = [each for each in self.edge.listeners() if each.name == listener]
        return int(found.address.rpartition(":")[2])

    def publish(self, domain: str, port: int, *, direct: bool = False) -> None:
        """Say in DNS that a domain's server is here."""
        service = "_xmpps-server" if direct else "_xmpp-server"
        self.dns.records[f"{service}._tcp.{domain}", "SRV"] = [f"0 0 {port} xmpp.{domain}."]
        self.dns.a(f"xmpp.{domain}", "127.0.0.1")

    async def failure(self, stage: str) -> str:
        """Return the text of the next failure of a stage, when it is there."""
        seen = 0
        while True:
            for each in self.edge.failures():
                if each.stage == stage:
                    return str(each.text)
            await self.edge.events.wait(seen)
            seen = self.edge.events.last_id

    async def stop(self) -> None:
        for close in reversed(self._closing):
            await close()
        self.dns.stop()
