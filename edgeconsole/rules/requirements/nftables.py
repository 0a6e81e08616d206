"""Required firewall rules as an nftables ruleset for a host of the edge: it accepts, and drops nothing by itself."""

import ipaddress
from collections.abc import Iterator, Sequence

from edgeconsole.model.configuration import Configuration, Edge
from edgeconsole.model.terms import LoadBalancing
from edgeconsole.model.verdict import Direction
from edgeconsole.rules.requirements.flows import Endpoint, PortRequirement, Role
from edgeconsole.rules.requirements.needs import Side

TABLE = "edgeconsole_requirements"
"""Name of the table; loading the ruleset again replaces it and touches no other."""

_HEAD = """\
# What this federation edge needs of a host firewall. Load it with: nft -f FILE
# Put the names of your interfaces into the first two lines.
# It drops nothing by itself: once the rest is accepted too, such as your own remote access, change the two
# policies to drop."""

_WIDTH = 116
"""Characters of a comment line; names of partners make some reasons long."""


def nftables(requirements: Sequence[PortRequirement], configuration: Configuration) -> str:
    """Return the ruleset. Rules that are optional are comments; names are not resolved, so only addresses restrict."""
    restrict = configuration.edge is not None and _owns_addresses(configuration.edge)
    lines = [
        _HEAD,
        'define external = "eth0"',
        'define internal = "eth1"',
        "",
        # Created first, since deleting a table that does not exist is an error.
        f"table inet {TABLE}",
        f"delete table inet {TABLE}",
        f"table inet {TABLE} {{",
        *_chain("input", Direction.INBOUND, requirements, restrict),
        "",
        *_chain("output", Direction.OUTBOUND, requirements, restrict),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _owns_addresses(edge: Edge) -> bool:
    """Return whether the public addresses stand on the hosts themselves: not behind NAT, not on a load balancer."""
    return not edge.nat and edge.load_balancing is LoadBalancing.DNS


def _chain(hook: str, direction: Direction, requirements: Sequence[PortRequirement], restrict: bool) -> Iterator[str]:
    loopback = "iifname" if direction is Direction.INBOUND else "oifname"
    yield f"    chain {hook} {{"
    yield f"        type filter hook {hook} priority filter; policy accept;"
    yield f'        {loopback} "lo" accept'
    yield "        ct state established,related accept"
    # IPv6 finds its neighbours, and both versions their path MTU, by ICMP.
    yield "        meta l4proto { icmp, ipv6-icmp } accept"
    for requirement in requirements:
        if requirement.direction is direction:
            yield from (f"        {line}" for line in _rules(requirement, restrict))
    yield "    }"


def _rules(requirement: PortRequirement, restrict: bool) -> Iterator[str]:
    comment = f"# {requirement.row.value} {requirement.reason} (for {', '.join(requirement.needed_by)})"
    yield comment if len(comment) <= _WIDTH else f"{comment[: _WIDTH - 1]}…"
    for rule in _statements(requirement, restrict):
        yield f"# {rule}" if requirement.optional else rule


def _statements(requirement: PortRequirement, restrict: bool) -> Iterator[str]:
    inward = requirement.direction is Direction.INBOUND
    interface = f"{'iifname' if inward else 'oifname'} ${requirement.interface.value}"
    here = requirement.destination if inward else requirement.source
    there = requirement.source if inward else requirement.destination
    transport = requirement.transport.value.lower()
    sport = f" {transport} sport {_set(requirement.source_ports)}" if requirement.source_ports else ""
    port = f"{sport} {transport} dport {_set(requirement.ports)} counter accept"
    # On the inside the public addresses are not what the edge speaks from.
    ours = here if requirement.interface is Side.INTERNAL or restrict else Endpoint(here.name)
    if requirement.interface is Side.INTERNAL and here.name == Role.ACCESS.value:
        ours = Endpoint(here.name)
    for family in _families(ours, there):
        own = _match(family, "daddr" if inward else "saddr", ours.addresses)
        other = _match(family, "saddr" if inward else "daddr", there.addresses)
        yield f"{interface}{own}{other}{port}"


def _families(ours: Endpoint, there: Endpoint) -> tuple[int, ...]:
    """Return the IP versions that need a rule of their own; 0 is one rule for both."""
    known = [{_version(address) for address in end.addresses} for end in (ours, there) if end.addresses]
    return tuple(sorted(set.intersection(*known))) if known else (0,)


def _match(family: int, field: str, addresses: Sequence[str]) -> str:
    same = [address for address in addresses if _version(address) == family]
    return f" {'ip' if family == 4 else 'ip6'} {field} {_set(','.join(same))}" if same else ""


def _version(address: str) -> int:
    return ipaddress.ip_address(address).version


def _set(joined: str) -> str:
    parts = joined.split(",")
    return parts[0] if len(parts) == 1 else "{ " + ", ".join(parts) + " }"
