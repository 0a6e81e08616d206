"""Fixtures of the XMPP edge's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.proxy.xmpp.world import XmppWorld


@pytest.fixture
async def xmpp(tmp_path: Path) -> AsyncIterator[XmppWorld]:
    """A federation the test starts with partners of its own."""
    found = XmppWorld(tmp_path)
    yield found
    await found.stop()
