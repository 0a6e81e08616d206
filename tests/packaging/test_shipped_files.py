"""What is shipped beside the code is true: the manual page, the examples, one version."""

import json
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

import edgeconsole
from edgeconsole.cli.arguments import VERBS
from edgeconsole.cli.man_page import man_page
from edgeconsole.config.json_schema import json_schema
from edgeconsole.config.read import parse
from edgeconsole.config.settings import parse_settings

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "contrib" / "examples"


def test_the_example_files_are_valid() -> None:
    shown = parse((EXAMPLES / "federation.toml").read_text(), "federation.toml")
    assert shown.configuration.edge is not None
    assert parse_settings((EXAMPLES / "console.toml").read_text(), Path("console.toml")).default_context == "production"


def test_the_shipped_schema_is_the_one_of_the_code() -> None:
    assert json.loads((EXAMPLES / "federation.schema.json").read_text()) == json_schema(), "run: make docs"


def test_the_manual_page_has_every_verb_and_every_option_of_it() -> None:
    plain = man_page().replace("\\-", "-").replace("\\&", "")
    assert [verb.words for verb in VERBS if f".SS edgeconsole {' '.join(verb.words)}" not in plain] == []
    for option in ("--config", "--confirm", "--access-edge", "--dry-run"):
        assert f"\\fB{option}\\fR" in plain


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not here")
def test_the_manual_page_is_set_without_a_warning() -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww"], input=man_page(), capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert "EXIT STATUS" in re.sub(r"\x1b\[\d*m|.\x08", "", done.stdout)


def test_the_version_stands_in_one_place() -> None:
    assert metadata.version("edgeconsole") == edgeconsole.__version__
    assert f"## {edgeconsole.__version__}\n" in (ROOT / "docs" / "changelog.md").read_text()
    assert not re.search(r"^version *=", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
