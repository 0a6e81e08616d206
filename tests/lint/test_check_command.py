"""The commands `check` and `glossary`: what they print, what --fix changes, what they return; and the manual page."""

import json
from pathlib import Path

import pytest

from edgeconsole.cli.main import main
from edgeconsole.cli.reach import Place, open_place
from edgeconsole.config.read import load
from edgeconsole.present.lint import EACH, lines, manual_page
from edgeconsole.rules.lint import RULES, Finding, Severity

PAGE = Path(__file__).parents[2] / "docs" / "lint.md"

TEXT = """# ours
version = 1

[access_edge]
federation = true # the master switch

[[sip_domain]]
name = "contoso.example"

[[domain]] # Supplier
name = "fabrikam.example"
action = "allow"

# not needed
[[domain]]
name = "it.fabrikam.example"
action = "allow"

[[xmpp_partner]]
name = "jabber.example" # the other one
"""
BROKEN = TEXT + 'tls = "required"\nsasl = "not-supported"\ndialback = false\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "federation.toml"
    path.write_text(TEXT)
    return path


def test_a_file_with_warnings_only_passes_and_says_what_they_are(path: Path, capsys) -> None:
    assert main(["check", str(path)]) == 0
    out = capsys.readouterr().out
    assert "warning: there is no [edge] table" in out
    assert "! EC302 federation.toml:19" in out
    assert "- EC102 federation.toml:16" in out
    assert "--fix does it" in out
    assert "0 errors, 1 warning, 2 notes; --fix removes 2 of them" in out
    assert path.read_text() == TEXT


def test_an_error_makes_the_exit_code_one(path: Path, capsys) -> None:
    path.write_text(BROKEN)
    assert main(["--config", str(path), "check", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    (error,) = [finding for finding in said["findings"] if finding["severity"] == "error"]
    assert (error["code"], error["where"]) == ("EC301", "federation.toml:21")


def test_a_file_that_cannot_be_read_is_bad_input(path: Path, capsys) -> None:
    path.write_text("[[domain]\n")
    assert main(["check", str(path)]) == 2
    assert main(["check", str(path), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["problems"]


def test_an_edge_that_cannot_start_is_linted_all_the_same(path: Path, capsys) -> None:
    path.write_text('[edge]\nfqdn = "sip.contoso.example"\ncertificate = "file:none.pem"\n' + TEXT.split("\n", 2)[2])
    assert main(["check", str(path)]) == 2
    shown = capsys.readouterr()
    assert "EC511" in shown.out
    assert "none.pem" in shown.err


def test_fix_makes_the_safe_fixes_as_one_change_and_keeps_the_rest_of_the_text(path: Path, capsys) -> None:
    assert main(["check", str(path), "--fix"]) == 0
    out = capsys.readouterr().out
    assert "saved #2" in out
    assert "left: 0 errors, 0 warnings, 1 note" in out
    after = path.read_text()
    assert after.startswith("# ours\nversion = 1\n")
    assert "federation = true # the master switch" in after
    assert 'name = "jabber.example" # the other one\ndialback = false\n' in after
    assert [domain.name for domain in load(path).configuration.domains] == ["fabrikam.example"]
    assert main(["--config", str(path), "history", "--json"]) == 0
    assert "check --fix: EC102, EC302" in capsys.readouterr().out
    assert main(["--config", str(path), "undo"]) == 0
    assert load(path).configuration.xmpp_partners[0].dialback


def test_fix_shows_and_changes_nothing_under_dry_run(path: Path, capsys) -> None:
    assert main(["check", str(path), "--fix", "--dry-run"]) == 0
    assert "+dialback = false" in capsys.readouterr().out
    assert path.read_text() == TEXT


def test_fix_leaves_errors_that_need_a_decision_and_says_so(path: Path, capsys) -> None:
    path.write_text(BROKEN)
    assert main(["check", str(path), "--fix"]) == 1
    assert "left: 1 error" in capsys.readouterr().out


def test_fix_with_nothing_to_fix(path: Path, capsys) -> None:
    path.write_text(TEXT)
    assert main(["check", str(path), "--fix"]) == 0
    capsys.readouterr()
    assert main(["check", str(path), "--fix"]) == 0
    assert "nothing here can be fixed without asking" in capsys.readouterr().out
    assert main(["check", str(path), "--fix", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "unchanged"


def test_fix_is_refused_where_nothing_may_be_changed(path: Path) -> None:
    assert main(["--readonly", "check", str(path), "--fix"]) == 5
    assert path.read_text() == TEXT


def test_a_running_edge_is_checked_and_fixed_without_a_file(path: Path, capsys, monkeypatch) -> None:
    def on_the_edge(place, *, readonly, via):
        assert (place.config, place.socket) == (None, "edge.sock")
        return open_place(Place(config=str(path)), readonly=readonly, via=via)

    monkeypatch.setattr("edgeconsole.cli.verbs.check.open_place", on_the_edge)
    assert main(["--socket", "edge.sock", "check"]) == 0
    out = capsys.readouterr().out
    assert '! EC302 federation.toml:19  xmpp_partner "jabber.example".dialback\n' in out
    assert "2 domains" in out
    assert main(["--socket", "edge.sock", "check", "--fix"]) == 0
    assert not load(path).configuration.xmpp_partners[0].dialback


def test_many_findings_of_one_code_are_counted_and_not_listed() -> None:
    many = [
        Finding(code="EC102", severity=Severity.INFORMATION, where=str(n), subject=str(n), reason="r", fix="f")
        for n in range(100)
    ]
    shown = ["".join(span.text for span in line.spans) for line in lines(many)]
    assert sum("EC102 " in line for line in shown) == EACH
    assert f"and {100 - EACH} more EC102" in shown[-1]


def test_the_manual_page_is_the_one_the_table_makes() -> None:
    assert PAGE.read_text() == manual_page(), "run: make docs"
    assert all(f"| {rule.code} | {rule.severity.value} | {rule.title}" in manual_page() for rule in RULES)


def test_glossary_says_what_a_term_means_by_its_old_name(capsys) -> None:
    assert main(["glossary", "direct", "federation"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Allowed Partner Server\n")
    assert "DirectPartner" in out
    assert main(["glossary", "yahoo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entries"][0]["history"][-1].startswith("2014-06-30")


def test_glossary_suggests_what_was_meant_and_returns_one(capsys) -> None:
    assert main(["glossary", "skipe"]) == 1
    assert "near it: Skype" in capsys.readouterr().err
    assert main(["glossary", "skipe", "--json"]) == 1
    assert "Skype" in json.loads(capsys.readouterr().out)["near"]


def test_glossary_without_a_term_lists_everything(capsys) -> None:
    assert main(["glossary"]) == 0
    assert "Discovered Partner Domain" in capsys.readouterr().out
