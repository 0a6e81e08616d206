"""Keys of one's own, the `:` line and the palette, driven in tmux against a real edge."""

from pathlib import Path

from tests.e2e.conftest import EDGECONSOLE, Lab
from tests.e2e.test_console import Terminal, pytestmark

__all__ = ["pytestmark"]


async def test_own_keys_a_typed_command_and_the_palette_reach_the_edge(lab: Lab, tmp_path: Path) -> None:
    settings = tmp_path / "edgeconsole" / "console.toml"
    settings.parent.mkdir()
    settings.write_text('[keys]\naccess-edge.discovery = "%"\nview.refresh = "Q"\n')
    where = (f"XDG_CONFIG_HOME={tmp_path}", f"XDG_STATE_HOME={tmp_path}")
    terminal = Terminal("env", *where, *EDGECONSOLE, "--socket", lab.at.socket, width=120, height=40)
    try:
        await terminal.shows("% discovery", "console.toml:3", "fed ON")
        terminal.keys("%")
        await terminal.shows("OFF -> ON", "y apply")
        terminal.keys("Escape")
        await terminal.shows("nothing changed")
        terminal.keys(":", *"disco", "Tab")
        await terminal.shows(": discovery")
        terminal.keys(*"on", "Enter")
        await terminal.shows("OFF -> ON", "y apply")
        terminal.keys("y")
        await terminal.shows("done #", "disc ON")
        terminal.keys("C-p")
        await terminal.shows("ACTIONS")
        terminal.keys(*"revisions", "Enter")
        await terminal.shows("[7 History]")
    finally:
        terminal.end()
