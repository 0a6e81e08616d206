"""Load for the relay bench in a process of its own: our pool and the partner, so that their CPU is not counted.

Prints the pool's port, then for each line `relay|echo PORT CONNECTIONS OUTSTANDING COUNT` runs it and prints `done`.
"""

import asyncio
import sys
from pathlib import Path

from tests.proxy.certificates import Credential, client_context, server_context

BODY = b"x" * 200
_ECHOED = (b"Via:", b"From:", b"To:", b"Call-ID:", b"CSeq:")


def message(connection: int, number: int) -> bytes:
    return (
        b"MESSAGE sip:alice@contoso.example SIP/2.0\r\n"
        b"Via: SIP/2.0/TLS sip.fabrikam.example:5061;branch=z9hG4bKload%d-%d\r\n"
        b"Max-Forwards: 69\r\n"
        b'From: "Bob Example" <sip:bob@fabrikam.example>;tag=%x;epid=0123456789\r\n'
        b"To: <sip:alice@contoso.example>\r\n"
        b"Call-ID: %d-%d-0123456789abcdef\r\n"
        b"CSeq: 1 MESSAGE\r\n"
        b"User-Agent: UCCAPI/15.0.4420.1017 OC/15.0.4420.1017 (Microsoft Lync)\r\n"
        b"Content-Type: text/plain; charset=UTF-8\r\n"
        b"Content-Length: 200\r\n\r\n" % (connection, number, number, connection, number)
    ) + BODY


class Pool(asyncio.Protocol):
    """Answers every request 200."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        buffer = self._rest + data
        out = []
        while True:
            end = buffer.find(b"\r\n\r\n")
            if end < 0 or len(buffer) < end + 4 + len(BODY):
                break
            lines = [line for line in buffer[:end].split(b"\r\n") if line.startswith(_ECHOED)]
            out.append(b"\r\n".join([b"SIP/2.0 200 OK", *lines, b"Content-Length: 0\r\n\r\n"]))
            buffer = buffer[end + 4 + len(BODY) :]
        self._rest = buffer
        if out:
            self._transport.write(b"".join(out))


class Sender(asyncio.Protocol):
    """Keeps `outstanding` messages under way until `count` came back."""

    def __init__(self, number: int, count: int, outstanding: int, mark: bytes) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._messages = [message(number, each) for each in range(count)]
        self._outstanding = outstanding
        self._mark = mark
        self._left = count
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._more(self._outstanding)

    def _more(self, number: int) -> None:
        batch, self._messages = self._messages[:number], self._messages[number:]
        if batch:
            self._transport.write(b"".join(batch))

    def data_received(self, data: bytes) -> None:
        buffer = self._tail + data
        back = buffer.count(self._mark)
        self._tail = buffer[-(len(self._mark) - 1) :]
        self._left -= back
        if self._left <= 0 and not self.done.done():
            self.done.set_result(None)
        self._more(back)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed early"))


async def main(directory: Path) -> None:
    def credential(name: str) -> Credential:
        return Credential(directory / f"{name}.crt", directory / f"{name}.key")

    loop = asyncio.get_running_loop()
    pool = await loop.create_server(
        Pool, "127.0.0.1", 0, ssl=server_context(directory / "private.pem", credential("private-1"))
    )
    print(pool.sockets[0].getsockname()[1], flush=True)
    context = client_context(directory / "public.pem", credential("public-1"))
    while line := await asyncio.to_thread(sys.stdin.readline):
        kind, *numbers = line.split()
        port, connections, outstanding, count = map(int, numbers)
        mark = b"SIP/2.0 200 OK\r\n" if kind == "relay" else b"MESSAGE sip:alice"
        senders = []
        for number in range(connections):
            sender = Sender(number, count // connections, outstanding, mark)
            transport, _ = await loop.create_connection(
                lambda sender=sender: sender, "127.0.0.1", port, ssl=context, server_hostname="edge.invalid"
            )
            senders.append((sender, transport))
        await asyncio.gather(*(sender.done for sender, _ in senders))
        for _, transport in senders:
            transport.abort()
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
