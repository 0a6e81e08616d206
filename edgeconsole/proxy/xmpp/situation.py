"""What every stream needs to know: the rules in force, the gateway's settings, certificates, keys, what is open."""

import ssl
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from edgeconsole.model.configuration import Configuration, XmppPartner
from edgeconsole.model.evidence import Evidence
from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.observed import Plane
from edgeconsole.model.verdict import Direction, Outcome, Reason
from edgeconsole.proxy import alerts
from edgeconsole.proxy.resolver import Resolver
from edgeconsole.proxy.revocation import Revocations
from edgeconsole.proxy.sip.connection import Side
from edgeconsole.proxy.tls import load_contexts
from edgeconsole.proxy.xmpp.booking import Booking
from edgeconsole.proxy.xmpp.dialback import Budget, Keys
from edgeconsole.proxy.xmpp.limits import XmppLimits
from edgeconsole.proxy.xmpp.stream import XmppStream
from edgeconsole.rules.addresses import Network
from edgeconsole.rules.decide import decide
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.negotiation import Method, methods_of

_ALPN = ["xmpp-server"]
_DEFAULT_LIMIT = XmppPartner(name=DomainName("partner.example")).connection_limit
_PASSING = frozenset({Reason.POLICY_FEDERATION, Reason.POLICY_XMPP, Reason.SURVIVABLE_BRANCH, Reason.NO_NEXT_HOP})
"""Reasons that concern single people, or pass: they refuse stanzas, not streams."""


_UNTRUSTED_SECONDS = 600.0
_MAX_UNTRUSTED = 1_000


class XmppContexts(NamedTuple):
    """How the edge does TLS with partners' servers and with ours."""

    accept: ssl.SSLContext
    """A certificate is verified where one is shown; whether one is needed is the partner's triple to say."""
    accept_any: ssl.SSLContext
    """Encrypts alone, for partners that authenticate by dialback."""
    connect: ssl.SSLContext
    connect_any: ssl.SSLContext
    inside_accept: ssl.SSLContext | None
    inside_connect: ssl.SSLContext | None


def load_xmpp_contexts(configuration: Configuration, base: Path, now: datetime) -> XmppContexts:
    """Read the certificates of both sides, as the SIP side does. Raises BadInput."""
    verified, unverified = (load_contexts(configuration, base, now) for _ in range(2))
    verified.outside_server.verify_mode = ssl.CERT_OPTIONAL
    unverified.outside_server.verify_mode = ssl.CERT_NONE
    unverified.outside_client.verify_mode = ssl.CERT_NONE
    found = XmppContexts(
        verified.outside_server,
        unverified.outside_server,
        verified.outside_client,
        unverified.outside_client,
        verified.inside_server,
        verified.inside_client,
    )
    for context in found:
        if context is not None:
            context.set_alpn_protocols(_ALPN)
    return found


