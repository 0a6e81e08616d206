"""The History screen's side of the edge: read when it is looked at, compared, taken back, named."""

from collections.abc import Callable
from datetime import datetime

from edgeconsole.actions import direct, history
from edgeconsole.model.audit import AuditRecord, AuditVerification
from edgeconsole.model.configuration import Table
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.revision import Revision, RevisionRecord
from edgeconsole.model.snapshot import Connection
from edgeconsole.present import errors, past
from edgeconsole.present.legend import keycap
from edgeconsole.present.past import Comparison, Past, Tab
from edgeconsole.present.table import Line, Style
from edgeconsole.store.store import Store
from edgeconsole.tui.changes import Changes
from edgeconsole.tui.dialogue import Answer, Dialogue, Stage

_REVISIONS, _RECORDS = 200, 200
"""Revisions and audit records the screen reads."""


class History:
    """What the keys of the History screen do, and what it shows."""

    def __init__(
        self, store: Store, dialogue: Dialogue, changes: Changes, stage: Stage, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._dialogue = dialogue
        self._changes = changes
        self._stage = stage
        self._clock = clock
        self.past = Past()
        self._read_at: tuple[Revision | None, object] | None = None

    def follow(self) -> None:
        """Read the past again if it moved; called while the screen is in front."""
        snapshot = self._store.snapshot
        if snapshot.connection is not Connection.LIVE:
            # It is read again when the edge is back.
            self._read_at = None
            return
        now = (snapshot.revision, snapshot.health.audit_head if snapshot.health else "")
        if self._read_at != now:
            self._read_at = now
            self._stage.spawn(self._read(), "past")

    def forget(self) -> None:
        """Have everything read again when it is next looked at, the check of the audit included."""
        self._read_at = None
        self.past = self.past._replace(verified=None, not_verified="")

    async def _read(self) -> None:
        backend = self._store.backend
        try:
            records = await backend.history(_REVISIONS)
            points = await backend.restore_points()
            audit: tuple[AuditRecord, ...] = await backend.audit(_RECORDS)
        except EdgeconsoleError as error:
            self.past = self.past._replace(error=errors.lines(error))
            self._dialogue.tell(errors.sentence(error), Style.FAIL)
            return
        self.past = self.past._replace(read=True, error=(), records=records, points=points, audit=audit)
        if self.past.tab is Tab.AUDIT:
            await self._verify()
        self._stage.redraw()

    def next_tab(self) -> None:
        """Show the next list."""
        tabs = list(Tab)
        tab = tabs[(tabs.index(self.past.tab) + 1) % len(tabs)]
        self.past = self.past._replace(tab=tab, verified=None, not_verified="")
        if tab is Tab.AUDIT:
            self._stage.spawn(self._verify(), "verify")
        self._stage.redraw()

    async def _verify(self) -> None:
        found: AuditVerification | None = None
        problem = ""
        try:
            found = await self._store.backend.verify_audit()
        except EdgeconsoleError as error:
            problem = errors.sentence(error)
        self.past = self.past._replace(verified=found, not_verified=problem)
        self._stage.redraw()

    def mark(self, key: str) -> None:
        """Mark a revision to compare others with; the marked one again takes the mark away."""
        number = past.number_of(self.past, key)
        if number is None or self.past.tab is not Tab.REVISIONS:
            self._dialogue.say(f"revisions are compared: {keycap('view.tab')} shows their list", Style.MUTED)
            return
        marked = None if self.past.marked == number else number
        self.past = self.past._replace(marked=marked, compared=None)
        told = f"#{number} is marked: move to another to see what differs"
        self._dialogue.say("no revision is marked" if marked is None else told)

    def look_at(self, key: str | None) -> None:
        """Compare the marked revision with the one under the cursor."""
        number = past.number_of(self.past, key) if key is not None else None
        marked = self.past.marked
        if marked is None or number is None or number == marked or self.past.tab is not Tab.REVISIONS:
            self.past = self.past._replace(compared=None)
            return
        older, newer = sorted((marked, number))
        known = self.past.compared
        if known is None or (known.older, known.newer) != (older, newer):
            self.past = self.past._replace(compared=Comparison(older, newer))
            self._stage.spawn(self._compare(older, newer), "compare")

    async def _compare(self, older: int, newer: int) -> None:
        try:
            found = Comparison(older, newer, await history.between(self._store, older, newer))
        except EdgeconsoleError as error:
            found = Comparison(older, newer, error=errors.lines(error))
        known = self.past.compared
        if known is not None and (known.older, known.newer) == (older, newer):
            self.past = self.past._replace(compared=found)
            self._stage.redraw()

    def revision_of(self, key: str) -> RevisionRecord | None:
        """Return the revision that a row is about, as far as it was read."""
        number = past.number_of(self.past, key)
        return next((record for record in self.past.records if record.revision.number == number), None)

    def reverse(self, key: str) -> None:
        """Ask about taking back what one revision changed."""
        number = past.number_of(self.past, key)
        if number is None:
            self._dialogue.say("this is about no revision", Style.MUTED)
        else:
            self._changes.propose(f"undo #{number}", lambda store: direct.undo(store, number))

    def roll_back(self, key: str) -> None:
        """Ask about bringing back the whole file of a revision or a restore point."""
        point = past.point_at(self.past, key) if self.past.tab is Tab.POINTS else None
        number = past.number_of(self.past, key)
        target = point.name if point is not None else number
        if target is None:
            self._dialogue.say("this is about no revision", Style.MUTED)
        else:
            shown = point.name if point is not None else f"#{number}"
            self._changes.propose(f"back to {shown}", lambda store: history.roll_back(store, target))

    def point(self, key: str) -> None:
        """Name the revision under the cursor; where it has a name, ask about taking that away."""
        known, number = past.point_at(self.past, key), past.number_of(self.past, key)
        if known is not None:
            gone = Answer("take the name away", lambda: self._spawn_unnamed(known.name))
            self._dialogue.ask(f"{known.revision} is the restore point {known.name}.", {"y": gone})
        elif number is None:
            self._dialogue.say("this is about no revision", Style.MUTED)
        else:
            self._dialogue.enter(f"name of #{number}:", lambda name: self._named(name, number))

    def _named(self, name: str, number: int) -> None:
        if not name:
            self._dialogue.say("nothing changed")
            return
        yes = Answer("name it", lambda: self._spawn_named(name, number))
        self._dialogue.ask(f"Name #{number} {name}? Its text is kept from now on.", {"y": yes})

    def _spawn_named(self, name: str, number: int) -> None:
        self._dialogue.wait("naming…")
        self._stage.spawn(self._name(name, number), "point")

    def _spawn_unnamed(self, name: str) -> None:
        self._dialogue.wait("taking the name away…")
        self._stage.spawn(self._unname(name), "point")

    async def _name(self, name: str, number: int) -> None:
        try:
            point = await history.name_revision(self._store, name, number)
        except EdgeconsoleError as error:
            self._dialogue.finish(errors.sentence(error), Style.FAIL)
            return
        self._dialogue.finish(f"restore point {point.name} is {point.revision}", Style.OK)
        await self._read()

    async def _unname(self, name: str) -> None:
        try:
            await history.forget_name(self._store, name)
        except EdgeconsoleError as error:
            self._dialogue.finish(errors.sentence(error), Style.FAIL)
            return
        self._dialogue.finish(f"{name} is no restore point any more", Style.OK)
        await self._read()

    async def changed_by(self, table: Table, key: str, *, field: str = "") -> tuple[Line, ...]:
        """Return who changed a record, or one field of it, for its pane."""
        try:
            records = await history.changes_of(self._store, table, key, field)
        except EdgeconsoleError as error:
            return errors.lines(error)
        return past.changed_by(records, self._clock())
