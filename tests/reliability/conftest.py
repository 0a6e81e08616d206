"""An edge of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.reliability.edges import RunningEdge, running_edge


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[RunningEdge]:
    async with running_edge(tmp_path) as running:
        yield running
