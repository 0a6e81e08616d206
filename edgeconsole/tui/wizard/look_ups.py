"""Live look-ups beside the questions: stage by stage as they come, never in the way of what is typed."""

from collections.abc import Callable, Sequence

import msgspec

from edgeconsole.actions.federate.look_up import look_up
from edgeconsole.actions.federate.question import Facts, LookUp, Situation
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.probe import StageState
from edgeconsole.model.probing import ProbeProgress
from edgeconsole.present import federate as shown
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Cancellable, Stage

_MARKS = {
    None: ("…", Style.STALE),
    StageState.OK: (".", Style.OK),
    StageState.WARNING: ("!", Style.WARN),
    StageState.FAILED: ("X", Style.FAIL),
}
_MOST = 12
"""Stages shown while they come; an edge behind many addresses has more."""


class LookUps:
    """One look-up at a time; its facts are for one partner and one server."""

    def __init__(self, store: Store, stage: Stage, moved: Callable[[], None]) -> None:
        self._store = store
        self._stage = stage
        self._moved = moved
        self._asked: tuple[LookUp, str, str] | None = None
        self._running: Cancellable | None = None
        self._seen: dict[str, Line] = {}
        self._problem = ""
        self.facts = Facts()

    def want(self, situation: Situation, wanted: LookUp | None, *, again: bool = False) -> None:
        """Look up what a step needs, unless that is done or under way."""
        if wanted is None:
            return
        key = (wanted, str(situation.partner), situation.given("access-edge"))
        if key == self._asked and not again:
            return
        if self._asked is not None and self._asked[1] != key[1]:
            self.facts = Facts()
        self._asked, self._seen, self._problem = key, {}, ""
        self._running = self._stage.spawn(self._look(situation, wanted, key), "look-up")

    def forget(self) -> None:
        """Forget what is known: another set-up begins."""
        if self._running is not None:
            self._running.cancel()
        self._asked, self._running, self.facts, self._seen, self._problem = None, None, Facts(), {}, ""

    async def _look(self, situation: Situation, wanted: LookUp, key: tuple[LookUp, str, str]) -> None:
        asked = msgspec.structs.replace(situation, facts=self.facts)
        try:
            facts = await look_up(self._store.backend, asked, wanted, self._progress)
        except EdgeconsoleError as error:
            self._problem = str(error)
        else:
            if key == self._asked:
                self.facts = facts
        self._running = None
        self._moved()

    def _progress(self, note: ProbeProgress) -> None:
        mark, style = _MARKS.get(note.state, ("-", Style.MUTED))
        self._seen[f"{note.stage.value} {note.endpoint}"] = Line(
            (Span(f"{mark} {note.stage.value:<19}", style), Span(note.endpoint, Style.MUTED))
        )
        self._moved()

    @property
    def lines(self) -> Sequence[Line]:
        """What a look-up found, or is doing."""
        if self._asked is None:
            return ()
        name = self._asked[1] or "ourselves"
        if self._running is not None:
            return (Line((Span(f"looking up {name}…", Style.STALE),)), *list(self._seen.values())[-_MOST:])
        if self._problem:
            said = Line((Span(f"not looked up: {self._problem}", Style.WARN),))
            return (said, Line((Span("It goes on without: nothing is then recommended from what DNS says."),)))
        found = self.facts.partner if self._asked[0] is LookUp.PARTNER else self.facts.ours
        return tuple(shown.result(found)) if found is not None else ()
