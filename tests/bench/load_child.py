"""Plans and applies many domains in a process of its own, so that its encoding is in nobody's way.

Arguments: the admin socket, and how many domains; prints the seconds it took.
"""

import asyncio
import sys
import time
from pathlib import Path

from edgeconsole.backends.base import Backend
from edgeconsole.backends.local import open_local
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Table

AT_ONCE = 25_000
"""Changes in one plan: the answer that names each of 100,000 would be longer than a client takes."""


async def fill(backend: Backend, domains: int) -> None:
    """Allow so many domains."""
    for start in range(0, domains, AT_ONCE):
        changes = [
            Change(table=Table.DOMAIN, key=f"partner{number}.example", fields={"action": "allow"})
            for number in range(start, min(start + AT_ONCE, domains))
        ]
        plan = await backend.plan(changes)
        await backend.apply(plan.plan_id)


async def main(socket: Path, domains: int) -> None:
    backend = open_local(socket)
    began = time.perf_counter()
    await fill(backend, domains)
    await backend.aclose()
    print(time.perf_counter() - began)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
