"""What a screen says at every size against text kept beside the tests: one console, its terminal resized.

Written anew only by EDGECONSOLE_WRITE_SNAPSHOTS=1; read the difference before committing it.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from textual.pilot import Pilot

from edgeconsole.tui.app import ConsoleApp
from tests.tui.console_world import text_of

SNAPSHOTS = Path(__file__).parent / "snapshots"
WRITE = os.environ.get("EDGECONSOLE_WRITE_SNAPSHOTS") == "1"
SIZES = ((80, 24), (120, 40), (60, 15), (50, 10))
"""Columns and rows: the design size, with a side pane, and two that are small."""


async def says_what_it_said(pilot: Pilot[int], name: str, sizes: Sequence[tuple[int, int]] = SIZES) -> None:
    """Compare the screen at each size; a change of size alone changes nothing but the room."""
    app, different = pilot.app, []
    assert isinstance(app, ConsoleApp)
    for columns, rows in sizes:
        if pilot.app.size != (columns, rows):
            await pilot.resize_terminal(columns, rows)
            await pilot.pause()
            # What the next tick does; the clock of these consoles stands still.
            app._show(app._store.snapshot)
        await pilot.pause()
        shown = text_of(app) + "\n"
        assert shown.count("\n") == rows
        assert max(map(len, shown.splitlines())) <= columns
        path = SNAPSHOTS / f"{name}-{columns}x{rows}.txt"
        if WRITE:
            path.write_text(shown)
        if shown != path.read_text():
            different.append(f"{path.name}: kept\n{path.read_text()}\nnow\n{shown}")
    assert not different, "\n".join(different)
