"""The row copied to the operator's own clipboard, or shown as plain text where the terminal has none to give.

A copy is one OSC 52 sequence, which the terminal driver passes as base64 of bounded length and in no other form.
"""

import math
import os
from typing import Protocol

from edgeconsole.actions.handover import reach_of
from edgeconsole.config.render import table_text
from edgeconsole.config.schema import shape_of
from edgeconsole.model.configuration import Table
from edgeconsole.present import copies, listing
from edgeconsole.present.listing import Listing
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.transfer import records
from edgeconsole.tui.dialogue import Answer, Dialogue, Stage
from edgeconsole.tui.driver.controls import CLIPBOARD_BYTES
from edgeconsole.tui.driver.terminal import terminal_of
from edgeconsole.tui.keys import KeyMap, label
from edgeconsole.tui.screens.base import ConsoleScreen
from edgeconsole.tui.widgets.raw_view import RawView

_PREVIEW = 40
_STEPS = {
    "up": -1.0,
    "k": -1.0,
    "down": 1.0,
    "j": 1.0,
    "home": -math.inf,
    "g": -math.inf,
    "end": math.inf,
    "G": math.inf,
}
_PAGES = {"pageup": -1.0, "pagedown": 1.0, "space": 1.0, " ": 1.0, "ctrl+u": -0.5, "ctrl+d": 0.5}


class CopyStage(Stage, Protocol):
    """What copying needs of the console."""

    @property
    def keys(self) -> KeyMap: ...
    @property
    def edge_name(self) -> str: ...
    def copy_to_clipboard(self, text: str) -> None: ...


class Copying:
    """The copy menu and the raw view of the screen in front."""

    def __init__(self, store: Store, dialogue: Dialogue, stage: CopyStage) -> None:
        self._store = store
        self._dialogue = dialogue
        self._stage = stage

    def menu(self, screen: ConsoleScreen) -> None:
        """Ask what of the row is to be copied."""
        key = screen.table.cursor_key
        if key is None:
            return
        raw = label(self._stage.keys.of("row.raw"))
        if not terminal_of(os.environ.get("TERM", "")).answers:
            self._dialogue.say(
                f"this terminal takes no copies; {raw} shows the row as plain text to select", Style.WARN
            )
            return
        about, snapshot = screen.subject(key), self._store.snapshot
        found = copies.choices(
            snapshot,
            table=about.table,
            key=about.key,
            domain=about.domain or "",
            row=listing.row_text(shown(screen).row(key)),
            toml=self._toml(about.table, about.key),
            reach=reach_of(snapshot, self._stage.edge_name),
        )
        answers = {each.key: Answer(each.name, lambda each=each: self._copy(each)) for each in found}  # type: ignore[misc]
        self._dialogue.ask("Copy what?", answers, otherwise="leave")

    def _copy(self, chosen: copies.Copy) -> None:
        if len(chosen.text.encode()) > CLIPBOARD_BYTES:
            self._dialogue.say(f"{chosen.name}: longer than {CLIPBOARD_BYTES:,} bytes, not copied", Style.WARN)
            return
        self._stage.copy_to_clipboard(chosen.text)
        first = chosen.text.split("\n")[0]
        preview = first[:_PREVIEW] + ("…" if len(chosen.text) > _PREVIEW else "")
        raw = label(self._stage.keys.of("row.raw"))
        self._dialogue.say(f"{chosen.name} copied; if nothing arrives: {raw}{_hint()}   {preview}", Style.OK)

    def _toml(self, table: Table | None, key: str) -> str:
        """Return the record as the file has it, defaults left out; empty where it has none."""
        if table is None or table not in records.KEPT:
            return ""
        record = records.KEPT[table].records(self._store.snapshot.configuration).get(key)
        if record is None:
            return ""
        fields = records.fields_of(table)
        raw = {name: value for name, value in records.to_raw(table, record).items() if value != fields[name].default}
        return table_text(shape_of(table).header, raw, "\n")

    def raw(self, screen: ConsoleScreen) -> None:
        """Show the row and what the pane says of it as plain text until a key is pressed."""
        key = screen.table.cursor_key
        if key is None:
            return
        hidden = not screen.has_class("-pane") and not screen.has_class("-wide")
        if hidden:
            screen.open_pane()  # A pane that nobody sees is not worked out.
        about = listing.plain_lines([screen.pane.title, *screen.pane.lines])
        if hidden:
            screen.remove_class("-pane")
        lines = [*listing.row_lines(shown(screen).row(key)), "", *about]
        view = RawView(lines, id="raw")
        screen.mount(view)
        screen.add_class("-raw")

        def leave() -> None:
            screen.remove_class("-raw")
            view.remove()
            self._dialogue.say("")

        def press(name: str) -> None:
            if name in _STEPS:
                view.move(_STEPS[name])
            else:
                view.page(_PAGES[name])

        self._dialogue.enter(
            "",
            lambda _: leave(),
            typing=lambda _: leave(),
            left=leave,
            keys=frozenset({*_STEPS, *_PAGES}),
            pressed=press,
        )


def shown(screen: ConsoleScreen) -> Listing:
    """Return what the list of a screen shows."""
    table = screen.table
    return Listing(table.view, tuple((place.cell, place.column) for place in table.places), table.positions())


def _hint() -> str:
    """Return what may stand between us and the clipboard."""
    if os.environ.get("TMUX"):
        return ", or in tmux: set -s set-clipboard on"
    return " (GNU screen passes none)" if os.environ.get("STY") else ""
