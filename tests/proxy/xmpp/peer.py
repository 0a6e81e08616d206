"""A server of a partner, or of ours, as a test plays it: bytes it chooses, with the ordinary steps at hand."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Callable

from tests.proxy.certificates import Credential, client_context, server_context
from tests.proxy.xmpp.world import OURS, PARTNER, XmppWorld

TLS = "urn:ietf:params:xml:ns:xmpp-tls"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
STARTTLS = f"<starttls xmlns='{TLS}'/>"


def header(sender: str = PARTNER, recipient: str = OURS, more: str = "version='1.0'") -> str:
    return (
        "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' "
        f"xmlns:stream='http://etherx.jabber.org/streams' from='{sender}' to='{recipient}' {more}>"
    )


def auth(authzid: str) -> str:
    encoded = base64.b64encode(authzid.encode()).decode() if authzid else "="
    return f"<auth xmlns='{SASL}' mechanism='EXTERNAL'>{encoded}</auth>"


def message(
    sender: str = f"frida@{PARTNER}", recipient: str = f"alice@{OURS}", body: str = "hi", more: str = ""
) -> str:
    return f"<message from='{sender}' to='{recipient}' type='chat' {more}><body>{body}</body></message>"


class Peer:
    """One connection; every wait ends when the edge closes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.heard = ""
        self.news = asyncio.Event()
        """Set whenever something comes."""
        self._told = 0

    def send(self, text: str | bytes) -> None:
        self.writer.write(text.encode() if isinstance(text, str) else text)

    async def until(self, what: str) -> str:
        """Return what came up to and with a text; raises EOFError where the other side ends first."""
        while what not in self.heard[self._told :]:
            data = await self.reader.read(65536)
            if not data:
                raise EOFError(self.heard[self._told :])
            self.heard += data.decode()
            self.news.set()
        start, self._told = self._told, self.heard.index(what, self._told) + len(what)
        return self.heard[start : self._told]

    async def end(self) -> str:
        """Return everything until the other side closes."""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while data := await self.reader.read(65536):
                self.heard += data.decode()
        return self.heard[self._told :]

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await self.writer.wait_closed()


async def connect(xmpp: XmppWorld, listener: str = "xmpp") -> Peer:
    """Open a connection in the clear."""
    peer = Peer(*await asyncio.open_connection("127.0.0.1", xmpp.port(listener)))
    xmpp.on_stop(peer.close)
    return peer


async def encrypted(xmpp: XmppWorld, credential: Credential | None = None, **names: str) -> Peer:
    """Go as far as TLS, the header sent and answered in the clear."""
    peer = await connect(xmpp)
    peer.send(header(**names))
    await peer.until("</stream:features>")
    peer.send(STARTTLS)
    await peer.until("<proceed")
    await peer.until("/>")
    await peer.writer.start_tls(client_context(xmpp.public.file, credential), server_hostname="x")
    return peer


async def greeted(xmpp: XmppWorld, credential: Credential | None = None, **names: str) -> Peer:
    """Go as far as the features over TLS."""
    peer = await encrypted(xmpp, credential or xmpp.partner_credential, **names)
    peer.send(header(**names))
    await peer.until("</stream:features>")
    return peer


async def live(xmpp: XmppWorld, credential: Credential | None = None, **names: str) -> Peer:
    """Go as far as stanzas."""
    peer = await greeted(xmpp, credential, **names)
    peer.send(auth(names.get("sender", PARTNER)))
    await peer.until("<success")
    peer.send(header(**names))
    await peer.until("<stream:features/>")
    return peer


async def inside(
    xmpp: XmppWorld, sender: str = OURS, recipient: str = PARTNER, credential: Credential | None = None
) -> Peer:
    """Be our own server, as far as stanzas."""
    peer = await connect(xmpp, "xmpp_internal")
    peer.send(header(sender, recipient))
    await peer.until("</stream:features>")
    peer.send(STARTTLS)
    await peer.until("<proceed")
    await peer.until("/>")
    context = client_context(xmpp.private.file, credential or xmpp.pool_credential)
    await peer.writer.start_tls(context, server_hostname="x")
    peer.send(header(sender, recipient))
    await peer.until("</stream:features>")
    peer.send(auth(sender))
    await peer.until("<success")
    peer.send(header(sender, recipient))
    await peer.until("<stream:features/>")
    return peer


class Server:
    """A server that takes streams: SASL EXTERNAL over TLS, then stanzas into `arrived`."""

    def __init__(self, context: ssl.SSLContext, answer: Callable[[Peer, str], None] | None = None) -> None:
        self.arrived: asyncio.Queue[str] = asyncio.Queue()
        self.streams: list[Peer] = []
        self._context = context
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(Peer(reader, writer)))
        self._tasks.add(task)

    async def _serve(self, peer: Peer) -> None:
        self.streams.append(peer)
        try:
            if self._answer is not None:
                await peer.until("version='1.0'>")
                self._answer(peer, peer.heard)
                await peer.end()
                return
            await self._greet(peer, f"<starttls xmlns='{TLS}'><required/></starttls>")
            await peer.until("<starttls")
            await peer.until("/>")
            peer.send(f"<proceed xmlns='{TLS}'/>")
            await peer.writer.start_tls(self._context)
            await self._greet(peer, f"<mechanisms xmlns='{SASL}'><mechanism>EXTERNAL</mechanism></mechanisms>")
            await peer.until("</auth>")
            peer.send(f"<success xmlns='{SASL}'/>")
            await self._greet(peer, "")
            await self.take_all(peer)
        except (EOFError, ConnectionError, ssl.SSLError):
            pass
        finally:
            await peer.close()

    async def take_all(self, peer: Peer) -> None:
        """Read stanzas until the stream ends."""
        while True:
            self.arrived.put_nowait(await peer.until("</message>"))

    @staticmethod
    async def _greet(peer: Peer, features: str) -> None:
        said = (await peer.until("version='1.0'>")).replace('"', "'")
        ours = said.rpartition(" to='")[2].partition("'")[0]
        peer.send(header(ours, "", "id='s1' version='1.0'") + f"<stream:features>{features}</stream:features>")


async def internal_server(xmpp: XmppWorld) -> tuple[Server, int]:
    """Start our own server; return it and its port, to start the edge with."""
    server = Server(server_context(xmpp.private.file, xmpp.pool_credential))
    port = await server.start()
    xmpp.on_stop(server.stop)
    return server, port


async def partner_server(xmpp: XmppWorld, credential: Credential | None = None, domain: str = PARTNER) -> Server:
    """Start a partner's server and publish it."""
    server = Server(server_context(xmpp.public.file, credential or xmpp.partner_credential))
    xmpp.publish(domain, await server.start())
    xmpp.on_stop(server.stop)
    return server
