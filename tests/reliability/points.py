"""Every point of every scenario: forked, struck by a fault, and looked at as the next start finds it.

A point is a fork of this process, so that a thousand of them cost seconds.
"""

import os
import shutil
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from edgeconsole.model.errors import EdgeconsoleError
from tests.reliability.faults import DIES, ERRORS, SHORT, Calls
from tests.reliability.invariants import check
from tests.reliability.scenarios import SCENARIOS, Scenario, Told, opened, prepare

_UNEXPECTED = 4


class Point(NamedTuple):
    scenario: str
    number: int
    call: str
    fault: int


def _act(path: Path, scenario: Scenario, calls: Calls, told: int) -> None:
    """Do what a scenario does; after an error the operator tries again, on a disk that works."""

    def tell(said: Told) -> None:
        _write(told, said.line)

    revisions = None
    try:
        if scenario.opening:
            calls.install()
            revisions = opened(path)
        else:
            revisions = opened(path)
            calls.install()
        scenario.act(revisions, tell)
    except EdgeconsoleError:
        calls.heal()
        revisions = revisions or opened(path)
        try:
            scenario.act(revisions, tell)
        except EdgeconsoleError as again:
            # What was done although it said otherwise needs no second time.
            if again.exit_code != 3:
                raise


_write = os.write


def _forked(path: Path, scenario: Scenario, calls: Calls) -> tuple[bytes, int]:
    """Return what the child said, and how it ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = _UNEXPECTED
        try:
            os.close(reading)
            _act(path, scenario, calls, writing)
            _write(writing, b"\0" + " ".join(calls.names).encode())
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        content = said.read()
    return content, os.waitpid(child, 0)[1]


def calls_of(path: Path, name: str) -> list[str]:
    """Return the calls of a scenario on a file that was prepared for it, in order."""
    said, status = _forked(path, SCENARIOS[name], Calls())
    assert status == 0, f"{name} does not work at all"
    return said.partition(b"\0")[2].decode().split()


def try_point(base: Path, template: Path, point: Point) -> None:
    """Copy what a scenario starts from, run the point on it, and check what is left."""
    shutil.copytree(template, base)
    path = base / "federation.toml"
    try:
        said, status = _forked(path, SCENARIOS[point.scenario], Calls(point.number, point.fault))
        assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, "an error nobody expects"
        check(path, Told.last_in(said.partition(b"\0")[0]), guarded=SCENARIOS[point.scenario].guarded)
    except Exception as error:
        raise AssertionError(f"{point}: {error!r}") from error
    finally:
        shutil.rmtree(base)


class Ground:
    """The prepared files of all scenarios, and their points."""

    def __init__(self, directory: Path, names: Iterable[str] = SCENARIOS) -> None:
        self.directory = directory
        self.templates: dict[str, Path] = {}
        self.calls: dict[str, list[str]] = {}
        for number, name in enumerate(names):
            scenario = SCENARIOS[name]
            self.templates[name] = prepare(directory / f"from-{number}", scenario).parent
            self.calls[name] = calls_of(prepare(directory / f"count-{number}", scenario), name)

    def kill_points(self) -> list[Point]:
        return [Point(name, at, call, DIES) for name, calls in self.calls.items() for at, call in enumerate(calls, 1)]

    def error_points(self) -> list[Point]:
        return [
            point._replace(fault=fault)
            for point in self.kill_points()
            for fault in ((*ERRORS, SHORT) if point.call == "write" else ERRORS)
        ]

    def broken(self, points: Iterable[Point]) -> list[str]:
        """Try points; return what they broke."""
        found = []
        for number, point in enumerate(points):
            try:
                try_point(self.directory / f"point-{number}", self.templates[point.scenario], point)
            except AssertionError as error:
                found.append(str(error))
        return found


def broken_points(directory: Path, name: str, wanted: Callable[[Point], bool]) -> list[str]:
    """Try the points of one scenario that are wanted; return what they broke."""
    ground = Ground(directory, (name,))
    return ground.broken(point for point in (*ground.kill_points(), *ground.error_points()) if wanted(point))
