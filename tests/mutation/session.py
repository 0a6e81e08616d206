"""Tests collected once and run again and again on mutants: each in a fork whose live functions are exchanged.

A mutant of a function meets only the tests that call it, those that noticed most others first. What is changed
outside functions has worked already when the module was imported, so that such a mutant is no matter of this module.
"""

import contextlib
import gc
import json
import os
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

_NOTICED = 1
Place = tuple[str, int]
"""A function: its qualified name and first line."""


def functions_of(code: CodeType) -> Iterator[CodeType]:
    """Yield the functions and methods of a module that can be exchanged, not those within another function."""
    for inner in code.co_consts:
        if not isinstance(inner, CodeType):
            continue
        if inner.co_flags & 0x2:  # CO_NEWLOCALS: a function; a class body has none.
            yield inner
        else:
            yield from functions_of(inner)


def place(code: CodeType) -> Place:
    return code.co_qualname, code.co_firstlineno


def changed_functions(code: CodeType, other: CodeType) -> dict[Place, CodeType] | None:
    """Return the functions of `other` that differ; None where something outside functions does."""
    before = {place(each): each for each in functions_of(code)}
    changed = {place(each): each for each in functions_of(other) if before.get(place(each)) != each}
    # A comprehension of the module itself has run and left no function.
    lives = not any(each.co_name.startswith("<") for each in changed.values())
    return changed if changed and lives and _shell(code) == _shell(other) else None


def _shell(code: CodeType) -> object:
    """Return what a module or class body does itself."""
    inner = [_shell(each) if isinstance(each, CodeType) and not each.co_flags & 0x2 else
             place(each) if isinstance(each, CodeType) else (type(each), each) for each in code.co_consts]  # fmt: skip
    return code.co_code, code.co_names, inner


class Bench:
    """A pytest plugin that lets somebody run the collected tests on one mutant after another."""

    def __init__(self, path: str, work: "Callable[[Bench], None]") -> None:
        self._path, self._work = path, work
        self._items: list[pytest.Item] = []
        self._callers: dict[Place, set[str]] = defaultdict(set)
        self._seconds: dict[str, float] = {}
        self._noticed: Counter[str] = Counter()
        self._failed: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._items = session.items
        self._work(self)
        return True

    def learn(self) -> None:
        """Run every test on the module as it is; keep which functions it calls. Raises RuntimeError where one fails."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            silent()
            told = []
            for at, item in enumerate(self._items):
                called: set[Place] = set()
                self._trace(called)
                start = time.monotonic()
                good = self._run(item, self._items[at + 1] if at + 1 < len(self._items) else None)
                self._trace(None)
                told.append((item.nodeid, good, time.monotonic() - start, sorted(called)))
            with os.fdopen(writer, "w") as out:
                json.dump(told, out)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            told = json.load(answer)
        os.waitpid(child, 0)
        failed = [test for test, good, *_ in told if not good]
        if failed:
            raise RuntimeError("they fail as it is: " + " ".join(failed))
        for test, _, seconds, called in told:
            self._seconds[test] = seconds
            for name, line in called:
                self._callers[name, line].add(test)

    def _trace(self, called: set[Place] | None) -> None:
        """Note which functions of the module are called, by any thread, inner ones under the outermost."""
        path = self._path

        def note(frame: FrameType, _event: str, _argument: Any) -> None:
            code = frame.f_code
            if called is not None and code.co_filename == path:
                called.add(place(code))

        sys.settrace(note if called is not None else None)
        threading.settrace(note if called is not None else None)  # type: ignore[arg-type]

    def _run(self, item: pytest.Item, following: pytest.Item | None) -> bool:
        if hasattr(item, "_request") and not item._request:
            item._initrequest()  # type: ignore[attr-defined]
        reports = runtestprotocol(item, nextitem=following, log=False)
        return not any(report.failed for report in reports)

    def notices(self, changed: dict[Place, CodeType]) -> bool:
        """Run the tests that call what is changed until one fails; one that hangs has noticed it."""
        meant = self._meant(changed)
        if not meant:
            return False
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            os.setsid()
            silent()
            status = _NOTICED
            try:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                exchange(self._path, changed)
                for at, item in enumerate(meant):
                    os.write(writer, item.nodeid.encode() + b"\n")
                    # The alarm ends the process, and whoever it waits for.
                    signal.setitimer(signal.ITIMER_REAL, 3 + 10 * self._seconds[item.nodeid])
                    if not self._run(item, meant[at + 1] if at + 1 < len(meant) else None):
                        break
                else:
                    status = 0
            finally:
                os._exit(status)
        os.close(writer)
        status = os.waitpid(child, 0)[1]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        with os.fdopen(reader) as answer:
            last = answer.read().split("\n")[-2:-1]
        if status != 0:
            self._noticed.update(last)
        return status != 0

    def _meant(self, changed: dict[Place, CodeType]) -> Sequence[pytest.Item]:
        # A function within another has a name that begins with the other's.
        names = {name for name, _ in changed}
        tests = {test for (name, _), callers in self._callers.items()
                 if name in names or name.split(".<locals>")[0] in names for test in callers}  # fmt: skip
        meant = [item for item in self._items if item.nodeid in tests]
        return sorted(meant, key=lambda item: (-self._noticed[item.nodeid], self._seconds[item.nodeid]))


def exchange(path: str, changed: dict[Place, CodeType]) -> None:
    """Give the live functions of a module other code."""
    # Those that were frozen out of the collections are not among the objects.
    gc.unfreeze()
    for function in gc.get_objects():
        if type(function) is FunctionType and function.__code__.co_filename == path:
            code = changed.get(place(function.__code__))
            if code is not None:
                function.__code__ = code


def waited(child: int, seconds: float) -> int:
    """Return the status of a process that leads a group; one that hangs is killed with the group, status -1."""
    ending = time.monotonic() + seconds
    while time.monotonic() < ending:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        time.sleep(0.005)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


def silent() -> None:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)


def collected(tests: Sequence[str], path: str, work: Callable[[Bench], None]) -> None:
    """Collect tests here, in this process, and do the work with them. Raises what the work raises."""
    caught: list[BaseException] = []

    def guarded(bench: Bench) -> None:
        try:
            work(bench)
        except BaseException as error:
            caught.append(error)

    pytest.main([*QUIET, *tests], plugins=[Bench(str(Path(path)), guarded)])
    if caught:
        raise caught[0]


QUIET = ("-x", "-q", "--no-header", "--no-summary", "-p", "no:cacheprovider", "-n0", "--hypothesis-seed=1",
         "--hypothesis-profile=mutation", "--timeout=15", "-m", "not slow and not bench")  # fmt: skip
