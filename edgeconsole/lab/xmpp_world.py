"""The XMPP side of the lab: the partners' servers, our internal one, and the way messages are sent between them."""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from edgeconsole.lab.authority import Authority, Credential
from edgeconsole.lab.description import XmppPartnerServer
from edgeconsole.lab.organisation import Organisation
from edgeconsole.lab.traffic import Lane
from edgeconsole.lab.xmpp_agent import XmppAgent, message, presence
from edgeconsole.lab.xmpp_link import StreamRefused, XmppLink
from edgeconsole.lab.xmpp_partners import XmppPartner
from edgeconsole.model.names import HostPort

INTERNAL = "xmpp-pool"
"""Name under which the port of our internal server is remembered; partners go by their domain."""


class RunningXmppPartner(msgspec.Struct, frozen=True, kw_only=True):
    """A partner that is up."""

    partner: XmppPartner
    credential: Credential
    agent: XmppAgent


class XmppCaller:
    """One server's way to the edge: a stream for each pair of domains, opened again when it was lost."""

    def __init__(self, agent: XmppAgent, place: HostPort, server_name: str | None) -> None:
        self._agent = agent
        self._place = place
        self._server_name = server_name
        """None: the edge goes by the domain that is written to, as it does outside."""
        self._streams: dict[tuple[str, str], tuple[XmppLink, asyncio.Task[str]]] = {}
        self._opening = asyncio.Lock()

    async def send(self, sender: str, recipient: str, text: str, *, check: bool) -> str:
        """Send a message, or presence, and return `sent`: nobody answers what is delivered. Raises OSError."""
        ours, theirs = sender.partition("@")[2], recipient.partition("@")[2]
        async with self._opening:
            link, reading = self._streams.get((ours, theirs), (None, None))
            if link is None or reading is None or reading.done():
                if link is not None:
                    await link.close()
                link = await self._agent.open(self._place, ours, theirs, self._server_name or theirs)
                self._streams[ours, theirs] = link, asyncio.create_task(link.until_end())
        await link.write(presence(sender, recipient) if check else message(sender, recipient, text))
        return "sent"

    async def close(self) -> None:
        """End every stream."""
        streams, self._streams = self._streams, {}
        for link, reading in streams.values():
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, StreamRefused):
                await reading
            await link.close()


class XmppWorld:
    """The servers of XMPP; `start` them, then `close`."""

    def __init__(self, organisation: Organisation, table: tuple[XmppPartner, ...]) -> None:
        self._organisation = organisation
        self._table = table
        self.partners: dict[str, RunningXmppPartner] = {}
        """Every partner by its domain."""
        self.internal: XmppAgent
        """Our internal server."""

    async def start(
        self, outside: Authority, own: Authority, pool: Credential, inside: Path, ports: Mapping[str, int]
    ) -> None:
        """Start every server; `own` signs for partners that no public authority signs for."""
        for partner in self._table:
            authority = own if partner.kind.by_key else outside
            credential = authority.issue(partner.domain, partner.certificate_names)
            agent = XmppAgent(credential, outside.root, by_key=partner.kind.by_key)
            await agent.start(ports.get(partner.domain, 0))
            self.partners[partner.domain] = RunningXmppPartner(partner=partner, credential=credential, agent=agent)
        self.internal = XmppAgent(pool, inside)
        await self.internal.start(ports.get(INTERNAL, 0))

    async def close(self) -> None:
        """End every server."""
        agents = [each.agent for each in self.partners.values()]
        if hasattr(self, "internal"):
            agents.append(self.internal)
        await asyncio.gather(*(agent.close() for agent in agents))

    def ports(self) -> dict[str, int]:
        """Where every server listens, by the name its port is remembered under."""
        found = {domain: each.agent.address.port for domain, each in self.partners.items()}
        return found | {INTERNAL: self.internal.address.port}

    def listening(self) -> dict[XmppPartner, int]:
        """Where every partner's server listens."""
        return {each.partner: each.agent.address.port for each in self.partners.values()}

    def meet(self, edge: HostPort) -> None:
        """Tell every partner where our edge answers for its dialback keys."""
        for each in self.partners.values():
            each.agent.edge = edge

    def lanes(self, outside: HostPort, inside: HostPort) -> list[Lane]:
        """Traffic in both directions with every partner, through the edge's two listeners."""
        people = self._organisation.people
        ours = XmppCaller(self.internal, inside, self._organisation.internal_fqdn)
        lanes = []
        for domain, each in self.partners.items():
            if not each.partner.kind.listed:
                continue
            theirs = XmppCaller(each.agent, outside, None)
            there, every = each.partner.addresses, each.partner.kind.every
            lanes.append(Lane(name=f"{domain} in", caller=theirs, senders=there, recipients=people, every=every))
            lanes.append(Lane(name=f"{domain} out", caller=ours, senders=people, recipients=there, every=every))
        return lanes

    def describe(self) -> tuple[XmppPartnerServer, ...]:
        """Every partner as an outside client needs it."""
        return tuple(
            XmppPartnerServer(
                domain=domain,
                kind=each.partner.kind.name,
                server=each.partner.server,
                address=each.agent.address.with_port(),
                certificate=str(each.credential.certificate),
                private_key=str(each.credential.private_key),
            )
            for domain, each in self.partners.items()
        )
