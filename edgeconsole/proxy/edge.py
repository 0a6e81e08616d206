"""The SIP federation edge: listeners, relay and record behind the few calls the admin server and the process make."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import BadInput
from edgeconsole.model.evidence import Evidence, SrvAnswer
from edgeconsole.model.observed import (
    DiscoveredPartner,
    EventKind,
    Failure,
    Listener,
    PartnerCounters,
    Plane,
    PlaneState,
    Session,
    WatchedPeer,
)
from edgeconsole.model.verdict import Direction, PartnerClass, Reason
from edgeconsole.proxy.limits import Limits, limits_of
from edgeconsole.proxy.observed import EventJournal
from edgeconsole.proxy.own_certificates import OwnCertificates
from edgeconsole.proxy.record import Record
from edgeconsole.proxy.resolver import Resolver
from edgeconsole.proxy.revocation import Revocations, Shown
from edgeconsole.proxy.safeguards import Safeguards
from edgeconsole.proxy.session_choice import SessionChoice
from edgeconsole.proxy.sip.connection import Side, SipConnection
from edgeconsole.proxy.sip.decisions import Decisions
from edgeconsole.proxy.sip.door import Door
from edgeconsole.proxy.sip.flow import Own, own_names
from edgeconsole.proxy.sip.live import LiveConnections
from edgeconsole.proxy.sip.pool import Pool
from edgeconsole.proxy.sip.relay import Relay
from edgeconsole.proxy.tls import Contexts, load_contexts, shrink_buffers
from edgeconsole.proxy.xmpp.connector import find_service
from edgeconsole.proxy.xmpp.dialback import load_secret
from edgeconsole.proxy.xmpp.edge import XmppEdge
from edgeconsole.proxy.xmpp.limits import XmppLimits
from edgeconsole.rules.addresses import read_networks
from edgeconsole.rules.classify import classify
from edgeconsole.rules.decide import decide
from edgeconsole.rules.index import RuleIndex

_CLOSE_SECONDS = 2.0
"""For peers to take the end of their connections when the edge stops."""

_CLOCK_SECONDS = 3600.0

_SWITCH_SECONDS = 0.0005
"""How long a thread that compiles rules or reads a file keeps a message waiting for the interpreter. Measured while
100,000 domains load: p99 52 ms instead of 74 ms with Python's own 5 ms."""

_NOT_THE_PARTNERS_FAULT = frozenset({Reason.SRV_UNAVAILABLE, Reason.NO_NEXT_HOP})
"""Reasons that refuse a message and leave the connection open: they pass."""


