"""The commands on a file alone: what they print, what they change, what they return."""

from pathlib import Path

import pytest

from edgeconsole.cli.main import main
from tests.cli.shell import Shell

TEXT = """# ours
version = 1

[access_edge]
federation = true # the master switch

[[sip_domain]]
name = "contoso.example"

# Supplier
[[domain]]
name = "fabrikam.example"
action = "allow"
"""


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "federation.toml", TEXT, capsys)


def test_a_change_on_a_file_says_that_nothing_enforces_it(run) -> None:
    assert run("discovery", "on", "--why", "INC-1") == 0
    assert "nothing enforces it" in run.out
    assert run.configuration.access_edge.partner_discovery
    assert "# the master switch" in run.text


def test_a_dry_run_shows_the_text_and_changes_nothing(run) -> None:
    before = run.path.read_bytes()
    assert run("domains", "block", "fabrikam.example", "--dry-run") == 0
    assert '+action = "block"' in run.out
    assert run.path.read_bytes() == before


def test_what_is_so_already_is_done_without_a_revision(run) -> None:
    assert run("discovery", "off") == 0
    assert "so already" in run.out
    assert run("--json", "history") == 0
    assert len(run.json["history"]) == 1


def test_a_domain_is_allowed_for_two_hours_with_owner_and_ticket(run) -> None:
    words = ("domains", "allow", "Bücher.example", "--expires", "2h", "--owner", "netops", "--ticket", "INC-7")
    assert run(*words, "--set", "platform=microsoft365", "--set", "tags=a,b") == 0
    record = next(entry for entry in run.configuration.domains if entry.name == "xn--bcher-kva.example")
    assert (record.owner, record.ticket, record.platform.value, record.tags) == (
        "netops",
        "INC-7",
        "microsoft365",
        ("a", "b"),
    )
    assert record.expires is not None


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("domains", "allow", "contoso.example"), 2, "own SIP domains"),
        (("domains", "allow", "10.0.0.1"), 2, "IP address"),
        (("domains", "allow", "a.example", "--set", "colour=red"), 2, "colour"),
        (("domains", "allow", "a.example", "--set", "platfrom=lync2013"), 2, "Did you mean platform"),
        (("domains", "allow", "a.example", "--expires", "soon"), 2, "date and time"),
        (("domains", "remove", "nobody.example"), 2, "nobody.example"),
        (("partners", "show", "nobody"), 2, "there is no partner"),
        (("partners", "add", "hosting", "M365", "proxy_fqdn=sipfed.online.lync.com"), 2, "verification"),
        (("policies", "grant", "alice@contoso.example", "Sales"), 2, "there is no policy user:Sales"),
        (("policies", "effective", "alice"), 2, "SIP address"),
        (("policies", "set", "Sales", "federation=true"), 2, "global, site:NAME or user:NAME"),
        (("undo", "77"), 2, "77"),
        (("sessions", "close", "fabrikam.example"), 2, "no proxy"),
        (("reload",), 2, "no proxy"),
        (("reload", "--dry-run"), 2, "no proxy"),
        (("--readonly", "discovery", "on"), 5, "read-only"),
        (("no-such-verb",), 2, "no-such-verb"),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(run, words, code, says) -> None:
    before = run.path.read_bytes()
    assert run(*words) == code
    assert says in run.err
    assert "Traceback" not in run.err
    assert run.path.read_bytes() == before


def test_a_missing_and_a_broken_file_are_bad_input(run) -> None:
    run.path.write_text("[[domain]]\nname = 'x\n")
    assert run("status") == 2
    assert "federation.toml:2" in run.err
    run.path.unlink()
    assert run("status") == 2
    assert "federation.toml" in run.err


def test_nobody_at_the_socket_is_unreachable(capsys, tmp_path) -> None:
    assert main(["--socket", str(tmp_path / "none.sock"), "status"]) == 4
    assert "does not answer" in capsys.readouterr().err


