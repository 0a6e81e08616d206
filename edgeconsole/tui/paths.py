"""A path typed at the prompt: tab completes it from its directory, beside the keys: a disk may be slow."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from edgeconsole.model.text import clean
from edgeconsole.tui.dialogue import Dialogue, Stage

_TAB = frozenset({"tab"})
_NAMED = 6
"""Names of a directory that the row tells at once."""
_MOST = 5_000
"""Entries of a directory that are looked at."""


class Completed(NamedTuple):
    """A path as far as what is there agrees, and what there is to choose from."""

    text: str
    hint: str = ""


def complete(text: str) -> Completed:
    """Return a path completed; names that hide characters are not offered, since nobody could read what they chose."""
    head, slash, begun = text.rpartition("/")
    folder = Path(f"{head}{slash}").expanduser() if slash else Path()
    try:
        with os.scandir(folder) as entries:
            found = [
                f"{entry.name}/" if _is_folder(entry) else entry.name
                for entry, _ in zip(entries, range(_MOST), strict=False)
                if entry.name.startswith(begun) and (begun or not entry.name.startswith("."))
            ]
    except OSError as error:
        return Completed(text, f"{clean(str(folder))}: {error.strerror}")
    names = sorted(name for name in found if clean(name) == name)
    if not names:
        return Completed(text, "nothing there begins so")
    first, last = names[0], names[-1]
    agree = next((place for place, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1), None)
    common = first[:agree]
    told = "  ".join(names[:_NAMED]) + (f"  +{len(names) - _NAMED}" if len(names) > _NAMED else "")
    return Completed(f"{head}{slash}{common}", "" if len(names) == 1 else told)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


class PathPrompt:
    """One path at a time, asked for at the bottom row."""

    def __init__(self, dialogue: Dialogue, stage: Stage) -> None:
        self._dialogue = dialogue
        self._stage = stage

    def ask(self, label: str, entered: Callable[[str], None], text: str = "") -> None:
        """Let a path be typed."""
        self._dialogue.enter(label, entered, text, keys=_TAB, pressed=lambda _: self._start())
        self._dialogue.retype(text, "tab completes")

    def _start(self) -> None:
        self._stage.spawn(self._complete(self._dialogue.text), "path")

    async def _complete(self, text: str) -> None:
        found = await asyncio.to_thread(complete, text)
        if self._dialogue.text == text:
            self._dialogue.retype(*found)
