"""Contexts: edges by name in console.toml, read with precise errors, changed without losing a comment."""

import asyncio
from pathlib import Path

import pytest

from edgeconsole.cli.main import main
from edgeconsole.cli.reach import find_place, open_place
from edgeconsole.config.settings import BackendKind, load_settings
from edgeconsole.config.settings_text import add_context, remove_context, use_context
from edgeconsole.model.errors import BadInput
from tests.admin.worlds import admin_world

TEXT = """# my edges
default_context = "lab"  # the harmless one
theme = "amber"

# the lab
[[context]]
name = "lab"
backend = "local"
address = "/run/lab.sock"

# careful here
[[context]]
name = "production"
backend = "remote"
address = "https://edge.contoso.example:8443"
token = "env:EDGE_TOKEN"
pin = "sha256:{pin}"
readonly = true
confirm = "2m"

[keys]
quit = "Q"
""".format(pin="0a" * 32)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("EDGECONSOLE_SOCKET", raising=False)
    found = tmp_path / "edgeconsole" / "console.toml"
    found.parent.mkdir(mode=0o700)
    found.write_text(TEXT)
    return found


def test_a_file_says_which_edges_there_are_and_how_careful_to_be(path: Path) -> None:
    settings = load_settings(path)
    production = settings.find("production")
    assert [context.name for context in settings.contexts] == ["lab", "production"]
    assert settings.default_context == "lab"
    assert production is not None
    assert (production.backend, production.readonly) == (BackendKind.REMOTE, True)
    assert production.confirm is not None
    assert production.confirm.total_seconds() == 120


def test_no_file_says_nothing(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.toml").contexts == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('backend = "remote"', 'backend = "remot"', 14, "Did you mean 'remote'"),
        ("readonly = true", "readonly = 1", 18, "true or false"),
        ("readonly = true", "read_only = true", 18, "Did you mean readonly"),
        ("https://edge", "http://edge", 15, "https://host:port"),
        ("8443", "8443/v1", 15, "No path"),
        ('token = "env:EDGE_TOKEN"\n', "", 12, "certificate"),
        ('token = "env:EDGE_TOKEN"', 'token = "ec1_secret"', 16, "Keep the secret itself out"),
        ("sha256:0a", "sha256:0", 17, "digest"),
        ('confirm = "2m"', 'confirm = "2h"', 19, "10s to 1h"),
        ('name = "production"', 'name = "lab"', 6, "more than once"),
        ('name = "production"', 'name = "pro duction"', 13, "letters"),
        ('default_context = "lab"', 'default_context = "lap"', 2, "lab, production"),
        ('backend = "local"\n', 'backend = "local"\ntoken = "env:X"\n', 9, "remote contexts"),
        ('backend = "local"\n', "", 6, "is missing"),
        ("# my edges", "= broken", 1, "Invalid"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(path: Path, old: str, new: str, line: int, says: str) -> None:
    assert TEXT.count(old) == 1
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(BadInput) as caught:
        load_settings(path)
    problem = next(problem for problem in caught.value.problems if says in str(problem))
    assert problem.line is not None
    assert abs(problem.line - line) <= (1 if "missing" in says or "once" in says else 0), str(problem)
    assert "ec1_secret" not in str(caught.value) + str(caught.value.problems)


def test_a_context_is_added_used_and_removed_and_every_comment_stays(path: Path) -> None:
    context = load_settings(path).contexts[1]
    remove_context(path, "production")
    assert load_settings(path).find("production") is None
    assert "[keys]" in path.read_text()
    add_context(path, context)
    use_context(path, "production")
    settings = load_settings(path)
    assert (settings.find("production"), settings.default_context) == (context, "production")
    text = path.read_text()
    assert 'default_context = "production"  # the harmless one' in text
    assert {"# my edges", "# the lab", 'theme = "amber"', 'quit = "Q"'} <= set(text.splitlines())
    use_context(path, None)
    assert load_settings(path).default_context is None


def test_the_default_goes_with_its_context(path: Path) -> None:
    remove_context(path, "lab")
    assert load_settings(path).default_context is None


def test_a_layout_that_cannot_be_changed_safely_is_refused_and_stays(path: Path) -> None:
    text = 'context = [{ name = "a", backend = "local", address = "/a" }]\n'
    path.write_text(text)
    with pytest.raises(BadInput, match="by hand"):
        remove_context(path, "a")
    assert path.read_text() == text


def test_the_first_context_makes_the_file_and_its_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "new"))
    (tmp_path / "new").mkdir()
    assert main(["context", "add", "lab", "--address", "/run/lab.sock"]) == 0
    assert main(["context", "use", "lab"]) == 0
    found = tmp_path / "new" / "edgeconsole" / "console.toml"
    assert load_settings(found).default_context == "lab"
    assert found.stat().st_mode & 0o777 == 0o600


def test_what_is_named_on_the_command_line_goes_before_a_context_and_that_before_the_rest(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def place(config=None, socket=None, context=None):
        found = find_place(config=config, socket=socket, context=context)
        return found.config or found.socket or found.name

    assert place() == "lab"
    monkeypatch.setenv("EDGECONSOLE_SOCKET", "/env.sock")
    assert place() == "/env.sock"
    assert place(context="production") == "production"
    assert place(socket="/given.sock") == "/given.sock"
    assert place(config="f.toml") == "f.toml"
    with pytest.raises(BadInput, match="exclude each other"):
        place(socket="/given.sock", context="production")
    with pytest.raises(BadInput, match="Known are: lab, production"):
        place(context="prod")


@pytest.mark.parametrize(("asked", "readonly"), [(None, True), (True, True), (False, False)])
def test_read_only_is_what_the_line_says_else_what_the_context_says(
    path: Path, monkeypatch: pytest.MonkeyPatch, asked: bool | None, readonly: bool
) -> None:
    monkeypatch.setenv("EDGE_TOKEN", "ec1_x")
    found = find_place(config=None, socket=None, context="production")
    assert open_place(found, readonly=asked, via="test").readonly is readonly


async def test_a_context_is_tried_and_says_what_one_may_do(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "edge"
    directory.mkdir()
    async with admin_world(directory) as world:
        edge = world.remote_edge()
        add = ["context", "add", "far", "--address", edge.address, "--token", edge.token, "--ca", edge.ca]
        assert await asyncio.to_thread(main, [*add, "--readonly"]) == 0
        assert await asyncio.to_thread(main, ["context", "test", "far"]) == 0
        assert "look; --no-readonly to change" in capsys.readouterr().out
        assert await asyncio.to_thread(main, ["--context", "far", "info"]) == 0
        assert "remote" in capsys.readouterr().out
        block = ["--context", "far", "domains", "block", "fabrikam.example"]
        assert await asyncio.to_thread(main, block) == 5
        assert await asyncio.to_thread(main, [*block, "--no-readonly"]) == 0
        await world.https.stop()
        assert await asyncio.to_thread(main, ["context", "test", "far"]) == 4
        await world.open_https()
