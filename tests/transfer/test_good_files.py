"""A good file of each kind is known by its content and read into the words of federation.toml."""

from typing import Any

import pytest

from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import BadInput
from edgeconsole.transfer.detect import read
from edgeconsole.transfer.parsed import Format, Standing
from tests.transfer import samples


def stated(content: bytes, kind: Format | None = None) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the fields of each plain rule of a file by table and key."""
    entries = read(content, kind).parsed.entries
    return {(e.table.value, e.key): e.fields for e in entries if e.standing is Standing.RULE}


def warned(content: bytes) -> str:
    return " / ".join(read(content).warnings)


@pytest.mark.parametrize(("kind", "content"), samples.EVERY_GOOD)
def test_the_content_tells_the_kind(kind: str, content: bytes) -> None:
    assert read(content).parsed.format.value == kind


@pytest.mark.parametrize(("kind", "content"), samples.EVERY_GOOD)
@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_the_encoding_of_a_windows_redirection_changes_nothing(kind: str, content: bytes, codec: str) -> None:
    recoded = content.decode().encode(codec)
    assert read(recoded).parsed == read(content).parsed


@pytest.mark.parametrize(("kind", "content"), samples.EVERY_GOOD)
def test_the_kind_may_be_named_instead(kind: str, content: bytes) -> None:
    assert read(content, Format(kind)).parsed == read(content).parsed


def test_allowed_domains_come_with_edge_level_and_comment() -> None:
    assert stated(samples.ALLOWED_CSV) == {
        ("domain", "fabrikam.example"): {
            "action": "allow",
            "access_edge": "sip.fabrikam.example",
            "verification": "use-source",
            "comment": "Ken, INC-77",
        },
        ("domain", "northwind.example"): {
            "action": "allow",
            "access_edge": None,
            "verification": "always-verifiable",
            "comment": None,
        },
    }


def test_a_file_of_another_culture_has_semicolons() -> None:
    assert stated(samples.BLOCKED_CSV) == {("domain", "bad.example"): {"action": "block", "comment": "spam; a lot"}}


def test_a_hosting_provider_comes_with_its_switches() -> None:
    fields = stated(samples.HOSTING_CSV)["hosting_provider", "Microsoft 365"]
    assert fields["shared_address_space"] is True
    assert fields["proxy_fqdn"] == "sipfed.online.lync.com"
    assert fields["local"] is False


def test_a_list_lost_as_the_name_of_a_type_is_told_and_not_cleared() -> None:
    fields = stated(samples.XMPP_CSV)["xmpp_partner", "jabber.example"]
    assert "additional_domains" not in fields
    assert fields["sasl"] == "not-supported"
    assert fields["connection_limit"] == 7
    assert "values were lost" in warned(samples.XMPP_CSV)


def test_clixml_keeps_lists_enumerations_references_and_escapes() -> None:
    found = stated(samples.CLIXML)
    partner = found["xmpp_partner", "jabber.example"]
    assert partner["additional_domains"] == ["chat.jabber.example"]
    assert partner["tls"] == "optional"
    assert partner["dialback"] is False
    assert partner["comment"] == "two lines"
    assert ("xmpp_partner", "im.example") in found


def test_policies_are_named_by_their_scope() -> None:
    assert set(stated(samples.POLICY_JSON)) == {("policy", "user:Sales"), ("policy", "global")}


def test_one_row_is_no_array_and_read_all_the_same() -> None:
    single = b'{"Identity":"Site:Redmond","EnableFederationAccess":true,"EnableOutsideAccess":false}'
    assert set(stated(single)) == {("policy", "site:Redmond")}


def test_an_enumeration_as_number_is_read_by_the_order_of_its_help_with_a_warning() -> None:
    content = b'[{"Identity":"a.example","Domain":"a.example","ProxyFqdn":null,"VerificationLevel":1}]'
    assert stated(content)["domain", "a.example"]["verification"] == "always-unverifiable"
    assert "VerificationLevel 1 is a number" in warned(content)


def test_a_listing_of_the_access_edge_has_its_switches() -> None:
    assert stated(samples.LISTING) == {
        ("access_edge", ""): {
            "anonymous_users": False,
            "federation": True,
            "outside_users": True,
            "partner_discovery": True,
            "routing": "dns-srv",
            "discovered_verification": "always-unverifiable",
            "discovered_report": "30m",
        }
    }


def test_unknown_columns_are_told_once() -> None:
    content = (
        b'"Identity","Domain","Comment","Colour"\n"a.example","a.example","","red"\n"b.example","b.example","","blue"\n'
    )
    assert warned(content).count("Colour") == 1


def test_a_block_list_that_teams_ignores_is_not_selected() -> None:
    entries = {e.key: e for e in read(samples.TEAMS_LIST).parsed.entries}
    assert entries["bad.example"].standing is Standing.NEEDS_REVIEW
    assert entries["fabrikam.example"].standing is Standing.RULE
    assert entries[""].fields == {"federation": True, "partner_discovery": False}
    assert "ignored there" in warned(samples.TEAMS_LIST)


def test_allow_all_known_domains_becomes_partner_discovery_and_its_blocks_count() -> None:
    found = stated(samples.TEAMS_ALL)
    assert found["access_edge", ""]["partner_discovery"] is True
    assert found["domain", "bad.example"] == {"action": "block", "match": "exact"}
    assert "partner discovery" in warned(samples.TEAMS_ALL)


def test_teams_domains_may_be_one_text() -> None:
    assert {key for _, key in stated(samples.TEAMS_TEXT)} >= {"fabrikam.example", "northwind.example"}


def test_an_empty_object_of_teams_is_left_to_the_operator() -> None:
    (entry,) = [e for e in read(samples.TEAMS_EMPTY).parsed.entries if e.standing is Standing.NEEDS_REVIEW]
    assert "empty object" in entry.reason


def test_mastodon_severities_block_limit_or_only_note() -> None:
    entries = {e.key: e for e in read(samples.MASTODON_CSV).parsed.entries}
    assert entries["bad.example"].fields == {"action": "block", "comment": "spam wave"}
    assert entries["noisy.example"].fields == {"action": "allow", "verification": "always-unverifiable"}
    assert entries["noisy.example"].standing is Standing.NEEDS_REVIEW
    assert entries["quiet.example"].fields == {}
    assert entries["b*d.example"].standing is Standing.INVALID


@pytest.mark.parametrize("content", [samples.MASTODON_JSON, samples.GOTOSOCIAL_JSON])
def test_lists_of_the_fediverse_in_json_block(content: bytes) -> None:
    assert stated(content) == {("domain", "bad.example"): {"action": "block", "comment": "spam"}}


def test_a_mastodon_allow_list_has_one_column() -> None:
    assert stated(b"#domain\ngood.example\n") == {("domain", "good.example"): {"action": "allow"}}


def test_openfire_partners_keep_an_unusual_port() -> None:
    assert stated(samples.OPENFIRE_CSV) == {
        ("xmpp_partner", "partner.example"): {"proxy_fqdn": "partner.example:5270"},
        ("domain", "bad.example"): {"action": "block"},
    }
    assert "any server may connect there" in warned(samples.OPENFIRE_XML)


def test_prosody_lists_are_read_without_running_lua() -> None:
    assert stated(samples.PROSODY) == {
        ("domain", "bad.example"): {"action": "block"},
        ("xmpp_partner", "partner.example"): {"proxy_fqdn": "sip.partner.example:5270"},
        ("xmpp_partner", "other.example"): {},
    }
    (hosted,) = [e for e in read(samples.PROSODY).parsed.entries if e.standing is Standing.NEEDS_REVIEW]
    assert hosted.key == "worse.example"
    assert hosted.line == 5


def test_lua_that_is_more_than_texts_needs_review() -> None:
    (entry,) = read(b's2s_blacklist = { "a.example", os.execute("rm") }\n').parsed.entries
    assert entry.standing is Standing.NEEDS_REVIEW
    assert "Lua is not run" in entry.reason


def test_ejabberd_lists_count_where_s2s_access_reaches_them() -> None:
    assert stated(samples.EJABBERD) == {
        ("domain", "bad.example"): {"action": "block"},
        ("xmpp_partner", "partner.example"): {},
        ("xmpp_partner", "other.example"): {},
    }
    assert "acl unused is not reached" in warned(samples.EJABBERD)
    patterns = [e for e in read(samples.EJABBERD).parsed.entries if e.standing is Standing.NEEDS_REVIEW]
    assert [e.key for e in patterns] == ["*.spam.example"]


def test_the_line_of_an_ejabberd_server_is_its_own() -> None:
    lines = {e.key: e.line for e in read(samples.EJABBERD).parsed.entries}
    assert lines["other.example"] == 10


def test_a_misplaced_s2s_access_is_told() -> None:
    content = samples.EJABBERD.replace(b"s2s_access: s2s", b"modules:\n  s2s_access: s2s")
    assert "line 18 has it indented, where it does nothing" in warned(content)


@pytest.mark.parametrize(
    "acl",
    [
        b"acl: &anchor {bad: {server: x.example}}",
        b"acl: *anchor",
        b"acl:\n  bad: !lua x",
        b"acl:\n  bad: |\n    server",
        b"acl:\n  <<: x",
        b"acl:\n  bad: {server: a.example}\n  bad: {server: b.example}",
        b"acl:\n\tbad: x",
        b"acl:\n  bad: {server: [a.example}",
        b'acl:\n  bad: "open',
    ],
)
def test_yaml_that_is_not_understood_becomes_a_row_with_its_line(acl: bytes) -> None:
    (entry,) = read(acl + b"\naccess_rules:\n  s2s: [{deny: bad}]\ns2s_access: s2s\n").parsed.entries
    assert entry.standing is Standing.NEEDS_REVIEW
    assert "none of the lists was taken" in entry.reason
    assert entry.line > 0


def test_a_plain_list_needs_to_be_told_what_it_is() -> None:
    with pytest.raises(BadInput, match="--as plain-allow or --as plain-block"):
        read(samples.PLAIN)


def test_a_plain_list_keeps_trailing_comments_as_reasons() -> None:
    assert stated(samples.PLAIN, Format.PLAIN_BLOCK) == {
        ("domain", "bad.example"): {"action": "block", "comment": "seen 2025-01-04"},
        ("domain", "*.worse.example"): {"action": "block"},
        ("domain", "@third.example"): {"action": "block"},
    }


def test_a_plain_list_may_say_it_line_by_line() -> None:
    found = stated(b"allow a.example\nblock b.example // why\n")
    assert found["domain", "b.example"] == {"action": "block", "comment": "why"}


@pytest.mark.parametrize("content", [samples.EVENTS_TEXT, samples.EVENTS_CSV, samples.EVENTS_XML])
def test_events_become_proposals_and_other_events_do_not(content: bytes) -> None:
    entries = read(content).parsed.entries
    assert {e.standing for e in entries} == {Standing.PROPOSAL}
    names = {e.key for e in entries}
    assert "fabrikam.example" in names
    assert "other.example" not in names


def test_a_throttled_partner_says_so() -> None:
    entries = {e.key: e for e in read(samples.EVENTS_TEXT).parsed.entries}
    assert any("14603" in note for note in entries["it.northwind.example"].notes)
    assert not any("14603" in note for note in entries["fabrikam.example"].notes)
    assert entries["northwind.example"].line == 3


def test_a_partner_at_the_limit_of_contacts_is_proposed_by_a_guess_that_says_so() -> None:
    entries = {e.key: e for e in read(samples.EVENTS_CSV).parsed.entries}
    assert "14508" in entries["litware.example"].reason
    assert "guess" in entries["litware.example"].notes[0]


def test_a_federation_file_of_another_host_leaves_its_listeners_behind() -> None:
    content = b'[edge]\nfqdn = "sip.other.example"\n' + samples.TOML.removeprefix(b"version = 1\n")
    read_file = read(content)
    assert {e.table for e in read_file.parsed.entries} == {Table.ACCESS_EDGE, Table.DOMAIN}
    assert "[edge] describes one host" in read_file.warnings[0]


def test_toml_records_have_the_line_of_their_header() -> None:
    assert [e.line for e in read(samples.TOML).parsed.entries] == [2, 5]


def test_a_question_mark_in_an_ascii_export_may_be_a_lost_letter() -> None:
    assert "lost characters" in warned(samples.ALLOWED_CSV.replace(b"Ken", b"J?rg"))
    assert "lost characters" not in warned(samples.ALLOWED_CSV)
