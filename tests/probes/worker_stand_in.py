"""A probe worker whose runs are made up: `python worker_stand_in.py` obeys the proxy as the real one does."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from edgeconsole.model.configuration import Configuration
from edgeconsole.model.probe import ProbeResult, Stage, StageResult, StageState
from edgeconsole.model.probe_target import ProbeTarget
from edgeconsole.probes import notify
from edgeconsole.probes import round as rounds
from edgeconsole.proxy import probe_process
from tests.probes.results import certificate, result


class MadeUp:
    """Fails for names that say so, hangs for `hang.…`, and kills its own process for `die.…`."""

    problems: tuple[str, ...] = ()

    def __init__(self, vantage: str) -> None:
        self._vantage = vantage

    async def probe(
        self, target: ProbeTarget, *, progress: rounds.Progress | None = None, deep: bool = True
    ) -> ProbeResult:
        if progress is not None:
            progress(StageResult(stage=Stage.DNS, state=StageState.OK), "")
        if target.name.startswith("hang."):
            await asyncio.sleep(3600)
        if target.name.startswith("die."):
            os.kill(os.getpid(), 9)
        if target.name.startswith("break."):
            raise RuntimeError("as asked for")
        codes = ("cert.expired",) if target.name.startswith("bad.") else ()
        made = result(*codes, target=target.name, kind=target.kind, chain=(certificate(),))
        return msgspec.structs.replace(made, vantage=self._vantage, started=datetime.now(UTC))

    async def close(self) -> None:
        """Nothing is open."""


def make(configuration: Configuration, base: Path, vantage: str) -> MadeUp:
    return MadeUp(vantage)


if __name__ == "__main__":
    # A test does not wait two seconds for what else may come.
    notify.GATHER_SECONDS = 0.05
    probe_process.make_prober = make  # type: ignore[assignment]
    sys.exit(probe_process.main())
