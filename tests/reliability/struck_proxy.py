"""A proxy that dies, as by kill -9, before the call with a number since its first change began to wait.

Usage: python -m tests.reliability.struck_proxy NUMBER FILE
"""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from edgeconsole.config.confirm import Confirming
from edgeconsole.proxy.confirmation import Confirmation
from edgeconsole.proxy.logs import log_to_stderr
from edgeconsole.proxy.process import run
from tests.reliability.faults import Calls


def main(number: int, path: Path) -> None:
    calls = Calls()
    calls.install()
    real = Confirming.arm

    def arm(self: Confirming, *args: Any) -> None:
        calls.names.clear()
        calls.number = number
        real(self, *args)

    Confirming.arm = arm  # type: ignore[method-assign]
    Confirmation.shortest = timedelta()
    log_to_stderr("")
    run(path, announce=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
