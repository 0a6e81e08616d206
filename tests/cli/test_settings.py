"""settings, sip-domains and sites on a file alone."""

import json
from pathlib import Path

import pytest

from edgeconsole.cli.arguments import VERBS
from edgeconsole.cli.main import main
from edgeconsole.cli.verbs.settings import ONCE
from edgeconsole.config.read import load

TEXT = """# ours
version = 1

[access_edge]
federation = true # the master switch

[[sip_domain]]
name = "contoso.example"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "federation.toml"
    file.write_text(TEXT)
    return file


def run(path: Path, *words: str) -> int:
    try:
        return main(["--config", str(path), *words])
    except SystemExit as end:
        return int(end.code or 0)


def test_a_switch_is_set_and_its_comment_stays(path: Path) -> None:
    assert run(path, "settings", "set", "access-edge", "routing=dns-srv", "archiving-disclaimer=on") == 0
    assert load(path).configuration.access_edge.archiving_disclaimer
    assert "federation = true # the master switch" in path.read_text()


def test_what_is_set_is_shown_with_defaults_marked(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(path, "settings", "show", "access-edge") == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["federation"].split()[1:] == ["on"]
    assert lines["partner_discovery"].split()[1:] == ["off", "(default)"]


def test_a_table_that_is_not_there_says_how_to_make_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(path, "settings", "show", "edge") == 0
    assert "edgeconsole settings set edge KEY=VALUE" in capsys.readouterr().out


def test_every_table_that_exists_once_has_its_word(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(path, "--json", "settings", "show") == 0
    assert set(json.loads(capsys.readouterr().out)) == {table.value for table in ONCE.values()}
    assert any(verb.words == ("settings", "set") for verb in VERBS)
    assert run(path, "settings", "set", "policies", "x=1") == 2


@pytest.mark.parametrize(("words", "said"), [((), "nothing to set"), (("routng=x",), "Did you mean routing")])
def test_a_key_that_cannot_be_set_is_refused(
    path: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(path, "settings", "set", "access-edge", *words) == 2
    assert said in capsys.readouterr().err
    assert path.read_text() == TEXT


def test_our_domains_and_sites_are_added_listed_and_removed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(path, "sip-domains", "set", "Litware.example", "xmpp=false") == 0
    assert run(path, "sites", "set", "Redmond", "users=*@contoso.example,*@litware.example") == 0
    capsys.readouterr()
    assert run(path, "sip-domains", "list") == 0
    assert "litware.example" in capsys.readouterr().out
    assert load(path).configuration.sites[0].users == ("*@contoso.example", "*@litware.example")
    assert run(path, "sip-domains", "remove", "litware.example") == 0
    assert run(path, "sites", "remove", "Redmond") == 0
    configuration = load(path).configuration
    assert ([str(each.name) for each in configuration.sip_domains], configuration.sites) == (["contoso.example"], ())
