"""A writer killed at any moment leaves a file that is old or new, whole, and a history that agrees with it."""

import hashlib
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from edgeconsole.config.read import load
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.errors import Conflict
from edgeconsole.model.revision import Origin
from tests.config.federation_files import SAMPLE

ROOT = Path(__file__).parents[2]


def writer(mode: str, path: Path, number: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.config.writer_process", mode, str(path), str(number)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def reopened(path: Path) -> Revisions:
    return Revisions.open(path, clock=lambda: datetime.now(UTC), new_id=lambda: uuid4().hex)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "federation.toml"
    path.write_text(SAMPLE)
    return path


def check_whole(path: Path, told: int) -> int:
    """Check everything a crash must leave true, and return the head's number."""
    configuration = load(path).configuration
    revisions = reopened(path)
    try:
        assert revisions.loaded.configuration == configuration
        assert revisions.head.etag == hashlib.sha256(path.read_bytes()).hexdigest()
        assert revisions.head.number >= told, "a revision was told as saved and is gone"
        assert revisions.head.number <= told + 1, "more was saved than was told, and the one under way"
        records = revisions.history(limit=1000)
        assert [record.revision.number for record in records] == list(range(revisions.head.number, 0, -1))
        assert all(record.origin in (Origin.CREATED, Origin.APPLIED) for record in records)
        assert not [name for name in os.listdir(path.parent) if name.endswith(".tmp")]
        assert not [name for name in os.listdir(path.with_name("federation.history")) if name.endswith(".tmp")]
        return revisions.head.number
    finally:
        revisions.close()


def kill_in_a_loop(path: Path, rounds: int) -> None:
    told = 1
    for turn in range(rounds):
        with writer("loop", path) as process:
            assert process.stdout is not None
            # Reading so many lines puts each kill at another place; the writer never waits for the reader.
            for _ in range(1 + turn % 4):
                told = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
            told = max([told, *(int(line) for line in process.stdout if line.endswith("\n"))])
        told = check_whole(path, told)


def test_kill_9_in_a_loop_of_changes_leaves_old_or_new(path: Path) -> None:
    kill_in_a_loop(path, rounds=8)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_9_two_hundred_times_leaves_old_or_new(path: Path) -> None:
    kill_in_a_loop(path, rounds=200)


def calls_of_a_commit(path: Path) -> list[str]:
    with writer("count", path) as process:
        assert process.stdout is not None
        return process.stdout.read().split()


def kill_before_calls(path: Path, step: int) -> None:
    calls = calls_of_a_commit(path)
    assert {"link", "replace", "fsync", "write", "open"} & set(calls) >= {"replace", "fsync", "write", "open"}
    told = check_whole(path, 1)
    for number in range(1, len(calls) + 1, step):
        with writer("die", path, number) as process:
            code = process.wait()
        if code != -signal.SIGKILL:
            # A commit of another kind may need fewer calls.
            assert code == 0
        told = check_whole(path, told)


def test_kill_9_before_every_third_call_that_touches_the_disk_leaves_old_or_new(path: Path) -> None:
    kill_before_calls(path, step=3)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_9_before_every_call_that_touches_the_disk_leaves_old_or_new(path: Path) -> None:
    kill_before_calls(path, step=1)


def test_another_process_holds_the_lock_as_long_as_it_lives(path: Path) -> None:
    with writer("loop", path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(Conflict, match=f"held by process {process.pid}"):
            reopened(path)
        reader = Revisions.open(path, clock=lambda: datetime.now(UTC), new_id=lambda: uuid4().hex, writer=False)
        assert reader.head.number >= 2
        reader.close()
        process.kill()
    reopened(path).close()
