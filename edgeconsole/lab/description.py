"""What an outside client needs to join a running lab as any partner: the JSON line of `lab --headless`."""

import msgspec


class Listeners(msgspec.Struct, frozen=True, kw_only=True):
    """Where the edge listens, `host:port`; null where it does not."""

    sip: str
    """For partners."""
    internal: str
    """For our own servers."""
    xmpp: str | None = None
    """For XMPP partners."""
    xmpp_internal: str | None = None
    """For our own XMPP server."""


class InternalServer(msgspec.Struct, frozen=True, kw_only=True):
    """The internal server of ours: its address, and the certificate that opens the inside."""

    address: str
    certificate: str
    private_key: str


class PartnerServer(msgspec.Struct, frozen=True, kw_only=True):
    """One partner: its server's address, and the certificate to call the edge with."""

    domain: str
    kind: str
    edge_fqdn: str
    address: str
    certificate: str
    private_key: str


class XmppPartnerServer(msgspec.Struct, frozen=True, kw_only=True):
    """One XMPP partner: its server's name and address, and the certificate to call the edge with."""

    domain: str
    kind: str
    server: str
    address: str
    certificate: str
    private_key: str


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """A running lab. Every path is absolute, every address is on loopback."""

    config: str
    """federation.toml of our edge."""
    socket: str
    """Admin socket of our edge."""
    dns: str
    """Name server, UDP and TCP."""
    ca: str
    """PEM to trust: the public authority, then the inside one. The edge itself keeps the two apart."""
    proxy: Listeners
    sip_domains: tuple[str, ...]
    internal: InternalServer
    partners: tuple[PartnerServer, ...]
    """Those of SIP."""
    xmpp_partners: tuple[XmppPartnerServer, ...] = ()

    def to_json(self) -> str:
        """One line, without the newline."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, line: str | bytes) -> "Description":
        """Read what `to_json` wrote. Raises msgspec.DecodeError."""
        return msgspec.json.decode(line, type=cls)
