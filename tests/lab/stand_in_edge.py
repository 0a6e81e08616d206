"""A program that keeps the contract of `proxy --announce` and answers every request with 200, for tests of the lab.

Usage: stand_in_edge.py MODE CONFIG; modes other than `serve` break the contract in one way each.
"""

import asyncio
import json
import os
import signal
import sys
import tomllib
from pathlib import Path

from edgeconsole.lab.authority import Credential
from edgeconsole.lab.sip_agent import SipServer


async def serve(configuration: Path, deaf: bool) -> None:
    read = tomllib.loads(configuration.read_text())
    edge = {key: Path(str(value).removeprefix("file:")) for key, value in read["edge"].items()}
    outside = SipServer(
        Credential(certificate=edge["certificate"], private_key=edge["private_key"], names=()), edge["trust"]
    )
    inside = SipServer(
        Credential(certificate=edge["internal_certificate"], private_key=edge["internal_private_key"], names=()),
        edge["internal_trust"],
    )
    await outside.start()
    await inside.start()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    if deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        loop.add_signal_handler(signal.SIGTERM, ended.set)
    loop.add_reader(0, lambda: os.read(0, 4096) or ended.set())
    listeners = {"sip": str(outside.address), "internal": str(inside.address)}
    print(json.dumps({"ready": True, "socket": read["proxy"]["admin_socket"], "listeners": listeners}), flush=True)
    await ended.wait()
    await outside.close()
    await inside.close()


def main(mode: str, configuration: Path) -> int:
    if mode == "refuse":
        print(f"{configuration}:3: edge.fqdn: not this time", file=sys.stderr)
        return 2
    if mode == "babble":
        print("hello", flush=True)
        sys.stdin.read()
        return 0
    asyncio.run(serve(configuration, deaf=mode == "deaf"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
