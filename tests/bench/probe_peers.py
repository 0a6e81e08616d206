"""The other side of the probe benchmark, in a process of its own: a name server and partners that answer OPTIONS.

Run as `python -m tests.bench.probe_peers DIRECTORY COUNT`; prints one line of JSON once it listens.
"""

import asyncio
import json
import sys
from pathlib import Path

from edgeconsole.lab.nameserver import NameServer, Record, Zone
from tests.probes.peers import OK, server_context
from tests.probes.pki import Pki

PORTS = 16
"""Listeners; one address and port is probed by one run at a time."""


class Partner(asyncio.Protocol):
    """Answers every request with 200."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(OK.encode())  # type: ignore[attr-defined]


async def main(directory: Path, count: int) -> None:
    pki = Pki(directory, "Bench")
    own = pki.issue("sip.contoso.example", "contoso.example")
    names = [f"d{number}.bench.example" for number in range(count)]
    loop = asyncio.get_running_loop()
    servers = []
    for number in range(PORTS):
        # The exporter's module has one server name, ours is matched against the SRV target.
        credential = pki.issue(*(f"sip.{name}" for name in names[number::PORTS]), "sip.bench.example")
        context = server_context(credential, trust=pki.trust)
        servers.append(await loop.create_server(Partner, "127.0.0.1", 0, ssl=context))
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    records = []
    for number, name in enumerate(names):
        port = ports[number % PORTS]
        records.append(Record(f"_sipfederationtls._tcp.{name}", "SRV", f"0 0 {port} sip.{name}.", 3600))
        records.append(Record(f"sip.{name}", "A", "127.0.0.1", 3600))
    dns = NameServer([Zone("bench.example", tuple(records))])
    await dns.start()
    print(
        json.dumps(
            {
                "dns": dns.address.with_port(),
                "ports": ports,
                "trust": str(pki.trust),
                "certificate": str(own.certificate),
                "key": str(own.key),
            }
        ),
        flush=True,
    )
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
