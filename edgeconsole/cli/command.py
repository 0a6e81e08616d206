"""What a command is run with, and the exit codes it may return."""

import argparse
from enum import IntEnum
from typing import NamedTuple

from edgeconsole.cli import output
from edgeconsole.store.store import Store


class Exit(IntEnum):
    """Exit codes of every command."""

    YES = 0
    NO = 1
    USAGE = 2
    CONFLICT = 3
    UNREACHABLE = 4
    NOT_PERMITTED = 5
    INDETERMINATE = 6


class Command(NamedTuple):
    """One command as it was typed, and the store on the edge it means."""

    arguments: argparse.Namespace
    store: Store

    @property
    def json(self) -> bool:
        """Whether JSON was asked for."""
        return bool(self.arguments.json)

    def show(self, value: object) -> None:
        """Print a value as JSON."""
        print(output.json_text(value))
