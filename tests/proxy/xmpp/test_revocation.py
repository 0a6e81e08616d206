"""Revocation lists for XMPP partners: a revoked certificate proves nothing, in either direction, also later."""

from collections.abc import AsyncIterator

import pytest

from edgeconsole.model.configuration import AccessEdge
from edgeconsole.model.terms import Negotiation
from tests.proxy.certificates import Credential
from tests.proxy.revocation_lists import Publisher
from tests.proxy.xmpp.peer import auth, greeted, inside, internal_server, live, message, partner_server
from tests.proxy.xmpp.world import OURS, PARTNER, XmppWorld, partner

TO_PARTNER = {"sender": f"alice@{OURS}", "recipient": f"frida@{PARTNER}"}


@pytest.fixture
async def lists() -> AsyncIterator[Publisher]:
    publisher = Publisher()
    server = await publisher.start()
    yield publisher
    server.close()


@pytest.fixture
def shown(xmpp: XmppWorld, lists: Publisher) -> Credential:
    found = xmpp.public.issue(PARTNER, lists=[lists.url])
    lists.content = xmpp.public.revocation_list(found)
    return found


async def test_a_revoked_certificate_opens_no_stream(xmpp: XmppWorld, shown: Credential) -> None:
    await xmpp.start()
    with pytest.raises(EOFError, match=r"not-authorized.*was revoked on"):
        await greeted(xmpp, shown)
    assert "was revoked on" in await xmpp.failure("tls")


async def test_nothing_is_sent_to_a_server_whose_certificate_was_revoked(xmpp: XmppWorld, shown: Credential) -> None:
    internal, port = await internal_server(xmpp)
    await xmpp.start(inside_port=port)
    server = await partner_server(xmpp, shown)
    ours = await inside(xmpp)
    ours.send(message(**TO_PARTNER))
    assert "was revoked on" in await internal.arrived.get()
    assert server.arrived.empty()


async def test_a_partner_that_may_use_dialback_is_left_with_that(xmpp: XmppWorld, shown: Credential) -> None:
    await xmpp.start(partner(sasl=Negotiation.OPTIONAL))
    peer = await greeted(xmpp, shown)
    assert "EXTERNAL" not in peer.heard
    assert "<dialback" in peer.heard
    peer.send(auth(PARTNER))
    assert "<not-authorized" in await peer.end()


async def test_lists_that_are_switched_off_are_not_read(xmpp: XmppWorld, shown: Credential, lists: Publisher) -> None:
    await xmpp.start()
    xmpp.activate(access_edge=AccessEdge(federation=True, refresh_crls=False))
    await live(xmpp, shown)
    assert lists.asked == []


async def test_a_stream_whose_certificate_is_revoked_later_ends(xmpp: XmppWorld, lists: Publisher) -> None:
    await xmpp.start()
    shown = xmpp.public.issue(PARTNER, lists=[lists.url])
    lists.content = xmpp.public.revocation_list()
    peer = await live(xmpp, shown)
    lists.content = xmpp.public.revocation_list(shown)
    revocations = xmpp.edge._revocations
    assert revocations is not None
    revocations._lists.clear()
    await revocations.look_again(xmpp.edge._open_now())
    assert await peer.end() == "</stream:stream>"
