"""A set-up that was left before its end: kept in a private file of its context, until it is finished or dropped."""

import contextlib
from pathlib import Path

import msgspec

from edgeconsole.actions.federate.question import Answers
from edgeconsole.config.save import save
from edgeconsole.model.errors import NotSaved, Problem

_FILE = "set-up.answers"
"""Not `.json`: a file of that name beside drafts would be taken for a draft."""
_LIMIT = 65_536
"""Bytes read back; a set-up has a dozen short answers."""


class Unfinished:
    """The one unfinished set-up of a context, beside its drafts."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / _FILE

    def keep(self, answers: Answers) -> Problem | None:
        """Write the answers so far; return what kept that from happening, since the set-up goes on all the same."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            save(self.path, msgspec.json.encode(answers), previous_link=None)
        except (OSError, NotSaved) as error:
            return Problem(
                file=str(self.path),
                message=f"the set-up cannot be kept: {error}",
                remedy="Go on to its end, or its answers are lost with this program",
            )
        return None

    def read(self) -> Answers | None:
        """Return what was left; None where there is nothing, or nothing that can be read."""
        try:
            with self.path.open("rb") as file:
                return msgspec.json.decode(file.read(_LIMIT), type=Answers)
        except (OSError, msgspec.DecodeError):
            return None

    def drop(self) -> None:
        """Forget it."""
        with contextlib.suppress(OSError):
            self.path.unlink()
