"""The headless lab as a program of its own, so that a console can run it as a child: `python -m edgeconsole.lab`."""

import argparse
import sys
from pathlib import Path

from edgeconsole.lab.run import run_headless


def main() -> int:
    """Run the lab that the command line describes."""
    parser = argparse.ArgumentParser(prog="edgeconsole lab --headless", description=__doc__)
    parser.add_argument("--dir", type=Path, help="keep the lab there; without it nothing is kept")
    parser.add_argument("--exit-with-parent", action="store_true", help="end when standard input ends")
    arguments = parser.parse_args()
    return run_headless(arguments.dir, exit_with_parent=arguments.exit_with_parent)


if __name__ == "__main__":
    sys.exit(main())
