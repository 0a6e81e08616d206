"""Load for the XMPP bench in a process of its own: a partner's server, and the internal one where stanzas end.

Prints the internal server's port, then for each line `edge|prosody PORT COUNT BATCH` sends that many stanzas, batch by
batch, and prints `done`: for the edge when the last has arrived here, for Prosody when all are written.
"""

import asyncio
import sys
from pathlib import Path

from tests.proxy.certificates import Credential, server_context
from tests.proxy.xmpp.peer import Peer, Server, live, message


class World:
    """What the peer's helpers need to know, read from the directory the bench has filled."""

    def __init__(self, directory: Path) -> None:
        self.public = Trust(directory / "public.pem")
        self.partner_credential = _credential(directory, "partner")
        self.listening = 0

    def port(self, _: str) -> int:
        return self.listening

    def on_stop(self, _: object) -> None:
        """The process ends with its connections."""


class Trust:
    """An authority's file."""

    def __init__(self, file: Path) -> None:
        self.file = file


class Counting(Server):
    """Counts what arrives instead of keeping it."""

    def __init__(self, context: object) -> None:
        super().__init__(context)  # type: ignore[arg-type]
        self.last = asyncio.Event()

    async def take_all(self, peer: Peer) -> None:
        tail = b""
        while data := await peer.reader.read(1 << 20):
            tail = tail[-20:] + data
            if b"id='last'" in tail:
                self.last.set()
                tail = b""


def _credential(directory: Path, name: str) -> Credential:
    return Credential(directory / f"{name}.crt", directory / f"{name}.key")


async def main(directory: Path) -> None:
    world = World(directory)
    pool = _credential(directory, "pool")
    sink = Counting(server_context(directory / "private.pem", pool))
    print(await sink.start(), flush=True)
    streams: dict[int, Peer] = {}
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        kind, port, count, batch = line.split()
        world.listening = int(port)
        if world.listening not in streams:
            streams[world.listening] = await live(world)  # type: ignore[arg-type]
        peer = streams[world.listening]
        one = message(body="a line of ordinary length, as people write them", more="id='m1'").encode()
        last = message(body="the end", more="id='last'").encode()
        sink.last.clear()
        for _ in range(int(count) // int(batch)):
            peer.writer.write(one * int(batch))
            await peer.writer.drain()
            await asyncio.sleep(0)
        peer.writer.write(last)
        await peer.writer.drain()
        if kind == "edge":
            await sink.last.wait()
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
