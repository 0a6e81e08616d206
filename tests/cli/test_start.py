"""The name that stands on screen while the console is imported, and what may be imported before it."""

import subprocess
import sys
from pathlib import Path

import pytest

from edgeconsole.cli.parser import build_parser
from edgeconsole.cli.start import opens_console, takes_escapes
from tests.bench.pty_terminal import PtyTerminal

_NOT_AT_START = """
    httpx httpcore dns cryptography sqlite3 click unittest edgeconsole.proxy edgeconsole.lab edgeconsole.probes
    edgeconsole.cli.arguments edgeconsole.rules.lint edgeconsole.tui.remap
"""


@pytest.mark.parametrize(
    "typed",
    [[], ["--readonly"], ["--config", "a.toml", "--theme", "x"], ["--socket=/run/x", "--ascii"], ["--driver", "own"]],
)
def test_options_alone_open_the_console(typed: list[str]) -> None:
    assert opens_console(typed)


@pytest.mark.parametrize("typed", [["status"], ["--socket", "x", "lab"], ["--version"], ["--help"], ["--config"]])
def test_a_verb_or_a_question_does_not_open_it(typed: list[str]) -> None:
    assert not opens_console(typed)


def test_every_option_known_here_is_one_of_the_command_line() -> None:
    from edgeconsole.cli import start

    known = {option for action in build_parser()._actions for option in action.option_strings}
    assert {*start.VALUED, *start.FLAGS} <= known


@pytest.mark.parametrize(
    "typed",
    [
        ["status", "--json"],
        ["--socket", "/run/a", "--readonly", "domains", "list", "expires<30d"],
        ["domains", "--json", "block", "fabrikam.example", "--why", "status"],
        ["--config=a.toml", "history"],
        ["--sock", "x", "lab", "--theme", "y"],
        ["--context", "status", "probe", "fabrikam.example"],
    ],
)
def test_the_parser_of_the_verb_that_was_typed_reads_it_as_the_whole_one_does(typed: list[str]) -> None:
    assert build_parser(typed).parse_args(typed) == build_parser().parse_args(typed)


@pytest.mark.parametrize(
    "typed", [["statsu"], ["domains"], ["domains", "bloc"], ["--help"], ["domains", "-h"], ["--x"]]
)
def test_what_is_no_verb_is_answered_by_the_whole_parser(typed: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for parser in (build_parser(typed), build_parser()):
        with pytest.raises(SystemExit):
            parser.parse_args(typed)
        said.append(capsys.readouterr())
    assert said[0] == said[1]


_COLLECTS = """import atexit, gc, sys
from edgeconsole.cli import start
atexit.register(lambda: print("collects", gc.isenabled(), gc.get_threshold()[0], file=sys.stderr))
sys.argv = ["edgeconsole", *{typed!r}]
sys.exit(start.main())
"""


@pytest.mark.parametrize(
    ("typed", "every"), [(["glossary"], 700), (["--config", "{file}", "status", "--json"], 100_000)]
)
def test_garbage_is_collected_again_once_a_command_is_imported(typed: list[str], every: int, tmp_path: Path) -> None:
    file = tmp_path / "federation.toml"
    file.write_text("version = 1\n")
    code = _COLLECTS.format(typed=[word.format(file=file) for word in typed])
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert run.stderr.splitlines()[-1] == f"collects True {every}"


def test_a_terminal_that_cannot_erase_is_not_written_to() -> None:
    assert not takes_escapes({"TERM": "dumb"})
    assert not takes_escapes({})
    assert takes_escapes({"TERM": "xterm"})


def test_nothing_heavy_is_imported_before_the_name_is_shown() -> None:
    code = "import sys, edgeconsole.cli.start; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert loaded.isdisjoint({"asyncio", "argparse", "msgspec", "textual", "rich", "ssl", "logging", "httpx", "dns"})


def test_an_error_writes_over_the_name_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "edgeconsole", "--config", str(tmp_path / "none" / "federation.toml")]
    terminal = PtyTerminal(argv, env={"XDG_STATE_HOME": str(tmp_path)})
    try:
        terminal.settle(quiet=20)
    finally:
        terminal.close()
    assert terminal.output.startswith(b"edgeconsole\redgeconsole: ")
    assert terminal.output.endswith(b"\x1b[K")


def test_output_that_is_no_terminal_gets_no_name(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "edgeconsole", "--config", str(tmp_path / "none" / "federation.toml")]
    run = subprocess.run(argv, capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert b"\x1b" not in run.stdout
    assert b"edgeconsole\r" not in run.stdout


def test_the_console_s_start_imports_none_of_what_it_does_not_show() -> None:
    code = "import sys, edgeconsole.cli.main, edgeconsole.cli.run, edgeconsole.tui.app; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    heavy = set(_NOT_AT_START.split())
    assert heavy.isdisjoint(run.stdout.split())


def test_the_version_is_told_as_the_parser_tells_it_and_imports_nothing_heavy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["--version"])
    code = "import sys, edgeconsole.cli.start as start; sys.argv = ['edgeconsole', '--version']; start.main(); "
    code += "print(*sys.modules, file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert run.stdout == capsys.readouterr().out
    assert {"argparse", "asyncio", "msgspec", "textual"}.isdisjoint(run.stderr.split())
