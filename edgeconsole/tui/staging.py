"""The draft changed by single keys: left out, taken back, brought back, put onto what is saved, chosen, thrown away."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from edgeconsole.model.draft import FieldConflict, Side
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.present import errors
from edgeconsole.present.ages import plural
from edgeconsole.present.diff import record_name, value
from edgeconsole.present.legend import keycap
from edgeconsole.present.review import key_of
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui.dialogue import Answer, Dialogue
from edgeconsole.tui.review import Review

if TYPE_CHECKING:
    from edgeconsole.store.drafts import DraftBox


class Staging:
    """Nothing here touches the edge; every step but throwing away is undone by a key."""

    def __init__(self, store: Store, dialogue: Dialogue, review: Review) -> None:
        self._store = store
        self._dialogue = dialogue
        self._review = review

    def leave_out(self, *keys: str) -> None:
        """Take records out of the draft, as one step; undo brings them back."""
        wanted = {*keys}
        names = [
            (each.table, each.key) for each in self._review.standing.edits if key_of(each.table, each.key) in wanted
        ]
        if names:
            told = keys[0] if len(names) == 1 else f"{len(names)} records"
            back = "it" if len(names) == 1 else "them"
            self._do(lambda box: box.unstage(names), f"left out: {told}; {keycap('history.undo')} brings {back} back")

    def undo(self) -> bool:
        """Take the last staged step back; whether there was one."""
        if not self._review.can_undo:
            return False
        self._do(lambda box: box.undo(), f"last staged step taken back; {keycap('draft.redo')} brings it back")
        return True

    def redo(self) -> None:
        """Bring the step that was taken back last back."""
        self._do(lambda box: box.redo(), "staged again")

    def rebase(self) -> None:
        """Put the draft onto what is saved now."""
        self._do(lambda box: box.rebase(), "")
        view = self._review.view
        if view is not None and view.conflicts:
            self._dialogue.say(
                f"{plural(len(view.conflicts), 'field')} changed by both: {keycap('draft.choose')} chooses", Style.WARN
            )
        elif view is not None:
            self._dialogue.say(f"the draft stands on {view.saved.revision} now", Style.OK)

    def discard(self) -> None:
        """Ask, then throw the draft away."""
        count = plural(len(self._review.standing.edits), "staged change")
        gone = Answer("throw away", lambda: self._do(lambda box: box.discard(), f"{count} thrown away"))
        self._dialogue.ask(f"Throw {count} away? There is no undo.", {"y": gone})

    def choose(self, key: str) -> None:
        """Ask whose value a field in conflict gets: of the record under the cursor, else of the next in conflict."""
        view = self._review.view
        if view is None or not view.conflicts:
            return
        here = (each for each in view.conflicts if key_of(each.table, each.key) == key)
        conflict = next(here, view.conflicts[0])
        self._dialogue.ask(
            _question(conflict),
            {
                "m": Answer("mine", lambda: self._resolve(conflict, Side.MINE)),
                "t": Answer("theirs", lambda: self._resolve(conflict, Side.THEIRS)),
            },
        )

    def _resolve(self, conflict: FieldConflict, side: Side) -> None:
        self._do(lambda box: box.resolve(conflict, side), f"{side.value} it is")
        view = self._review.view
        if view is not None and view.conflicts:
            self.choose("")
        elif view is not None and view.stale:
            self.rebase()

    def _do(self, act: "Callable[[DraftBox], object]", done: str) -> None:
        drafts = self._store.drafts
        assert drafts is not None
        try:
            act(drafts)
        except EdgeconsoleError as error:
            self._dialogue.say(errors.sentence(error), Style.FAIL)
        else:
            self._dialogue.say(done, Style.OK)


def _question(conflict: FieldConflict) -> str:
    name = record_name(conflict.table, conflict.key)
    if conflict.field:
        was, mine, theirs = value(conflict.base), value(conflict.mine), value(conflict.theirs)
        return f"{name} {conflict.field} was {was}: mine {mine}, theirs {theirs}."
    if conflict.theirs is None:
        return f"{name} is changed here and was removed by others."
    return f"{name} is {'removed' if conflict.mine is None else 'changed'} here and was changed by others."
