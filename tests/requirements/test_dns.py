"""Which DNS records a configuration needs: the planning table, row by row."""

import dns.rdatatype
import dns.zone
import msgspec
import pytest

from edgeconsole.model.configuration import Configuration
from edgeconsole.rules.requirements.dns import dns_requirements
from edgeconsole.rules.requirements.needs import ResolverKind, Side, resolver_kind, resolver_port
from edgeconsole.rules.requirements.notes import dns_notes
from edgeconsole.rules.requirements.records import DnsRow, RecordType
from edgeconsole.rules.requirements.zone import checklist, zone_fragments, zone_text
from tests.requirements.worlds import (
    CHINA,
    CONFERENCING,
    FEDERATION,
    HYBRID,
    JABBER,
    MEDIA,
    NOW,
    OURS,
    OURS_TOO,
    PARTNER,
    SKYPE,
    world,
)

HIDDEN = OURS + "discoverable = false\n"
MOBILE = HIDDEN + 'mobility = ["lync2010-apple"]\n'
LISTEN = 'sip_listen = "0.0.0.0:5062"\n'
NO_REMOTE = FEDERATION + "outside_users = false\n"


def rows(configuration, row: str) -> list[str]:
    found = [item for item in dns_requirements(configuration, NOW) if item.row.value == row]
    return [f"{item.zone.value} {item.type.value} {item.name} {item.value}" for item in found]


D1 = "external SRV _sipfederationtls._tcp.contoso.example 0 0 5061 sip.contoso.example"
D1_TOO = "external SRV _sipfederationtls._tcp.contoso.test 0 0 5061 sip.contoso.test"
D3 = "external SRV _sip._tls.contoso.example 0 0 443 sip.contoso.example"
BOTH = "198.51.100.10 198.51.100.11"
LYNCDISCOVER = "external A lyncdiscover.contoso.example <address of the reverse proxy>"
D10 = "internal A pool.int.contoso.example <internal address of the next hop>"


