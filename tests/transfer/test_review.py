"""Every row is judged against the configuration before anything is staged."""

import pytest

from edgeconsole.model.change import Change
from edgeconsole.model.configuration import (
    AccessEdge,
    Action,
    Configuration,
    FederatedDomain,
    SipDomain,
    Table,
    XmppPartner,
)
from edgeconsole.model.errors import BadInput
from edgeconsole.model.names import HostPort
from edgeconsole.model.terms import Match, Verification
from edgeconsole.model.text import clean
from edgeconsole.transfer.detect import read
from edgeconsole.transfer.parsed import Format
from edgeconsole.transfer.review import ConflictPolicy, Review, ReviewRow, State, changes, choose, review
from tests.transfer import samples

MINE = Configuration(
    access_edge=AccessEdge(federation=True),
    sip_domains=(SipDomain(name="contoso.example"),),
    domains=(
        FederatedDomain(name="fabrikam.example", action=Action.ALLOW, access_edge=HostPort("sip.fabrikam.example")),
        FederatedDomain(name="bad.example", action=Action.BLOCK),
        FederatedDomain(name="exact.example", action=Action.BLOCK, match=Match.EXACT),
        FederatedDomain(name="limited.example", action=Action.ALLOW, verification=Verification.ALWAYS_UNVERIFIABLE),
    ),
    xmpp_partners=(XmppPartner(name="jabber.example"),),
)


def reviewed(text: str, kind: Format = Format.PLAIN, policy: ConflictPolicy = ConflictPolicy.KEEP_MINE) -> Review:
    return review(read(text.encode(), kind), MINE, conflict=policy)


def row(text: str, policy: ConflictPolicy = ConflictPolicy.KEEP_MINE) -> ReviewRow:
    (found,) = reviewed(text, policy=policy).rows
    return found


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("block EVIL.Example.", "evil.example"),
        ("block sip:evil.example", "evil.example"),
        ("block xmpp:evil.example", "evil.example"),
        ("block @evil.example", "evil.example"),
        ("block *.evil.example", "evil.example"),
        ("block bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_names_come_into_their_one_form_and_whatever_was_taken_off_is_told(line: str, key: str) -> None:
    found = row(line)
    assert (found.state, found.key, found.selected) == (State.NEW, key, True)
    assert ("taken off" in found.reason or "written as" in found.reason) == (line != "block EVIL.Example.")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("block 192.0.2.1", "IP address"),
        ("block 2001:db8::1", "IP address"),
        ("block localhost", "one label"),
        ("block evil.example:5061", "cannot carry"),
        ("block user@evil.example", "is an address"),
        ("block b*d.example", "wildcard"),
        ("block " + "a" * 64 + ".example", "longer than DNS"),
        ("block contoso.example", "one of our own SIP domains"),
        ("allow sip:Contoso.Example.", "one of our own SIP domains"),
    ],
)
def test_what_cannot_be_a_partner_is_invalid_with_the_reason(line: str, reason: str) -> None:
    found = row(line)
    assert found.state is State.INVALID
    assert reason in found.reason
    assert found.change is None


def test_a_partner_that_brings_one_of_our_domains_along_is_invalid() -> None:
    text = '{"edgeconsole": 1, "xmpp_partner": [{"name": "x.example", "additional_domains": ["contoso.example"]}]}'
    (found,) = reviewed(text, Format.JSON).rows
    assert found.state is State.INVALID


def test_what_is_so_already_is_the_same_and_not_taken() -> None:
    found = row("block bad.example")
    assert (found.state, found.selected, found.change) == (State.SAME, False, None)


def test_a_changed_record_tells_each_field_before_and_after() -> None:
    found = row("allow fabrikam.example # INC-1")
    assert found.state is State.CHANGED
    assert found.reason == "comment none -> INC-1"
    assert found.change == Change(table=Table.DOMAIN, key="fabrikam.example", fields={"comment": "INC-1"})


@pytest.mark.parametrize(
    ("line", "policy", "taken"),
    [
        ("block fabrikam.example", ConflictPolicy.KEEP_MINE, False),
        ("block fabrikam.example", ConflictPolicy.TAKE_FILE, True),
        ("block fabrikam.example", ConflictPolicy.STRICTEST, True),
        ("allow bad.example", ConflictPolicy.KEEP_MINE, False),
        ("allow bad.example", ConflictPolicy.TAKE_FILE, True),
        ("allow bad.example", ConflictPolicy.STRICTEST, False),
        ("block limited.example", ConflictPolicy.STRICTEST, True),
        ("block jabber.example", ConflictPolicy.KEEP_MINE, False),
        ("block jabber.example", ConflictPolicy.STRICTEST, True),
    ],
)
def test_a_conflict_is_decided_by_the_policy_and_stays_visible(line: str, policy: ConflictPolicy, taken: bool) -> None:
    found = row(line, policy)
    assert found.state is State.CONFLICT
    assert found.selected is taken
    assert ("the file is taken" if taken else "mine is kept") in found.reason