class FederationEdge:
    """One edge: made anywhere, started and used on one event loop."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        base_directory: Path,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        limits: Limits | None = None,
        seconds: Callable[[], float] = time.monotonic,
        xmpp_limits: XmppLimits | None = None,
    ) -> None:
        self.configuration = configuration
        """The one in force; listeners and certificates are those it was started with (see `restart_needed`)."""
        self.index = RuleIndex.compile(configuration, clock())
        self.certificate_expires: datetime | None = None
        """End of the external certificate's validity; None before start."""
        self.certificates = OwnCertificates(configuration, base_directory, clock)
        """Those it serves with; read again by `certificates.reload`."""
        self._base_directory = base_directory
        self._clock = clock
        self._new_id = new_id
        self._limits = limits or limits_of(configuration.proxy)
        self._xmpp_limits = xmpp_limits
        self._record = Record(clock)
        self.record = self._record
        """What it counts and remembers of the traffic."""
        self.events: EventJournal = self._record.events
        """What moved, by growing ids."""
        self._safeguards = Safeguards(configuration.access_edge, self._record.events, clock=clock, seconds=seconds)
        self._live = LiveConnections(self._record.events, self._limits.idle_seconds)
        self.dismiss = self._record.discovered.dismiss
        """Forgets a discovered partner until it is seen again; returns whether it was known."""
        self.restriction_for = self._safeguards.restriction_for
        """Returns how a discovered domain is held back from one of our people."""
        self.watched = self._safeguards.watched
        """Returns the edges of discovered partners by certificate, the restricted ones first."""
        self._doors: list[Door] = []
        self._resolver: Resolver | None = None
        self._relay: Relay | None = None
        self._revocations: Revocations | None = None
        self._watching: asyncio.Task[None] | None = None
        self._xmpp: XmppEdge | None = None
        self._expiry_timer: asyncio.TimerHandle | None = None
        self._expiring: asyncio.Task[None] | None = None

    def check(self, configuration: Configuration) -> tuple[str, ...]:
        """Return the warnings an edge would start with; opens the real keys and certificates, binds nothing.

        Raises BadInput for what would keep it from starting.
        """
        read_networks(configuration.proxy.allow_addresses)
        Resolver(configuration.proxy.resolver)
        load_secret(configuration.xmpp_gateway.dialback_secret, self._base_directory)
        return load_contexts(configuration, self._base_directory, self._clock()).warnings

    async def start(self) -> None:
        """Open the listeners. Raises BadInput where a certificate, key or address cannot be used."""
        shrink_buffers()
        sys.setswitchinterval(_SWITCH_SECONDS)
        configuration = self.configuration
        contexts = self.certificates.load()
        assert configuration.edge is not None
        self.certificate_expires = contexts.expires
        self._resolver = resolver = Resolver(configuration.proxy.resolver)
        networks = read_networks(configuration.proxy.allow_addresses)
        self._revocations = Revocations(resolver, networks, self._clock, self._certificate_doubt)
        relay = Relay(
            self.index,
            self._own(),
            resolver=resolver,
            record=self._record,
            safeguards=self._safeguards,
            live=self._live,
            limits=self._limits,
        )
        self._relay = relay
        relay.outside = self._pool(Side.OUTSIDE, contexts)
        relay.inside = self._pool(Side.INSIDE, contexts)
        self._live.start()
        self._watching = asyncio.get_running_loop().create_task(self._revocations.watch(self._open_now))
        self._safeguards.start()
        self._tell_partners()
        self._watch_expiry()
        try:
            await self._open_doors(contexts)
            await self._start_xmpp(resolver)
        except BadInput:
            await self.stop(0)
            raise
        self.certificates.follow(self._use)

    def _open_now(self) -> Iterator[Shown]:
        """Yield what is open with partners on both planes."""
        yield from self._live
        if self._xmpp is not None:
            yield from self._xmpp.open_now()

    def _use(self, contexts: Contexts) -> None:
        """Shake hands with other certificates from now on."""
        self.certificate_expires = contexts.expires
        for door in self._doors:
            server = contexts.outside_server if door.side is Side.OUTSIDE else contexts.inside_server
            door.context = server or door.context
        if self._relay is not None:
            self._relay.outside.context = contexts.outside_client
            self._relay.inside.context = contexts.inside_client

    async def _open_doors(self, contexts: Contexts) -> None:
        edge = self.configuration.edge
        assert edge is not None
        assert self._relay is not None
        if edge.sip_listen is not None:
            door = self._door("sip", Side.OUTSIDE, contexts)
            self._doors.append(door)
            await door.open(edge.sip_listen, "edge.sip_listen")
        if edge.internal_listen is not None:
            door = self._door("internal", Side.INSIDE, contexts)
            self._doors.append(door)
            await door.open(edge.internal_listen, "edge.internal_listen")
        # Now that port 0 has become a port, our Via can name it.
        self._relay.own = self._own()

    async def _start_xmpp(self, resolver: Resolver) -> None:
        edge = self.configuration.edge
        if edge is None or not (edge.xmpp_listen or edge.xmpp_internal_listen):
            return
        self._xmpp = XmppEdge(
            self.configuration, self.index, base_directory=self._base_directory, resolver=resolver,
            record=self._record, clock=self._clock, new_id=self._new_id, limits=self._xmpp_limits,
            revocations=self._revocations,
        )  # fmt: skip
        self.certificates.follow(self._xmpp.renew)
        await self._xmpp.start()

    async def stop(self, grace: float) -> None:
        """Stop accepting, let requests under way finish for up to `grace` seconds, close every connection."""
        self._safeguards.stop()
        for door in self._doors:
            await door.close()
        if self._expiry_timer is not None:
            self._expiry_timer.cancel()
        if self._expiring is not None:
            self._expiring.cancel()
            await asyncio.gather(self._expiring, return_exceptions=True)
        if self._xmpp is not None:
            await self._xmpp.stop()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        if self._revocations is not None:
            await self._revocations.stop()
        relay = self._relay
        if relay is not None:
            if grace > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(relay.drained(), grace)
            await relay.outside.stop()
            await relay.inside.stop()
            await self._live.stop(_CLOSE_SECONDS)
            await relay.stop()
        if self._resolver is not None:
            await self._resolver.stop()
        self.events.stop()

    def activate(self, configuration: Configuration, index: RuleIndex | None = None) -> int:
        """Decide every message from the next on by this configuration; return how many sessions that closed.

        Sessions that served partners only which may no longer pass are closed; one that still serves an allowed domain
        stays and is refused per message. What `restart_needed` names is not applied. `index` is the configuration's
        index where it was compiled elsewhere already: 100,000 domains should not be compiled on the message loop.
        """
        self.configuration = configuration
        self.index = index or RuleIndex.compile(configuration, self._clock(), before=self.index)
        self._safeguards.use(configuration.access_edge, self._is_discovered)
        self._record.discovered.keep(self._is_unlisted)
        if self._relay is not None:
            self._relay.decisions = Decisions(self.index)
            self._tell_partners()
        self._watch_expiry()
        closed = self._xmpp.activate(configuration, self.index) if self._xmpp is not None else 0
        return closed + self._live.close_where(
            lambda each: bool(each.domains) and not any(map(self._passes(each), each.domains))
        )

    def _is_discovered(self, domain: str) -> bool:
        return self.index.federation and classify(self.index, domain).partner_class is PartnerClass.DISCOVERED

    def _is_unlisted(self, domain: str) -> bool:
        return classify(self.index, domain).partner_class in (PartnerClass.DISCOVERED, PartnerClass.NOT_LISTED)

    def _passes(self, connection: SipConnection) -> Callable[[str], bool]:
        """Return the question whether a domain may still pass over a connection, as far as is known now."""
        ours = min(self.index.local, default="")

        def passes(domain: str) -> bool:
            srv = self._resolver.cached(domain) if self._resolver else None
            evidence = Evidence(srv=srv, peer_names=connection.peer.names)
            inbound = connection.direction is Direction.INBOUND
            sender, recipient = (domain, ours) if inbound else (ours, domain)
            outcome = decide(self.index, connection.direction, sender, recipient, evidence, plane=Plane.SIP)
            return outcome.allowed or outcome.reason in _NOT_THE_PARTNERS_FAULT

        return passes

    def _tell_partners(self) -> None:
        edge = self.configuration.edge
        if self._relay is not None and edge is not None:
            self._relay.diagnostics_to_partners = edge.diagnostics_to_partners
            self._relay.mark_verifiable = self.configuration.access_edge.mark_verifiable
            if self._revocations is not None:
                self._revocations.enabled = self.configuration.access_edge.refresh_crls
            self._relay.outside.parallel = self.configuration.access_edge.outgoing_tls
            self._relay.archiving_notice = self.configuration.access_edge.archiving_disclaimer

    def _certificate_doubt(self, text: str) -> None:
        self._record.failures.add(Direction.INBOUND, "tls", text)

    def _watch_expiry(self) -> None:
        """Set the timer for the moment the first record's time is over."""
        if self._expiry_timer is not None:
            self._expiry_timer.cancel()
            self._expiry_timer = None
        if self.index.next_expiry is not None:
            seconds = (self.index.next_expiry - self._clock()).total_seconds()
            # The wall clock may be set meanwhile, so it is looked at again each hour.
            loop = asyncio.get_running_loop()
            self._expiry_timer = loop.call_later(min(max(seconds, 0.0), _CLOCK_SECONDS), self._expiry_due)

    def _expiry_due(self) -> None:
        if self.index.next_expiry is not None and self.index.next_expiry <= self._clock():
            self._expiring = asyncio.get_running_loop().create_task(self._expire())
        else:
            self._watch_expiry()

    async def _expire(self) -> None:
        """Put the same configuration in force as it counts now, compiled off the message loop."""
        configuration = self.configuration
        index = await asyncio.to_thread(RuleIndex.compile, configuration, self._clock())
        if configuration is self.configuration:
            self.activate(configuration, index)
            self.events.add(EventKind.CONFIGURATION, detail="a record expired")
        else:
            self._watch_expiry()

    async def evidence(self, domain: str) -> SrvAnswer:
        """Return the SRV answer of a domain in normal form, from the edge's own resolver and cache.

        For an XMPP partner's domain it is the one of its XMPP service.
        """
        if self._resolver is None:
            self._resolver = Resolver(self.configuration.proxy.resolver)
        if domain in self.index.xmpp:
            return await find_service(self._resolver, domain)
        return await self._resolver.srv(domain)

    def sessions(self) -> tuple[Session, ...]:
        """Return the live connections with partners, the oldest first."""
        return self._live.sessions() + (self._xmpp.sessions() if self._xmpp is not None else ())

    def close_sessions(self, domain: str = "", *, session: str = "", peer: str = "") -> int:
        """Close the live connections that were named; return how many."""
        meant = SessionChoice(domain, session, peer)
        closed = self._xmpp.close_sessions(meant) if self._xmpp is not None else 0
        return closed + self._live.close_where(lambda each: meant.names(each.id, each.peer.address, each.domains))

    def counters(self) -> tuple[PartnerCounters, ...]:
        """Return the counts for each partner domain since the start."""
        return self._record.counters.all()

    def discovered(self) -> tuple[DiscoveredPartner, ...]:
        """Return the unlisted domains seen in traffic, the last seen first, and how each is held back."""
        watched = self._safeguards.by_domain()
        return tuple(_held(each, watched.get(each.domain)) for each in self._record.discovered.all())

    def failures(self) -> tuple[Failure, ...]:
        """Return the last refused and failed messages and connections, the newest first."""
        return self._record.failures.all()

    def listeners(self) -> tuple[Listener, ...]:
        """Return the listeners `sip` and `internal`, and `xmpp` and `xmpp_internal` where there are such, as bound."""
        open_doors = {door.name: door.listener() for door in self._doors}
        off = (Listener(name=name, address="", state=PlaneState.OFF) for name in ("sip", "internal"))
        over_xmpp = self._xmpp.listeners() if self._xmpp is not None else ()
        return (*(open_doors.get(each.name, each) for each in off), *over_xmpp)

    def _own(self) -> Own:
        assert self.configuration.edge is not None
        return own_names(self.configuration.edge, {door.name: door.port for door in self._doors})

    def _make_connection(self, side: Side, direction: Direction) -> SipConnection:
        assert self._relay is not None
        return SipConnection(side, direction, self._relay, self._limits, identity=self._new_id(), since=self._clock())

    def _internal_peers(self) -> frozenset[str]:
        edge = self.configuration.edge
        return frozenset(name.lower() for name in edge.internal_peers) if edge else frozenset()

    def _door(self, name: str, side: Side, contexts: Contexts) -> Door:
        context = contexts.outside_server if side is Side.OUTSIDE else contexts.inside_server
        assert context is not None
        return Door(
            name,
            side,
            context,
            peers=None if side is Side.OUTSIDE else self._internal_peers(),
            make=self._make_connection,
            live=self._live,
            failures=self._record.failures,
            limits=self._limits,
            revocations=self._revocations if side is Side.OUTSIDE else None,
        )

    def _pool(self, side: Side, contexts: Contexts) -> Pool:
        outside = side is Side.OUTSIDE
        assert self._resolver is not None
        return Pool(
            side,
            contexts.outside_client if outside else contexts.inside_client,
            resolver=self._resolver,
            allowed=read_networks(self.configuration.proxy.allow_addresses) if outside else None,
            peers=None if outside else self._internal_peers(),
            make=self._make_connection,
            live=self._live,
            limits=self._limits,
            parallel=self.configuration.access_edge.outgoing_tls,
            revocations=self._revocations if outside else None,
        )


def _held(partner: DiscoveredPartner, peer: WatchedPeer | None) -> DiscoveredPartner:
    if peer is None:
        return partner
    return msgspec.structs.replace(
        partner,
        restriction=peer.restriction,
        contacts=peer.contacts,
        refused=peer.refused_rate + peer.refused_contacts,
        certificate=peer.certificate,
    )
