"""A federation.toml of its own for each test, with a clock and names for things that the test decides."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from edgeconsole.config.revisions import Revisions
from tests.config.federation_files import SAMPLE


class World:
    """One file, a clock that moves when told, and everything opened on the file."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "federation.toml"
        self.path.write_text(SAMPLE)
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.opened: list[Revisions] = []
        self._ids = count(1)

    @property
    def history(self) -> Path:
        return self.path.with_name("federation.history")

    @property
    def text(self) -> str:
        return self.path.read_text()

    def later(self, **length: int) -> None:
        self.now += timedelta(**length)

    def open(self, *, writer: bool = True) -> Revisions:
        revisions = Revisions.open(
            self.path, clock=lambda: self.now, new_id=lambda: f"id-{next(self._ids)}", writer=writer
        )
        self.opened.append(revisions)
        return revisions


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    for revisions in made.opened:
        revisions.close()


@pytest.fixture
def revisions(world: World) -> Revisions:
    return world.open()
