"""The probe worker as a process of its own: `python -m edgeconsole.proxy.probe_process`, orders in, reports out."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from edgeconsole.model.configuration import Configuration
from edgeconsole.probes import frames
from edgeconsole.probes.engine import Prober
from edgeconsole.probes.worker import Worker
from edgeconsole.proxy.logs import log_to_stderr

log = logging.getLogger(__name__)

_NICE = 5
"""Messages go before probes where both want the processor."""

_FIRST_TO_GO = "800"
"""Where memory runs out the kernel ends the probes, which start again, before the edge."""

_MOST_UNSENT = 64 * 1024 * 1024
"""Bytes the proxy may leave unread; beyond it there is none any more that listens."""


def main() -> int:
    """Probe until standard input ends."""
    log_to_stderr()
    # A key that interrupts the terminal's programs is the proxy's to handle; it closes our input when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
    asyncio.run(_serve())
    return 0


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    # The reports have the pipe for themselves: whatever prints goes where the log goes.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, out)

    def write(report: frames.Report) -> None:
        if transport.get_write_buffer_size() > _MOST_UNSENT:
            log.error("the proxy reads no reports any more")
            os._exit(1)
        transport.write(frames.packed(report))

    await Worker(write, make_prober, clock=lambda: datetime.now(UTC)).obey(reader)


def make_prober(configuration: Configuration, base: Path, vantage: str) -> Prober:
    """Return what makes the runs of a configuration."""
    return Prober(configuration, base, vantage)


if __name__ == "__main__":
    sys.exit(main())
