"""An edge of its own for each test."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from edgeconsole.proxy.confirmation import Confirmation
from tests.reliability.edges import RunningEdge, running_edge


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody types here: a change may wait for less than a person needs."""
    monkeypatch.setattr(Confirmation, "shortest", timedelta())


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[RunningEdge]:
    async with running_edge(tmp_path) as running:
        yield running
