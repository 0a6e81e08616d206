"""A draft: changes an operator has staged and not applied, each with what it saw, so that others' changes show.

`staged` is the list of acts in order, as undo needs it; a `RecordEdit` is what all of them together do to one record.
Records stand here as a change carries them: moments as text, and in `before` every field with its default.
"""

from datetime import datetime
from enum import Enum

import msgspec

from edgeconsole.model.change import Change, Difference, FieldValue
from edgeconsole.model.configuration import Table
from edgeconsole.model.revision import Revision

DRAFT_FORMAT = 1
"""The `format` of a draft file this release reads and writes."""

Fields = dict[str, FieldValue]


class StagedChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One record changed by one act of the operator."""

    change: Change
    before: Fields | None
    """The whole record as the operator saw it; None where there was none."""
    step: int
    """Changes staged by one act share a number; undo and redo take them together."""
    at: datetime
    chosen: bool = False
    """The operator saw what others had made of these fields and chose this; what was seen earlier counts no more."""


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one console has staged for one context."""

    format: int = DRAFT_FORMAT
    id: str
    context: str
    """Which edge it is meant for, as the console named it."""
    base: Revision
    """The saved revision it was last compared with."""
    staged: tuple[StagedChange, ...] = ()
    undone: tuple[StagedChange, ...] = ()
    """What redo brings back, the next one last."""
    updated: datetime


class RecordEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What a draft does to one record, all its staged changes taken together."""

    table: Table
    key: str
    before: Fields | None
    """The whole record without the draft; None: the draft creates it."""
    after: Fields | None
    """The fields the draft sets, None clears one; None for all: the draft removes the record."""
    step: int
    at: datetime

    @property
    def change(self) -> Change:
        """Return it as a plan takes it."""
        return Change(table=self.table, key=self.key, fields=self.after)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Return field by field what it changes; a record that is created or removed by all its fields."""
        before, after = self.before or {}, self.after
        names = before if after is None else after
        return tuple(
            Difference(
                table=self.table,
                key=self.key,
                field=name,
                before=before.get(name),
                after=None if after is None else after[name],
            )
            for name in names
        )


class FieldConflict(msgspec.Struct, frozen=True, kw_only=True):
    """One field that the draft and somebody else set differently; somebody has to choose.

    With an empty `field` it is the record as a whole, and the three values are its fields, None where it does not
    exist: one side removed what the other changed, or both sides together make a record that cannot be.
    """

    table: Table
    key: str
    field: str
    base: FieldValue | Fields
    """What the draft was made on."""
    mine: FieldValue | Fields
    theirs: FieldValue | Fields
    """What is saved now."""


class Side(Enum):
    """Whose value is kept in a conflict."""

    MINE = "mine"
    THEIRS = "theirs"


class Rebased(msgspec.Struct, frozen=True, kw_only=True):
    """What comparing a draft with a newer revision found."""

    kept: tuple[RecordEdit, ...]
    """What the draft still changes, conflicts aside."""
    taken_over: tuple[Difference, ...]
    """What only others changed; the draft leaves it as they made it."""
    conflicts: tuple[FieldConflict, ...]
