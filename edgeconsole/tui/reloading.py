"""A file edited by hand: put into force after the same question as any change, or opened where it is broken."""

import contextlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.present import errors, hand_edit
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui.changes import Changes
from edgeconsole.tui.dialogue import Answer, Dialogue, Stage
from edgeconsole.tui.keys import KeyMap, label
from edgeconsole.tui.screens.base import ConsoleScreen


class FileStage(Stage, Protocol):
    """What this needs of the console."""

    @property
    def keys(self) -> KeyMap: ...
    def edit_file(self, path: Path, line: int) -> None: ...


class Reloading:
    """The file on disk beside what runs; what it changes is the edge's to say."""

    def __init__(
        self,
        store: Store,
        dialogue: Dialogue,
        changes: Changes,
        stage: FileStage,
        writable: Callable[[Path], bool] = lambda path: os.access(path, os.W_OK),
    ) -> None:
        self._store = store
        self._dialogue = dialogue
        self._changes = changes
        self._stage = stage
        self._writable = writable

    def reload(self) -> None:
        """Ask about putting the file as it stands into force; where it is broken, say where."""
        wrong = hand_edit.broken(self._store.snapshot)
        if wrong:
            if not self.offer_to_open():
                self._dialogue.say(f"not taken in, {wrong}", Style.WARN)
            return
        self._changes.propose("reload", lambda store: store.plan_reload(), self._carry, own=True)

    async def _carry(self, plan: Plan, time: timedelta | None) -> ApplyResult:
        result = await self._store.reload(plan, confirm=time)
        # It is in force whether or not it can be read back at once.
        with contextlib.suppress(EdgeconsoleError):
            await self._store.refresh()
        return result

    @property
    def can_open(self) -> bool:
        """Whether the file is broken, and here, and ours to write."""
        health = self._store.snapshot.health
        if health is None or not health.problems or health.backend == "remote" or self._store.readonly:
            return False
        return self._writable(Path(health.configuration_path))

    def editor(self, screen: ConsoleScreen, otherwise: Callable[[ConsoleScreen], None]) -> None:
        """Open a broken file before anything in it; a form that is open goes on."""
        if screen.NAME == "form" or not self.offer_to_open():
            otherwise(screen)

    def offer_to_open(self) -> bool:
        """Ask about opening the broken file in the editor; False where there is none that could be."""
        health, problem = self._store.snapshot.health, hand_edit.first_problem(self._store.snapshot)
        if health is None or problem is None or not self.can_open:
            return False
        path, line = Path(health.configuration_path), problem.line or 1
        self._dialogue.ask(
            f"Not taken in, {hand_edit.broken(self._store.snapshot)}.",
            {"y": Answer(f"open it at line {line}", lambda: self._open(path, line))},
        )
        return True

    def _open(self, path: Path, line: int) -> None:
        try:
            self._stage.edit_file(path, line)
        except EdgeconsoleError as error:
            self._dialogue.say(errors.sentence(error), Style.FAIL)
            return
        self._dialogue.wait("reading the file again…")
        self._stage.spawn(self._look(), "refresh")

    async def _look(self) -> None:
        try:
            if self._store.snapshot.health is not None and self._store.snapshot.health.enforcing:
                # Planning makes the edge look at the file now, not when it looks the next time.
                await self._store.plan_reload()
            await self._store.refresh()
        except EdgeconsoleError as error:
            self._dialogue.finish(errors.sentence(error), Style.FAIL)
            return
        wrong = hand_edit.broken(self._store.snapshot)
        good = f"the file is good; {label(self._stage.keys.of('config.reload'))} puts it into force"
        self._dialogue.finish(f"still broken: {wrong}" if wrong else good, Style.WARN if wrong else Style.OK)
