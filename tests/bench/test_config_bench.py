"""Load and save of federation.toml, in turn with `tomllib` and tomlkit, from 100 domains to 100,000."""

import gc
import hashlib
import resource
import subprocess
import time
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from edgeconsole.actions.direct import block_change
from edgeconsole.config import snapshot
from edgeconsole.config.read import parse
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table
from edgeconsole.model.revision import Author
from tests.bench import peers
from tests.bench.ledger import note, note_scale

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

KIT = Path(__file__).parent / "tomlkit_child.py"
KIT_DOMAINS = 10_000
KIT_ROUNDS = 3


def federation(domains: int) -> str:
    head = "version = 1\n\n[access_edge]\nfederation = true\npartner_discovery = false\n\n"
    return head + "".join(
        ("# Supplier, renewed each year\n" if number % 10 == 0 else "")
        + f'[[domain]]\nname = "partner{number}.example"\naction = "allow"\n'
        + f'access_edge = "sip.partner{number}.example"\ncomment = "Contract {number}"\n\n'
        for number in range(domains)
    )


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of some work and the processes it ended; others work on the machine too."""
    start = _cpu()
    work()
    return _cpu() - start


def rounds(*works: Callable[[], object], times: int) -> list[list[float]]:
    """Return the seconds of each in every round, taken in turn."""
    taken: list[list[float]] = []
    for _ in range(times):
        gc.collect()
        taken.append([seconds(work) for work in works])
    return [list(column) for column in zip(*taken, strict=True)]


@pytest.mark.parametrize(("domains", "times"), [(100, 15), (1_000, 15), (10_000, 7), (100_000, 3)])
def test_load_and_save_against_tomllib_and_tomlkit(domains: int, times: int, tmp_path: Path) -> None:
    text = federation(domains)
    path = tmp_path / "federation.toml"
    path.write_text(text)
    ids, steps = count(), count()
    revisions = Revisions.open(path, clock=lambda: datetime.now(UTC), new_id=lambda: f"{next(ids)}")

    def save(change: Change) -> None:
        revisions.commit(revisions.plan([change]).plan_id, author=Author("bench"))

    def set_one() -> None:
        save(block_change(f"partner{(next(steps) * 7919) % domains}.example"))

    def toggle() -> None:
        on = not revisions.loaded.configuration.access_edge.partner_discovery
        save(Change(table=Table.ACCESS_EDGE, fields={"partner_discovery": on}))

    kept = tmp_path / "kept"
    kept.mkdir()
    content = text.encode()
    snapshot.keep(kept, hashlib.sha256(content).hexdigest(), parse(text, "federation.toml").configuration)

    def warm() -> None:
        assert snapshot.recall(kept, hashlib.sha256(content).hexdigest()) is not None

    base, load, again, one, switch = rounds(
        lambda: tomllib.loads(text), lambda: parse(text, "federation.toml"), warm, set_one, toggle, times=times
    )
    for name, taken in (("load", load), ("load, warm", again), ("change one", one), ("toggle", switch)):
        note_scale(f"{name}, ms of CPU", domains, min(taken) * 1e3)
        note_scale(f"{name}, of `tomllib`", domains, min(taken) / min(base))
    if domains == 100_000:
        note("load cold", _ms(load), _ms(base))
        note("load warm", _ms(again), _ms(base))
    python = peers.python("tomlkit")
    if domains == KIT_DOMAINS:
        if python is None:
            pytest.skip("tomlkit is not installed: make bench tries to, from the package registry")
        _against_tomlkit(python, set_one, text, tmp_path / "kit.toml")
    revisions.close()


def _against_tomlkit(python: str, set_one: Callable[[], object], text: str, path: Path) -> None:
    """Plan and commit as a running edge does, history, audit and syncs included, against read, change and write."""
    path.write_text(text)
    rounds_of_kit, ours = [], []
    for _ in range(KIT_ROUNDS):
        run = subprocess.run(
            [python, str(KIT), str(path), "1"], check=True, capture_output=True, text=True, timeout=100
        )
        rounds_of_kit.append([float(figure) for figure in run.stdout.split()])
        began = time.perf_counter()
        cpu = seconds(set_one)
        ours.append([cpu, time.perf_counter() - began])
    for place, name in enumerate(("save", "save synced")):
        note(name, _ms([each[place] for each in ours]), _ms([each[place] for each in rounds_of_kit]))


def _ms(taken: list[float]) -> list[float]:
    return [each * 1e3 for each in taken]
