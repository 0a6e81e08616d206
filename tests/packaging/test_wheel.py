"""The wheel and the source archive hold all that is needed, and the wheel works where nothing else is."""

import os
import pty
import select
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

import edgeconsole

ROOT = Path(__file__).parents[2]
IN_THE_WHEEL = (
    "edgeconsole/py.typed",
    "edgeconsole/themes/edge-ansi.toml",
    "edgeconsole/units/edgeconsole.service",
    "edgeconsole/tui/css/base.tcss",
    "share/man/man1/edgeconsole.1",
    "share/bash-completion/completions/edgeconsole",
    "share/zsh/site-functions/_edgeconsole",
    "share/fish/vendor_completions.d/edgeconsole.fish",
    "share/edgeconsole/examples/federation.toml",
    "share/edgeconsole/examples/console.toml",
    "share/edgeconsole/examples/federation.schema.json",
    "share/edgeconsole/prosody/mod_edge_trust.lua",
    "share/doc/edgeconsole/daily-tasks.md",
)
IN_THE_SOURCES = ("Makefile", "README.md", "pyproject.toml", "docs/rules.md", "contrib/packaging/shared_files.py")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500), pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with both, built as `make dist` builds them."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    if "No module named build" in done.stderr:
        pytest.skip("build is not installed: make setup installs it")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment of its own with the wheel and what it depends on, nothing of the development group."""
    environment = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True, timeout=120)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, str(next(built.glob("*.whl")))], check=True, timeout=300)
    return environment


def _run(installed: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(installed / "bin" / "edgeconsole"), *arguments], cwd=home, env=_clean(installed, home),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def _clean(installed: Path, home: Path) -> dict[str, str]:
    return {
        "PATH": f"{installed / 'bin'}:/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
    }


def test_the_wheel_holds_what_the_product_needs_and_no_tests(built: Path) -> None:
    names = zipfile.ZipFile(next(built.glob("*.whl"))).namelist()
    assert [wanted for wanted in IN_THE_WHEEL if not any(name.endswith(wanted) for name in names)] == []
    assert [name for name in names if name.startswith("tests/")] == []


def test_the_source_archive_holds_what_builds_and_tests_it(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = archive.getnames()
    assert [wanted for wanted in IN_THE_SOURCES if not any(name.endswith(f"/{wanted}") for name in names)] == []


def test_the_installed_commands_work_in_a_clean_home(installed: Path, tmp_path: Path) -> None:
    assert _run(installed, tmp_path, "--version").stdout.strip() == f"edgeconsole {edgeconsole.__version__}"
    share = installed / "share"
    assert "EDGECONSOLE 1" in (share / "man/man1/edgeconsole.1").read_text()
    example = tmp_path / "federation.toml"
    example.write_text((share / "edgeconsole/examples/federation.toml").read_text())
    listed = _run(installed, tmp_path, "--config", str(example), "domains", "list")
    assert listed.returncode == 0, listed.stderr
    assert "fabrikam.example" in listed.stdout
    assert "Traceback" not in _run(installed, tmp_path, "--config", str(example), "status").stderr
    assert "ExecStart=" in _run(installed, tmp_path, "units").stdout
    assert _run(installed, tmp_path, "completion", "bash").stdout.endswith("edgeconsole\n")


def test_the_installed_console_opens_on_a_terminal_and_quits(installed: Path, tmp_path: Path) -> None:
    example = tmp_path / "federation.toml"
    example.write_text((installed / "share/edgeconsole/examples/federation.toml").read_text())
    child, terminal = pty.fork()
    if child == 0:
        program = str(installed / "bin" / "edgeconsole")
        os.chdir(tmp_path)
        os.execve(program, [program, "--config", str(example)], _clean(installed, tmp_path))
    status = None
    try:
        assert "sip.contoso.example" in _read_until(terminal, b"sip.contoso.example")
        os.write(terminal, b"Q")
        _read_until(terminal, None)
        status = os.waitpid(child, 0)[1]
    finally:
        if status is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0


def _read_until(terminal: int, words: bytes | None) -> str:
    """Return what was drawn until the words came, or until the end where there are none."""
    seen = b""
    end = time.monotonic() + 30
    while (words is None or words not in seen) and time.monotonic() < end:
        if not select.select([terminal], [], [], 1.0)[0]:
            continue
        try:
            got = os.read(terminal, 65536)
        except OSError:
            break
        if not got:
            break
        seen += got
    return seen.decode(errors="replace")
