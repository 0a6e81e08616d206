"""The draft of one console: staged, undone, put onto a newer revision; on disk after every act, shown to subscribers.

Everything here happens in memory first: a disk that refuses leaves the draft whole, and says so in the view.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from edgeconsole.backends.base import Saved
from edgeconsole.config.edit import apply_changes, differences
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.draft import Draft, FieldConflict, Fields, Rebased, RecordEdit, Side, StagedChange
from edgeconsole.model.errors import BadInput, Conflict, Problem, Unreachable
from edgeconsole.model.revision import Revision
from edgeconsole.store import draft as drafting
from edgeconsole.store.autosave import DraftFiles
from edgeconsole.store.draft import RecordName
from edgeconsole.store.draft_view import DraftView, view_on
from edgeconsole.store.rebase import SavedRecords, choice, compare, settle

Subscriber = Callable[[DraftView], None]

_NOTHING_SAVED = Saved(Configuration(), Revision("", 0, ""))


class DraftBox:
    """One console's draft for one context; not for two threads at a time."""

    def __init__(
        self,
        context: str,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        files: DraftFiles | None = None,
    ) -> None:
        self._context = context
        self._clock = clock
        self._new_id = new_id
        self._files = files
        self._draft: Draft | None = None
        self._saved = _NOTHING_SAVED
        self._records = SavedRecords(_NOTHING_SAVED.configuration)
        self._base: Configuration | None = None
        """The configuration the draft's base names; None where a draft came from disk and its base is gone."""
        self._unsaved: tuple[Problem, ...] = ()
        self._unreadable: tuple[Problem, ...] = ()
        self._subscribers: list[Subscriber] = []
        self.view = self._look(self._draft)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call the subscriber with every new view; the returned call ends that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def follow(self, saved: Saved) -> None:
        """Take note of what is saved now; the draft stays on its base until `rebase`."""
        if saved.revision == self._saved.revision:
            return
        self._saved = saved
        self._records = SavedRecords(saved.configuration)
        self._move_along()
        self._publish()

    def _move_along(self) -> None:
        """Move the base without asking where there is nothing to compare: no edits, or the same text."""
        draft, saved = self._draft, self._saved
        if draft is None:
            self._base = saved.configuration
        elif draft.base.etag == saved.revision.etag or not drafting.edits_of(draft.staged):
            self._base = saved.configuration
            self._draft = msgspec.structs.replace(draft, base=saved.revision)

    def stage(self, changes: Sequence[Change]) -> bool:
        """Stage changes as one step; whether they change anything. Raises BadInput, nothing staged.

        A field in conflict that is staged again is thereby chosen.
        """
        if self._saved is _NOTHING_SAVED:
            raise Unreachable("the configuration has not been read yet", remedy="Try again when the edge answers")
        view = self.view.configuration
        after = apply_changes(view, changes)
        now = self._clock()
        draft = self._draft or self._new_draft(now)
        step = drafting.next_step(draft)
        made = drafting.changes_between(view, after, [change.table for change in changes], step=step, at=now)
        if not made:
            return False
        settled = self._settled(draft, {(item.change.table, item.change.key) for item in made})
        items = tuple(self._seen(item) for item in made)
        named = drafting.edits_of(items, self.view.named) if settled is draft else None
        self._put(drafting.staged(settled, items, now), named, self._known(after))
        return True

    def unstage(self, names: Sequence[RecordName], field: str | None = None) -> bool:
        """Leave records out, or one field of each, as one step that undo takes back; whether any was staged.

        In a conflict this takes what is saved. Raises BadInput where what is left could not stand alone.
        """
        edits = [self.view.named[name] for name in names if name in self.view.named]
        left = [
            (change, drafting.as_left(edit)) for edit in edits if (change := drafting.reverse(edit, field)) is not None
        ]
        if not left or self._draft is None:
            return False
        self._step(self._draft, left)
        return True

    def resolve(self, conflict: FieldConflict, side: Side) -> None:
        """Choose in a conflict, as a step that undo takes back. Raises BadInput for one that is not there any more."""
        draft = self._draft
        if draft is None or conflict not in self.view.conflicts:
            raise BadInput("this conflict is settled, or not what it was", remedy="Look at the draft again")
        name = (conflict.table, conflict.key)
        draft = self._settled(draft, {name})
        edit = drafting.edits_of(draft.staged)[name]
        change, seen = choice(edit, conflict, side, self._records.record(name))
        self._step(draft, [(change, seen)], chosen=side is Side.MINE)

    def undo(self) -> bool:
        """Take the last step back; whether there was one."""
        if self._draft is None or not self._draft.staged:
            return False
        self._put(drafting.undone(self._draft, self._clock()))
        return True

    def redo(self) -> bool:
        """Bring the step that was undone last back; whether there was one."""
        if self._draft is None or not self._draft.undone:
            return False
        self._put(drafting.redone(self._draft, self._clock()))
        return True

    def discard(self, orphan: str = "") -> None:
        """Throw the draft away, or an orphan by its id, on disk as well; there is no undo.

        Raises Conflict for an orphan that a console holds by now, BadInput for one that is not there.
        """
        if orphan:
            if self._files is not None:
                self._files.drop(orphan)
            return
        self._draft = None
        self._base = self._saved.configuration
        self._unsaved = ()
        if self._files is not None:
            self._files.remove()
        self._publish()

    def rebase(self, saved: Saved | None = None) -> Rebased:
        """Put the draft onto what is saved now, and say what it kept, what others changed, and what has to be chosen.

        Fields in conflict stay as they are, held out of plan and combined view, until `resolve`.
        """
        if saved is not None:
            self.follow(saved)
        draft = self._draft
        found = self._with_others(self.view.rebased)
        if draft is not None and draft.base != self._saved.revision:
            settled = self._settled(draft, None)
            self._base = self._saved.configuration
            self._put(msgspec.structs.replace(settled, base=self._saved.revision, updated=self._clock()))
        return found

    def orphans(self) -> tuple[Draft, ...]:
        """Return drafts for this context that no live console holds, oldest first; unreadable ones become problems."""
        if self._files is None:
            return ()
        found = self._files.stored()
        self._unreadable = found.problems
        self._publish()
        return tuple(
            item.draft for item in found.drafts if item.holder is None and drafting.edits_of(item.draft.staged)
        )

    def adopt(self, draft_id: str) -> None:
        """Make an orphan this console's draft. Raises Conflict where this console has one, or another holds that."""
        if self._files is None:
            raise BadInput(
                "this console keeps no drafts on disk", remedy="edgeconsole draft adopt does it from the command line"
            )
        if self.view.edits:
            raise Conflict("this console has a draft of its own", remedy="Apply or discard it first")
        self._draft = self._files.adopt(draft_id)
        self._base = None
        self._unsaved = ()
        self._move_along()
        self._publish()

    def close(self) -> None:
        """Leave: a draft that changes something stays on disk as an orphan for the next console."""
        if self._files is None:
            return
        if self._draft is not None and self.view.edits:
            if self._unsaved:
                self._keep(self._draft)
            self._files.release()
        else:
            self._files.remove()

    def _new_draft(self, now: datetime) -> Draft:
        self._base = self._saved.configuration
        return Draft(id=self._new_id(), context=self._context, base=self._saved.revision, updated=now)

    def _known(self, after: Configuration) -> Configuration | None:
        """Return a configuration made from the view, None where the view does not show all of the draft."""
        return None if self.view.conflicts or self.view.impossible else after

    def _seen(self, item: StagedChange) -> StagedChange:
        """Mark a change that answers a conflict: its author saw what is saved."""
        name = (item.change.table, item.change.key)
        fields = item.change.fields
        answered = any(
            conflict.field in ("", *(fields or ())) or fields is None
            for conflict in self.view.conflicts
            if (conflict.table, conflict.key) == name
        )
        return msgspec.structs.replace(item, chosen=True) if answered else item

    def _step(self, draft: Draft, changes: Sequence[tuple[Change, Fields | None]], *, chosen: bool = False) -> None:
        """Stage changes that are about the edits themselves, each with its record as the draft leaves it."""
        now, step = self._clock(), drafting.next_step(draft)
        items = tuple(
            StagedChange(change=change, before=before, step=step, at=now, chosen=chosen) for change, before in changes
        )
        candidate = drafting.staged(draft, items, now)
        impossible = self._look(candidate).impossible
        if impossible and not self.view.impossible:
            raise BadInput(str(impossible[0]), problems=impossible)
        self._put(candidate)

    def _settled(self, draft: Draft, names: set[RecordName] | None) -> Draft:
        """Return the draft with its edits of some records, or of all, put onto what is saved."""
        edits = {name: edit for name, edit in self.view.named.items() if names is None or name in names}
        return settle(draft, {name: compare(edit, self._records.record(name)) for name, edit in edits.items()}, edits)

    def _with_others(self, found: Rebased) -> Rebased:
        """Add what others changed in records the draft has nothing to do with, as far as its base is known."""
        if self._base is None or self._base is self._saved.configuration:
            return found
        steps = differences(self._base, self._saved.configuration)
        others = tuple(step for step in steps if (step.table, step.key) not in self.view.named)
        return msgspec.structs.replace(found, taken_over=found.taken_over + others)

    def _put(
        self,
        draft: Draft,
        named: Mapping[RecordName, RecordEdit] | None = None,
        known: Configuration | None = None,
    ) -> None:
        self._draft = draft
        self._keep(draft)
        self._publish(named, known)

    def _keep(self, draft: Draft) -> None:
        self._draft = draft
        if self._files is not None:
            problem = self._files.save(draft)
            self._unsaved = () if problem is None else (problem,)

    def _look(
        self,
        draft: Draft | None,
        named: Mapping[RecordName, RecordEdit] | None = None,
        known: Configuration | None = None,
    ) -> DraftView:
        if named is None:
            named = drafting.edits_of(draft.staged if draft else ())
        return view_on(draft, self._records, self._saved, named, self._unsaved + self._unreadable, known)

    def _publish(
        self, named: Mapping[RecordName, RecordEdit] | None = None, known: Configuration | None = None
    ) -> None:
        self.view = self._look(self._draft, named, known)
        for subscriber in tuple(self._subscribers):
            subscriber(self.view)
