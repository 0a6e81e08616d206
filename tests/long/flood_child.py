"""Strangers with a good certificate flood the edge until they are ended: sip|xmpp PORT CA CERTIFICATE KEY."""

import asyncio
import contextlib
import ssl
import sys
from pathlib import Path

from tests.proxy.certificates import Credential, client_context
from tests.proxy.sip_peer import SipClient, request

STRANGERS = {"sip": 6, "xmpp": 24}
"""Connections at a time; of XMPP more than one address may have half open."""
BURST = 20
"""Messages before an answer is looked for."""


async def sip(port: int, context: ssl.SSLContext) -> None:
    """Ask for what is refused, many requests at a time; begin again when the edge has had enough."""
    burst = b"".join(
        request("<sip:mallory@stranger.example>", call_id=f"Call-ID: flood-{number}") for number in range(BURST)
    )
    client = await SipClient.open(port, context)
    try:
        while True:
            client.send(burst)
            for _ in range(BURST):
                await client.receive()
            answered()
    finally:
        await client.close()


async def xmpp(port: int, _context: ssl.SSLContext) -> None:
    """Begin streams that lead nowhere: each greeting makes the edge answer and wait."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'"
        b" from='stranger.example' to='contoso.example' version='1.0'><message>" + b"<x/>" * 200
    )
    await reader.read()
    answered()
    writer.close()


def answered() -> None:
    """Tell that the edge had to do with us once more: a byte each time."""
    sys.stdout.write(".")
    sys.stdout.flush()


async def forever(once, port: int, context: ssl.SSLContext) -> None:  # type: ignore[no-untyped-def]
    while True:
        with contextlib.suppress(OSError, EOFError, asyncio.IncompleteReadError, ssl.SSLError):
            await once(port, context)
        await asyncio.sleep(0)


async def main(plane: str, port: str, trust: str, certificate: str, key: str) -> None:
    context = client_context(Path(trust), Credential(Path(certificate), Path(key)))
    once = {"sip": sip, "xmpp": xmpp}[plane]
    await asyncio.gather(*(forever(once, int(port), context) for _ in range(STRANGERS[plane])))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
