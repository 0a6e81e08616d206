"""Lint of our own edge pool: load balancing, addresses, certificates' trust, push, what partners learn from us."""

import ipaddress
from collections.abc import Iterator

from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Edge, Table
from edgeconsole.model.terms import LoadBalancing, MediaEncryption, Platform
from edgeconsole.rules.index import longest_suffix
from edgeconsole.rules.lint.finding import Hit, Inspection, LintRule, Severity, set_fields
from edgeconsole.rules.srv import is_direct_child

LARGEST_POOL = 12
"""Members an edge pool may have (SFB-EDGE); Topology Builder permits 20."""

_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")
)
"""Addresses no partner can reach (RFC 1918, 3927, 4193, 4291). Loopback is left out: whole labs live there."""

_PUSH, _CLOUD = "push.lync.com", "sipfed.online.lync.com"
"""Domain and hoster of push notifications (P-PUSH)."""


def _edge(view: Inspection) -> Iterator[Edge]:
    if view.edge is not None:
        yield view.edge


def _hardware_and_nat(view: Inspection) -> Iterator[Hit]:
    for edge in _edge(view):
        if edge.nat and edge.load_balancing is LoadBalancing.HARDWARE:
            yield Hit(
                Table.EDGE, "", "nat",
                "a hardware load balancer needs public routable addresses; with NAT only DNS load balancing works",
                'Set load_balancing = "dns", or give the pool public addresses and set nat = false',
            )  # fmt: skip


def _mixed_balancing(view: Inspection) -> Iterator[Hit]:
    for edge in _edge(view):
        inside = edge.internal_load_balancing
        if inside is not None and inside is not edge.load_balancing:
            yield Hit(
                Table.EDGE, "", "internal_load_balancing",
                f"{edge.load_balancing.value} outside with {inside.value} inside is not supported",
                "Use the same method on both interfaces",
            )  # fmt: skip


def _large_pool(view: Inspection) -> Iterator[Hit]:
    for edge in _edge(view):
        if len(edge.members) > LARGEST_POOL:
            yield Hit(
                Table.EDGE, "", "members",
                f"the pool has {len(edge.members)} members; {LARGEST_POOL} are supported",
                "Split it into two pools",
            )  # fmt: skip


def _members_missing(view: Inspection) -> Iterator[Hit]:
    for edge in _edge(view):
        if edge.load_balancing is LoadBalancing.DNS and not edge.members:
            yield Hit(
                Table.EDGE, "", "members",
                "members is empty, so it cannot be told whether DNS has one address record for each",
                "List the public address of each member",
            )  # fmt: skip


def _ocs_on_dns(view: Inspection) -> Iterator[Hit]:
    for edge in _edge(view):
        if edge.load_balancing is not LoadBalancing.DNS or len(edge.members) == 1:
            return
        for name, record in view.index.allow.items():
            if record.platform in (Platform.OCS2007, Platform.OCS2007R2):
                yield Hit(
                    Table.DOMAIN, name, "platform",
                    f"{record.platform.value} does not know DNS load balancing: it stays with the first member that "
                    "answered, and loses us when that one fails",
                    "Use a hardware load balancer if this partner needs fail-over",
                )  # fmt: skip


def _weak_media(view: Inspection) -> Iterator[Hit]:
    for edge in _edge(view):
        if edge.media_encryption is not MediaEncryption.REQUIRE:
            yield Hit(
                Table.EDGE, "", "media_encryption",
                f"with {edge.media_encryption.value}, calls of everybody may be unencrypted; only Windows Live "
                "Messenger needed that, and it has ended",
                'Set media_encryption = "require"',
                set_fields(Table.EDGE, media_encryption="require"),
            )  # fmt: skip


def _nat_notes(view: Inspection) -> Iterator[Hit]:
    for edge in _edge(view):
        if edge.nat and edge.load_balancing is LoadBalancing.DNS:
            yield Hit(
                Table.EDGE, "", "nat",
                "translation must be symmetric and on the external side only: inbound keeps the source address (A/V), "
                "outbound shows the A/V Edge's public address",
                "Check that with whoever runs the firewall",
            )  # fmt: skip


def _push(view: Inspection) -> Iterator[Hit]:
    wanted = _push_place(view)
    if wanted is None:
        return
    table, key, field = wanted
    missing: list[str] = []
    changes: list[Change] = []
    allowed = longest_suffix(view.index.allow, _PUSH, view.access_edge.suffix_match)
    if allowed is None or allowed.access_edge is not None:
        missing.append(f"{_PUSH} is not allowed without an Access Edge of its own")
        changes += set_fields(Table.DOMAIN, _PUSH, action="allow", access_edge=None)
    if _CLOUD not in view.index.hosting:
        missing.append(f"no enabled hosting provider has the Access Edge {_CLOUD}")
        if _CLOUD not in view.provider_hosts:
            changes += set_fields(
                Table.HOSTING_PROVIDER, "LyncOnline", proxy_fqdn=_CLOUD, enabled=True, verification="use-source"
            )
    if missing:
        yield Hit(
            table, key, field,
            f"push notifications are wanted and {' and '.join(missing)}",
            f"edgeconsole domains allow {_PUSH}; edgeconsole partners add hosting LyncOnline proxy_fqdn={_CLOUD} "
            "enabled=true verification=use-source",
            tuple(changes),
        )  # fmt: skip


