"""XMPP partners and the gateway they are reached through (New-CsXmppAllowedPartner, Set-CsXmppGatewayConfiguration)."""

from datetime import datetime, timedelta

import msgspec

from edgeconsole.model.names import DomainName, HostPort
from edgeconsole.model.terms import Negotiation, PartnerType


class XmppPartner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """An XMPP partner; there is no discovery for XMPP, only listed domains are reached (docs/rules.md 1.7)."""

    name: DomainName
    """The partner's primary domain, matched exactly (New-CsXmppAllowedPartner)."""
    additional_domains: tuple[DomainName, ...] = ()
    """Further domains of the same partner; sub-domains count only where they are listed (P-XPART)."""
    partner_type: PartnerType = PartnerType.PUBLIC_UNVERIFIED
    """PartnerType: whom we trust to invite; from `public-unverified` only people of ours invite (P-XPART)."""
    proxy_fqdn: HostPort | None = None
    """Fixed server; absent: found by SRV _xmpp-server._tcp."""
    tls: Negotiation = Negotiation.REQUIRED
    """TlsNegotiation: STARTTLS demanded, offered or left out (P-XNEG)."""
    sasl: Negotiation = Negotiation.REQUIRED
    """SaslNegotiation: SASL EXTERNAL demanded, offered or left out; needs TLS (P-XNEG)."""
    dialback: bool = True
    """XEP-0220 server dialback."""
    keep_alive: bool = True
    """EnableKeepAlive: a partner that falls silent beyond the gateway's `keep_alive` is cut off."""
    connection_limit: int = 20
    """Simultaneous connections to this partner; no source states the default, so it is the gateway's."""
    comment: str | None = None
    """A note for people; Description of the cmdlets."""
    owner: str | None = None
    """Who answers for the record."""
    ticket: str | None = None
    """The request it came from."""
    tags: tuple[str, ...] = ()
    """Words to filter by."""
    expires: datetime | None = None
    """The record stops counting at this moment, without a reload."""
    review: datetime | None = None
    """From this moment on lint asks whether the record is still wanted."""

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
    """EnableLoggingAllMessageBodies: what people write goes to the log; lint warns of it."""
    keep_alive: timedelta = timedelta(seconds=300)
    """Longest silence before a partner must send a keep-alive."""
    stream_establishment: timedelta = timedelta(seconds=60)
    """StreamEstablishmentTimeout: longest time to open a stream."""
    stream_inactivity: timedelta = timedelta(seconds=600)
    """StreamInactivityTimeout: a stream without a stanza for so long is closed."""
    subscription_refresh: timedelta = timedelta(hours=8)
    """SubscriptionRefreshInterval: how long a presence subscription holds without being renewed."""
