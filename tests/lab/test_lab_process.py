"""The headless lab as a process: what it prints, how it ends, what it leaves."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeconsole.lab.description import Description
from edgeconsole.lab.edge_process import EdgeFailed
from edgeconsole.lab.run import RunningLab, start_background
from tests.lab.clients import as_partner
from tests.lab.processes import children, eventually, is_alive

STAND_IN_LAB = Path(__file__).with_name("stand_in_lab.py")


def command(mode: str = "serve") -> tuple[str, ...]:
    return (sys.executable, str(STAND_IN_LAB), mode)


@pytest.fixture
def lab(temporary_root: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_ends_it_cleanly_with_nothing_left(
    lab: subprocess.Popen[str], temporary_root: Path, number: signal.Signals
) -> None:
    assert lab.stdout is not None
    described = Description.from_json(lab.stdout.readline())
    below = children(lab.pid)
    assert below
    assert Path(described.config).is_relative_to(temporary_root)
    lab.send_signal(number)
    rest, errors = lab.communicate(timeout=20)
    assert (lab.returncode, rest, errors) == (0, "", "")
    assert not any(map(is_alive, below))
    assert list(temporary_root.iterdir()) == []


async def test_no_process_outlives_a_lab_that_is_killed(lab: subprocess.Popen[str]) -> None:
    assert lab.stdout is not None
    assert lab.stdout.readline()
    below = children(lab.pid)
    assert below
    lab.kill()
    await eventually(lambda: not any(map(is_alive, below)))


async def test_a_signal_before_it_is_ready_ends_it_as_cleanly(temporary_root: Path) -> None:
    # An edge that says nothing and minds no standard input: only the lab can end it.
    waiting = "import signal; signal.pause()"
    program = (
        "import sys; from edgeconsole.lab.run import run_headless;"
        f"sys.exit(run_headless(command=lambda configuration: (sys.executable, '-c', {waiting!r})))"
    )
    process = subprocess.Popen(
        (sys.executable, "-c", program), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    await eventually(lambda: len(children(process.pid)) == 1)
    edge = children(process.pid)
    process.terminate()
    assert process.communicate(timeout=20) == (b"", b"")
    assert process.returncode == 0
    assert not any(map(is_alive, edge))
    assert list(temporary_root.iterdir()) == []


async def test_an_edge_that_ends_ends_the_lab_and_says_so(lab: subprocess.Popen[str], temporary_root: Path) -> None:
    assert lab.stdout is not None
    lab.stdout.readline()
    os.kill(children(lab.pid)[0], signal.SIGKILL)
    lab.wait(20)
    _, errors = lab.communicate()
    assert lab.returncode == 1
    assert "the edge ended with exit code -9" in errors
    assert "Traceback" not in errors
    assert list(temporary_root.iterdir()) == []


async def test_a_directory_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    done = subprocess.run((*command(), str(tmp_path)), capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert done.stderr.startswith("edgeconsole lab: ")
    assert done.stderr.count("\n") == 1


async def test_a_background_lab_is_described_and_stopped(temporary_root: Path) -> None:
    with start_background(command=command()) as lab:
        assert isinstance(lab, RunningLab)
        below = [lab.pid, *children(lab.pid)]
        told, partner = lab.description, lab.description.partners[0]
        async with as_partner(told, partner) as client:
            answer = await client.options(sender="ann@fabrikam.example", recipient="alice@contoso.example")
            assert answer.status == 200
    assert not any(map(is_alive, below))
    assert list(temporary_root.iterdir()) == []


async def test_a_background_lab_ends_with_the_process_that_started_it(temporary_root: Path) -> None:
    program = (
        "from edgeconsole.lab.run import start_background; import sys;"
        f"lab = start_background(command={command()!r}); print(lab.pid, flush=True); sys.stdin.read()"
    )
    starter = subprocess.Popen((sys.executable, "-c", program), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    below = [pid, *children(pid)]
    assert len(below) == 2
    starter.kill()
    starter.communicate()
    await eventually(lambda: not any(map(is_alive, below)))
    await eventually(lambda: list(temporary_root.iterdir()) == [])


async def test_a_background_lab_that_fails_says_why(temporary_root: Path) -> None:
    with pytest.raises(EdgeFailed, match=r"edge\.fqdn: not this time"):
        start_background(command=command("refuse"))
    assert list(temporary_root.iterdir()) == []
