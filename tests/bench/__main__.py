"""make bench: the peers, every measurement, the tables; the exit code tells whether a measurement failed to run.

A budget that is missed is told and is no failure. Arguments go to pytest, and keep the figures of the last run.
"""

import compileall
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench import ledger, peers

ROOT = Path(__file__).parents[2]
UNLIKE_A_USER = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONOPTIMIZE")
"""Variables no operator has; without byte code a start is measured at four times what it costs."""


def main(arguments: Sequence[str]) -> int:
    """Measure; returns 0 where every measurement ran or was skipped, else what pytest returns."""
    missing = peers.install()
    if not arguments:
        ledger.forget()
    compileall.compile_dir(ROOT / "edgeconsole", quiet=1)
    environment = {name: value for name, value in os.environ.items() if name not in UNLIKE_A_USER}
    command = f"{sys.executable} -m pytest tests/bench -m bench -p no:xdist --timeout 600 --durations 0".split()
    status = subprocess.run([*command, "--durations-min", "1", *arguments], cwd=ROOT, env=environment).returncode
    ledger.main([])
    for each in missing:
        print(f"not compared with: {each}", file=sys.stderr)
    if status:
        print(f"a measurement failed to run (pytest: {status})", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