class Situation:
    """Shared by all streams of one edge; rules and settings are replaced when a configuration is put in force."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        index: RuleIndex,
        contexts: XmppContexts,
        resolver: Resolver,
        allowed: tuple[Network, ...],
        booking: Booking,
        keys: Keys,
        limits: XmppLimits,
        time: Callable[[], float],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        revocations: Revocations | None = None,
    ) -> None:
        self.index = index
        self.gateway = configuration.xmpp_gateway
        self.internal_peers = frozenset(name.lower() for name in configuration.edge.internal_peers)  # type: ignore[union-attr]
        self.contexts = contexts
        self.resolver = resolver
        self.allowed = allowed
        """Networks allowed besides public addresses."""
        self.booking = booking
        self.keys = keys
        self.limits = limits
        self.budget = Budget(limits.verifications, limits.verifications_per_address, time)
        self._time = time
        self._untrusted: OrderedDict[str, float] = OrderedDict()
        self.streams: set[XmppStream] = set()
        """Every stream that is authenticated, on both sides."""
        self._now = now
        self._new_id = new_id
        self._revocations = revocations

    def make_stream(self, side: Side, direction: Direction) -> XmppStream:
        """Return a stream that has no transport yet; the task that asks for it is to make its connection."""
        alerts.prepare()
        return XmppStream(side, direction, self.limits, identity=self._new_id(), since=self._now())

    def partner(self, domain: str) -> XmppPartner | None:
        """Return the partner a domain in normal form belongs to."""
        return self.index.xmpp.get(domain)

    def methods(self, domain: str) -> tuple[Method, ...]:
        """Return how streams with a domain may be authenticated; none for a domain that is no partner's."""
        partner = self.partner(domain)
        return methods_of(partner) if partner else ()

    def distrust(self, domain: str) -> None:
        """Remember that a domain's server shows a certificate nobody vouches for."""
        self._untrusted[domain] = self._time() + _UNTRUSTED_SECONDS
        self._untrusted.move_to_end(domain)
        if len(self._untrusted) > _MAX_UNTRUSTED:
            self._untrusted.popitem(last=False)

    def asks_certificate(self, domain: str) -> bool:
        """Return whether the server of a domain is asked for its certificate when it comes.

        A handshake cannot look past a certificate that is shown and not trusted, so a partner that may use dialback as
        well is not asked again for a while after that.
        """
        methods = self.methods(domain)
        if Method.TLS_DIALBACK not in methods:
            return True
        return Method.SASL_OVER_TLS in methods and self._untrusted.get(domain, 0.0) <= self._time()

    async def why_revoked(self, stream: XmppStream) -> str | None:
        """Return why a partner's certificate that was verified must not be believed any more, or None."""
        if self._revocations is None or not self._revocations.enabled or not stream.points:
            return None
        return await self._revocations.why_revoked(stream.points)

    def decide(self, direction: Direction, partner: str, ours: str, person: str = "") -> Outcome:
        """Decide about a stanza, or a whole stream without a person, with a peer that has proved its domain."""
        sender, recipient = (partner, ours) if direction is Direction.INBOUND else (ours, partner)
        evidence = Evidence(peer_names=frozenset((partner,)))
        user = (person or None) if self.index.policies.managed else None
        return decide(self.index, direction, sender, recipient, evidence, plane=Plane.XMPP, user=user)

    def why_no_stream(self, direction: Direction, partner: str, ours: str) -> Reason | None:
        """Return why no stream with a partner's domain is to be, whoever uses it, or None."""
        reason = self.decide(direction, partner, ours).reason
        return None if reason in _PASSING else reason

    def why_end(self, stream: XmppStream) -> str:
        """Return why the rules in force leave nothing to a stream with a partner, or nothing."""
        reason = self.why_no_stream(stream.direction, stream.domain, stream.local)
        if reason is not None:
            return reason.value
        return "" if stream.method in self.methods(stream.domain) else "the partner's negotiation settings"

    def outside(self, domain: str | None = None) -> Iterator[XmppStream]:
        """Yield the streams with partners, or with one partner's domains."""
        partner = self.partner(domain) if domain is not None else None
        names = None if domain is None else frozenset(partner.domains) if partner else frozenset((domain,))
        return (
            each
            for each in tuple(self.streams)
            if each.side is Side.OUTSIDE and not each.closing and (names is None or each.domain in names)
        )

    def why_full(self, domain: str) -> str:
        """Return why one more stream with a partner is too many, or nothing (docs/rules.md 1.7)."""
        partner = self.partner(domain)
        own = partner.connection_limit if partner else _DEFAULT_LIMIT
        # A partner that leaves its limit at the default has the gateway's.
        most = own if own != _DEFAULT_LIMIT else self.gateway.partner_connection_limit
        if sum(1 for _ in self.outside(domain)) >= most:
            return f"{most} connections with this partner are open already"
        if sum(1 for _ in self.outside()) >= self.gateway.connection_limit:
            return f"{self.gateway.connection_limit} connections with partners are open already"
        return ""

    def inside_hop(self) -> HostPort | None:
        """Return the internal server's address."""
        return self.index.xmpp_next_hop