@pytest.mark.parametrize(
    ("row", "why", "configuration", "expected"),
    [
        ("D1", "discoverable", world(OURS, PARTNER), [D1]),
        ("D1", "one for every SIP domain, each to its own host (R6)", world(OURS, OURS_TOO, PARTNER), [D1, D1_TOO]),
        ("D1", "left out to stay undiscoverable", world(HIDDEN, PARTNER), []),
        ("D1", "needed all the same for push notifications", world(MOBILE, PARTNER), [D1]),
        ("D1", "needed all the same in hybrid", world(HIDDEN, HYBRID), [D1]),
        ("D1", "needed all the same for Skype since 2019", world(HIDDEN, SKYPE), [D1]),
        ("D1", "not while federation is off", world(OURS, federation=""), []),
        ("D1", "at the port we listen on", world(OURS, edge=LISTEN), [D1.replace("5061", "5062")]),
        (
            "D1", "behind NAT the outer port is the firewall's",
            world(OURS, edge='sip_listen = "10.0.0.5:5062"\nnat = true\n'), [D1],
        ),
        ("D2", "each member of the pool", world(OURS), [f"external A sip.contoso.example {BOTH}"]),
        ("D2", "also while federation is off", world(OURS, federation=""), [f"external A sip.contoso.example {BOTH}"]),
        (
            "D2", "every SIP domain has its own",
            world(OURS, OURS_TOO), [f"external A sip.contoso.example {BOTH}", f"external A sip.contoso.test {BOTH}"],
        ),
        (
            "D2", "the Access Edge's name too, where it is no domain's sip host",
            world(OURS_TOO), [f"external A sip.contoso.test {BOTH}", f"external A sip.contoso.example {BOTH}"],
        ),
        ("D3", "remote users sign in", world(OURS), [D3]),
        ("D3", "not without remote users", world(OURS, federation=NO_REMOTE), []),
        (
            "D4", "web conferencing and media, once a pool",
            world(OURS, OURS_TOO, edge=MEDIA + CONFERENCING),
            [
                "external A webcon.contoso.example <public address of the Web Conferencing Edge>",
                "external A av.contoso.example <public address of the A/V Edge>",
            ],
        ),
        (
            "D4", "the shared address, where there is one for all roles",
            world(OURS, edge=MEDIA + "single_address = true\n"), [f"external A av.contoso.example {BOTH}"],
        ),
        ("D4", "not without conferencing and media", world(OURS), []),
        (
            "D5", "XMPP partners", world(OURS, JABBER),
            ["external SRV _xmpp-server._tcp.contoso.example 0 0 5269 xmpp.contoso.example"],
        ),
        ("D5", "not for a domain whose people may not use XMPP", world(OURS + "xmpp = false\n", JABBER), []),
        ("D5", "not without XMPP partners", world(OURS), []),
        ("D5", "not while federation is off", world(OURS, JABBER, federation=""), []),
        ("D6", "shares the Access Edge's address", world(OURS, JABBER), [f"external A xmpp.contoso.example {BOTH}"]),
        ("D7", "mobility", world(MOBILE), [LYNCDISCOVER]),
        ("D7", "not without mobility, hybrid and remote users", world(OURS, federation=NO_REMOTE), []),
        (
            "D8", "always; the address is not known for a pool",
            world(OURS), ["internal A edge.int.contoso.example <internal address of the edge>"],
        ),
        (
            "D9", "hybrid, where the edge may ask inside", world(OURS, HYBRID, proxy="10.0.0.53"),
            [D1.replace("external", "internal")],
        ),
        ("D9", "not where the edge asks outside", world(OURS, HYBRID, proxy="9.9.9.9"), []),
        ("D9", "not without hybrid", world(OURS, proxy="10.0.0.53"), []),
        ("D10", "where the edge asks outside", world(OURS, proxy="9.9.9.9:53"), [D10]),
        ("D10", "where it is not known whom it asks", world(OURS), [D10]),
        ("D10", "not where internal DNS knows it", world(OURS, proxy="10.0.0.53"), []),
        (
            "D11", "the alternative once everybody is online", world(OURS, HYBRID),
            [
                "external SRV _sipfederationtls._tcp.contoso.example 100 1 5061 sipfed.online.lync.com",
                "external SRV _sip._tls.contoso.example 100 1 443 sipdir.online.lync.com",
                "external CNAME lyncdiscover.contoso.example webdir.online.lync.com",
                "external CNAME sip.contoso.example sipdir.online.lync.com",
            ],
        ),
        ("D11", "not without hybrid", world(OURS, HYBRID.replace("space = true", "space = false")), []),
        ("D11", "not for the cloud in China", world(OURS, CHINA), []),
        (
            "D12", "the cloud in China", world(OURS, CHINA),
            ["external SRV _sipfederationtls._tcp.contoso.example 100 1 5061 sipfed.online.partner.lync.cn"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_row_of_the_planning_table_applies_exactly_when_it_says(row, why, configuration, expected) -> None:
    assert rows(configuration, row) == expected


def test_every_row_is_shown_by_some_configuration() -> None:
    everything = world(MOBILE, JABBER, HYBRID, edge=MEDIA), world(OURS, CHINA)
    shown = {item.row for configuration in everything for item in dns_requirements(configuration, NOW)}
    assert shown == set(DnsRow)


def test_every_record_says_why_and_for_whom() -> None:
    for item in dns_requirements(world(OURS, PARTNER, JABBER, HYBRID, SKYPE, edge=MEDIA + CONFERENCING), NOW):
        assert item.reason
        assert all(item.needed_by)
        assert item.needed_by


def test_a_record_names_the_partners_it_is_for_and_counts_the_rest() -> None:
    many = [f'[[domain]]\nname = "p{number}.example"\naction = "allow"\n' for number in range(1200)]
    record = dns_requirements(world(OURS, *many), NOW)[0]
    assert record.needed_by[:2] == ("partner p0.example", "partner p1.example")
    assert record.needed_by[-1] == "and 1,195 more"


def test_an_access_edge_of_another_label_speaks_for_its_own_domain() -> None:
    configuration = world(OURS, OURS_TOO, PARTNER)
    edge = msgspec.structs.replace(configuration.edge, fqdn="access.contoso.example")
    records = dns_requirements(msgspec.structs.replace(configuration, edge=edge), NOW)
    assert [item.target for item in records if item.row is DnsRow.D1] == ["access.contoso.example", "sip.contoso.test"]
    assert {item.name for item in records if item.row is DnsRow.D2} == {
        "access.contoso.example", "sip.contoso.example", "sip.contoso.test",
    }  # fmt: skip


def test_both_families_of_addresses_are_published() -> None:
    plain = world(OURS)
    edge = msgspec.structs.replace(plain.edge, members=("198.51.100.10", "2001:db8::10"))
    found = dns_requirements(msgspec.structs.replace(plain, edge=edge), NOW)
    assert [(item.type, item.addresses) for item in found if item.row is DnsRow.D2] == [
        (RecordType.A, ("198.51.100.10",)),
        (RecordType.AAAA, ("2001:db8::10",)),
    ]


def test_records_of_the_cloud_and_of_ended_services_are_optional() -> None:
    found = dns_requirements(world(HIDDEN, HYBRID, SKYPE), NOW)
    assert all(item.optional for item in found if item.row is DnsRow.D11)
    only_skype = dns_requirements(world(HIDDEN, SKYPE), NOW)
    assert [item.optional for item in only_skype if item.row is DnsRow.D1] == [True]
    assert "ended 2025-05-05" in only_skype[0].needed_by[0]


def test_an_expired_partner_needs_nothing() -> None:
    expired = JABBER + "expires = 2026-01-01T00:00:00Z\n"
    assert rows(world(OURS, expired), "D5") == []


@pytest.mark.parametrize(
    ("resolver", "kind", "port"),
    [
        ("system", ResolverKind.UNKNOWN, 53),
        ("127.0.0.1:5353", ResolverKind.UNKNOWN, 5353),
        ("10.0.0.53", ResolverKind.INTERNAL, 53),
        ("[fd00::53]:54", ResolverKind.INTERNAL, 54),
        ("fd00::53", ResolverKind.INTERNAL, 53),
        ("9.9.9.9", ResolverKind.EXTERNAL, 53),
        ("[2620:fe::fe]:853", ResolverKind.EXTERNAL, 853),
    ],
)
def test_a_resolvers_address_tells_whose_names_it_knows(resolver: str, kind: ResolverKind, port: int) -> None:
    assert resolver_kind(resolver) is kind
    assert resolver_port(resolver) == port


EVERYTHING = world(MOBILE, OURS_TOO, PARTNER, JABBER, HYBRID, SKYPE, edge=MEDIA + CONFERENCING)


def test_the_zone_fragments_are_valid_master_files_that_say_what_is_required() -> None:
    required = dns_requirements(EVERYTHING, NOW)
    published = set()
    for fragment in zone_fragments(required):
        zone = dns.zone.from_text(fragment.text, origin=fragment.origin, relativize=False, check_origin=False)
        for name, ttl, value in zone.iterate_rdatas():
            kind = dns.rdatatype.to_text(value.rdtype)
            assert ttl == 3600
            published.add((fragment.side, kind, name.to_text(omit_final_dot=True), value.to_text().rstrip(".")))
    wanted = set()
    for item in required:
        if item.optional:
            continue
        values = item.addresses if item.type in (RecordType.A, RecordType.AAAA) else (item.value,)
        wanted |= {(item.zone, item.type.value, item.name, value) for value in values}
    assert published == wanted


def test_inside_and_outside_are_fragments_of_their_own() -> None:
    sides = {(fragment.side, fragment.origin) for fragment in zone_fragments(dns_requirements(EVERYTHING, NOW))}
    assert (Side.EXTERNAL, "contoso.example") in sides
    assert (Side.INTERNAL, "contoso.example") in sides


def test_a_providers_name_cannot_write_records_of_its_own() -> None:
    hostile = HYBRID.replace('"Microsoft 365"', '"x\\u2028evil.contoso.example. IN A 192.0.2.1"')
    text = zone_text(dns_requirements(world(OURS, hostile), NOW))
    assert all(line.startswith(";") for line in text.splitlines() if "evil" in line)
    assert "\\u2028" in text


def test_the_check_list_has_a_box_the_reason_and_the_question_for_each_record() -> None:
    required = dns_requirements(EVERYTHING, NOW)
    text = checklist(required)
    assert text.count("[ ]") == text.count("why ") == text.count("try  dig") == len(required)
    assert "dig +noall +answer _sipfederationtls._tcp.contoso.test SRV" in text


def test_an_operator_is_told_what_the_file_does_not_hold() -> None:
    assert dns_notes(world(OURS), NOW) == ()
    off = dns_notes(world(OURS, federation=""), NOW)
    assert "federation is off" in off[0]
    assert "no SIP domain" in dns_notes(world(), NOW)[0]
    hardware = dns_notes(world(OURS, edge='load_balancing = "hardware"\n'), NOW)
    assert "has one public address; edge.members lists 2" in hardware[0]


def test_a_file_without_an_edge_needs_nothing_and_says_so() -> None:
    assert dns_requirements(Configuration(), NOW) == ()
    assert "no [edge] table" in dns_notes(Configuration(), NOW)[0]
