"""The systemd unit: as closed as promised, of this installation, and enough for what the proxy does."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgeconsole import units
from edgeconsole.cli.main import main

MOST_EXPOSURE = 1.5

analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing; on Debian: apt-get install systemd"
)


def settings(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in units.unit(name, ["/usr/bin/edgeconsole"]).splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@analyze
@pytest.mark.parametrize("name", units.NAMES)
def test_the_exposure_is_at_most_one_and_a_half(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(units.unit(name, [sys.executable, "-m", "edgeconsole"]))
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSURE * 10:.0f}", "--no-pager", path],
        capture_output=True, text=True, timeout=30, env=os.environ | {"LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert exposure
    assert float(exposure[1]) <= MOST_EXPOSURE


@analyze
@pytest.mark.parametrize("name", units.NAMES)
def test_systemd_understands_every_line(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(units.unit(name, [sys.executable, "-m", "edgeconsole"]))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stderr == ""


def test_it_is_told_when_the_edge_serves_and_reloads_without_a_restart() -> None:
    found = settings("edgeconsole.service")
    assert found["Type"] == ["notify"]
    assert found["NotifyAccess"] == ["main"]
    assert found["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert int(found["WatchdogSec"][0]) > 0


def test_a_probe_worker_ended_for_memory_does_not_take_the_edge_along() -> None:
    found = settings("edgeconsole.service")
    assert found["OOMPolicy"] == ["continue"]
    assert found["MemoryMax"] == ["1G"]


def test_callers_of_the_admin_socket_keep_their_names() -> None:
    assert "PrivateUsers" not in settings("edgeconsole.service")


def test_the_printed_unit_runs_this_installation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["units"]) == 0
    out = capsys.readouterr().out
    (line,) = re.findall(r"^ExecStart=(.*)$", out, re.MULTILINE)
    program = line.split()[0]
    assert Path(program).is_absolute()
    assert os.access(program, os.X_OK)
    assert "@PROGRAM@" not in out


def test_it_is_written_where_asked_with_the_next_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["units", "--write", str(tmp_path)]) == 0
    assert "systemctl daemon-reload" in capsys.readouterr().out
    assert (tmp_path / "edgeconsole.service").read_text().startswith("# The edge as a service")


def test_a_directory_that_cannot_be_written_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["units", "--write", "/nonexistent"]) == 2
    assert "/nonexistent/edgeconsole.service cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "is_hidden"),
    [
        (["/root/.local/bin/edgeconsole"], True),
        (["/home/ops/venv/bin/python", "-m", "edgeconsole"], True),
        (["/opt/edgeconsole/bin/edgeconsole"], False),
        (["/homes/edgeconsole"], False),
    ],
)
def test_a_program_in_a_home_directory_is_warned_of(command: list[str], is_hidden: bool) -> None:
    assert units.hidden(command) is is_hidden
