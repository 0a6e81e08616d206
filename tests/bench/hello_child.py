"""The least a Textual program can be: what the console's start is measured against. Modules it is told are imported."""

import importlib
import sys

from textual.app import App, ComposeResult
from textual.widgets import Static


class Hello(App[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        yield Static("hello world")


for module in sys.argv[1:]:
    importlib.import_module(module)
Hello().run(mouse=False)
