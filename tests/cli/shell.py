"""Commands run in this process on one configuration file, and what they printed."""

import json
from pathlib import Path
from typing import Any

import pytest

from edgeconsole.cli.main import main
from edgeconsole.config.read import load
from edgeconsole.model.configuration import Configuration


class Shell:
    """Runs commands on one file and keeps what the last of them printed."""

    def __init__(self, path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self.path.write_text(text)
        self._capsys = capsys
        self.out = ""
        self.err = ""

    def __call__(self, *words: str) -> int:
        try:
            code = main(["--config", str(self.path), *words])
        except SystemExit as end:
            code = int(end.code or 0)
        self.out, self.err = self._capsys.readouterr()
        return code

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def configuration(self) -> Configuration:
        return load(self.path).configuration
