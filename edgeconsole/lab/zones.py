"""What DNS says in the lab: the zones of our organisation and of every partner."""

from collections.abc import Iterator, Mapping

from edgeconsole.lab.nameserver import Record, Zone
from edgeconsole.lab.organisation import Organisation
from edgeconsole.lab.partners import Partner
from edgeconsole.lab.ports import LOOPBACK
from edgeconsole.lab.xmpp_partners import XmppPartner
from edgeconsole.rules.requirements.dns import CLIENT_PORT

EVERYBODY = Zone("example")
"""The parent of all names of the lab, so that a domain nobody owns does not exist instead of being refused."""


def srv_name(sip_domain: str) -> str:
    """Where a SIP domain publishes its Access Edge (docs/rules.md 3.1, D1)."""
    return f"_sipfederationtls._tcp.{sip_domain}"


def xmpp_srv_name(domain: str) -> str:
    """Where a domain publishes its XMPP server (RFC 6120, 3.2.1)."""
    return f"_xmpp-server._tcp.{domain}"


def srv_value(target: str, port: int) -> str:
    """The value of an SRV record: priority, weight, port, target."""
    return f"0 0 {port} {target}."


def zones_of_organisation(organisation: Organisation) -> tuple[Zone, ...]:
    """Addresses of our edge and our internal server.

    The SRV records partners follow come when the edge has said on which port it listens; the one for sign-in from
    outside has the port that clients expect, although nothing of the lab serves them.
    """
    return tuple(Zone(domain, tuple(_of_domain(organisation, domain))) for domain in organisation.sip_domains)


def _of_domain(organisation: Organisation, domain: str) -> Iterator[Record]:
    inside = (organisation.internal_fqdn, organisation.pool_fqdn)
    for name in (*organisation.edge_names, f"xmpp.{domain}", *inside):
        if name.endswith(f".{domain}"):
            yield Record(name, "A", LOOPBACK)
    yield Record(f"_sip._tls.{domain}", "SRV", srv_value(organisation.edge_name_of(domain), CLIENT_PORT))


def zone_of_partner(partner: Partner, port: int) -> Zone:
    """A partner's address, and its SRV record where its kind publishes one."""
    records = [Record(partner.edge_fqdn, "A", LOOPBACK)]
    if partner.kind.publishes_srv:
        records.append(Record(srv_name(partner.domain), "SRV", srv_value(partner.edge_fqdn, port)))
    return Zone(partner.domain, tuple(records))


def zone_of_xmpp_partner(partner: XmppPartner, port: int) -> Zone:
    """An XMPP partner's address and its SRV record."""
    return Zone(
        partner.domain,
        (
            Record(partner.server, "A", LOOPBACK),
            Record(xmpp_srv_name(partner.domain), "SRV", srv_value(partner.server, port)),
        ),
    )


def zones(
    organisation: Organisation, ports: Mapping[Partner, int], xmpp_ports: Mapping[XmppPartner, int]
) -> tuple[Zone, ...]:
    """Every zone of the lab; the ports say where each partner's server listens."""
    return (
        EVERYBODY,
        *zones_of_organisation(organisation),
        *(zone_of_partner(partner, port) for partner, port in ports.items()),
        *(zone_of_xmpp_partner(partner, port) for partner, port in xmpp_ports.items()),
    )
