"""From a partner to us over real TLS: what passes, what is refused, and with which answer."""

from tests.proxy.federation import Federation
from tests.proxy.sip_peer import request


async def test_a_message_from_an_allowed_partner_gets_the_far_200(world: Federation) -> None:
    client = await world.outside()
    reply = await client.ask(request())
    assert reply.status == 200
    assert reply["to"].endswith("tag=far")
    assert len(reply.all("via")) == 1
    got = await world.pool.requests.get()
    assert got.body == b"hello"
    assert got["max-forwards"] == "69"
    assert len(got.all("via")) == 2
