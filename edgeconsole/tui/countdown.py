"""The change that waits to be kept: its countdown on every screen, and the decision about it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from edgeconsole.actions import history
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.plan import PendingConfirm
from edgeconsole.model.snapshot import Snapshot
from edgeconsole.present import confirm, errors
from edgeconsole.present.table import Line, Style
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Answer, Dialogue, Stage
from edgeconsole.tui.left_behind import LeftBehind

_NOTHING = Line(())


class Countdown:
    """Follows `Health.pending`, whoever applied it and from wherever."""

    def __init__(
        self,
        store: Store,
        dialogue: Dialogue,
        stage: Stage,
        clock: Callable[[], datetime],
        left_behind: LeftBehind,
    ) -> None:
        self._store = store
        self._left_behind = left_behind
        self._dialogue = dialogue
        self._stage = stage
        self._clock = clock
        self._pending: PendingConfirm | None = None
        self._ends = clock()
        self._unread = ""
        self._decided = ""
        """Token of what was decided here: pictures made before that still show it."""

    @property
    def waits(self) -> bool:
        """Whether a change goes back by itself unless it is kept."""
        return self._pending is not None

    def follow(self, snapshot: Snapshot) -> None:
        """Take note of a newer picture."""
        if snapshot.health is None:
            return
        before, now = self._pending, snapshot.health.pending
        if now is not None and now.token == self._decided:
            now = None
        # The same object is the same reading: its seconds were counted when it was first seen here.
        if now is not None and now is not before:
            self._ends = self._clock() + timedelta(seconds=now.seconds_left)
            self._unread = ""
        self._pending = now
        if before is not None and now is None:
            text, unread = confirm.ended(before, snapshot.revision, snapshot.history)
            self._unread = text if unread else ""
            if not unread:
                self._dialogue.tell(text)

    def line(self, key: str) -> Line:
        """Return the banner, without text while nothing waits; `key` is the one that decides."""
        if self._pending is not None:
            return confirm.banner(self._pending, self._left(), key)
        if self._unread:
            return confirm.unread(self._unread, key)
        return _NOTHING

    def decide(self) -> None:
        """Ask what is to become of the change that waits; where none does, take note of how the last one ended."""
        pending = self._pending
        if pending is None:
            if not self._unread:
                self._dialogue.say("no change waits to be kept", Style.MUTED)
                return
            self._unread = ""
            self._left_behind.offer_again("it was seen")
            return
        self._dialogue.ask(
            f"Keep {pending.after} by {pending.by.name}? It goes back to {pending.before} by itself otherwise.",
            {
                "y": Answer("keep", lambda: self._keep(pending)),
                "r": Answer("roll back now", lambda: self._take_back(pending)),
            },
            otherwise="later",
        )

    def _left(self) -> float:
        return (self._ends - self._clock()).total_seconds()

    def _keep(self, pending: PendingConfirm) -> None:
        self._dialogue.wait(f"keeping {pending.after}…")
        self._stage.spawn(self._kept(pending), "decide")

    def _take_back(self, pending: PendingConfirm) -> None:
        self._dialogue.wait(f"taking {pending.after} back…")
        self._stage.spawn(self._taken_back(pending), "decide")

    async def _kept(self, pending: PendingConfirm) -> None:
        try:
            await history.keep(self._store, pending.token)
        except EdgeconsoleError as error:
            self._dialogue.finish(errors.sentence(error), Style.FAIL)
        else:
            self._settled(pending)
            self._dialogue.finish(f"{pending.after} stays", Style.OK)
            await self._read_again()

    async def _taken_back(self, pending: PendingConfirm) -> None:
        try:
            result = await history.take_back(self._store, pending.token)
        except EdgeconsoleError as error:
            self._dialogue.finish(errors.sentence(error), Style.FAIL)
        else:
            self._settled(pending)
            self._dialogue.finish(f"{pending.after} is taken back; {result.running or result.revision} runs", Style.OK)
            await self._read_again()

    def _settled(self, pending: PendingConfirm) -> None:
        """What was decided here needs no telling when the next picture shows it."""
        self._pending, self._unread, self._decided = None, "", pending.token

    async def _read_again(self) -> None:
        try:
            await self._store.refresh()
        except EdgeconsoleError as error:
            self._dialogue.tell(errors.sentence(error), Style.FAIL)
