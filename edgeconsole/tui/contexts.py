"""Another edge in the running console: the list of them, asked whether they answer, and the way there."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from edgeconsole.model.errors import BadInput, EdgeconsoleError
from edgeconsole.present import errors
from edgeconsole.present.contexts import NO_CONTEXTS, Answered, ContextRow
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Style
from edgeconsole.tui.dialogue import Answer, Cancellable, Dialogue, Stage

_PATIENCE = 5.0
"""Seconds an edge may take to answer."""


class Places(Protocol):
    """Where a console can be; the way in which it reaches them is not the console's to know."""

    def known(self) -> Sequence[ContextRow]:
        """Return them, the one it is on marked. Raises BadInput for a console.toml that cannot be read."""

    async def reach(self, name: str) -> Answered:
        """Ask one whether it is there. Raises EdgeconsoleError where it is not."""

    def go(self, name: str) -> None:
        """Be there from when the console on this one has ended."""


class ContextStage(Stage, Protocol):
    """What this needs of the console."""

    def go(self, name: str = "") -> None: ...


class Contexts:
    """The list and the switch; this edge is left only when the other answered, or the operator wants it anyway."""

    def __init__(
        self,
        places: Places,
        dialogue: Dialogue,
        stage: ContextStage,
        leave: Callable[[], None],
        at_stake: Callable[[], tuple[str, str]],
    ) -> None:
        self._places = places
        self._dialogue = dialogue
        self._stage = stage
        self._leave = leave
        self._at_stake = at_stake
        """Returns why this edge cannot be left now, and what happens here once it is left."""
        self._trying: Cancellable | None = None
        self.view = NO_CONTEXTS

    def open(self) -> None:
        """Show the list, and ask each whether it is there."""
        try:
            rows = tuple(self._places.known())
        except EdgeconsoleError as error:
            self._dialogue.say(errors.sentence(error), Style.FAIL)
            return
        self.view = NO_CONTEXTS._replace(rows=rows)
        self._stage.go("contexts")
        self._stage.spawn(self._ask_all(rows), "contexts")

    async def _ask_all(self, rows: Sequence[ContextRow]) -> None:
        await asyncio.gather(*(self._ask(row.name) for row in rows))

    async def _ask(self, name: str) -> None:
        answered = await self._answer(name)
        self.view = self.view._replace(answers={**self.view.answers, name: answered})
        self._stage.redraw()

    async def _answer(self, name: str) -> Answered:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._places.reach(name)
        except TimeoutError:
            return Answered(problem=f"nothing came within {_PATIENCE:.0f} seconds")
        except EdgeconsoleError as error:
            return Answered(problem=errors.sentence(error))

    def names(self) -> list[str]:
        """Return the names there are; none where they cannot be read."""
        try:
            return [row.name for row in self._places.known()]
        except EdgeconsoleError:
            return []

    def go_to(self, name: str) -> None:
        """Go to an edge by name, to the list of them without one. Raises BadInput for a name that is none."""
        if not name:
            self.open()
            return
        rows = self._places.known()
        row = next((each for each in rows if each.name == name), None)
        if row is None:
            raise BadInput(f"there is no context {name}", remedy=f"Known are: {', '.join(each.name for each in rows)}")
        against, then = self._at_stake()
        if row.here:
            self._dialogue.say(f"{name} is where this console is", Style.MUTED)
        elif against:
            self._dialogue.say(f"not now: {against}", Style.WARN)
        elif then:
            self._dialogue.ask(f"Go to {name}? {then}.", {"y": Answer("go", lambda: self._try(name))})
        else:
            self._try(name)

    def _try(self, name: str) -> None:
        self._dialogue.wait(f"{name}: asking whether it is there… esc stays here", self._give_up)
        self._trying = self._stage.spawn(self._tried(name), "context")

    def _give_up(self) -> None:
        if self._trying is not None:
            self._trying.cancel()

    async def _tried(self, name: str) -> None:
        answered = await self._answer(name)
        if not answered.problem:
            self._go(name)
            return
        self._dialogue.ask(
            f"{name} does not answer: {answered.problem.rstrip('.')}. Go there anyway? "
            f"{keycap('app.context')} leads back.",
            {"y": Answer("go", lambda: self._go(name))},
            otherwise="stay here",
        )

    def _go(self, name: str) -> None:
        self._places.go(name)
        self._leave()
