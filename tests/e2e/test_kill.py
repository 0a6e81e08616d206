"""kill -9 of the proxy amid changes: the file is the old one or the new one, and the next start takes it."""

import itertools
import random
import threading
from pathlib import Path

import pytest

from edgeconsole.config.read import load
from tests.e2e.conftest import Proxy, edgeconsole


def change(socket: str, number: int) -> int:
    """Make one of four changes; the exit code says what is known of it."""
    name = f"partner{number // 4}.example"
    words = [
        ("discovery", "on"), ("domains", "allow", name), ("domains", "block", name, "--comment", f"change {number}"),
        ("discovery", "off"),
    ][number % 4]  # fmt: skip
    return edgeconsole("--socket", socket, *words).code


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kills", [2, pytest.param(24, marks=pytest.mark.slow)])
def test_the_proxy_killed_amid_changes_never_leaves_a_file_that_is_neither_old_nor_new(file: Path, kills: int) -> None:
    moments = random.Random(20261120)
    numbers = itertools.count()
    comments = [line for line in file.read_text().splitlines() if line.startswith("#")]
    for _ in range(kills):
        proxy = Proxy(file)
        # The proxy dies at a moment between no time and a little more than three changes take.
        killer = threading.Timer(moments.uniform(0.0, 1.2), proxy.kill)
        killer.start()
        acknowledged = None
        while True:
            before = file.read_bytes()
            code = change(proxy.socket, next(numbers))
            if code != 0:
                break
            acknowledged = file.read_bytes()
        killer.join()
        after = file.read_bytes()
        loaded = load(file)
        assert loaded.configuration.edge is not None
        assert [line for line in after.decode().splitlines() if line.startswith("#")] == comments
        if acknowledged is not None:
            assert after in (acknowledged, before) or _holds_all_of(after, acknowledged)
    survivor = Proxy(file)
    try:
        status = edgeconsole("--socket", survivor.socket, "--json", "status")
        assert status.json["well"], status.out
        assert edgeconsole("--socket", survivor.socket, "discovery", "on").code == 0
    finally:
        survivor.kill()
    left = sorted(path.name for path in file.parent.iterdir())
    assert [name for name in left if name.startswith(".")] == [], left


def _holds_all_of(after: bytes, acknowledged: bytes) -> bool:
    """The change that was cut off may be in the file; what was acknowledged must be."""
    kept = set(after.decode().splitlines())
    lost = [line for line in acknowledged.decode().splitlines() if line and line not in kept]
    return len(lost) <= 2
