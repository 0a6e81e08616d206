"""What DNS says in the lab: the zones of our organisation and of every partner."""

from collections.abc import Mapping

from edgeconsole.lab.nameserver import Record, Zone
from edgeconsole.lab.organisation import Organisation
from edgeconsole.lab.partners import Partner
from edgeconsole.lab.ports import LOOPBACK

EVERYBODY = Zone("example")
"""The parent of all names of the lab, so that a domain nobody owns does not exist instead of being refused."""


def srv_name(sip_domain: str) -> str:
    """Where a SIP domain publishes its Access Edge (domain reference 3.1, D1)."""
    return f"_sipfederationtls._tcp.{sip_domain}"


def srv_value(target: str, port: int) -> str:
    """The value of an SRV record: priority, weight, port, target."""
    return f"0 0 {port} {target}."


def zones_of_organisation(organisation: Organisation) -> tuple[Zone, ...]:
    """Addresses of our edge and our internal server.

    The SRV records come when the edge has said on which port it listens.
    """
    inside = (organisation.internal_fqdn, organisation.pool_fqdn)
    names = (*organisation.edge_names, *inside)
    return tuple(
        Zone(domain, tuple(Record(name, "A", LOOPBACK) for name in names if name.endswith(f".{domain}")))
        for domain in organisation.sip_domains
    )


def zone_of_partner(partner: Partner, port: int) -> Zone:
    """A partner's address, and its SRV record where its kind publishes one."""
    records = [Record(partner.edge_fqdn, "A", LOOPBACK)]
    if partner.kind.publishes_srv:
        records.append(Record(srv_name(partner.domain), "SRV", srv_value(partner.edge_fqdn, port)))
    return Zone(partner.domain, tuple(records))


def zones(organisation: Organisation, ports: Mapping[Partner, int]) -> tuple[Zone, ...]:
    """Every zone of the lab; `ports` says where each partner's server listens."""
    return (
        EVERYBODY,
        *zones_of_organisation(organisation),
        *(zone_of_partner(partner, port) for partner, port in ports.items()),
    )
