"""Our own side of the lab: the organisation whose edge it is."""

import msgspec


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation behind one Access Edge; names as DNS, certificates and the configuration carry them."""

    sip_domains: tuple[str, ...]
    edge_fqdn: str
    """Access Edge external FQDN; below the first SIP domain."""
    internal_fqdn: str
    """The edge's name inside."""
    pool_fqdn: str
    """The internal server: next hop of the edge, and its only client inside."""
    people: tuple[str, ...]
    """Addresses of our users."""

    @property
    def certificate_names(self) -> tuple[str, ...]:
        """Every name in the edge's certificate; XMPP partners look for the domains themselves (XEP-0178)."""
        return (*self.edge_names, *self.sip_domains)

    @property
    def edge_names(self) -> tuple[str, ...]:
        """Every name partners know the edge by: SRV of a domain may only lead one label below it (rule R2)."""
        others = (f"sip.{domain}" for domain in self.sip_domains)
        return tuple(dict.fromkeys((self.edge_fqdn, *others)))

    def edge_name_of(self, sip_domain: str) -> str:
        """The name one of our SIP domains publishes."""
        return next(name for name in self.edge_names if name.partition(".")[2] == sip_domain)


CONTOSO = Organisation(
    sip_domains=("contoso.example", "contoso-sales.example"),
    edge_fqdn="sip.contoso.example",
    internal_fqdn="edge.int.contoso.example",
    pool_fqdn="pool.int.contoso.example",
    people=("alice@contoso.example", "carol@contoso.example", "dan@contoso.example", "sam@contoso-sales.example"),
)
