"""Drafts that lost consoles left behind: found when the edge has answered, offered at the bottom row."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from edgeconsole.actions import draft
from edgeconsole.model.capability import Capability
from edgeconsole.model.draft import Draft
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.present import draft as words
from edgeconsole.present import errors
from edgeconsole.present.ages import age, plural
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Answer, Dialogue

if TYPE_CHECKING:
    from edgeconsole.store.drafts import DraftBox


class LeftBehind:
    """Offers the latest; what is put off stays on disk."""

    def __init__(self, store: Store, dialogue: Dialogue, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._dialogue = dialogue
        self._clock = clock
        self._offered = False
        self.drafts: tuple[Draft, ...] = ()
        """Oldest first."""

    def offer(self) -> None:
        """Once, when the edge has answered: look for drafts that lost consoles left behind, and offer the latest."""
        box = self._store.drafts
        if self._offered or box is None or self._store.reason_against(Capability.EDIT) is not None:
            return
        self._offered = True
        self.drafts = box.orphans()
        if self.drafts and self._dialogue.idle:
            self.offer_latest()

    def offer_latest(self) -> None:
        """Ask whether the latest draft left behind is to be taken up."""
        if not self.drafts:
            return
        found = self.drafts[-1]
        edits = draft.edits(found)
        more = f" ({len(self.drafts) - 1} older ones)" if len(self.drafts) > 1 else ""
        self._dialogue.ask(
            f"A console left a draft {age(self._clock(), found.updated)} ago, on {found.base}: "
            f"{plural(len(edits), 'record')}: {words.summary(edits)}{more}.",
            {
                "y": Answer("take it up", lambda: self._adopt(found)),
                "d": Answer("throw it away", lambda: self._drop(found)),
            },
            otherwise="later, A on 6 Review",
        )

    def _adopt(self, found: Draft) -> None:
        if self._do(lambda box: box.adopt(found.id), "taken up: 6 reviews it"):
            self._forget(found)

    def _drop(self, found: Draft) -> None:
        if self._do(lambda box: box.discard(found.id), "thrown away"):
            self._forget(found)

    def _forget(self, found: Draft) -> None:
        self.drafts = tuple(each for each in self.drafts if each.id != found.id)

    def _do(self, act: "Callable[[DraftBox], object]", done: str) -> bool:
        box = self._store.drafts
        assert box is not None
        try:
            act(box)
        except EdgeconsoleError as error:
            self._dialogue.say(errors.sentence(error), Style.FAIL)
            return False
        self._dialogue.say(done, Style.OK)
        return True
