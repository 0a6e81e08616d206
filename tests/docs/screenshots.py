"""Draws the pictures of the manual: the console on a lab, exported as SVG. Run by `make screenshots`."""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from edgeconsole.cli.reach import Place, open_place
from edgeconsole.lab.run import start_background
from edgeconsole.tui import themes
from edgeconsole.tui.app import ConsoleApp

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
SIZE = (120, 32)
_SECONDS = 40.0


async def draw(socket: str) -> None:
    """Open the console on an edge and write one picture a screen."""
    app = ConsoleApp(open_place(Place(socket=socket), readonly=None, via="console"), themes.load("edge-dark"))
    async with app.run_test(size=SIZE) as pilot:
        # The first round of probes has told which stage fails, and somebody on no list has written.
        await _until(app, "refused +adatum")
        await _until(app, "X cert")
        _write(app, "overview")
        await pilot.press("2")
        await _until(app, r"^  proseware.*X name")
        while not re.search(r"^> proseware", text_of(app), re.MULTILINE):
            await pilot.press("j")
            await pilot.pause()
        await pilot.press("x")
        await _until(app, "certificate")
        _write(app, "domains")


def text_of(app: ConsoleApp) -> str:
    """Return what stands on the screen."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def _until(app: ConsoleApp, words: str) -> None:
    async with asyncio.timeout(_SECONDS):
        while not re.search(words, text_of(app), re.MULTILINE):
            await asyncio.sleep(0.1)


def _write(app: ConsoleApp, name: str) -> None:
    svg = app.export_screenshot(title="edgeconsole")
    # The picture names no font of another host: whoever looks at it asks nobody for anything.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL).replace("Fira Code, monospace", "monospace")
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.svg").write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary, start_background(Path(temporary)) as running:
        asyncio.run(draw(running.description.socket))
    sys.exit(0)
