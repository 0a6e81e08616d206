"""A TLS 1.2 session that is resumed lets nobody in whom its full handshake would not let in now."""

import asyncio
import datetime
import socket
import ssl
from collections.abc import AsyncIterator

import pytest

from edgeconsole.proxy import revocation
from tests.proxy.certificates import Credential
from tests.proxy.federation import PARTNER_EDGE, Federation
from tests.proxy.revocation_lists import Publisher
from tests.proxy.sip_peer import request

REFUSED = (ConnectionError, ssl.SSLError, AssertionError)


class Resuming:
    """A partner that offers its last session again whenever it connects."""

    def __init__(self, world: Federation, credential: Credential) -> None:
        self._port = world.port("sip")
        self._context = world.client_context(credential)
        self._context.maximum_version = ssl.TLSVersion.TLSv1_2
        self._session: ssl.SSLSession | None = None
        self.resumed = False

    async def ask(self) -> bytes:
        """Return the status line of the answer to a message sent over a new connection."""
        return await asyncio.wait_for(asyncio.to_thread(self._ask), 5)

    def _ask(self) -> bytes:
        plain = socket.create_connection(("127.0.0.1", self._port), timeout=5)
        with self._context.wrap_socket(plain, server_hostname="edge.invalid", session=self._session) as tls:
            self._session = self._session or tls.session
            self.resumed = bool(tls.session_reused)
            tls.sendall(request())
            status = tls.recv(65536).partition(b"\r\n")[0]
            assert status, "the edge ended the connection"
            # Said goodbye, a server that keeps sessions keeps this one.
            tls.unwrap()
            return status


@pytest.fixture
async def lists() -> AsyncIterator[Publisher]:
    publisher = Publisher()
    server = await publisher.start()
    yield publisher
    server.close()


@pytest.fixture
def partner(world: Federation, lists: Publisher) -> Resuming:
    credential = world.public.issue(PARTNER_EDGE, lists=[lists.url])
    lists.content = world.public.revocation_list()
    partner = Resuming(world, credential)
    partner.revoked = world.public.revocation_list(credential)  # type: ignore[attr-defined]
    return partner


def remembered(world: Federation) -> dict[bytes, revocation._Verified]:
    return revocation._verified[world.edge._doors[0].context]


async def test_a_resumed_session_passes_while_its_certificate_is_good(world: Federation, partner: Resuming) -> None:
    for resumed in (False, True, True):
        assert await partner.ask() == b"SIP/2.0 200 OK"
        assert partner.resumed is resumed
    assert world.edge.failures() == ()


async def test_a_revoked_certificate_does_not_get_in_by_a_resumed_session(
    world: Federation, lists: Publisher, partner: Resuming
) -> None:
    assert await partner.ask() == b"SIP/2.0 200 OK"
    lists.content = partner.revoked  # type: ignore[attr-defined]
    assert world.edge._revocations is not None
    world.edge._revocations._lists.clear()
    with pytest.raises(REFUSED):
        await partner.ask()
    assert partner.resumed
    assert "was revoked on" in world.edge.failures()[0].text


@pytest.mark.parametrize("why", ["forgotten", "expired"])
async def test_a_session_that_cannot_be_judged_is_refused_once_and_begins_anew(
    world: Federation, partner: Resuming, why: str
) -> None:
    assert await partner.ask() == b"SIP/2.0 200 OK"
    known = remembered(world)
    if why == "forgotten":
        known.clear()
    else:
        over = datetime.datetime.now(datetime.UTC)
        known.update({leaf: found._replace(until=over) for leaf, found in known.items()})
    with pytest.raises(REFUSED):
        await partner.ask()
    assert "resumed TLS session" in world.edge.failures()[0].text
    assert await partner.ask() == b"SIP/2.0 200 OK"
    assert not partner.resumed


async def test_what_is_remembered_of_full_handshakes_is_bounded(
    world: Federation, partner: Resuming, lists: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocation, "_MAX_VERIFIED", 2)
    for _ in range(4):
        credential = world.public.issue(PARTNER_EDGE, lists=[lists.url])
        assert await Resuming(world, credential).ask() == b"SIP/2.0 200 OK"
    assert len(remembered(world)) == 2


async def test_a_fault_while_a_certificate_is_looked_at_leaves_no_connection_behind(
    world: Federation, partner: Resuming, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no list can be read")

    assert world.edge._revocations is not None
    monkeypatch.setattr(world.edge._revocations, "why_revoked", broken)
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    with pytest.raises(REFUSED):
        await partner.ask()
    assert len(told) == 1
    assert world.edge.sessions() == ()
