"""The stand-in edge, and what the operating system says of processes and ports."""

import asyncio
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from edgeconsole.lab.edge_process import EdgeCommand

STAND_IN = Path(__file__).with_name("stand_in_edge.py")


def stand_in(mode: str = "serve") -> EdgeCommand:
    """The command line of the stand-in edge in one of its modes."""

    def command(configuration: Path) -> Sequence[str]:
        return (sys.executable, str(STAND_IN), mode, str(configuration))

    return command


async def eventually(true: Callable[[], bool], timeout: float = 20.0) -> None:
    """Wait until a condition holds, for facts of the operating system that tell nobody when they change."""
    async with asyncio.timeout(timeout):
        while not true():
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def without_ports(text: str) -> str:
    """A text with every port blanked: one that another program took in the meantime moves."""
    return re.sub(r":[0-9]{4,5}\b", ":PORT", text)


def children(pid: int) -> list[int]:
    """Every process below one."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *children(int(child))]
    return found
