"""XMPP partners and the gateway they are reached through (New-CsXmppAllowedPartner, Set-CsXmppGatewayConfiguration)."""

from datetime import datetime, timedelta

import msgspec

from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.terms import Negotiation, PartnerType


class XmppPartner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """An XMPP partner; there is no discovery for XMPP, only listed domains are reached (domain reference 1.7)."""

    name: DomainName
    additional_domains: tuple[DomainName, ...] = ()
    """Further domains of the same partner; sub-domains count only where they are listed (P-XPART)."""
    partner_type: PartnerType = PartnerType.PUBLIC_UNVERIFIED
    proxy_fqdn: HostPort | None = None
    """Fixed server; absent: found by SRV _xmpp-server._tcp."""
    tls: Negotiation = Negotiation.REQUIRED
    sasl: Negotiation = Negotiation.REQUIRED
    dialback: bool = True
    """XEP-0220 server dialback."""
    keep_alive: bool = True
    connection_limit: int = 20
    """Simultaneous connections to this partner; no source states the default, so it is the gateway's."""
    comment: str | None = None
    owner: str | None = None
    ticket: str | None = None
    tags: tuple[str, ...] = ()
    expires: datetime | None = None
    review: datetime | None = None

    @property
    def domains(self) -> tuple[DomainName, ...]:
        """Every domain of the partner."""
        return (self.name, *self.additional_domains)


class XmppGateway(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The XMPP gateway: one for the organisation; XMPP ends by removing all partners."""

    connection_limit: int = 1000
    """Simultaneous connections, all partners."""
    partner_connection_limit: int = 20
    """Simultaneous connections, one partner."""
    dialback_secret: str | None = None
    """Key of dialback, by reference; the same on every member of the pool (XEP-0185)."""
    log_message_bodies: bool = False
    keep_alive: timedelta = timedelta(seconds=300)
    """Longest silence before a partner must send a keep-alive."""
    stream_establishment: timedelta = timedelta(seconds=60)
    stream_inactivity: timedelta = timedelta(seconds=600)
    subscription_refresh: timedelta = timedelta(hours=8)