def test_errors_are_json_where_json_was_asked_for(run) -> None:
    assert run("--json", "domains", "allow", "10.0.0.1") == 2
    assert "IP address" in run.json["error"]


def test_an_xmpp_partner_is_added_changed_and_removed(run) -> None:
    assert run("partners", "add", "xmpp", "jabber.example", "tls=required", "sasl=optional", "dialback=true") == 0
    assert run("partners", "set", "jabber.example", "additional_domains=conf.jabber.example,im.jabber.example") == 0
    assert run("partners", "show", "jabber.example") == 0
    assert "SASL over TLS, TLS dialback" in run.out
    assert run("--json", "partners", "show", "jabber.example") == 0
    assert run.json["additional_domains"] == ["conf.jabber.example", "im.jabber.example"]
    assert run("explain", "alice@contoso.example", "bob@im.jabber.example") == 0
    assert "XMPP partner by the rule for jabber.example" in run.out
    assert run("partners", "remove", "jabber.example") == 0
    assert run.configuration.xmpp_partners == ()


def test_a_hosting_provider_and_an_ended_public_one_are_listed_with_their_state(run) -> None:
    run(
        "partners",
        "add",
        "hosting",
        "Microsoft 365",
        "proxy_fqdn=sipfed.online.lync.com",
        "verification=use-source",
        "enabled=true",
    )
    run(
        "partners",
        "add",
        "public",
        "Skype",
        "proxy_fqdn=federation.messenger.msn.com",
        "verification=always-verifiable",
        "enabled=true",
    )
    assert run("partners", "list") == 0
    assert ". enabled" in run.out
    assert "- ended 2025-05-05" in run.out


def test_the_policy_that_wins_is_shown_with_the_ones_that_lost(run) -> None:
    assert run("policies", "effective", "alice@contoso.example") == 0
    assert "not managed" in run.out
    run("policies", "set", "global", "federation=true")
    run("policies", "set", "user:NoFed", "federation=false", "comment=audit")
    assert run("policies", "grant", "SIP:Alice@Contoso.example", "NoFed") == 0
    assert run("--json", "policies", "effective", "alice@contoso.example") == 0
    assert run.json["winner"]["id"] == "user:NoFed"
    assert [item["scope"] for item in run.json["chain"]] == ["user", "site", "global"]
    assert run("explain", "alice@contoso.example", "bob@fabrikam.example") == 1
    assert "user:NoFed applies to alice@contoso.example and says federation = false" in run.out
    assert run("policies", "revoke", "alice@contoso.example") == 0
    assert run("explain", "alice@contoso.example", "bob@fabrikam.example") == 0


def test_explain_knows_modalities_and_parties(run) -> None:
    run("partners", "add", "xmpp", "jabber.example", "dialback=false")
    assert run("explain", "alice@contoso.example", "bob@jabber.example", "--modality", "im") == 0
    assert run("explain", "alice@contoso.example", "bob@jabber.example", "--modality", "video") == 1
    assert run("explain", "alice@contoso.example", "bob@jabber.example", "--modality", "im", "--parties", "3") == 1
    assert "peer-to-peer only" in run.out


def test_the_schema_is_one_document_that_knows_every_table(run) -> None:
    assert run("schema") == 0
    properties = run.json["properties"]
    assert {"edge", "domain", "xmpp_partner", "policy_grant", "site"} <= set(properties)
    assert properties["domain"]["items"]["properties"]["action"]["enum"] == ["allow", "block"]
    assert properties["domain"]["items"]["required"] == ["name", "action"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_every_verb(run, shell) -> None:
    assert run("completion", shell) == 0
    for word in ("domains", "partners", "effective", "--dry-run"):
        assert word.removeprefix("--") in run.out


def test_undo_goes_back_and_history_tells(run) -> None:
    run("domains", "block", "fabrikam.example", "--why", "INC-9")
    assert run("undo") == 0
    assert run.configuration.domains[0].action.value == "allow"
    assert run("history") == 0
    assert "undid #2" in run.out
    assert "INC-9" in run.out
