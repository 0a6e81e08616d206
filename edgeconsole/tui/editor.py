"""The operator's own editor on a text: a private file, the editor, and what stands in the file afterwards."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from edgeconsole.model.errors import BadInput

_LONGEST = 200_000
"""Characters taken back; one record has a few thousand at most."""


def edit(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return the text as the editor left it. Raises BadInput where it cannot be started or ends in an error."""
    command = environment.get("VISUAL") or environment.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="edgeconsole-") as folder:
        path = Path(folder) / "record.toml"
        path.write_text(text)
        path.chmod(0o600)
        try:
            ended = subprocess.run([*shlex.split(command), str(path)], check=False)
        except (OSError, ValueError) as error:
            raise BadInput(f"the editor {command!r} cannot be started: {error}", remedy="Set EDITOR") from None
        if ended.returncode != 0:
            raise BadInput(f"the editor {command!r} ended with {ended.returncode}; nothing was taken from it")
        try:
            return path.read_text()[:_LONGEST]
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"what the editor left cannot be read: {error}") from None
