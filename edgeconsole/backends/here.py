"""Probing from the host of this console, where no proxy does it or somebody wants to see it from elsewhere."""

import socket
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.probing import ProbeNote
from edgeconsole.probes.engine import Prober
from edgeconsole.probes.plan import plan_of, vantage_of
from edgeconsole.probes.round import RunOnce, probe_all
from edgeconsole.probes.targets import target_for


async def probe_here(
    configuration: Configuration, base: Path, texts: Sequence[str] | None, clock: Callable[[], datetime]
) -> AsyncIterator[ProbeNote]:
    """Probe what an operator typed, or all targets for None, and yield each stage and result.

    `base` is where relative file names of the configuration start. Raises BadInput for a target that is none.
    """
    settings = configuration.probe
    targets = plan_of(configuration).targets if texts is None else [target_for(configuration, text) for text in texts]
    vantage = vantage_of(configuration, socket.gethostname(), console=True)
    prober = Prober(configuration, base, vantage, at_edge=False)
    run = RunOnce(prober, vantage=vantage, timeout=settings.timeout.total_seconds(), clock=clock)
    try:
        async for note in probe_all(run, targets, concurrency=settings.concurrency, rate=settings.rate):
            yield note
    finally:
        await prober.close()
