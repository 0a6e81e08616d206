"""Build hook: the manual page and completions, made from the table of verbs, go under `share` of the installation."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SharedFiles(BuildHookInterface):
    """Makes what is generated at the moment of the build, so that it cannot be older than the code."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the generated files to a wheel; an editable installation needs none."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from edgeconsole.cli.completion import script
            from edgeconsole.cli.man_page import man_page
        finally:
            sys.path.remove(self.root)
        # Kept by the hook: the files are read after this returns, and go with it.
        self._folder = tempfile.TemporaryDirectory()
        for place, text in {
            "man/man1/edgeconsole.1": man_page(),
            "bash-completion/completions/edgeconsole": script("bash"),
            "zsh/site-functions/_edgeconsole": script("zsh"),
            "fish/vendor_completions.d/edgeconsole.fish": script("fish"),
        }.items():
            file = Path(self._folder.name) / place.replace("/", ".")
            file.write_text(text)
            build_data["shared_data"][str(file)] = f"share/{place}"
