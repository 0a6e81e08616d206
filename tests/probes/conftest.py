"""What most tests of probes begin with: authorities, our own certificate, and DNS with servers to be broken."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.probes.peers import World, world
from tests.probes.pki import Credential, Pki


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def own(pki: Pki) -> Credential:
    return pki.issue("sip.contoso.example", "contoso.example")


@pytest.fixture
async def lab(tmp_path: Path, pki: Pki, own: Credential) -> AsyncIterator[World]:
    async with world(tmp_path, pki, own) as made:
        yield made
