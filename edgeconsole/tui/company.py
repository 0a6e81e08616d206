"""Tells the edge every few seconds that this console is here and what it edits, and hears who else is."""

import asyncio
from collections.abc import Awaitable, Callable

from edgeconsole.actions import presence
from edgeconsole.model.draft import RecordEdit
from edgeconsole.present import company
from edgeconsole.present.diff import record_name
from edgeconsole.present.table import Line
from edgeconsole.store.store import Store

EVERY_SECONDS = 20.0
"""A third of the time a note holds (reliability D4)."""


class Company:
    """Who is here; `line` says it."""

    def __init__(
        self, store: Store, console: str, changed: Callable[[], None], pause: Callable[[float], Awaitable[None]]
    ) -> None:
        self._store = store
        self._own_id = console
        self._changed = changed
        self._pause = pause
        self._told = asyncio.Event()
        self._before: tuple[str, ...] = ()
        self.line = Line(())

    async def run(self) -> None:
        """Tell and hear, at once when what is staged here or others do moves, else now and then, until cancelled."""
        while True:
            notes = await presence.tell(self._store, self._own_id, editing=", ".join(self._before[:3]))
            line = company.line(presence.editors(notes), presence.lookers(notes), self._before)
            if line != self.line:
                self.line = line
                self._changed()
            await self._next()

    async def _next(self) -> None:
        moved = self._store.others_moved
        waits = [asyncio.ensure_future(each) for each in (self._pause(EVERY_SECONDS), self._told.wait(), moved.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        self._told.clear()
        moved.clear()

    def edits(self, edits: tuple[RecordEdit, ...]) -> None:
        """Take note of what is staged here."""
        names = tuple(record_name(edit.table, edit.key) for edit in edits[:3])
        if names != self._before:
            self._before = names
            self._told.set()

    async def leave(self) -> None:
        """Take the note back, if the edge answers at once."""
        try:
            async with asyncio.timeout(1.0):
                await presence.tell(self._store, self._own_id, leaving=True)
        except TimeoutError:
            return
