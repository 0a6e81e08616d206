"""The ways to a partner that its record asks for: dialback without TLS, both roles, and a server that is pinned."""

from edgeconsole.model.names import HostPort
from edgeconsole.model.terms import Negotiation
from tests.proxy.certificates import server_context
from tests.proxy.xmpp.peer import Peer, Server, connect, header, inside, internal_server, message, partner_server
from tests.proxy.xmpp.world import OURS, PARTNER, XmppWorld, partner

PLAIN = partner(tls=Negotiation.NOT_SUPPORTED, sasl=Negotiation.NOT_SUPPORTED)
TO_PARTNER = {"sender": f"alice@{OURS}", "recipient": f"frida@{PARTNER}"}
FEATURES = "<stream:features><dialback xmlns='urn:xmpp:features:dialback'/></stream:features>"


class PlainServer(Server):
    """A partner's server that knows no TLS: it says of every key what `verdict` says, and takes stanzas."""

    verdict = "valid"

    def __init__(self, xmpp: XmppWorld) -> None:
        super().__init__(server_context(xmpp.public.file, xmpp.partner_credential))
        self.asked: list[str] = []

    async def _serve(self, peer: Peer) -> None:
        self.streams.append(peer)
        try:
            await peer.until("version='1.0'>")
            peer.send(header(PARTNER, OURS, "id='plain-1' version='1.0'") + FEATURES)
            said = (await peer.until("</db:")).replace('"', "'")
            kind = (await peer.until(">"))[:-1]
            self.asked.append(kind)
            given = "".join(f" id='{each.partition(chr(39))[0]}'" for each in said.split(" id='")[1:2])
            peer.send(f"<db:{kind} from='{PARTNER}' to='{OURS}'{given} type='{self.verdict}'/>")
            await self.take_all(peer)
        except (EOFError, ConnectionError):
            pass
        finally:
            await peer.close()


async def plain_server(xmpp: XmppWorld) -> PlainServer:
    server = PlainServer(xmpp)
    xmpp.publish(PARTNER, await server.start())
    xmpp.on_stop(server.stop)
    return server


async def test_a_message_comes_in_by_dialback_over_plain_tcp(xmpp: XmppWorld) -> None:
    internal, port = await internal_server(xmpp)
    await xmpp.start(PLAIN, inside_port=port)
    authority = await plain_server(xmpp)
    peer = await connect(xmpp)
    peer.send(header())
    assert "starttls" not in await peer.until("</stream:features>")
    peer.send(f"<db:result from='{PARTNER}' to='{OURS}'>a-key</db:result>")
    answer = await peer.until("/db:result>")
    assert "valid" in answer
    assert "invalid" not in answer
    peer.send(message())
    assert "hi" in await internal.arrived.get()
    assert authority.asked == ["verify"]
    (session,) = xmpp.edge.sessions()
    assert session.tls == "none (TCP dialback)"


async def test_a_key_its_authority_does_not_know_lets_nobody_in(xmpp: XmppWorld) -> None:
    await xmpp.start(PLAIN)
    authority = await plain_server(xmpp)
    authority.verdict = "invalid"
    peer = await connect(xmpp)
    peer.send(header())
    await peer.until("</stream:features>")
    peer.send(f"<db:result from='{PARTNER}' to='{OURS}'>a-key</db:result>" + message())
    assert "invalid" in await peer.end()
    assert xmpp.edge.sessions() == ()


async def test_a_message_goes_out_by_dialback_over_plain_tcp(xmpp: XmppWorld) -> None:
    await xmpp.start(PLAIN)
    server = await plain_server(xmpp)
    ours = await inside(xmpp)
    ours.send(message(**TO_PARTNER))
    assert "hi" in await server.arrived.get()
    assert server.asked == ["result"]
    assert "proceed" not in server.streams[0].heard


async def test_a_pinned_server_is_used_and_dns_is_not_asked_for_another(xmpp: XmppWorld) -> None:
    server = await partner_server(xmpp)
    elsewhere = await partner_server(xmpp)
    port = await server_port(server)
    xmpp.dns.a("fixed.fabrikam.example", "127.0.0.1")
    await xmpp.start(partner(proxy_fqdn=HostPort("fixed.fabrikam.example", port)))
    ours = await inside(xmpp)
    ours.send(message(**TO_PARTNER))
    assert "hi" in await server.arrived.get()
    assert elsewhere.arrived.empty()
    assert not xmpp.dns.asked[f"_xmpp-server._tcp.{PARTNER}", "SRV"]


async def server_port(server: Server) -> int:
    assert server._server is not None
    return int(server._server.sockets[0].getsockname()[1])
