"""The operator's own editor: on a text, in a private file that is read afterwards; or on a file itself, at a line."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from edgeconsole.model.errors import BadInput

_TAKES_A_LINE = frozenset(
    {"vi", "vim", "nvim", "view", "nano", "pico", "emacs", "emacsclient", "joe", "jed", "mg", "micro"}
)
"""Editors that take `+12` before the file."""

_LONGEST = 200_000
"""Characters taken back; one record has a few thousand at most."""


def edit(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return the text as the editor left it. Raises BadInput where it cannot be started or ends in an error."""
    with tempfile.TemporaryDirectory(prefix="edgeconsole-") as folder:
        path = Path(folder) / "record.toml"
        path.write_text(text)
        path.chmod(0o600)
        _run([str(path)], environment, "; nothing was taken from it")
        try:
            return path.read_text()[:_LONGEST]
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"what the editor left cannot be read: {error}") from None


def edit_file(path: Path, line: int, environment: Mapping[str, str] = os.environ) -> None:
    """Open a file itself, at a line where the editor takes one. Raises BadInput as `edit` does."""
    program = Path(_command(environment).split(maxsplit=1)[0]).name
    at = [f"+{line}"] if program in _TAKES_A_LINE else []
    _run([*at, str(path)], environment, "")


def _command(environment: Mapping[str, str]) -> str:
    return environment.get("VISUAL", "").strip() or environment.get("EDITOR", "").strip() or "vi"


def _run(arguments: list[str], environment: Mapping[str, str], otherwise: str) -> None:
    command = _command(environment)
    try:
        ended = subprocess.run([*shlex.split(command), *arguments], check=False)  # noqa: S603 no shell
    except (OSError, ValueError) as error:
        raise BadInput(f"the editor {command!r} cannot be started: {error}", remedy="Set EDITOR") from None
    if ended.returncode != 0:
        raise BadInput(f"the editor {command!r} ended with {ended.returncode}{otherwise}")
