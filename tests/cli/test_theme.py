"""theme: what there is to choose from, and a file of one's own checked with its line."""

from pathlib import Path

import pytest

from edgeconsole.cli.main import main
from edgeconsole.tui import themes

SHIPPED = {"edge-ansi", "edge-ansi-light", "edge-mono", "edge-dark", "edge-light", "edge-safe"}


def test_six_themes_are_shipped_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["theme"]) == 0
    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert listed >= SHIPPED


def test_a_theme_of_ones_own_is_checked_and_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    own = tmp_path / "edgeconsole" / "themes" / "night.toml"
    own.parent.mkdir(parents=True)
    text = (themes.folders()[1] / "edge-dark.toml").read_text().replace('"edge-dark"', '"night"')
    own.write_text(text)
    assert main(["theme", str(own)]) == 0
    assert main(["theme"]) == 0
    assert "night" in capsys.readouterr().out
    own.write_text(text.replace("#7aa2d6", "blueish"))
    assert main(["theme", str(own)]) == 2
    assert "night.toml:" in capsys.readouterr().err


def test_a_file_of_the_operators_does_not_take_a_shipped_name(tmp_path: Path) -> None:
    own = tmp_path / "edgeconsole" / "themes"
    own.mkdir(parents=True)
    (own / "edge-mono.toml").write_text("broken")
    assert themes.load("edge-mono", themes.folders({"XDG_CONFIG_HOME": str(tmp_path)})).name == "edge-mono"
