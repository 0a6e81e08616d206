"""Changes the modules that must not fail in every small way and counts what their tests notice: make mutation.

No file is changed: each mutant lives in a forked process of its own. Arguments name modules, all without. Of a module
with more than EDGECONSOLE_MUTANTS mutants (120) so many are drawn, the same ones every time; 0 takes all.
"""

import ast
import os
import random
import sys
import time
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from tests.mutation.equal import EQUAL
from tests.mutation.mutate import mutants
from tests.mutation.session import (
    QUIET,
    Bench,
    Place,
    changed_functions,
    collected,
    functions_of,
    place,
    silent,
    waited,
)
from tests.mutation.targets import TARGETS, Target

GOAL = 0.85
"""Share of the mutants that must be noticed."""
DRAWN = 120
SEED = 8

Mutant = tuple[str, ast.Module]


class _Changed(MetaPathFinder, Loader):
    """Gives out one module as a mutant."""

    def __init__(self, name: str, tree: ast.Module, path: str) -> None:
        self._name, self._tree, self._path = name, tree, path

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        return spec_from_loader(name, self, origin=self._path) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._tree, self._path, "exec"), module.__dict__)


def notices(target: Target, tree: ast.Module, path: str, seconds: float) -> bool:
    """Import a mutant and run the target's tests on it, all in a fork; one that hangs is noticed too."""
    child = os.fork()
    if child == 0:
        os.setsid()
        silent()
        sys.meta_path.insert(0, _Changed(target.module, tree, path))
        os._exit(pytest.main([*QUIET, *target.tests]) != pytest.ExitCode.OK)
    return waited(child, seconds) != 0


def score(name: str, most: int) -> float:
    """Print what survives of one target and return the share that is noticed."""
    target = TARGETS[name]
    spec = find_spec(target.module)
    assert spec is not None
    assert spec.origin is not None
    # find_spec imports the packages above; the module itself must come from the finder in the fork.
    assert target.module not in sys.modules
    source, start = Path(spec.origin).read_text(), time.monotonic()
    every = list(mutants(source))
    drawn = sorted(random.Random(SEED).sample(range(len(every)), most)) if 0 < most < len(every) else range(len(every))
    chosen = [every[number] for number in drawn]
    whole = compile(source, spec.origin, "exec")
    live: list[tuple[str, dict[Place, CodeType]]] = []
    imported: list[Mutant] = []
    for what, tree in chosen:
        changed = changed_functions(whole, compile(tree, spec.origin, "exec"))
        if changed is None:
            imported.append((what, tree))
        else:
            live.append((what, changed))
    survived = _imported(name, target, imported, ast.parse(source), spec.origin)

    def work(bench: Bench) -> None:
        bench.learn()
        if bench.notices({place(each): each for each in functions_of(whole)}):
            sys.exit(f"{name}: its tests fail when its functions are exchanged for themselves")
        for number, (what, changed) in enumerate(live, 1):
            if not bench.notices(changed):
                survived.append(what)
            if sys.stderr.isatty():
                print(f"\r{name}: {number} of {len(live)}", end="\r", file=sys.stderr)

    collected(target.tests, spec.origin, work)
    return _told(name, source, [what for what, _ in chosen], survived, len(every), time.monotonic() - start)


def _imported(name: str, target: Target, chosen: Sequence[Mutant], whole: ast.Module, path: str) -> list[str]:
    """Return the survivors among the mutants that are something else as soon as they are imported."""
    if not chosen:
        return []
    start = time.monotonic()
    if notices(target, whole, path, 300):
        sys.exit(f"{name}: its tests fail as it is: {' '.join(target.tests)}")
    seconds = 4 * (time.monotonic() - start) + 10
    return [what for what, tree in chosen if not notices(target, tree, path, seconds)]


def _told(name: str, source: str, chosen: list[str], survived: list[str], every: int, seconds: float) -> float:
    lines = source.splitlines()

    def where(what: str) -> tuple[str, str]:
        """Return the text of the line and the change, which stay when lines move."""
        line, _, change = what.removeprefix("line ").partition(": ")
        return lines[int(line) - 1].strip(), change

    equal = {what for what in survived if where(what) in EQUAL.get(name, {})}
    real = [what for what in survived if what not in equal]
    counted = len(chosen) - len(equal)
    share = 1 - len(real) / counted
    print(f"{name:12} {share:6.1%} of {counted} mutants noticed, {len(equal)} more are equal ({every} in all, "
          f"{seconds:.0f} s)", flush=True)  # fmt: skip
    for what in real:
        print(f"             {what}   {where(what)[0]}", flush=True)
    return share


def main() -> int:
    most = int(os.environ.get("EDGECONSOLE_MUTANTS", DRAWN))
    missed = 0
    for name in sys.argv[1:] or TARGETS:
        # Each in a process of its own: what one imports, another must not find.
        child = os.fork()
        if child == 0:
            share = score(name, most)
            sys.stdout.flush()
            os._exit(share < GOAL)
        missed |= os.waitpid(child, 0)[1] != 0
    return int(missed)


sys.exit(main())
