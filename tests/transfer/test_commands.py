"""The commands import and export on a file: reviewed first, one change, nothing in part."""

import io
import json
import sys
from pathlib import Path

import pytest

from edgeconsole.cli.main import main

FEDERATION = """\
version = 1
# by hand

[edge]
fqdn = "sip.contoso.example"
platform = "sfb2015"

[access_edge]
federation = true

[[sip_domain]]
name = "contoso.example"

[[domain]]
name = "fabrikam.example"
action = "allow"
"""


@pytest.fixture
def federation(tmp_path: Path) -> Path:
    path = tmp_path / "federation.toml"
    path.write_text(FEDERATION)
    return path


def run(federation: Path, *words: str) -> int:
    return main(["--config", str(federation), *words])


def listed(tmp_path: Path, text: str) -> str:
    path = tmp_path / "list"
    path.write_text(text)
    return str(path)


def test_an_import_without_apply_shows_the_review_and_changes_nothing(federation, tmp_path, capsys) -> None:
    name = listed(tmp_path, "block evil.example\nallow fabrikam.example\n")
    assert run(federation, "import", name) == 0
    shown = capsys.readouterr().out
    assert "evil.example" in shown
    assert "plain, ASCII: 1 new, 1 same" in shown
    assert federation.read_text() == FEDERATION


def test_conflicts_and_invalid_rows_are_exit_1(federation, tmp_path) -> None:
    assert run(federation, "import", listed(tmp_path, "block fabrikam.example\n")) == 1
    assert run(federation, "import", listed(tmp_path, "block contoso.example\n")) == 1


def test_all_selected_rows_become_one_revision(federation, tmp_path, capsys) -> None:
    name = listed(tmp_path, "block evil.example # INC\nblock worse.example\n")
    assert run(federation, "import", name, "--apply", "--why", "phishing") == 0
    text = federation.read_text()
    assert "# by hand" in text
    assert 'name = "worse.example"' in text
    assert 'comment = "INC"' in text
    assert run(federation, "--json", "history") == 0
    newest = json.loads(capsys.readouterr().out.partition("{")[1:][1].join(["{", ""]))["history"][0]
    assert newest["why"] == "phishing"
    assert newest["revision"]["number"] == 2


def test_nothing_is_applied_while_a_row_is_invalid(federation, tmp_path, capsys) -> None:
    name = listed(tmp_path, "block evil.example\nblock contoso.example\n")
    assert run(federation, "import", name, "--apply") == 2
    assert federation.read_text() == FEDERATION
    assert "so none was" in capsys.readouterr().err
    assert run(federation, "import", name, "--apply", "--leave", "contoso.example") == 0
    assert "evil.example" in federation.read_text()


def test_invalid_rows_are_skipped_when_that_was_said(federation, tmp_path) -> None:
    name = listed(tmp_path, "block evil.example\nblock contoso.example\n")
    assert run(federation, "import", name, "--apply", "--skip-invalid") == 0
    assert "evil.example" in federation.read_text()


def test_a_conflict_is_taken_only_by_policy_or_name(federation, tmp_path) -> None:
    name = listed(tmp_path, "block fabrikam.example\n")
    assert run(federation, "import", name, "--apply") == 0
    assert federation.read_text() == FEDERATION
    assert run(federation, "import", name, "--apply", "--take", "fabrikam.example") == 0
    assert 'action = "block"' in federation.read_text()


def test_a_value_that_the_file_does_not_take_is_an_invalid_row(federation, tmp_path, capsys) -> None:
    name = listed(tmp_path, '{"edgeconsole": 1, "access_edge": {"outgoing_tls": 9}}')
    assert run(federation, "--json", "import", name) == 1
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["state"], row["reason"]) == ("invalid", "outgoing_tls: is 9; it may be 1 to 4")


def test_damaged_missing_and_irregular_files_are_exit_2(federation, tmp_path, capsys) -> None:
    assert run(federation, "import", listed(tmp_path, "[{")) == 2
    assert run(federation, "import", str(tmp_path / "missing")) == 2
    assert run(federation, "import", str(tmp_path)) == 2
    assert run(federation, "import", "/dev/zero") == 2
    assert "no regular file" in capsys.readouterr().err


def test_standard_input_is_a_dash(federation, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"bad.example\n")))
    assert run(federation, "import", "-", "--as", "plain-block") == 0
    assert "bad.example" in capsys.readouterr().out


def test_a_dry_run_shows_the_lines_that_would_be_written(federation, tmp_path, capsys) -> None:
    name = listed(tmp_path, "block evil.example\n")
    assert run(federation, "import", name, "--apply", "--dry-run") == 0
    assert '+name = "evil.example"' in capsys.readouterr().out
    assert federation.read_text() == FEDERATION


@pytest.mark.parametrize("kind", ["toml", "json", "csv"])
def test_an_export_imported_again_is_the_same(federation, tmp_path, kind, capsys) -> None:
    place = tmp_path / "export"
    assert run(federation, "export", "--format", kind, "-o", str(place)) == 0
    assert place.stat().st_mode & 0o077 == 0
    capsys.readouterr()
    assert run(federation, "--json", "import", str(place)) == 0
    assert {row["state"] for row in json.loads(capsys.readouterr().out)["rows"]} == {"same"}


def test_a_script_is_written_with_its_revert_beside_it(federation, tmp_path, capsys) -> None:
    assert run(federation, "domains", "block", "fabrikam.example", "--why", "INC-9 | <x>") == 0
    place = tmp_path / "change.ps1"
    assert run(federation, "export", "--format", "powershell", "--since", "1", "-o", str(place)) == 0
    assert "New-CsBlockedDomain -Identity 'fabrikam.example'" in place.read_text()
    assert "reason: INC-9 | <x>" in place.read_text()
    assert "New-CsAllowedDomain" in (tmp_path / "change.revert.ps1").read_text()


def test_the_report_is_of_the_last_revision_unless_another_is_named(federation, capsys) -> None:
    assert run(federation, "domains", "block", "fabrikam.example", "--why", "INC-9 | <x>") == 0
    assert run(federation, "discovery", "on") == 0
    capsys.readouterr()
    assert run(federation, "export", "--format", "report") == 0
    last = capsys.readouterr().out
    assert "fabrikam.example" not in last
    assert "partner\\_discovery" in last
    assert run(federation, "export", "--format", "report", "--since", "1") == 0
    both = capsys.readouterr().out
    assert "# Federation change: revisions 2 to 3" in both
    assert "INC-9 \\| \\<x\\>" in both


@pytest.mark.parametrize("words", [("--since", "9"), ("--since", "0"), ("--format", "csv", "--since", "1")])
def test_a_range_that_is_not_there_or_makes_no_sense_is_exit_2(federation, words) -> None:
    assert run(federation, "export", "--format", "powershell", *words) == 2


def test_json_carries_the_script_its_revert_and_what_is_missing(federation, capsys) -> None:
    assert run(federation, "--json", "export", "--format", "powershell-teams") == 0
    answer = json.loads(capsys.readouterr().out)
    assert "-AllowedDomainsAsAList" in answer["content"]
    assert "sip_domain contoso.example" in answer["omitted"]
    assert answer["revert"]


def test_a_place_that_cannot_be_written_is_exit_2_and_leaves_nothing(federation, tmp_path) -> None:
    assert run(federation, "export", "-o", str(tmp_path / "no" / "such")) == 2
    (tmp_path / "directory").mkdir()
    assert run(federation, "export", "-o", str(tmp_path / "directory")) == 2
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".directory")]
