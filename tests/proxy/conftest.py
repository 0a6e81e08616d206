"""Fixtures of the edge's tests: a federation that is there, and one that is started by the test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.proxy.federation import Federation
from tests.proxy.xmpp.world import XmppWorld


@pytest.fixture
async def unstarted(tmp_path: Path) -> AsyncIterator[Federation]:
    """A federation the test starts with settings of its own."""
    found = Federation(tmp_path)
    yield found
    await found.stop()


@pytest.fixture
async def world(unstarted: Federation) -> Federation:
    """A running federation: fabrikam.example is allowed and found by SRV."""
    await unstarted.start()
    return unstarted


@pytest.fixture
async def xmpp(tmp_path: Path) -> AsyncIterator[XmppWorld]:
    """An XMPP federation the test starts with partners of its own."""
    found = XmppWorld(tmp_path)
    yield found
    await found.stop()
