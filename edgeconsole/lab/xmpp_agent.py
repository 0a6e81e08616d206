"""An XMPP server of the lab: takes streams, opens streams, proves itself by certificate or by dialback."""

import asyncio
import base64
import secrets
from collections import deque
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import msgspec

from edgeconsole.lab import ports
from edgeconsole.lab.authority import Credential
from edgeconsole.lab.sip_link import KEPT
from edgeconsole.lab.tls import HANDSHAKE_TIMEOUT, client_context, server_context
from edgeconsole.lab.xmpp_link import StreamProtocol, StreamRefused, XmppLink
from edgeconsole.model.names import HostPort
from edgeconsole.proxy.xmpp.markup import (
    OFFER_DIALBACK,
    OFFER_EXTERNAL,
    PROCEED,
    STARTTLS,
    SUCCESS,
    Node,
    auth_external,
    dialback,
    features,
    header,
    offer_tls,
    stream_error,
)
from edgeconsole.proxy.xmpp.names import DIALBACK, SASL, SERVER, TLS


class Stanza(msgspec.Struct, frozen=True, kw_only=True):
    """A stanza that arrived."""

    name: str
    sender: str
    recipient: str
    kind: str
    """Its type attribute; `error` for one that came back."""
    text: str
    """Its body, or the condition of its error."""


class XmppAgent:
    """A server for some domains. With `by_key` it uses dialback alone, both ways, and asks for no certificate."""

    def __init__(self, credential: Credential, trust: Path, *, by_key: bool = False) -> None:
        files = credential.certificate, credential.private_key, trust
        self._server_context = server_context(*files, ask=not by_key)
        self._client_context = client_context(*files)
        self._by_key = by_key
        self._keys: dict[tuple[str, str], str] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.address = HostPort(ports.LOOPBACK, 0)
        self.edge: HostPort | None = None
        """The server that is asked about the dialback keys of those who come: the edge of the lab."""
        self.received: deque[Stanza] = deque(maxlen=KEPT)

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; a port in use falls back to a free one."""
        sock = ports.bind(port)
        self.address = HostPort(ports.LOOPBACK, sock.getsockname()[1])
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: StreamProtocol(self._accept), sock=sock)

    async def close(self) -> None:
        """Stop listening and end every stream that was accepted."""
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def open(self, place: HostPort, ours: str, theirs: str, server_name: str) -> XmppLink:
        """Return a stream that takes stanzas from one domain to another. Raises OSError; StreamRefused is one."""
        link, offered = await self._encrypted(place, ours, theirs, server_name)
        try:
            async with asyncio.timeout(2 * HANDSHAKE_TIMEOUT):
                if self._by_key:
                    await self._prove_by_key(link, ours, theirs)
                else:
                    await _prove_by_certificate(link, ours, theirs, offered)
        except BaseException:
            await link.close()
            raise
        return link

    async def _encrypted(self, place: HostPort, ours: str, theirs: str, server_name: str) -> tuple[XmppLink, Node]:
        async with asyncio.timeout(2 * HANDSHAKE_TIMEOUT):
            link = await XmppLink.connect(place)
            try:
                if (await link.greet(ours, theirs)).find("starttls", TLS) is None:
                    raise StreamRefused("the other side offers no STARTTLS")
                await link.write(STARTTLS)
                await link.node("proceed", TLS)
                await link.start_tls(self._client_context, server_name)
                return link, await link.greet(ours, theirs)
            except BaseException:
                await link.close()
                raise

    async def _prove_by_key(self, link: XmppLink, ours: str, theirs: str) -> None:
        key = self._keys[theirs, link.stream_id] = secrets.token_hex(16)
        try:
            await link.write(dialback("result", ours, theirs, key=key))
            answer = await link.node("result", DIALBACK)
            if answer.attributes.get("type") != "valid":
                raise StreamRefused("the other side found our dialback key wanting")
        finally:
            del self._keys[theirs, link.stream_id]

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(XmppLink(reader, writer)))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, link: XmppLink) -> None:
        try:
            await _welcome(link, offer_tls(required=True))
            await link.node("starttls", TLS)
            await link.write(PROCEED)
            await link.start_tls(self._server_context)
            stream_id = await _welcome(link, OFFER_DIALBACK if self._by_key else OFFER_EXTERNAL)
            proved = False
            while True:
                node = await link.node()
                if node.namespace == SERVER and proved:
                    self.received.append(_stanza(node))
                elif (node.name, node.namespace) == ("auth", SASL) and not self._by_key:
                    await link.write(SUCCESS)
                    link.restart()
                    await _welcome(link)
                    proved = True
                elif node.namespace == DIALBACK and self._by_key:
                    proved = await self._judge_key(link, node, stream_id) or proved
                else:
                    await link.write(stream_error("not-authorized", ""))
                    return
        except OSError:
            pass  # A peer that goes away or breaks off is everyday life.
        finally:
            await link.close()

    async def _judge_key(self, link: XmppLink, node: Node, stream_id: str) -> bool:
        """Answer a dialback request; return whether it proved the other side."""
        theirs, ours = node.attributes.get("from", ""), node.attributes.get("to", "")
        if node.name == "verify":
            asked = node.attributes.get("id", "")
            verdict = "valid" if self._keys.get((theirs, asked)) == node.text else "invalid"
            await link.write(dialback("verify", ours, theirs, type_=verdict, stream_id=asked))
            return False
        good = await self._ask_about_key(ours, theirs, stream_id, node.text)
        await link.write(dialback("result", ours, theirs, type_="valid" if good else "invalid"))
        return good

    async def _ask_about_key(self, ours: str, theirs: str, stream_id: str, key: str) -> bool:
        if self.edge is None:
            return False
        link, _ = await self._encrypted(self.edge, ours, theirs, theirs)
        try:
            await link.write(dialback("verify", ours, theirs, key=key, stream_id=stream_id))
            return (await link.node("verify", DIALBACK)).attributes.get("type") == "valid"
        finally:
            await link.close()


def message(sender: str, recipient: str, text: str) -> bytes:
    """A chat message."""
    addresses = f"from={quoteattr(sender)} to={quoteattr(recipient)}"
    return f"<message {addresses} type='chat'><body>{escape(text)}</body></message>".encode()


def presence(sender: str, recipient: str) -> bytes:
    """That somebody is there."""
    return f"<presence from={quoteattr(sender)} to={quoteattr(recipient)}/>".encode()


async def _prove_by_certificate(link: XmppLink, ours: str, theirs: str, offered: Node) -> None:
    if offered.find("mechanisms", SASL) is None:
        raise StreamRefused("the other side offers no SASL EXTERNAL")
    await link.write(auth_external(base64.b64encode(ours.encode()).decode("ascii")))
    await link.node("success", SASL)
    link.restart()
    await link.greet(ours, theirs)


async def _welcome(link: XmppLink, *offered: str) -> str:
    """Answer the other side's header; return the id its stream got."""
    given = (await link.opening()).attributes
    stream_id = secrets.token_hex(12)
    await link.write(header(given.get("to", ""), given.get("from", ""), stream_id), features(*offered))
    return stream_id


def _stanza(node: Node) -> Stanza:
    error = node.find("error", SERVER)
    body = node.find("body", SERVER)
    text = body.text if body is not None else ""
    if error is not None and error.children:
        text = error.children[0].name
    given = node.attributes
    return Stanza(
        name=node.name,
        sender=given.get("from", ""),
        recipient=given.get("to", ""),
        kind=given.get("type", ""),
        text=text,
    )
