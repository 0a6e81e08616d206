"""SIP user agents over mutual TLS: the lab's servers, and the client that speaks as any partner."""

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Self

from edgeconsole.lab import ports
from edgeconsole.lab.authority import Credential
from edgeconsole.lab.sip_link import ANSWER_TIMEOUT, SHUTDOWN_TIMEOUT, Inbox, Link, Responder, answer_politely
from edgeconsole.lab.sip_message import MAX_HEAD, Headers, SipResponse, render
from edgeconsole.lab.tls import HANDSHAKE_TIMEOUT, client_context, server_context
from edgeconsole.model.names import HostPort


class SipClient:
    """An open connection with a certificate of its own.

    Requests may run side by side. It answers requests of the other side too, and keeps them in `inbox`.
    """

    def __init__(self, link: Link, inbox: Inbox, peer_names: tuple[str, ...], local: str) -> None:
        self._link = link
        self._local = local
        self._sequence = 0
        self.inbox = inbox
        self.peer_names = peer_names
        """DNS names in the certificate the server showed."""

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(
        cls,
        address: str | HostPort,
        *,
        certificate: str | Path,
        private_key: str | Path,
        trust: str | Path,
        server_name: str | None = None,
    ) -> AsyncIterator[Self]:
        """Connect for the length of an `async with`; see `open`."""
        client = await cls.open(
            address, certificate=certificate, private_key=private_key, trust=trust, server_name=server_name
        )
        try:
            yield client
        finally:
            await client.close()

    @classmethod
    async def open(
        cls,
        address: str | HostPort,
        *,
        certificate: str | Path,
        private_key: str | Path,
        trust: str | Path,
        server_name: str | None = None,
        respond: Responder = answer_politely,
    ) -> Self:
        """Connect to `host:port` and return the open client.

        The server's chain must lead to `trust`; its name is checked against `server_name` when there is one. Raises
        OSError, of which ssl.SSLError is one. A server that refuses our certificate is often noticed by the first
        request only: in TLS 1.3 it judges after our handshake has ended.
        """
        host, _, port = str(address.with_port() if isinstance(address, HostPort) else address).rpartition(":")
        context = client_context(Path(certificate), Path(private_key), Path(trust), check_name=server_name is not None)
        async with asyncio.timeout(2 * HANDSHAKE_TIMEOUT):
            reader, writer = await asyncio.open_connection(
                host,
                int(port),
                ssl=context,
                server_hostname=server_name or "",
                limit=MAX_HEAD,
                ssl_handshake_timeout=HANDSHAKE_TIMEOUT,
                ssl_shutdown_timeout=SHUTDOWN_TIMEOUT,
            )
        inbox = Inbox()
        local = "{}:{}".format(*writer.get_extra_info("sockname")[:2])
        return cls(Link(reader, writer, inbox, respond), inbox, certificate_names(writer), local)

    async def message(
        self, *, sender: str, recipient: str, text: str, headers: Headers = (), timeout: float = ANSWER_TIMEOUT
    ) -> SipResponse:
        """Send an instant message from `user@domain` to `user@domain` and return its final response."""
        typed = (("Content-Type", "text/plain;charset=UTF-8"), *headers)
        return await self.request("MESSAGE", sender, recipient, typed, text.encode(), timeout)

    async def options(
        self, *, sender: str, recipient: str, headers: Headers = (), timeout: float = ANSWER_TIMEOUT
    ) -> SipResponse:
        """Ask what the recipient can do and return the final response."""
        return await self.request("OPTIONS", sender, recipient, headers, b"", timeout)

    async def request(
        self,
        method: str,
        sender: str,
        recipient: str,
        headers: Headers = (),
        body: bytes = b"",
        timeout: float = ANSWER_TIMEOUT,
    ) -> SipResponse:
        """Send any request and return its final response. Raises ConnectionLost, TimeoutError."""
        self._sequence += 1
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        fixed = (
            ("Via", f"SIP/2.0/TLS {self._local};branch={branch}"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{sender}>;tag={secrets.token_hex(4)}"),
            ("To", f"<sip:{recipient}>"),
            ("Call-ID", secrets.token_hex(12)),
            ("CSeq", f"{self._sequence} {method}"),
        )
        raw = render(f"{method} sip:{recipient} SIP/2.0", (*fixed, *headers), body)
        return await self._link.exchange(raw, branch, timeout)

    async def send(self, raw: bytes) -> None:
        """Write bytes as they are; a response to them is found in `unmatched`."""
        await self._link.write(raw)

    @property
    def unmatched(self) -> asyncio.Queue[SipResponse]:
        """Final responses that belong to no request of `request`, `message` or `options`."""
        return self._link.unmatched

    @property
    def closed(self) -> Awaitable[str]:
        """Awaits the end of the connection and says what ended it; safe to await with a time-out."""
        return asyncio.shield(self._link.ended)

    @property
    def is_closed(self) -> bool:
        """Whether the connection has ended."""
        return self._link.ended.done()

    async def close(self) -> None:
        """End the connection."""
        await self._link.close()


class SipServer:
    """A SIP server that asks every client for a certificate of `trust` and answers by `respond`."""

    def __init__(self, credential: Credential, trust: Path, respond: Responder = answer_politely) -> None:
        self._context: ssl.SSLContext = server_context(credential.certificate, credential.private_key, trust)
        self._respond = respond
        self._links: set[Link] = set()
        self._server: asyncio.Server | None = None
        self.inbox = Inbox()
        self.address = HostPort(ports.LOOPBACK, 0)

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; a port in use falls back to a free one."""
        sock = ports.bind(port)
        self.address = HostPort(ports.LOOPBACK, sock.getsockname()[1])
        self._server = await asyncio.start_server(
            self._accept,
            sock=sock,
            ssl=self._context,
            limit=MAX_HEAD,
            ssl_handshake_timeout=HANDSHAKE_TIMEOUT,
            ssl_shutdown_timeout=SHUTDOWN_TIMEOUT,
        )

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
        await self.drop_connections()

    async def drop_connections(self) -> None:
        """End every connection and go on listening."""
        await asyncio.gather(*(link.close() for link in tuple(self._links)))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(reader, writer, self.inbox, self._respond)
        self._links.add(link)
        link.ended.add_done_callback(lambda _: self._links.discard(link))


def certificate_names(writer: asyncio.StreamWriter) -> tuple[str, ...]:
    """The DNS names of the certificate the other side showed."""
    shown = writer.get_extra_info("peercert") or {}
    return tuple(value for kind, value in shown.get("subjectAltName", ()) if kind == "DNS")
