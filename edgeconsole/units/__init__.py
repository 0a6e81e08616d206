"""The systemd units that ship with the program, with the path of the program filled in."""

import shlex
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

NAMES = ("edgeconsole.service",)

_PROGRAM = "@PROGRAM@"
_HIDDEN = ("/home/", "/root/", "/run/user/")
"""What ProtectHome keeps from the service."""


def program() -> Sequence[str]:
    """Return the command that runs this very installation, as systemd needs it: with an absolute path."""
    beside = Path(sys.executable).with_name("edgeconsole")
    if beside.is_file():
        return (str(beside),)
    return (sys.executable, "-m", "edgeconsole")


def unit(name: str, command: Sequence[str]) -> str:
    """Return the text of a unit."""
    text = resources.files(__name__).joinpath(name).read_text("utf-8")
    return text.replace(_PROGRAM, shlex.join(command))


def hidden(command: Sequence[str]) -> bool:
    """Return whether the service could not reach the program: home directories are closed to it."""
    return any(str(Path(command[0])).startswith(place) for place in _HIDDEN)
