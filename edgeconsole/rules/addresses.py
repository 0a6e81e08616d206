"""Which addresses from DNS the edge and its probes may connect to: global unicast, unless an operator opened more.

`ipaddress.is_global` is no guard: measured on 3.11.7, it lets 12 of 23 hostile forms pass, NAT64 of a metadata address
among them. Hence a table of our own, and addresses inside addresses are unwrapped and asked again.
"""

import ipaddress
from collections.abc import Iterable

from edgeconsole.model.errors import BadInput, Problem

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_DENIED_4 = tuple(
    (ipaddress.IPv4Network(network), what)
    for network, what in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        # Provider metadata at an address that is otherwise global.
        ("168.63.129.16/32", "cloud platform"),
    )
)
"""IANA IPv4 special-purpose registry, and multicast."""

_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
"""The only global unicast space assigned (IANA): everything outside it is denied, known or not."""

_DENIED_6 = tuple(
    (ipaddress.IPv6Network(network), what)
    for network, what in (
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
    )
)
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_6TO4 = ipaddress.IPv6Network("2002::/16")
_ISATAP = (0x00005EFE, 0x02005EFE)
"""Upper half of an interface identifier whose lower half is an IPv4 address (RFC 5214, 6.1)."""


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read `proxy.allow_addresses`. Raises BadInput for what is no CIDR."""
    networks: list[Network] = []
    problems = []
    for text in texts:
        try:
            networks.append(ipaddress.ip_network(text.strip()))
        except ValueError as error:
            problems.append(Problem(field="proxy.allow_addresses", message=f"{text!r} is no CIDR: {error}"))
    if problems:
        raise BadInput("proxy.allow_addresses cannot be used", problems=tuple(problems))
    return tuple(networks)


def why_denied(text: str, allowed: tuple[Network, ...] = ()) -> str | None:
    """Return why the edge may not connect to an address, in a word or two, or None when it may."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "no address"
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return "bound to an interface"
    if _within(address, allowed):
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return _denied_4(address)
    inner = _unwrapped(address)
    if inner is not None:
        return None if _within(inner, allowed) else _denied_4(inner)
    if address not in _GLOBAL_6:
        return "not global unicast"
    return next((what for network, what in _DENIED_6 if address in network), None)


def _denied_4(address: ipaddress.IPv4Address) -> str | None:
    return next((what for network, what in _DENIED_4 if address in network), None)


def _unwrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address an IPv6 one leads to (RFC 4291, 6052, 3056, 5214)."""
    number = int(address)
    if address in _MAPPED or address in _NAT64:
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    if address in _6TO4:
        return ipaddress.IPv4Address((number >> 80) & 0xFFFFFFFF)
    if number >> 32 & 0xFFFFFFFF in _ISATAP:
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return None


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
