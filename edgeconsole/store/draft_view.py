"""The draft and the saved configuration together, as screens and plans see them: one immutable view for each act."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from edgeconsole.backends.base import Saved
from edgeconsole.config.edit import apply_changes
from edgeconsole.model.change import Change, Difference
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.draft import Draft, FieldConflict, Rebased, RecordEdit
from edgeconsole.model.errors import BadInput, Problem
from edgeconsole.store import draft as drafting
from edgeconsole.store.draft import RecordName
from edgeconsole.store.rebase import SavedRecords, compare


@dataclass(frozen=True, eq=False)
class DraftView:
    """The draft beside the saved configuration, as of one moment."""

    draft: Draft | None
    saved: Saved
    named: Mapping[RecordName, RecordEdit]
    """What the draft does to each record, conflicts included."""
    rebased: Rebased
    """The same beside what is saved now: kept, taken over, in conflict."""
    troubles: tuple[Problem, ...] = ()
    """What the disk refused, and drafts that could not be read."""
    known: Configuration | None = None
    """The two together, where the act that led here has made it already."""

    @cached_property
    def edits(self) -> tuple[RecordEdit, ...]:
        """The same in the order in which the records were first touched."""
        return tuple(self.named.values())

    @property
    def stale(self) -> bool:
        """Whether the saved configuration moved since the draft was last put onto it."""
        return bool(self.named) and self.draft is not None and self.draft.base.etag != self.saved.revision.etag

    @property
    def conflicts(self) -> tuple[FieldConflict, ...]:
        """What has to be chosen before the draft can be planned."""
        return self.rebased.conflicts

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What a plan of the draft takes: one change for each record, conflicts left out."""
        return tuple(edit.change for edit in self.rebased.kept)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """What the draft changes of the saved configuration, field by field."""
        return tuple(step for edit in self.rebased.kept for step in edit.differences)

    @property
    def configuration(self) -> Configuration:
        """The saved configuration with the draft; without it where both together cannot be, see `problems`."""
        return self._together[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the operator has to know: the disk, unreadable drafts, changes that cannot stand together."""
        return self.troubles + self.impossible

    @property
    def impossible(self) -> tuple[Problem, ...]:
        """Why the draft and what is saved cannot stand together."""
        return self._together[1]

    @cached_property
    def _together(self) -> tuple[Configuration, tuple[Problem, ...]]:
        if self.known is not None:
            return self.known, ()
        try:
            return apply_changes(self.saved.configuration, self.changes), ()
        except BadInput as error:
            return self.saved.configuration, error.problems


def view_of(draft: Draft | None, saved: Saved) -> DraftView:
    """Return a draft beside what is saved, without touching either."""
    return view_on(draft, SavedRecords(saved.configuration), saved, drafting.edits_of(draft.staged if draft else ()))


def view_on(
    draft: Draft | None,
    records: SavedRecords,
    saved: Saved,
    named: Mapping[RecordName, RecordEdit],
    troubles: tuple[Problem, ...] = (),
    known: Configuration | None = None,
) -> DraftView:
    """Return the same from edits that are folded already; `known` is both together where somebody made it."""
    compared = [compare(edit, records.record(name)) for name, edit in named.items()]
    rebased = Rebased(
        kept=tuple(found.kept for found in compared if found.kept is not None),
        taken_over=tuple(step for found in compared for step in found.taken_over),
        conflicts=tuple(conflict for found in compared for conflict in found.conflicts),
    )
    return DraftView(draft, saved, named, rebased, troubles, None if rebased.conflicts else known)
