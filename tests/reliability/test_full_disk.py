"""A disk that is full or read-only: what waits goes back all the same, and nothing of the operator's work is lost."""

import contextlib
import errno
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from edgeconsole.actions import draft as drafting
from edgeconsole.backends.file import FileBackend
from edgeconsole.config import journal as journalling
from edgeconsole.config import save as saving
from edgeconsole.model.errors import EdgeconsoleError, NotSaved
from edgeconsole.model.revision import Origin
from edgeconsole.store.drafts import DraftBox
from edgeconsole.store.store import Store
from tests.reliability.edges import DISCOVERY_ON, TEXT, RunningEdge, running_edge
from tests.reliability.proxies import EDGECONSOLE, ProxyProcess, served


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory whose name is short enough for a socket."""
    made = Path(tempfile.mkdtemp(prefix="ec-", dir="/tmp"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, so small that a test can fill it."""
    directory = tmp_path / "disk"
    directory.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(directory)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield directory
    subprocess.run(["umount", "-l", str(directory)], check=True)


@pytest.fixture
async def proxy(small_disk: Path, place: Path) -> AsyncIterator[ProxyProcess]:
    async with served(small_disk, place) as running:
        yield running


def _now() -> datetime:
    return datetime.now(UTC)


def fill(directory: Path) -> None:
    """Leave no byte free."""
    with (directory / "ballast").open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    with pytest.raises(OSError, match="No space left"):
        (directory / "one byte more").write_bytes(b"x")


async def test_a_change_goes_back_on_a_full_disk_and_is_written_down(proxy: ProxyProcess) -> None:
    await proxy.apply(timedelta(seconds=2))
    fill(proxy.path.parent)
    await proxy.settled()
    await proxy.check(proxy.before)
    proxy.kill()
    assert proxy.start(), proxy.log.read_text()
    back = (await proxy.connect().history(1))[0]
    assert back.origin is Origin.ROLLED_BACK
    assert "nobody confirmed #2" in back.why
    await proxy.check(proxy.before)


async def test_an_overdue_change_goes_back_at_a_start_on_a_full_disk(small_disk: Path) -> None:
    async with running_edge(small_disk) as edge:
        await edge.pending()
        fill(small_disk)
        edge.boot_id = "second"
        await edge.restart()
        edge.check_back()


async def test_a_change_goes_back_where_no_byte_can_be_written_and_the_audit_catches_up(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    await edge.pending()
    with monkeypatch.context() as full:
        for module in (journalling, saving):
            full.setattr(module, "write_all", _refuse)
        edge.boot += 600
        await edge.settled()
        edge.check_back()
    await edge.apply()
    origins = [record.origin for record in edge.revisions.history(3)]
    assert origins == [Origin.APPLIED, Origin.ROLLED_BACK, Origin.APPLIED]
    await edge.restart()
    assert [record.origin for record in edge.revisions.history(3)] == origins
    assert edge.revisions.trail.verify(edge.service.health().audit_head).intact


def _refuse(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_read_only_file_system_refuses_a_change_and_names_file_and_reason(small_disk: Path) -> None:
    path = small_disk / "federation.toml"
    path.write_text(TEXT)
    remount = ["mount", "-o", "remount,{}", str(small_disk)]
    block = [*EDGECONSOLE, "--config", str(path), "domains", "block", "evil.example"]
    subprocess.run([word.format("ro") for word in remount], check=True)
    refused = subprocess.run(block, capture_output=True, text=True, timeout=30)
    assert refused.returncode == 1
    assert str(small_disk) in refused.stderr
    assert "Read-only file system" in refused.stderr
    assert path.read_text() == TEXT
    subprocess.run([word.format("rw") for word in remount], check=True)
    assert subprocess.run(block, capture_output=True, timeout=30).returncode == 0
    assert "evil.example" in path.read_text()


async def test_a_draft_outlives_a_disk_that_became_read_only(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = small_disk / "federation.toml"
    path.write_text(TEXT)
    ids = itertools.count(1)
    backend = FileBackend(path, clock=_now, new_id=lambda: f"id-{next(ids)}")
    box = DraftBox("file:test", clock=_now, new_id=lambda: f"d{next(ids)}")
    store = Store(backend, clock=_now, drafts=box)
    await store.refresh()
    box.stage([DISCOVERY_ON])
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(NotSaved, match="Read-only file system"):
        await drafting.apply(store, box, await drafting.plan(store, box))
    assert box.view.changes == (DISCOVERY_ON,)
    await store.aclose()


async def test_a_change_that_cannot_go_back_on_a_read_only_disk_is_not_enforced_any_more_and_tried_again(
    edge: RunningEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge.confirmation._retry_seconds = 0.02

    def read_only(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    await edge.pending()
    with monkeypatch.context() as patch:
        patch.setattr("edgeconsole.config.save._rename", read_only)
        edge.boot += 600
        await edge.alarmed()
        assert not edge.discovery
        assert edge.confirmation.told() is not None
        with pytest.raises(EdgeconsoleError):
            await edge.confirmation.confirm(edge.confirmation.told().token, None)  # type: ignore[union-attr, arg-type]
    await edge.settled()
    edge.check_back()
