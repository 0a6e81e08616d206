"""The first thing a terminal sees: our name, while the console is still being imported.

What this module imports is what a start costs before anything shows, so it is next to nothing. The name stands on a
line of its own with the cursor left before it: an error begins with it and writes over it, the console hides it.
"""

import gc
import os
import sys
from collections.abc import Mapping, Sequence

from edgeconsole import __version__

VALUED = ("--config", "--socket", "--context", "--theme", "--driver")
FLAGS = ("--readonly", "--no-readonly", "--ascii")
_NAME = b"edgeconsole\r"
_ERASE = b"\x1b[K"


def main() -> int:
    """Run the command line of this process; returns the exit code."""
    if sys.argv[1:] == ["--version"]:
        # Measured: the table of verbs and what it imports make this six times what Python costs alone.
        print(f"edgeconsole {__version__}")
        return 0
    shown = opens_console(sys.argv[1:]) and takes_escapes(os.environ) and sys.stdout.isatty()
    if shown:
        os.write(sys.stdout.fileno(), _NAME)
    # Measured: collecting finds nothing while modules load and costs a tenth of it; who runs turns it on again.
    gc.disable()
    try:
        from edgeconsole.cli.main import main as run

        return run()
    finally:
        if shown:
            _erase()


def opens_console(typed: Sequence[str]) -> bool:
    """Return whether these arguments, where they are right, open the console: options of it and no verb."""
    words = iter(typed)
    for word in words:
        if word in VALUED:
            if next(words, None) is None:
                return False
        elif word not in FLAGS and word.partition("=")[0] not in VALUED:
            return False
    return True


def takes_escapes(environ: Mapping[str, str]) -> bool:
    """Return whether the terminal erases when it is told to."""
    return environ.get("TERM", "dumb") != "dumb"


def _erase() -> None:
    # The terminal may be gone with the operator.
    try:
        os.write(sys.stdout.fileno(), _ERASE)
    except (OSError, ValueError):
        return
