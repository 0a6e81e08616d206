"""The whole lab in one process plus our edge: built, started, described and taken down."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

import msgspec

from edgeconsole.lab import federation_file
from edgeconsole.lab.authority import Authority, Clock, Credential, utc_now, write_private
from edgeconsole.lab.description import Description, InternalServer, Listeners, PartnerServer
from edgeconsole.lab.edge_process import EdgeCommand, EdgeFailed, EdgeProcess, edge_command
from edgeconsole.lab.federation_file import EdgeFiles, Places
from edgeconsole.lab.home import Home, Memory
from edgeconsole.lab.nameserver import NameServer
from edgeconsole.lab.organisation import CONTOSO, Organisation
from edgeconsole.lab.partners import PARTNERS, Partner
from edgeconsole.lab.sip_agent import SipServer
from edgeconsole.lab.traffic import Lane, SipCaller, Sleep, Traffic
from edgeconsole.lab.xmpp_partners import XMPP_PARTNERS
from edgeconsole.lab.xmpp_world import XmppWorld
from edgeconsole.lab.zones import srv_name, srv_value, xmpp_srv_name, zones
from edgeconsole.model.names import HostPort, parse_listen

_DNS, _POOL = "dns", "pool"
"""Names under which the ports of our own servers are remembered; partners go by their domain."""


class RunningPartner(msgspec.Struct, frozen=True, kw_only=True):
    """A partner that is up."""

    partner: Partner
    credential: Credential
    server: SipServer


class World:
    """A federated world on loopback; an async context manager.

    Without a directory it lives in a private one that is removed at the end. With one, the configuration and its
    history are kept, and the next start there continues with them. Everything that varies is handed in: the table of
    partners, the clock, the random numbers and the pauses of the traffic, the command that runs our edge.
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        organisation: Organisation = CONTOSO,
        partners: tuple[Partner, ...] = PARTNERS,
        command: EdgeCommand = edge_command,
        clock: Clock = utc_now,
        random: Random | None = None,
        sleep: Sleep = asyncio.sleep,
        traffic: bool = True,
    ) -> None:
        self._directory = directory
        self._organisation = organisation
        self._table = partners
        self._command = command
        self._clock = clock
        self._with_traffic = traffic
        self._stack = AsyncExitStack()
        self.traffic = Traffic(random or Random(), sleep)  # noqa: S311 who writes to whom in the lab
        self.partners: dict[str, RunningPartner] = {}
        """Every partner by its domain."""
        self.xmpp = XmppWorld(organisation, XMPP_PARTNERS)
        self.nameserver: NameServer
        """Answers for every domain of this world; its records may be changed while it runs."""
        self.internal: SipServer
        """Our internal server, where inbound messages end."""
        self.edge: EdgeProcess
        self.description: Description

    async def start(self) -> Description:
        """Bring everything up; on any failure take down again what already was.

        Raises EdgeFailed when our edge does not start, BadInput and Conflict for the directory, OSError.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        return self.description

    async def stop(self) -> None:
        """End everything and release the directory."""
        await self._stack.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def edge_lost(self) -> EdgeFailed:
        """Wait until our edge ends by itself and return why."""
        return await self.edge.lost()

    async def _start(self) -> None:
        home = Home.open(self._directory)
        self._stack.callback(home.close)
        memory = home.recall()
        ports = memory.ports if memory else {}

        outside = Authority(home.certificates, "Lab Public", clock=self._clock)
        inside = Authority(home.certificates, "Contoso Inside", chained=False, clock=self._clock)
        pool = inside.issue(self._organisation.pool_fqdn, [self._organisation.pool_fqdn])
        bundle = home.path / "ca.pem"
        write_private(bundle, outside.root.read_bytes() + inside.root.read_bytes())

        for partner in self._table:
            credential = outside.issue(partner.domain, partner.certificate_names, partner.kind.lifetime)
            server = await self._serve(credential, outside.root, ports.get(partner.domain, 0))
            self.partners[partner.domain] = RunningPartner(partner=partner, credential=credential, server=server)
        self.internal = await self._serve(pool, inside.root, ports.get(_POOL, 0))
        own = Authority(home.certificates, "Self Signed", chained=False, clock=self._clock)
        self._stack.push_async_callback(self.xmpp.close)
        await self.xmpp.start(outside, own, pool, inside.root, ports)
        await self._serve_names(ports.get(_DNS, 0))

        self._configure(home, memory, self._edge_files(outside, inside))
        self.edge = await EdgeProcess.start(self._command(home.configuration), home.log)
        self._stack.push_async_callback(self.edge.stop)
        self._publish()
        self.description = self._describe(home, bundle, pool)
        if self._with_traffic:
            self._stack.push_async_callback(self.traffic.close)
            self.traffic.start(self._lanes(outside.root, inside.root, pool))

    def _edge_files(self, outside: Authority, inside: Authority) -> EdgeFiles:
        return EdgeFiles(
            outside=outside.issue(self._organisation.edge_fqdn, self._organisation.certificate_names),
            outside_trust=outside.root,
            inside=inside.issue(self._organisation.internal_fqdn, [self._organisation.internal_fqdn]),
            inside_trust=inside.root,
        )

    async def _serve_names(self, port: int) -> None:
        listening = {each.partner: each.server.address.port for each in self.partners.values()}
        self.nameserver = NameServer(zones(self._organisation, listening, self.xmpp.listening()))
        await self.nameserver.start(port)
        self._stack.push_async_callback(self.nameserver.close)

    async def _serve(self, credential: Credential, trust: Path, port: int) -> SipServer:
        server = SipServer(credential, trust)
        await server.start(port)
        self._stack.push_async_callback(server.close)
        return server

    def _configure(self, home: Home, memory: Memory | None, files: EdgeFiles) -> None:
        places = Places(
            resolver=self.nameserver.address.with_port(),
            next_hop=HostPort(self._organisation.pool_fqdn, self.internal.address.port).with_port(),
            xmpp_next_hop=HostPort(self._organisation.pool_fqdn, self.xmpp.internal.address.port).with_port(),
            admin_socket=str(home.admin_socket()),
            certificates=str(home.certificates),
            pinned={
                domain: HostPort(each.partner.edge_fqdn, each.server.address.port).with_port()
                for domain, each in self.partners.items()
                if each.partner.kind.pinned
            },
        )
        if memory is not None and home.configuration.exists():
            before = home.configuration.read_text("utf-8")
            text = federation_file.move(before, memory.places, places)
        else:
            before, text = "", federation_file.write(self._organisation, self._table, XMPP_PARTNERS, places, files)
        if text != before:
            write_private(home.configuration, text.encode())
        ports = {domain: each.server.address.port for domain, each in self.partners.items()}
        ports |= self.xmpp.ports() | {_POOL: self.internal.address.port, _DNS: self.nameserver.address.port}
        home.remember(Memory(places=places, ports=ports))

    def _publish(self) -> None:
        """Put our own SRV records into the zone, now that the edge has said on which port it listens."""
        listeners = self.edge.announcement.listeners
        port = parse_listen(listeners.sip).port
        for domain in self._organisation.sip_domains:
            value = srv_value(self._organisation.edge_name_of(domain), port)
            self.nameserver.replace(srv_name(domain), "SRV", value)
        if listeners.xmpp is None:
            return
        place = parse_listen(listeners.xmpp)
        self.xmpp.meet(place)
        for domain in self._organisation.sip_domains:
            self.nameserver.replace(xmpp_srv_name(domain), "SRV", srv_value(f"xmpp.{domain}", place.port))

    def _lanes(self, outside: Path, inside: Path, pool: Credential) -> list[Lane]:
        listeners = self.edge.announcement.listeners
        ours = SipCaller(parse_listen(listeners.internal), self._organisation.internal_fqdn, pool, inside)
        lanes = []
        for domain, each in self.partners.items():
            theirs = SipCaller(parse_listen(listeners.sip), self._organisation.edge_fqdn, each.credential, outside)
            here, there = self._organisation.people, each.partner.addresses
            every = each.partner.kind.every
            burst = each.partner.kind.burst
            lanes.append(
                Lane(name=f"{domain} in", caller=theirs, senders=there, recipients=here, every=every, burst=burst)
            )
            lanes.append(Lane(name=f"{domain} out", caller=ours, senders=here, recipients=there, every=every))
        if listeners.xmpp is not None and listeners.xmpp_internal is not None:
            lanes += self.xmpp.lanes(parse_listen(listeners.xmpp), parse_listen(listeners.xmpp_internal))
        return lanes

    def _describe(self, home: Home, bundle: Path, pool: Credential) -> Description:
        announced = self.edge.announcement
        return Description(
            config=str(home.configuration),
            socket=announced.socket,
            dns=self.nameserver.address.with_port(),
            ca=str(bundle),
            proxy=Listeners(
                sip=announced.listeners.sip,
                internal=announced.listeners.internal,
                xmpp=announced.listeners.xmpp,
                xmpp_internal=announced.listeners.xmpp_internal,
            ),
            sip_domains=self._organisation.sip_domains,
            internal=InternalServer(
                address=self.internal.address.with_port(),
                certificate=str(pool.certificate),
                private_key=str(pool.private_key),
            ),
            partners=tuple(
                PartnerServer(
                    domain=domain,
                    kind=each.partner.kind.name,
                    edge_fqdn=each.partner.edge_fqdn,
                    address=each.server.address.with_port(),
                    certificate=str(each.credential.certificate),
                    private_key=str(each.credential.private_key),
                )
                for domain, each in self.partners.items()
            ),
            xmpp_partners=self.xmpp.describe(),
        )
