"""Which firewall rules a configuration needs: the planning tables, row by row, and the forms they are handed on in."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from edgeconsole.model.configuration import Configuration
from edgeconsole.rules.requirements.flows import PortRow, TicketRow, ticket_rows
from edgeconsole.rules.requirements.needs import Side
from edgeconsole.rules.requirements.nftables import nftables
from edgeconsole.rules.requirements.notes import port_notes
from edgeconsole.rules.requirements.ports import port_requirements
from tests.requirements.worlds import (
    CONFERENCING,
    FEDERATION,
    HYBRID,
    JABBER,
    MEDIA,
    MESSENGER,
    NOW,
    OLD_PARTNER,
    OURS,
    PARTNER,
    SKYPE,
    world,
)

US = "Access Edge (198.51.100.10, 198.51.100.11)"
AV = "A/V Edge (198.51.100.10, 198.51.100.11)"
NOBODY_OUTSIDE = FEDERATION + "outside_users = false\n"
OFF = "[access_edge]\noutside_users = false\n"
PINNED = PARTNER + 'access_edge = "sip.fabrikam.example:5099"\n'
ONE_ADDRESS = MEDIA + "single_address = true\n"


def rows(configuration: Configuration, row: str) -> list[str]:
    return [
        f"{item.direction.value} {item.transport.value} {item.source_ports or 'any'} > {item.ports} "
        f"| {item.source} > {item.destination}"
        for item in port_requirements(configuration, NOW)
        if item.row.value == row
    ]


PLAIN = world(OURS, PARTNER)
WITH_MEDIA = world(OURS, PARTNER, edge=MEDIA)
WITH_OLD = world(OURS, OLD_PARTNER, edge=MEDIA)


@pytest.mark.parametrize(
    ("row", "why", "configuration", "expected"),
    [
        ("F1", "federation", PLAIN, [f"in TCP any > 5061 | any partner > {US}"]),
        ("F1", "not while federation is off", world(OURS, PARTNER, federation=""), []),
        ("F2", "federation", PLAIN, [f"out TCP any > 5061 | {US} > any partner"]),
        ("F2", "a pinned partner's own port", world(OURS, PINNED), [f"out TCP any > 5061,5099 | {US} > any partner"]),
        ("F3", "remote users", PLAIN, [f"in TCP any > 443 | people outside > {US}"]),
        ("F3", "not without them", world(OURS, federation=NOBODY_OUTSIDE), []),
        (
            "F3", "anonymous participants alone",
            world(OURS, federation=NOBODY_OUTSIDE + "anonymous_users = true\n"),
            [f"in TCP any > 443 | people outside > {US}"],
        ),
        ("F4", "always, both transports", PLAIN, [f"out UDP any > 53 | {US} > any", f"out TCP any > 53 | {US} > any"]),
        (
            "F4", "to the resolver that is named", world(OURS, proxy="10.0.0.53:5353"),
            [f"out UDP any > 5353 | {US} > resolver (10.0.0.53)", f"out TCP any > 5353 | {US} > resolver (10.0.0.53)"],
        ),
        ("F5", "revocation lists", PLAIN, [f"out TCP any > 80 | {US} > any"]),
        ("F5", "not where they are not refreshed", world(OURS, federation=FEDERATION + "refresh_crls = false\n"), []),
        ("F6", "conferencing", world(OURS, edge=CONFERENCING), ["in TCP any > 443 | any > Web Conferencing Edge"]),
        ("F6", "not without it", PLAIN, []),
        ("F7", "media with partners", WITH_MEDIA, ["out TCP 50000-59999 > 443 | A/V Edge > any"]),
        ("F7", "the whole range with OCS 2007", WITH_OLD, ["out TCP 50000-59999 > 443,50000-59999 | A/V Edge > any"]),
        (
            "F7", "another range of ours", world(OURS, edge=MEDIA + 'av_ports = "40000-49999"\n'),
            ["out TCP 40000-49999 > 443 | A/V Edge > any"],
        ),
        ("F7", "not without an A/V Edge", PLAIN, []),
        ("F8", "OCS 2007", WITH_OLD, ["out UDP 50000-59999 > 50000-59999 | A/V Edge > any partner"]),
        ("F8", "no other platform", WITH_MEDIA, []),
        ("F9", "OCS 2007", WITH_OLD, ["in TCP any > 50000-59999 | any partner > A/V Edge"]),
        ("F9", "no other platform", WITH_MEDIA, []),
        ("F10", "OCS 2007", WITH_OLD, ["in UDP any > 50000-59999 | any partner > A/V Edge"]),
        ("F10", "not for a blocked partner", world(OURS, OLD_PARTNER.replace("allow", "block"), edge=MEDIA), []),
        ("F11", "media with partners", WITH_MEDIA, ["out UDP any > 3478 | A/V Edge > any"]),
        ("F12", "media", WITH_MEDIA, ["in UDP any > 3478 | any > A/V Edge"]),
        ("F12", "not where nobody is outside", world(OURS, edge=MEDIA, federation=OFF), []),
        ("F13", "media", WITH_MEDIA, ["in TCP any > 443 | any > A/V Edge"]),
        ("F13", "on 444 with one address", world(OURS, edge=ONE_ADDRESS), [f"in TCP any > 444 | any > {AV}"]),
        ("F14", "media", WITH_MEDIA, ["out TCP any > 443 | A/V Edge > any"]),
        ("F15", "XMPP", world(OURS, JABBER), [f"in TCP any > 5269 | any XMPP server > {US}"]),
        ("F15", "not without partners", PLAIN, []),
        ("F16", "XMPP", world(OURS, JABBER), [f"out TCP any > 5269 | {US} > any XMPP server"]),
        (
            "F16", "a pinned server's own port",
            world(OURS, JABBER + 'proxy_fqdn = "xmpp.jabber.example:5300"\n'),
            [f"out TCP any > 5269,5300 | {US} > any XMPP server"],
        ),
        (
            "F17", "Messenger", world(OURS, MESSENGER, edge=MEDIA),
            ["out TCP 50000-59999 > 50000-59999 | A/V Edge > Messenger clients"],
        ),
        (
            "F18", "Messenger, both ways", world(OURS, MESSENGER, edge=MEDIA),
            ["in UDP any > 3478 | Messenger clients > A/V Edge", "out UDP any > 3478 | A/V Edge > Messenger clients"],
        ),
        ("F18", "not for Skype", world(OURS, SKYPE, edge=MEDIA), []),
        (
            "F19", "Skype search", world(OURS, SKYPE),
            [f"out TCP any > 443 | {US} > Skype directory (104.40.75.246, 23.101.135.34, 40.113.86.19)"],
        ),
        ("F19", "not without the search", world(OURS, SKYPE.replace("search = true", "search = false")), []),
        (
            "F20", "hybrid media, both ways", world(OURS, HYBRID, edge=MEDIA),
            [
                "in TCP any > 443,50000-59999 | Microsoft 365 > A/V Edge",
                "in UDP any > 3478 | Microsoft 365 > A/V Edge",
                "out TCP any > 443,50000-59999 | A/V Edge > Microsoft 365",
                "out UDP any > 3478 | A/V Edge > Microsoft 365",
            ],
        ),
        ("F20", "not for a plain hoster", world(OURS, HYBRID.replace("space = true", "space = false"), edge=MEDIA), []),
        ("I1", "always", PLAIN, ["in TCP any > 5061 | Director and Front Ends > edge, inside"]),
        (
            "I1", "at the listener", world(OURS, edge='internal_listen = "0.0.0.0:5071"\n'),
            ["in TCP any > 5071 | Director and Front Ends > edge, inside"],
        ),
        ("I2", "the next hop", PLAIN, ["out TCP any > 5061 | edge, inside > pool.int.contoso.example"]),
        (
            "I3", "XMPP", world(OURS, JABBER),
            ["in TCP any > 23456 | Front Ends (XMPP gateway) > each edge member, inside"],
        ),
        ("I3", "not without XMPP partners", PLAIN, []),
        ("I4", "media", WITH_MEDIA, ["in TCP any > 5062 | Front Ends and survivable branches > edge, inside"]),
        ("I4", "not without an A/V Edge", PLAIN, []),
        ("I5", "conferencing", world(OURS, edge=CONFERENCING), ["in TCP any > 8057 | each Front End > edge, inside"]),
        ("I5", "not without it", PLAIN, []),
        ("I6", "media", WITH_MEDIA, ["in UDP any > 3478 | any of ours > edge, inside"]),
        ("I7", "media", WITH_MEDIA, ["in TCP any > 443 | any of ours > edge, inside"]),
        (
            "I7", "443 inside, also with one address", world(OURS, edge=ONE_ADDRESS),
            ["in TCP any > 443 | any of ours > edge, inside"],
        ),
        ("I8", "always", PLAIN, ["in TCP any > 4443 | Central Management Store > edge, inside"]),
        ("I9", "from Lync 2013 on", PLAIN, ["in TCP any > 50001-50003 | any of ours > edge, inside"]),
        ("I9", "not before", world(OURS, edge='platform = "lync2010"\n'), []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_row_of_the_planning_tables_applies_exactly_when_it_says(row, why, configuration, expected) -> None:
    assert rows(configuration, row) == expected


EVERYTHING = world(OURS, OLD_PARTNER, JABBER, HYBRID, SKYPE, MESSENGER, edge=MEDIA + CONFERENCING)


def test_every_row_is_shown_by_some_configuration_with_why_and_for_whom() -> None:
    required = port_requirements(EVERYTHING, NOW)
    assert {item.row for item in required} == set(PortRow)
    assert all(item.reason and item.needed_by for item in required)


def test_rows_of_the_f_table_are_outside_and_those_of_the_i_table_inside() -> None:
    for item in port_requirements(EVERYTHING, NOW):
        assert item.interface is (Side.INTERNAL if item.row.value.startswith("I") else Side.EXTERNAL)


def test_the_rules_of_ended_services_are_optional_and_say_when_they_ended() -> None:
    ended = [item for item in port_requirements(EVERYTHING, NOW) if item.row.value in ("F17", "F18", "F19")]
    assert all(item.optional and "leave it closed" in item.reason for item in ended)
    assert "ended on 2013-03-15" in ended[0].reason
    assert "ended on 2025-05-05" in ended[-1].reason


def test_ocs_2007_rules_name_the_partners_they_are_for() -> None:
    found = [item for item in port_requirements(EVERYTHING, NOW) if item.row is PortRow.F8]
    assert found[0].needed_by == ("partner old.example",)


def test_an_operator_is_told_what_decides_rules_that_are_left_out() -> None:
    unknown = PARTNER.replace('platform = "lync2013"\n', "")
    assert "1 partner has platform unknown" in port_notes(world(OURS, unknown, edge=MEDIA), NOW)[0]
    assert port_notes(WITH_OLD, NOW) == ()
    assert "edge.av_fqdn is not set" in port_notes(world(OURS, HYBRID), NOW)[0]
    assert "cannot both listen on 443" in port_notes(world(OURS, edge=ONE_ADDRESS + CONFERENCING), NOW)[0]
    assert "NAT must be symmetric" in port_notes(world(OURS, edge="nat = true\n"), NOW)[0]


def test_a_ticket_row_says_everything_that_a_firewall_team_asks_for() -> None:
    tickets = ticket_rows(port_requirements(WITH_OLD, NOW))
    assert (
        TicketRow(
            source="A/V Edge",
            destination="any partner",
            port="50000-59999 (source ports 50000-59999)",
            protocol="UDP (RTP)",
            direction="out",
            reason="F8: media with OCS 2007, which needs the whole range in both directions",
            needed_by="partner old.example",
        )
        in tickets
    )
    assert len(tickets) == len(port_requirements(WITH_OLD, NOW))


RULE = re.compile(
    r"[io]ifname \$(external|internal)( ip6? [sd]addr \S.*?)?( (tcp|udp) sport \S+)?"
    r" (tcp|udp) dport (\d[\d-]*|\{ [\d, -]+ \}) counter accept"
)


@pytest.mark.parametrize("configuration", [PLAIN, EVERYTHING, world(), Configuration()])
def test_the_ruleset_has_an_accepting_rule_for_every_requirement_and_drops_nothing(configuration) -> None:
    required = port_requirements(configuration, NOW)
    lines = [line.strip() for line in nftables(required, configuration).splitlines()]
    active = [line for line in lines if "dport" in line and not line.startswith("#")]
    assert all(RULE.fullmatch(line) for line in active), active
    assert len(active) == sum(not item.optional for item in required)
    assert all("policy accept" in line for line in lines if "policy" in line and "hook" in line)
    assert not any(line.startswith("drop") or " drop" in line for line in lines if not line.startswith("#"))


def test_the_ruleset_restricts_to_our_addresses_only_where_the_host_has_them() -> None:
    direct = nftables(port_requirements(PLAIN, NOW), PLAIN)
    assert "iifname $external ip daddr { 198.51.100.10, 198.51.100.11 } tcp dport 5061" in direct
    for edge in ("nat = true\n", 'load_balancing = "hardware"\n'):
        translated = world(OURS, PARTNER, edge=edge)
        assert "198.51.100" not in nftables(port_requirements(translated, NOW), translated)


def test_each_family_of_addresses_has_a_rule_of_its_own() -> None:
    edge = msgspec.structs.replace(PLAIN.edge, members=("198.51.100.10", "2001:db8::10"))
    configuration = msgspec.structs.replace(PLAIN, edge=edge)
    text = nftables(port_requirements(configuration, NOW), configuration)
    assert "ip daddr 198.51.100.10 tcp dport 5061" in text
    assert "ip6 daddr 2001:db8::10 tcp dport 5061" in text


def _nft() -> str | None:
    return shutil.which("nft", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin")))


@pytest.mark.skipif(_nft() is None, reason="nft IS NOT INSTALLED: the ruleset was checked by its grammar only")
@pytest.mark.parametrize("configuration", [PLAIN, EVERYTHING, world(OURS, SKYPE, edge="nat = true\n" + MEDIA)])
def test_nft_itself_accepts_the_ruleset(configuration, tmp_path: Path) -> None:
    file = tmp_path / "ruleset.nft"
    file.write_text(nftables(port_requirements(configuration, NOW), configuration))
    done = subprocess.run([str(_nft()), "--check", "--file", str(file)], capture_output=True, text=True, check=False)
    if "Operation not permitted" in done.stderr:
        pytest.skip("nft MAY NOT ASK THE KERNEL as this user: the ruleset was checked by its grammar only")
    assert done.returncode == 0, done.stderr
