"""Real Prosody on both sides of the edge: as a partner, unmodified, and as the internal server with our two modules."""

import asyncio
from pathlib import Path

from tests.proxy.certificates import Credential
from tests.proxy.xmpp.prosody import Prosody, needs_prosody
from tests.proxy.xmpp.world import EDGE_INSIDE, OURS, PARTNER, XmppWorld, block, partner

pytestmark = needs_prosody


async def between(xmpp: XmppWorld, tmp_path: Path, *, credential: Credential | None = None) -> tuple[Prosody, Prosody]:
    """Start an internal Prosody, the edge and a partner's Prosody; return the two servers."""
    inside = Prosody(tmp_path / "inside", OURS, xmpp.pool_credential, xmpp.private.file)
    outside = Prosody(tmp_path / "outside", PARTNER, credential or xmpp.partner_credential, xmpp.public.file)
    xmpp.on_stop(inside.stop)
    xmpp.on_stop(outside.stop)
    await xmpp.start(inside_port=inside.port)
    xmpp.publish(PARTNER, outside.port)
    route = f'edge_trust_names = {{ "{EDGE_INSIDE}" }}\nedge_route_host = "127.0.0.1"\n'
    await asyncio.gather(
        inside.start(
            names={},
            modules=("edge_trust", "edge_route"),
            more=route + f"edge_route_port = {xmpp.port('xmpp_internal')}\n",
        ),
        outside.start(names={OURS: ("xmpp.contoso.example", xmpp.port("xmpp"))}),
    )
    return inside, outside


async def test_a_message_arrives_in_both_directions(xmpp: XmppWorld, tmp_path: Path) -> None:
    inside, outside = await between(xmpp, tmp_path)
    outside.send(f"frida@{PARTNER}", f"alice@{OURS}", "good morning")
    assert "ARRIVED frida@fabrikam.example alice@contoso.example good morning" in await inside.heard("ARRIVED")
    inside.send(f"alice@{OURS}", f"frida@{PARTNER}", "and to you")
    assert "ARRIVED alice@contoso.example frida@fabrikam.example and to you" in await outside.heard("ARRIVED")
    sessions = xmpp.edge.sessions()
    assert {(each.direction.value, each.domains, each.messages) for each in sessions} == {
        ("in", (PARTNER,), 1),
        ("out", (PARTNER,), 1),
    }
    assert all(each.tls.startswith("TLSv1") and PARTNER in each.names for each in sessions)
    (counted,) = [each for each in xmpp.edge.counters() if each.domain == PARTNER]
    assert (counted.relayed_in, counted.relayed_out) == (1, 1)

    assert xmpp.activate(domains=(block(PARTNER),)) == 2
    await outside.heard("policy-violation")
    inside.send(f"alice@{OURS}", f"frida@{PARTNER}", "still there?")
    assert "ARRIVED frida@fabrikam.example alice@contoso.example not-allowed" in await inside.heard("ARRIVED")


async def test_a_partner_with_a_wrong_name_is_refused_both_ways(xmpp: XmppWorld, tmp_path: Path) -> None:
    wrong = xmpp.public.issue("someone-else.example")
    inside, outside = await between(xmpp, tmp_path, credential=wrong)
    outside.send(f"frida@{PARTNER}", f"alice@{OURS}", "let me in")
    assert "not-authorized" in await outside.heard("not-authorized")
    assert await xmpp.failure("tls") == "the certificate carries someone-else.example, not fabrikam.example"
    inside.send(f"alice@{OURS}", f"frida@{PARTNER}", "hello")
    assert "ARRIVED frida@fabrikam.example alice@contoso.example remote-server-timeout" in await inside.heard("ARRIVED")
    assert xmpp.edge.sessions() == ()


async def test_a_person_hears_that_a_domain_is_no_partner(xmpp: XmppWorld, tmp_path: Path) -> None:
    inside, _ = await between(xmpp, tmp_path)
    inside.send(f"alice@{OURS}", "x@stranger.example", "hello")
    heard = await inside.heard("ARRIVED")
    assert "ARRIVED x@stranger.example alice@contoso.example remote-server-not-found" in heard


async def test_dialback_authenticates_where_the_partner_asks_for_it(xmpp: XmppWorld, tmp_path: Path) -> None:
    """The partner's certificate proves nothing; keys are checked in both directions over TLS."""
    from edgeconsole.model.terms import Negotiation

    wrong = xmpp.public.issue("someone-else.example")
    inside = Prosody(tmp_path / "inside", OURS, xmpp.pool_credential, xmpp.private.file)
    outside = Prosody(tmp_path / "outside", PARTNER, wrong, xmpp.public.file)
    xmpp.on_stop(inside.stop)
    xmpp.on_stop(outside.stop)
    await xmpp.start(partner(sasl=Negotiation.NOT_SUPPORTED), inside_port=inside.port)
    xmpp.publish(PARTNER, outside.port)
    route = f'edge_trust_names = {{ "{EDGE_INSIDE}" }}\nedge_route_host = "127.0.0.1"\n'
    await asyncio.gather(
        inside.start(
            names={},
            modules=("edge_trust", "edge_route"),
            more=route + f"edge_route_port = {xmpp.port('xmpp_internal')}\n",
        ),
        outside.start(
            names={OURS: ("xmpp.contoso.example", xmpp.port("xmpp"))}, modules=("dialback",),
            secure=False,
        ),
    )  # fmt: skip
    outside.send(f"frida@{PARTNER}", f"alice@{OURS}", "by key")
    assert "by key" in await inside.heard("ARRIVED")
    inside.send(f"alice@{OURS}", f"frida@{PARTNER}", "and back")
    assert "and back" in await outside.heard("ARRIVED")
