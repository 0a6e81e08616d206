"""check on a running edge: the lab has no lint error, and a fault is found over the socket, in DNS too."""

import re
from pathlib import Path


def test_a_running_edge_is_linted_over_its_socket(lab) -> None:
    ran = lab("check")
    assert ran.code == 0, (ran.out, ran.err)
    assert "0 errors" in ran.out
    assert re.search(r"DNS answered for (\d+) of \1 domains", ran.out)
    assert (
        lab("partners", "add", "xmpp", "jabber.example", "tls=required", "sasl=not-supported", "dialback=false").code
        == 0
    )
    ran = lab("check", "--json")
    assert ran.code == 1
    found = {finding["code"]: finding for finding in ran.json["findings"]}
    assert found["EC301"]["subject"] == 'xmpp_partner "jabber.example".tls'
    line = int(found["EC301"]["where"].removeprefix("federation.toml:"))
    assert Path(lab.at.config).read_text().splitlines()[line - 1] == "[[xmpp_partner]]"


def test_the_safe_fixes_are_enforced_at_once(lab) -> None:
    assert lab("partners", "add", "xmpp", "jabber.example").code == 0
    ran = lab("check", "--fix")
    assert ran.code == 0, (ran.out, ran.err)
    assert "EC302" in ran.out
    assert "done #" in ran.out
    assert "EC302" not in lab("check").out


def test_what_dns_says_of_partners_is_judged_on_a_running_edge(lab) -> None:
    assert lab("domains", "allow", "nowhere.example").code == 0
    found = {finding["code"]: finding for finding in lab("check", "--json").json["findings"]}
    assert found["EC709"]["subject"].startswith('domain "nowhere.example"')
    assert found["EC709"]["where"].startswith("federation.toml:")
