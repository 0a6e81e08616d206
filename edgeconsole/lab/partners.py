"""The partners of the lab as a table: zone, certificate, listing, behaviour and traffic all follow from a row."""

from datetime import timedelta

import msgspec

from edgeconsole.lab.authority import Lifetime
from edgeconsole.model.configuration import Action


class Expected(msgspec.Struct, frozen=True):
    """The final answer a request through a fresh lab gets."""

    status: int
    """0: no connection comes about, so nobody answers."""
    diagnostics: int | None = None
    """ms-diagnostics error id of a refusal."""

    @property
    def outcome(self) -> str:
        """The status as traffic counts it."""
        return str(self.status) if self.status else "lost"


DELIVERED = Expected(200)
NO_CONNECTION = Expected(0)


class PartnerKind(msgspec.Struct, frozen=True, kw_only=True):
    """One way a partner can be, healthy or broken."""

    name: str
    meaning: str
    """What an operator can learn from it, one sentence."""
    listing: Action | None
    """Our `[[domain]]` record for it; None: it is not listed."""
    pinned: bool = False
    """The record names its Access Edge."""
    publishes_srv: bool = True
    certificate_names: tuple[str, ...] = ()
    """Names its certificate carries instead of its Access Edge FQDN."""
    lifetime: Lifetime = Lifetime()
    """When its certificate is valid."""
    inbound: Expected = DELIVERED
    """What its user gets for writing to ours."""
    outbound: Expected = DELIVERED
    """What our user gets for writing to its."""
    every: float = 4.0
    """Mean seconds between two requests in each direction."""
    burst: int = 1
    """Requests it sends at once each time."""


SELDOM = 20.0
"""Mean seconds between two requests that will be refused: enough to be on screen, too few to bury the rest."""

KINDS: tuple[PartnerKind, ...] = (
    PartnerKind(
        name="allowed",
        meaning="on the allow list, its Access Edge found by SRV",
        listing=Action.ALLOW,
    ),
    PartnerKind(
        name="allowed-server",
        meaning="on the allow list with its Access Edge pinned; it publishes no SRV and needs none",
        listing=Action.ALLOW,
        pinned=True,
        publishes_srv=False,
    ),
    PartnerKind(
        name="discovered",
        meaning="on no list, publishes SRV: refused until partner discovery is on",
        listing=None,
        inbound=Expected(403, 1027),
        outbound=Expected(403, 1005),
        every=SELDOM,
    ),
    PartnerKind(
        name="throttled",
        meaning="on no list, and sends 30 messages at once: too fast for a discovered partner",
        listing=None,
        inbound=Expected(403, 1027),
        outbound=Expected(403, 1005),
        every=3 * SELDOM,
        burst=30,
    ),
    PartnerKind(
        name="blocked",
        meaning="healthy, and on the block list",
        listing=Action.BLOCK,
        inbound=Expected(403, 1027),
        outbound=Expected(403, 1005),
        every=SELDOM,
    ),
    PartnerKind(
        name="wrong-name",
        meaning="allowed, but its certificate names somebody else",
        listing=Action.ALLOW,
        certificate_names=("sip.someone-else.example",),
        inbound=Expected(403, 1010),
        outbound=Expected(504, 1010),
        every=SELDOM,
    ),
    PartnerKind(
        name="srv-missing",
        meaning="allowed, but it publishes no SRV record, so nobody finds its Access Edge or believes it",
        listing=Action.ALLOW,
        publishes_srv=False,
        inbound=Expected(403, 1008),
        outbound=Expected(504, 1008),
        every=SELDOM,
    ),
    PartnerKind(
        name="expired",
        meaning="allowed, but its certificate ended two days ago, so TLS fails in both directions",
        listing=Action.ALLOW,
        lifetime=Lifetime(starts=timedelta(days=-90), ends=timedelta(days=-2)),
        inbound=NO_CONNECTION,
        outbound=Expected(504, 1010),
        every=SELDOM,
    ),
)

_BY_NAME = {kind.name: kind for kind in KINDS}


class Federated(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation we federate with, over whatever protocol."""

    domain: str
    people: tuple[str, ...]
    """User names in its domain."""
    comment: str
    """The comment of its record in our configuration; empty where it has none."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its users, `user@domain`."""
        return tuple(f"{name}@{self.domain}" for name in self.people)


class Partner(Federated, frozen=True, kw_only=True):
    """One partner organisation over SIP."""

    kind: PartnerKind

    @property
    def edge_fqdn(self) -> str:
        """Its Access Edge, as SRV or our record names it."""
        return f"sip.{self.domain}"

    @property
    def certificate_names(self) -> tuple[str, ...]:
        """The DNS names in its certificate."""
        return self.kind.certificate_names or (self.edge_fqdn,)


PARTNERS: tuple[Partner, ...] = (
    Partner(
        domain="fabrikam.example",
        kind=_BY_NAME["allowed"],
        people=("ann", "ben", "frida"),
        comment="Supplier, contract 4411",
    ),
    Partner(
        domain="northwind.example",
        kind=_BY_NAME["allowed-server"],
        people=("nora", "nils"),
        comment="Carrier; their DNS is not ours to rely on, so the server is pinned",
    ),
    Partner(
        domain="adatum.example",
        kind=_BY_NAME["discovered"],
        people=("adam",),
        comment="",
    ),
    Partner(
        domain="wingtip.example",
        kind=_BY_NAME["throttled"],
        people=("will", "wanda"),
        comment="",
    ),
    Partner(
        domain="litware.example",
        kind=_BY_NAME["blocked"],
        people=("lena",),
        comment="Contract ended, ticket 2093",
    ),
    Partner(
        domain="proseware.example",
        kind=_BY_NAME["wrong-name"],
        people=("paul",),
        comment="Agency; moved to a new hoster in spring",
    ),
    Partner(
        domain="tailspin.example",
        kind=_BY_NAME["srv-missing"],
        people=("tess",),
        comment="New customer; their DNS team is still at it",
    ),
    Partner(
        domain="treyresearch.example",
        kind=_BY_NAME["expired"],
        people=("theo",),
        comment="Laboratory; nobody there watches certificates",
    ),
)
