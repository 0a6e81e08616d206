"""Change scripts for PowerShell: nothing quoted ends its quotes, and each change is guarded, made and verified."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeconsole.model.configuration import (
    AccessEdge,
    Action,
    Configuration,
    Edge,
    FederatedDomain,
    HostingProvider,
    Policy,
    PolicyGrant,
    XmppPartner,
)
from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import HostPort
from edgeconsole.model.terms import Match, Platform, Routing, Verification
from edgeconsole.transfer.export import powershell_sfb, powershell_teams
from edgeconsole.transfer.export.kinds import Kind, encoded
from edgeconsole.transfer.export.powershell_text import Heading, Script, comment, literal
from tests.transfer.configurations import CONFIGURATIONS, sampled

EMPTY = Configuration()
QUOTES = "'\u2018\u2019\u201a\u201b"
ALLOW = FederatedDomain(name="fabrikam.example", action=Action.ALLOW, access_edge=HostPort("sip.fabrikam.example"))
BLOCK = FederatedDomain(name="fabrikam.example", action=Action.BLOCK, comment="INC-1234")


def statements(script: str) -> str:
    """Return a script without its literals, as PowerShell reads it: a doubled quotation mark is part of a literal.

    Fails on a literal that is still open at the end of a line.
    """
    bare: list[str] = []
    for line in script.splitlines():
        if line.startswith("#"):
            assert "\r" not in line
            continue
        inside, place, rest = False, 0, ""
        while place < len(line):
            character = line[place]
            if inside and character in QUOTES and line[place + 1 : place + 2] in [*QUOTES]:
                place += 1
            elif character in QUOTES:
                inside = not inside
            elif not inside:
                rest += character
            place += 1
        assert not inside, line
        bare.append(rest)
    return "\n".join(bare)


KNOWN = re.compile(
    r"(?:\$found = )?(?:Get|New|Set|Remove|Grant|Invoke|Start)-[A-Z]\w+|if \(|for \(|throw|param\(|\$\w+ \+?="
    r"|\$list\.Add\(|}"
)


@sampled
@given(before=CONFIGURATIONS, after=CONFIGURATIONS, target=st.sampled_from([Platform.LYNC2013, Platform.SFBSE]))
def test_every_line_is_a_statement_of_ours_whatever_the_comments_say(
    before: Configuration, after: Configuration, target: Platform
) -> None:
    heading = Heading("#1: \r\nevil", "eve\n}", "now", "why\u2028 #> ' \" ` $(evil)")
    sfb = powershell_sfb.script(before, after, target=target, heading=heading)
    teams = powershell_teams.script(before, after, heading=heading)
    for script in (*sfb[:2], *teams[:2]):
        bare = statements(script)
        assert "evil" not in bare
        for line in bare.splitlines():
            assert KNOWN.match(line.strip()), line
        assert "ForEach-Object" not in bare
        assert "break" not in bare


@given(st.text(max_size=40))
def test_a_literal_is_one_line_that_closes_its_own_quotes(text: str) -> None:
    assert statements(literal(text)) == ""
    assert "\n" not in literal(text)
    assert "#>" not in comment(text)
    assert len(comment(text).splitlines()) == 1


def test_a_typographic_quotation_mark_is_doubled_too() -> None:
    assert literal("O'Brien\u2019; Remove-Item") == "'O''Brien\u2019\u2019; Remove-Item'"


def test_a_script_with_other_letters_has_a_byte_order_mark_for_windows_powershell() -> None:
    assert encoded("# é", Kind.POWERSHELL).startswith(b"\xef\xbb\xbf")


def change(before: Configuration, after: Configuration, target: Platform = Platform.SFB2015) -> str:
    return powershell_sfb.script(before, after, target=target).change


def test_allow_to_block_removes_before_it_creates_and_looks_at_both_ends() -> None:
    text = change(Configuration(domains=(ALLOW,)), Configuration(domains=(BLOCK,)))
    places = [
        text.index(part)
        for part in (
            "Get-CsAllowedDomain -Identity 'fabrikam.example'",
            "[string]$found.ProxyFqdn -ne 'sip.fabrikam.example'",
            "Remove-CsAllowedDomain -Identity 'fabrikam.example' -WhatIf:$WhatIf",
            "New-CsBlockedDomain -Identity 'fabrikam.example' -Comment 'INC-1234' -WhatIf:$WhatIf",
            "Invoke-CsManagementStoreReplication",
            "for ($i = 0; $i -lt 30",
            "if (-not (Get-CsBlockedDomain",
        )
    ]
    assert places == sorted(places)


def test_the_revert_script_is_the_change_the_other_way_round() -> None:
    before, after = Configuration(domains=(ALLOW,)), Configuration(domains=(BLOCK,))
    revert = powershell_sfb.script(before, after).revert
    assert "Remove-CsBlockedDomain -Identity 'fabrikam.example'" in revert
    assert "New-CsAllowedDomain -Identity 'fabrikam.example' -ProxyFqdn 'sip.fabrikam.example'" in revert


@pytest.mark.parametrize(("target", "said"), [(Platform.LYNC2013, False), (Platform.SFB2015, True)])
def test_an_allowed_domain_has_a_verification_level_only_where_the_server_knows_it(
    target: Platform, said: bool
) -> None:
    domain = msgspec.structs.replace(ALLOW, verification=Verification.ALWAYS_UNVERIFIABLE)
    script = powershell_sfb.script(EMPTY, Configuration(domains=(domain,)), target=target)
    assert ("-VerificationLevel 'AlwaysUnverifiable'" in script.change) is said
    assert any("has no VerificationLevel" in note for note in script.omitted) is not said


def test_what_powershell_cannot_say_is_told() -> None:
    domain = msgspec.structs.replace(ALLOW, match=Match.EXACT, access_edge=HostPort("sip.fabrikam.example", 5070))
    script = powershell_sfb.script(EMPTY, Configuration(domains=(domain,)))
    assert any("match" in note for note in script.omitted)
    assert any("port 5070" in note for note in script.omitted)
    assert "# not in this script: fabrikam.example: match" in script.change
    assert "-ProxyFqdn 'sip.fabrikam.example'" in script.change


def test_a_provider_moves_by_being_removed_and_created() -> None:
    was = HostingProvider(name="M", proxy_fqdn=HostPort("a.example"), verification=Verification.USE_SOURCE)
    now = msgspec.structs.replace(was, proxy_fqdn=HostPort("b.example"))
    text = change(Configuration(hosting_providers=(was,)), Configuration(hosting_providers=(now,)))
    assert text.index("Remove-CsHostingProvider") < text.index(
        "New-CsHostingProvider -Identity 'M' -ProxyFqdn 'b.example'"
    )
    enabled = msgspec.structs.replace(was, enabled=True)
    text = change(Configuration(hosting_providers=(was,)), Configuration(hosting_providers=(enabled,)))
    assert "Set-CsHostingProvider -Identity 'M' -Enabled $true -WhatIf:$WhatIf" in text


def test_xmpp_partners_change_their_lists_by_adding_and_removing_and_end_with_the_gateway() -> None:
    was = XmppPartner(name="j.example", additional_domains=("a.example", "b.example"))
    now = XmppPartner(name="j.example", additional_domains=("b.example", "c.example"))
    before, after = Configuration(xmpp_partners=(was,)), Configuration(xmpp_partners=(now,))
    assert "-AdditionalDomains @{Add=@('c.example');Remove=@('a.example')}" in change(before, after)
    script = powershell_sfb.script(before, after, target=Platform.SFB2019)
    assert "Xmpp" not in statements(script.change)
    assert any("no XMPP gateway" in note for note in script.omitted)


def test_policies_come_before_the_people_who_get_them() -> None:
    after = Configuration(
        policies=(Policy(id="user:Sales", federation=True), Policy(id="global", outside=True)),
        policy_grants=(PolicyGrant(user="alice@contoso.example", policy="user:Sales"),),
    )
    text = change(EMPTY, after)
    assert text.index("New-CsExternalAccessPolicy -Identity 'Sales'") < text.index("Grant-CsExternalAccessPolicy")
    assert "Set-CsExternalAccessPolicy -Identity 'global' -EnableOutsideAccess $true" in text
    back = powershell_sfb.script(EMPTY, after).revert
    assert "-Identity 'sip:alice@contoso.example' -PolicyName $null" in back
    assert back.index("-PolicyName $null") < back.index("Remove-CsExternalAccessPolicy -Identity 'Sales'")


@pytest.mark.parametrize(("on", "first"), [(True, False), (False, True)])
def test_what_closes_the_edge_runs_first_and_what_opens_it_last(on: bool, first: bool) -> None:
    before = Configuration(access_edge=AccessEdge(federation=True, partner_discovery=not on), domains=(ALLOW,))
    after = Configuration(access_edge=AccessEdge(federation=True, partner_discovery=on), domains=(BLOCK,))
    text = change(before, after)
    word = "$true" if on else "$false"
    toggle = text.index(f"Set-CsAccessEdgeConfiguration -UseDnsSrvRouting -EnablePartnerDiscovery {word}")
    assert (toggle < text.index("Remove-CsAllowedDomain -Identity 'fabrikam.example' -WhatIf")) is first


def test_the_default_route_is_set_with_its_own_parameters() -> None:
    route = AccessEdge(routing=Routing.DEFAULT_ROUTE, default_route=HostPort("hub.example"), federation=True)
    text = change(Configuration(access_edge=AccessEdge(federation=True)), Configuration(access_edge=route))
    assert "Set-CsAccessEdgeConfiguration -UseDefaultRouting -DefaultRouteFqdn 'hub.example' -WhatIf" in text


def test_the_edge_to_replicate_to_is_our_own_or_must_be_named() -> None:
    named = Configuration(
        edge=Edge(fqdn="sip.contoso.example", internal_fqdn="edge.int.contoso.example"), domains=(ALLOW,)
    )
    assert "$Edge = 'edge.int.contoso.example'" in change(EMPTY, named)
    assert "[Parameter(Mandatory=$true)][string]$Edge" in change(EMPTY, Configuration(domains=(ALLOW,)))


def test_no_secret_stands_in_a_script() -> None:
    gateway = msgspec.structs.replace(EMPTY.xmpp_gateway, dialback_secret="file:/secret", log_message_bodies=True)
    text = change(EMPTY, Configuration(xmpp_gateway=gateway))
    assert "file:/secret" not in text
    assert "-EnableLoggingAllMessageBodies $true" in text


def teams(before: Configuration, after: Configuration) -> Script:
    return powershell_teams.script(before, after)


def tenant(*domains: FederatedDomain, discovery: bool = False) -> Configuration:
    return Configuration(access_edge=AccessEdge(federation=True, partner_discovery=discovery), domains=domains)


OTHER = FederatedDomain(name="bad.example", action=Action.BLOCK)


def test_teams_ignores_the_list_that_does_not_count_and_the_script_says_so() -> None:
    closed = teams(EMPTY, tenant(ALLOW, OTHER))
    assert "-AllowedDomainsAsAList $list" in closed.change
    assert "bad.example" not in closed.change
    assert any("ignores its block list" in note for note in closed.omitted)
    opened = teams(EMPTY, tenant(ALLOW, OTHER, discovery=True))
    assert "New-CsEdgeAllowAllKnownDomains" in opened.change
    assert "New-CsEdgeDomainPattern -Domain 'bad.example'" in opened.change
    assert "fabrikam.example" not in opened.change
    assert any("no allow list" in note for note in opened.omitted)


def test_a_change_of_the_tenant_adds_and_removes_instead_of_replacing() -> None:
    added = msgspec.structs.replace(ALLOW, name="new.example")
    script = teams(tenant(ALLOW), tenant(ALLOW, added))
    assert "$list.Add('new.example')" in script.change
    assert "-AllowedDomainsAsAList @{Add=$list} -WhatIf:$WhatIf" in script.change
    assert "-AllowedDomainsAsAList @{Remove=$list} -WhatIf:$WhatIf" in script.revert
    assert "fabrikam.example" not in script.change
    assert "precondition failed" in script.change


def test_federation_is_opened_last_in_teams() -> None:
    text = teams(EMPTY, tenant(ALLOW)).change
    assert text.index("-AllowedDomainsAsAList") < text.index("-AllowFederatedUsers $true")


def test_a_list_longer_than_teams_takes_is_refused() -> None:
    many = tuple(FederatedDomain(name=f"d{n}.example", action=Action.ALLOW) for n in range(4_001))
    with pytest.raises(BadInput, match="4,000"):
        teams(EMPTY, tenant(*many))
