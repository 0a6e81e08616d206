"""Changes six modules in every small way and counts how many of the changes their tests notice: make mutation.

Each mutant lives in a forked process of its own; no file is changed. Arguments name modules, all without.
EDGECONSOLE_MUTANTS=N takes N mutants of each module, spread over it.
"""

import ast
import os
import signal
import sys
import time
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from tests.mutation.mutate import mutants

GOAL = 0.85
"""Share of the mutants that must be noticed."""


class Target(NamedTuple):
    """A module and the tests that are to notice its changes."""

    module: str
    tests: tuple[str, ...]


TARGETS = {
    "framer": Target("edgeconsole.proxy.sip.framer", ("tests/proxy/test_framer.py",)),
    "sanitiser": Target("edgeconsole.model.text", ("tests/model/test_text.py",)),
    "roles": Target("edgeconsole.wire.roles", ("tests/admin/test_authorisation.py",)),
    "callers": Target(
        "edgeconsole.proxy.admin.callers", ("tests/admin/test_authorisation.py", "tests/admin/test_tokens.py")
    ),
    "audit": Target(
        "edgeconsole.config.journal",
        (
            "tests/config/test_journal.py",
            "tests/config/test_revisions.py",
            "tests/config/test_atomic_save.py",
            "tests/reliability/test_failing_audit.py",
        ),
    ),
    "confirm": Target(
        "edgeconsole.config.confirm", ("tests/reliability/test_confirmed.py", "tests/config/test_revisions.py")
    ),
    "store": Target("edgeconsole.store.store", ("tests/store/test_store.py", "tests/drafts/test_apply.py")),
}


class _Changed(MetaPathFinder, Loader):
    """Gives out one module as a mutant."""

    def __init__(self, name: str, tree: ast.Module, path: str) -> None:
        self._name, self._tree, self._path = name, tree, path

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        return spec_from_loader(name, self, origin=self._path) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._tree, self._path, "exec"), module.__dict__)


def notices(target: Target, tree: ast.Module, path: str, seconds: float) -> bool:
    """Run the target's tests on a mutant in a fork; one that hangs is noticed too."""
    child = os.fork()
    if child == 0:
        os.setsid()
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        sys.meta_path.insert(0, _Changed(target.module, tree, path))
        quiet = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=1")
        os._exit(pytest.main([*quiet, "-m", "not slow and not bench", *target.tests]) != pytest.ExitCode.OK)
    ending = time.monotonic() + seconds
    while time.monotonic() < ending:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status != 0
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def score(name: str, most: int | None) -> float:
    """Print what survives of one target and return the share that is noticed."""
    target = TARGETS[name]
    spec = find_spec(target.module)
    assert spec is not None
    assert spec.origin is not None
    # find_spec imports the packages above; the module itself must come from the finder in the fork.
    assert target.module not in sys.modules
    source = Path(spec.origin).read_text()
    start = time.monotonic()
    if notices(target, ast.parse(source), spec.origin, 300):
        sys.exit(f"{name}: its tests fail as it is: {' '.join(target.tests)}")
    seconds = 10 * (time.monotonic() - start) + 5
    every = list(mutants(source))
    chosen = every if most is None else every[:: max(1, len(every) // most)]
    survived = [what for what, tree in chosen if not notices(target, tree, spec.origin, seconds)]
    share = 1 - len(survived) / len(chosen)
    print(f"{name:10} {share:6.1%} of {len(chosen)} mutants noticed (of {len(every)})", flush=True)
    for what in survived:
        print(f"           {target.module} {what}", flush=True)
    return share


def main() -> int:
    most = os.environ.get("EDGECONSOLE_MUTANTS")
    shares = [score(name, int(most) if most else None) for name in sys.argv[1:] or TARGETS]
    return int(min(shares) < GOAL)


sys.exit(main())
