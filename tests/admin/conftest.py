"""The admin API of one edge, ready to be asked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.admin.worlds import AdminWorld, admin_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[AdminWorld]:
    async with admin_world(tmp_path) as running:
        yield running
