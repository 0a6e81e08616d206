"""What can be taken up again: drafts that lost consoles left behind, and a change that the timer took back."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from edgeconsole.actions import draft, history
from edgeconsole.model.capability import Capability
from edgeconsole.model.draft import Draft
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.revision import Origin, RevisionRecord
from edgeconsole.present import draft as words
from edgeconsole.present import errors
from edgeconsole.present.ages import age, minute, plural
from edgeconsole.present.history import again as again_words
from edgeconsole.present.legend import keycap
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Answer, Dialogue
from edgeconsole.tui.prompt import LEAVES

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
        self._again: set[int] = set()
        """Revisions of the timer whose change was staged again."""

    @property
    def taken_back(self) -> RevisionRecord | None:
        """The revision with which the timer took a change back, as long as nobody staged that again here."""
        found = history.by_the_timer(self._store.snapshot.history)
        return None if found is None or found.revision.number in self._again else found

    def offer(self) -> None:
        """Once, when the edge has answered: look for drafts that lost consoles left behind, and offer the latest."""
        box = self._store.drafts
        if self._offered or box is None or self._store.reason_against(Capability.EDIT) is not None:
            return
        self._offered = True
        self.drafts = box.orphans()
        if self.drafts and self._dialogue.idle:
            self.offer_latest()

    def take_up(self, screen: str, record: RevisionRecord | None) -> None:
        """Offer what was left behind; on History, stage again what the revision under the cursor changed."""
        if screen == "history":
            self.stage_again(record)
        else:
            self.offer_latest()

    def offer_latest(self) -> None:
        """Ask whether the latest draft left behind is to be taken up; where there is none, what the timer took back."""
        if not self.drafts:
            self.offer_again()
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
            otherwise=f"later, {keycap('draft.adopt')} on {keycap('go.review')} Review",
        )

    def offer_again(self, otherwise: str = LEAVES) -> None:
        """Ask whether the change that the timer took back is to be staged again; says so where there is none."""
        found = self.taken_back
        if found is None or self._store.drafts is None:
            self._dialogue.say("")
            return
        self._dialogue.ask(
            f"The timer took this back at {minute(found.at)}: {again_words(found)}. Stage it again?",
            {"y": Answer("stage it", lambda: self.stage_again(found))},
            otherwise=otherwise,
        )

    def stage_again(self, record: RevisionRecord | None) -> None:
        """Put what a revision changed, or took back, into the draft once more."""
        box = self._store.drafts
        if record is None or box is None:
            self._dialogue.say("this is about no revision" if box else "this console keeps no draft", Style.MUTED)
            return
        try:
            staged = box.stage(history.again(record))
        except EdgeconsoleError as error:
            self._dialogue.say(errors.sentence(error), Style.FAIL)
            return
        if record.origin is Origin.ROLLED_BACK:
            self._again.add(record.revision.number)
        then = f"{keycap('go.review')} reviews and applies, {keycap('history.undo')} takes it back"
        told = f"staged again: {again_words(record)}. {then}"
        self._dialogue.say(
            told if staged else "nothing to stage: it is so already", Style.OK if staged else Style.PLAIN
        )

    def _adopt(self, found: Draft) -> None:
        if self._do(lambda box: box.adopt(found.id), f"taken up: {keycap('go.review')} reviews it"):
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
