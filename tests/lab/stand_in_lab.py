"""A headless lab whose edge is the stand-in: stand_in_lab.py MODE [DIRECTORY]."""

import sys
from pathlib import Path

from edgeconsole.lab.run import run_headless

EDGE = Path(__file__).with_name("stand_in_edge.py")

if __name__ == "__main__":
    mode, *directory = sys.argv[1:]
    sys.exit(
        run_headless(
            Path(directory[0]) if directory else None,
            exit_with_parent=True,
            command=lambda configuration: (sys.executable, str(EDGE), mode, str(configuration)),
        )
    )