def test_a_block_over_a_pinned_domain_takes_the_pin_away() -> None:
    change = row("block fabrikam.example", ConflictPolicy.TAKE_FILE).change
    assert change is not None
    assert change.fields == {"action": "block", "access_edge": None}


def test_an_xmpp_partner_under_a_block_of_mine_is_a_conflict() -> None:
    text = "xmppDomain,permission\nim.bad.example,allowed\nim.exact.example,allowed\n"
    covered, free = reviewed(text, Format.OPENFIRE).rows
    assert covered.state is State.CONFLICT
    assert "bad.example" in covered.reason
    assert free.state is State.NEW


def test_an_allowed_name_under_a_broader_block_says_that_the_block_wins() -> None:
    assert "the block of bad.example here wins" in row("allow it.bad.example").reason


@pytest.mark.parametrize("policy", [ConflictPolicy.KEEP_MINE, ConflictPolicy.TAKE_FILE])
def test_a_file_that_contradicts_itself_is_asked_which_is_meant(policy: ConflictPolicy) -> None:
    rows = reviewed("allow new.example\nblock new.example\n", policy=policy).rows
    assert {found.state for found in rows} == {State.INVALID}
    assert "contradict each other" in rows[0].reason


def test_the_strictest_row_of_a_file_that_contradicts_itself_counts_where_that_was_asked() -> None:
    allow, block = reviewed("allow new.example\nblock new.example\n", policy=ConflictPolicy.STRICTEST).rows
    assert (allow.state, allow.selected) == (State.CONFLICT, False)
    assert (block.state, block.selected) == (State.NEW, True)


def test_a_repeated_row_is_taken_once() -> None:
    found = reviewed("block new.example\nblock NEW.example.\nblock new.example # other\n")
    assert [one.state for one in found.rows] == [State.NEW, State.DUPLICATE, State.CONFLICT]
    assert len(changes(found)) == 1


def test_nothing_is_taken_while_an_invalid_row_is_selected() -> None:
    found = reviewed("block new.example\nblock contoso.example\nblock 192.0.2.1\n")
    with pytest.raises(BadInput, match="2 of 3 rows") as caught:
        changes(found)
    assert [problem.line for problem in caught.value.problems] == [2, 3]
    assert [change.key for change in changes(found, skip_invalid=True)] == ["new.example"]
    left = choose(found, leave=["contoso.example", "192.0.2.1"])
    assert [change.key for change in changes(left)] == ["new.example"]


def test_proposals_are_taken_only_by_name() -> None:
    found = review(read(samples.EVENTS_TEXT), MINE)
    states = {one.key: one.state for one in found.rows}
    assert states["northwind.example"] is State.PROPOSAL
    assert states["fabrikam.example"] is State.SAME
    assert changes(found) == ()
    (change,) = changes(choose(found, take=["northwind.example"]))
    assert change == Change(table=Table.DOMAIN, key="northwind.example", fields={"action": "allow"})


def test_choosing_what_no_row_has_or_what_cannot_be_taken_is_an_error() -> None:
    found = reviewed("block contoso.example")
    with pytest.raises(BadInput, match="no row has"):
        choose(found, take=["other.example"])
    with pytest.raises(BadInput, match="nothing to take"):
        choose(found, take=["contoso.example"])


def test_every_text_of_a_review_is_safe_to_draw() -> None:
    hostile = "\x1b[2J\u202e\x07"
    found = review(
        read(
            f'"Identity","Domain","Comment"\n"{hostile}bad.example","x","{hostile}"\n"b.example","","{hostile}"'.encode()
        ),
        MINE,
    )
    for one in found.rows:
        assert clean(one.reason, 10_000) == one.reason
        assert clean(one.key, 10_000) == one.key


def test_what_the_schema_of_the_file_refuses_is_invalid() -> None:
    found = review(read(b"block new.example"), MINE, check=lambda table, raw: f"no {table.value} {raw['name']}")
    assert found.rows[0].reason == "no domain new.example"
    assert not found.clean


def test_a_record_without_a_field_it_needs_is_invalid() -> None:
    text = '{"edgeconsole": 1, "hosting_provider": [{"name": "x", "verification": "use-source"}]}'
    (found,) = reviewed(text, Format.JSON).rows
    assert found.reason == "proxy_fqdn is missing"
