"""A domain that was only seen, taken off the list: asked about on the prompt row, there again with its next message."""

from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.present import errors
from edgeconsole.present.ages import plural
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Answer, Dialogue, Stage


class Dismissal:
    """It changes no rule, so that there is nothing to undo: what the edge does with the domain stays as it is."""

    def __init__(self, store: Store, dialogue: Dialogue, stage: Stage) -> None:
        self._store = store
        self._dialogue = dialogue
        self._stage = stage

    def ask(self, domain: str) -> bool:
        """Ask about taking a domain off; False where it was not seen, or is listed."""
        found = next((each for each in self._store.snapshot.discovered if each.domain == domain), None)
        if found is None:
            return False
        self._dialogue.ask(
            f"Dismiss {domain}, seen in {plural(found.messages, 'message')}? No rule changes; its next message brings "
            "it back.",
            {"y": Answer("dismiss", lambda: self._agreed(domain))},
        )
        return True

    def _agreed(self, domain: str) -> None:
        self._dialogue.wait(f"dismissing {domain}…")
        self._stage.spawn(self._dismiss(domain), "dismiss")

    async def _dismiss(self, domain: str) -> None:
        try:
            there = await self._store.dismiss(domain)
        except EdgeconsoleError as error:
            self._dialogue.finish(errors.sentence(error), Style.FAIL)
            return
        told = f"{domain} is dismissed until it is seen again; there is nothing to undo"
        self._dialogue.finish(told if there else f"{domain} was gone already", Style.OK)
