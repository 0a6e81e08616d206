"""A lab for each module of scenarios on a real edge, left after each of them as it was found."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.tui.scenarios.edge_lab import OnTheLab


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole_lab() -> AsyncIterator[OnTheLab]:
    async with OnTheLab.start() as lab:
        yield lab


@pytest_asyncio.fixture(loop_scope="module")
async def lab(whole_lab: OnTheLab) -> AsyncIterator[OnTheLab]:
    yield whole_lab
    await whole_lab.as_found()
