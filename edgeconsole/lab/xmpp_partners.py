"""The XMPP partners of the lab as a table: zone, certificate, record, behaviour and traffic follow from a row."""

import msgspec

from edgeconsole.lab.partners import SELDOM, Federated


class XmppKind(msgspec.Struct, frozen=True, kw_only=True):
    """One way an XMPP partner can be, healthy or broken."""

    name: str
    meaning: str
    """What an operator can learn from it, one sentence."""
    by_key: bool = False
    """It authenticates by dialback alone, and no authority of ours vouches for its certificate."""
    certificate_names: tuple[str, ...] = ()
    """Names its certificate carries instead of its domain."""
    listed: bool = True
    """Our configuration has a record for it; without one it is quiet, and waits to be set up."""
    every: float = 4.0
    """Mean seconds between two messages in each direction."""


XMPP_KINDS: tuple[XmppKind, ...] = (
    XmppKind(name="xmpp", meaning="healthy: STARTTLS and SASL EXTERNAL, its certificate names its domain"),
    XmppKind(
        name="xmpp-dialback",
        meaning="its certificate is its own, so both sides prove themselves by server dialback",
        by_key=True,
        every=8.0,
    ),
    XmppKind(
        name="xmpp-broken",
        meaning="its certificate names somebody else, so no stream comes about in either direction",
        certificate_names=("xmpp.someone-else.example",),
        every=SELDOM,
    ),
    XmppKind(
        name="xmpp-unlisted",
        meaning="healthy and on no list: key i, or `edgeconsole federate xmpp`, sets it up",
        listed=False,
    ),
)

_BY_NAME = {kind.name: kind for kind in XMPP_KINDS}


class XmppPartner(Federated, frozen=True, kw_only=True):
    """One XMPP partner."""

    kind: XmppKind

    @property
    def server(self) -> str:
        """Its server, as SRV names it."""
        return f"xmpp.{self.domain}"

    @property
    def certificate_names(self) -> tuple[str, ...]:
        """The DNS names in its certificate."""
        return self.kind.certificate_names or (self.domain,)


XMPP_PARTNERS: tuple[XmppPartner, ...] = (
    XmppPartner(
        domain="cohovineyard.example",
        kind=_BY_NAME["xmpp"],
        people=("clara", "cem"),
        comment="Caterer",
    ),
    XmppPartner(
        domain="alpineski.example",
        kind=_BY_NAME["xmpp-dialback"],
        people=("anton",),
        comment="Travel; they sign their certificates themselves",
    ),
    XmppPartner(
        domain="lucerne.example",
        kind=_BY_NAME["xmpp-broken"],
        people=("lucy",),
        comment="Publisher; their hoster shows its own certificate",
    ),
    XmppPartner(
        domain="blueyonder.example",
        kind=_BY_NAME["xmpp-unlisted"],
        people=("bela",),
        comment="",
    ),
)