def _push_place(view: Inspection) -> tuple[Table, str, str] | None:
    for edge in _edge(view):
        if edge.push_apple or edge.push_microsoft:
            return Table.EDGE, "", "push_apple" if edge.push_apple else "push_microsoft"
    domain = next((domain for domain in view.configuration.sip_domains if domain.mobility), None)
    return (Table.SIP_DOMAIN, domain.name, "mobility") if domain else None


def _system_trust(view: Inspection) -> Iterator[Hit]:
    for edge in _edge(view):
        if edge.trust == "system":
            yield Hit(
                Table.EDGE, "", "trust",
                "every authority this host trusts may vouch for a partner; that is what public federation needs, and "
                "more than a closed circle of partners does",
                "For a closed circle, set trust to a file with its authorities",
            )  # fmt: skip


def _diagnostics_leave(view: Inspection) -> Iterator[Hit]:
    for edge in _edge(view):
        if edge.diagnostics_to_partners:
            yield Hit(
                Table.EDGE, "", "diagnostics_to_partners",
                "ms-diagnostics headers leave to partners: it helps them to find faults, and tells them our servers' "
                "names and why we refused",
                "Set diagnostics_to_partners = false if that is too much",
            )  # fmt: skip


def _no_next_hop(view: Inspection) -> Iterator[Hit]:
    for edge in _edge(view):
        if edge.next_hop is None and view.access_edge.federation:
            yield Hit(
                Table.EDGE, "", "next_hop",
                "it is not set: nothing that comes in can be delivered",
                "Set next_hop to the Director or Front End pool",
            )  # fmt: skip


def _private_member(view: Inspection) -> Iterator[Hit]:
    for edge in _edge(view):
        for member in edge.members:
            address = ipaddress.ip_address(member)
            if any(address in network for network in _PRIVATE if network.version == address.version):
                yield Hit(
                    Table.EDGE, "", "members",
                    f"{member} is a private address; partners cannot reach it, and DNS must not name it",
                    "List the public address" + (", as translated" if edge.nat else ""),
                )  # fmt: skip


def _no_sip_domain(view: Inspection) -> Iterator[Hit]:
    if view.access_edge.federation and not view.configuration.sip_domains:
        yield Hit(
            Table.ACCESS_EDGE, "", "federation",
            "federation is on and no SIP domain of ours is listed: nobody can send and nobody be reached",
            'Add [[sip_domain]] name = "…"',
        )  # fmt: skip


def _name_under_no_domain(view: Inspection) -> Iterator[Hit]:
    domains = view.configuration.sip_domains
    for edge in _edge(view):
        if domains and not any(is_direct_child(edge.fqdn, domain.name) for domain in domains):
            yield Hit(
                Table.EDGE, "", "fqdn",
                f"{edge.fqdn} is not one label below any SIP domain of ours: partners that find us by SRV refuse it",
                f"Name the edge sip.{domains[0].name}, and every further SIP domain sip.DOMAIN",
            )  # fmt: skip


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFORMATION

RULES: tuple[LintRule, ...] = (
    LintRule("EC501", _E, "hardware load balancer with NAT", "6; P-HLB", _hardware_and_nat),
    LintRule("EC502", _E, "load balancing differs inside and outside", "6; P-HLB, P-COMP", _mixed_balancing),
    LintRule("EC503", _W, "pool larger than supported", "6; SFB-EDGE", _large_pool),
    LintRule("EC504", _I, "members of a DNS-balanced pool not listed", "6", _members_missing),
    LintRule("EC505", _W, "OCS partner on a DNS-balanced pool", "6; P-PLAN", _ocs_on_dns),
    LintRule("EC506", _W, "media encryption not required", "7.3 step 6; P-MEDIA", _weak_media),
    LintRule("EC507", _I, "what NAT must keep", "4.2; P-AV", _nat_notes),
    LintRule("EC508", _W, "push notifications without their route", "3.1, 7.4 P1; P-PUSH", _push),
    LintRule("EC509", _I, "every system authority may vouch for partners", "5 C9", _system_trust),
    LintRule("EC510", _I, "diagnostics leave to partners", "1.8, 8.2", _diagnostics_leave),
    LintRule("EC511", _E, "no next hop inside", "2.4 step 3, 3.1 D10", _no_next_hop),
    LintRule("EC512", _W, "pool member with a private address", "6; SFB-EDGE", _private_member),
    LintRule("EC513", _E, "federation on and no SIP domain of ours", "2.5 step 5", _no_sip_domain),
    LintRule("EC514", _W, "edge's name lies below none of our SIP domains", "3.2 R1, R2, R6", _name_under_no_domain),
)  # fmt: skip
