"""The end of a set-up: applied at once, staged, or written down for others."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from edgeconsole.actions import direct
from edgeconsole.actions.federate import files
from edgeconsole.actions.federate.outcome import Outcome
from edgeconsole.actions.federate.question import Setup, Situation
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.model.revision import WriteOutcome
from edgeconsole.present import errors
from edgeconsole.present import federate as shown
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Line, Span, Style
from edgeconsole.store.store import Store
from edgeconsole.tui.changes import Changes
from edgeconsole.tui.dialogue import Answer, Dialogue, Stage
from edgeconsole.tui.screens.base import ConsoleScreen
from edgeconsole.tui.wizard import views


class WizardStage(Stage, Protocol):
    """What a set-up needs of the console besides."""

    def go(self, name: str = "") -> None: ...
    @property
    def front(self) -> ConsoleScreen | None: ...


class Over(Protocol):
    """Called when a set-up is staged, or applied."""

    def __call__(self, *, applied: bool) -> None: ...


class Ending:
    """What the rows of the last page start."""

    def __init__(
        self,
        store: Store,
        dialogue: Dialogue,
        changes: Changes,
        stage: WizardStage,
        over: Over,
        refresh: Callable[[], None],
    ) -> None:
        self._store = store
        self._dialogue = dialogue
        self._changes = changes
        self._stage = stage
        self._over = over
        self._refresh = refresh
        self.lines: Sequence[Line] = ()
        """What was written, and where."""

    def forget(self) -> None:
        """Forget what was written for another set-up."""
        self.lines = ()

    def do(self, key: str, situation: Situation, made: Outcome) -> None:
        """Start what a row stands for."""
        match key:
            case views.APPLY:
                self._apply(situation, made)
            case views.STAGE:
                self._put_aside(situation, made)
            case views.FILES:
                name = situation.partner or situation.answers.setup.value
                usual = str(Path.home() / f"set-up-{name}")
                self._dialogue.enter("into which folder?", lambda text: self._keys(text, situation, made), usual)

    def _apply(self, situation: Situation, made: Outcome) -> None:
        async def plan(store: Store) -> Plan:
            return await store.plan(made.changes)

        async def carry(plan: Plan, time: timedelta | None) -> ApplyResult:
            result = await direct.carry_out(self._store, plan, confirm=time)
            if result.outcome is not WriteOutcome.NOT_COMMITTED:
                self._over(applied=True)
            return result

        self._changes.propose(f"set up {views.subject(situation.answers)}", plan, carry)

    def _put_aside(self, situation: Situation, made: Outcome) -> None:
        drafts = self._store.drafts
        assert drafts is not None
        try:
            drafts.stage(made.changes)
        except EdgeconsoleError as error:
            self._dialogue.say(errors.sentence(error), Style.FAIL)
            return
        self._over(applied=False)
        self._stage.go("review")
        subject = views.subject(situation.answers)
        self._dialogue.say(
            f"staged: {subject}. {keycap('draft.apply')} applies it, "
            f"{keycap('federate.start')} then has its check list",
            Style.OK,
        )

    def _keys(self, folder: str, situation: Situation, made: Outcome) -> None:
        if not folder:
            self._dialogue.say("no folder was given; nothing is written")
            return
        if not any(each.names for each in made.certificates):
            self._write(folder, situation, made, "")
            return
        self._dialogue.ask(
            f"Into {folder}. Private keys and certificate requests too?",
            {
                "y": Answer("with keys", lambda: self._write(folder, situation, made, files.USUAL_KEY)),
                "n": Answer("without", lambda: self._write(folder, situation, made, "")),
            },
        )

    def _write(self, folder: str, situation: Situation, made: Outcome, key: str) -> None:
        self._dialogue.wait("writing…")
        self._stage.spawn(self._written(Path(folder).expanduser(), situation, made, key), "files")

    async def _written(self, folder: Path, situation: Situation, made: Outcome, key: str) -> None:
        texts = shown.texts(
            made.after,
            situation.partner,
            xmpp=situation.answers.setup is Setup.XMPP,
            records=made.records,
            ports=made.ports,
            now=situation.now,
        )
        try:
            # Making an RSA key takes up to a second, and the keys must not wait for it.
            paths = await asyncio.to_thread(files.write, folder, texts, made.certificates, key)
        except EdgeconsoleError as error:
            self._dialogue.finish(errors.sentence(error), Style.FAIL)
            return
        names = ", ".join(path.name for path in paths)
        secret = ". Each .csr goes to the authority, each .key stays here" if key else ""
        self.lines = (Line((Span(f". written to {folder}: ", Style.OK), Span(f"{names}{secret}"))),)
        self._refresh()
        self._dialogue.finish(f"{len(paths)} files are in {folder}", Style.OK)
