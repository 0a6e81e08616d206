"""federate on a file alone: answers from the command line, from recommendations, and what is produced."""

import io
import stat
from pathlib import Path

import pytest

from edgeconsole.model.configuration import Action
from edgeconsole.transfer.certificate_request import KeyKind
from tests.cli.shell import Shell

TEXT = """# ours
version = 1

[edge]
fqdn = "sip.contoso.example"
next_hop = "pool.contoso.example:5061"
members = ["203.0.113.10"]

[access_edge]
federation = true # the master switch

[[sip_domain]]
name = "contoso.example"
"""


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return Shell(tmp_path / "federation.toml", TEXT, capsys)


class _Typing(io.StringIO):
    """A terminal somebody types at."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", _Typing("".join(f"{line}\n" for line in lines)))


SIP = ("federate", "sip", "fabrikam.example", "--no-look-up")


def test_answers_and_recommendations_set_a_partner_up_in_one_command(run: Shell) -> None:
    assert (
        run(*SIP, "--answer", "find=allowed-server", "--answer", "access-edge=sip.fabrikam.example", "--recommended")
        == 0
    )
    record = run.configuration.domains[0]
    assert (record.name, record.action, str(record.access_edge)) == (
        "fabrikam.example", Action.ALLOW, "sip.fabrikam.example",
    )  # fmt: skip
    assert "# the master switch" in run.text
    assert '+ [[domain]]\n+ name = "fabrikam.example"' in run.out


def test_a_dry_run_shows_what_would_be_written_and_writes_nothing(run: Shell) -> None:
    assert run(*SIP, "--answer", "find=allowed-domain", "--recommended", "--dry-run") == 0
    assert run.text == TEXT
    assert "WHAT WILL BE WRITTEN" in run.out


def test_a_step_without_an_answer_is_named_with_what_to_add(run: Shell) -> None:
    assert run(*SIP) == 2
    assert "--answer find=VALUE" in run.err
    assert "one of allowed-domain, allowed-server, hosted, discovered" in run.err


def test_a_step_that_does_not_exist_is_refused_with_the_steps(run: Shell) -> None:
    assert run(*SIP, "--answer", "finde=x") == 2
    assert "find," in run.err


def test_an_answer_that_cannot_be_taken_is_refused_with_its_reason(run: Shell) -> None:
    code = run(
        *SIP, "--answer", "find=allowed-server", "--answer", "access-edge=sipfed.online.lync.com", "--recommended"
    )
    assert code == 2
    assert "event 14517" in run.err
    assert run.text == TEXT


def test_records_rules_sheet_key_and_request_are_written_once(run: Shell, tmp_path: Path) -> None:
    words = (*SIP, "--answer", "find=allowed-domain", "--recommended", "--out", str(tmp_path / "out"), "--key", "ec256")
    assert run(*words) == 0
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {"records.zone", "firewall.nft", "sheet-for-fabrikam.example.txt", "external.key", "external.csr"}
    assert stat.S_IMODE((tmp_path / "out" / "external.key").stat().st_mode) == 0o600
    assert "_sipfederationtls._tcp" in (tmp_path / "out" / "records.zone").read_text()
    assert (
        "New-CsAllowedDomain -Identity contoso.example"
        in (tmp_path / "out" / "sheet-for-fabrikam.example.txt").read_text()
    )
    key = (tmp_path / "out" / "external.key").read_bytes()
    assert run(*words) == 2
    assert (tmp_path / "out" / "external.key").read_bytes() == key


def test_each_kind_of_key_that_can_be_made_can_be_asked_for(run: Shell) -> None:
    assert run(*SIP, "--key", "another") == 2
    assert f"choose from {', '.join(repr(kind.value) for kind in KeyKind)}" in run.err


def test_at_a_terminal_it_asks_explains_goes_back_and_takes_enter_for_the_recommended(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(
        monkeypatch,
        "contoso.example",  # ours: refused
        "fabrikam.example",
        "allowed-server",
        "?",
        "<",  # back to how it is found
        "allowed-domain",
        "",  # trust as recommended
        "contract 4411",
        "",
    )
    assert run("federate", "sip", "--no-look-up") == 0, run.err
    assert "one of our own SIP domains" in run.out
    assert "Only this host" in run.out
    record = run.configuration.domains[0]
    assert (record.access_edge, record.comment) == (None, "contract 4411")


def test_a_set_up_that_is_left_goes_on_where_it_was(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "fabrikam.example", "allowed-domain")
    assert run("federate", "sip", "--no-look-up") == 2
    assert "--resume goes on" in run.err
    assert run.text == TEXT
    typed(monkeypatch, "", "", "")
    assert run("federate", "sip", "--no-look-up", "--resume") == 0, run.err
    assert [domain.name for domain in run.configuration.domains] == ["fabrikam.example"]
    assert run("federate", "sip", "--no-look-up", "--resume") == 2
    assert "no unfinished set-up" in run.err


def test_public_im_tells_what_has_ended_and_changes_nothing(run: Shell) -> None:
    assert run("federate", "public-im", "--answer", "ended=leave") == 0
    assert run.text == TEXT


def test_an_empty_file_gets_its_edge(run: Shell) -> None:
    run.path.write_text("version = 1\n")
    code = run(
        "federate", "edge", "--recommended", "--answer", "sip-domains=contoso.example",
        "--answer", "internal-listen=10.0.0.5:5061",
    )  # fmt: skip
    assert code == 0, run.err
    assert run.configuration.edge.fqdn == "sip.contoso.example"


def test_a_check_list_is_had_of_a_listed_partner_at_any_time_and_says_what_is_missing(run: Shell) -> None:
    assert run(*SIP, "--recommended", "--answer", "find=allowed-domain") == 0, run.err
    assert run("federate", "checklist", "fabrikam.example", "--no-look-up") == 1, run.err
    assert "it is saved, but no proxy runs on it" in run.out
    assert "a message of theirs came in" in run.out
    assert run("federate", "checklist", "Nobody.example") == 2
    assert "federate sip nobody.example" in run.err
