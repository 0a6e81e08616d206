"""The draft in the console: checked in the background, shown as it stands, and applied through one question."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from edgeconsole.actions import draft
from edgeconsole.model.capability import Capability
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.model.revision import Revision
from edgeconsole.model.snapshot import Connection
from edgeconsole.present.ages import plural
from edgeconsole.present.history import again
from edgeconsole.present.legend import keycap
from edgeconsole.present.review import NO_STANDING, Checked, Standing, staged_words
from edgeconsole.present.staged import Staged
from edgeconsole.present.table import Style
from edgeconsole.store.store import Store
from edgeconsole.tui import waiting
from edgeconsole.tui.changes import Changes
from edgeconsole.tui.dialogue import Dialogue, Stage
from edgeconsole.tui.left_behind import LeftBehind

if TYPE_CHECKING:
    from edgeconsole.rules.lint import Finding
    from edgeconsole.store.draft_view import DraftView
    from edgeconsole.store.drafts import DraftBox


class Review:
    """What the Review screen shows, and how it is applied; the draft itself is the store's."""

    def __init__(
        self,
        store: Store,
        dialogue: Dialogue,
        changes: Changes,
        stage: Stage,
        clock: Callable[[], datetime],
        left_behind: LeftBehind,
    ) -> None:
        self._store = store
        self._left_behind = left_behind
        self._dialogue = dialogue
        self._changes = changes
        self._stage = stage
        self._clock = clock
        self._time: timedelta | None = store.confirm or waiting.USUAL
        self._message = ""
        self._checked: Checked | None = None
        self._checked_for: tuple[DraftView, Revision | None] | None = None
        self._lint: tuple[Configuration, frozenset[tuple[str, str]]] | None = None
        self._shown_for: tuple[object, ...] = ()
        self._standing = NO_STANDING
        self._staged: Staged = {}

    @property
    def view(self) -> "DraftView | None":
        """The draft beside what is saved; None where nothing can be staged."""
        return self._store.drafts.view if self._store.drafts is not None else None

    @property
    def can_undo(self) -> bool:
        """Whether something is staged that can be taken back."""
        view = self.view
        return view is not None and view.draft is not None and bool(view.draft.staged) and bool(view.edits)

    @property
    def standing(self) -> Standing:
        """What the Review screen shows; the same object as long as nothing moved."""
        view = self.view
        if view is None:
            reason = self._store.reason_against(Capability.EDIT) or "this console keeps no draft"
            if self._standing.without != reason:
                self._standing = Standing(without=reason)
            return self._standing
        left = self._left_behind
        now = (view, self._checked, self._time, self._message, left.drafts, left.taken_back, self._changes.can_wait)
        if self._shown_for != now:
            self._shown_for = now
            self._standing = self._stand(view)
            self._staged = staged_words(self._standing.edits)
        return self._standing

    @property
    def staged(self) -> Staged:
        """What is staged about each domain, as of `standing`."""
        return self._staged

    def _stand(self, view: "DraftView") -> Standing:
        kept = {(edit.table, edit.key): edit for edit in view.rebased.kept}
        return Standing(
            edits=tuple(kept.get(name, edit) for name, edit in view.named.items()),
            conflicts=view.conflicts,
            taken_over=view.rebased.taken_over,
            problems=view.problems,
            base=view.draft.base if view.draft else None,
            stale=view.stale,
            checked=self._checked,
            time=self._time,
            timed=self._changes.can_wait,
            message=self._message,
            left_behind=len(self._left_behind.drafts),
            taken_back=again(self._left_behind.taken_back) if self._left_behind.taken_back else "",
        )

    def reason_against(self, identifier: str) -> str | None:
        """Return why a key of the draft means nothing now, without one why nothing can be staged.

        The draft can be edited while the edge is away.
        """
        view = self.view
        if self._store.readonly or view is None:
            return self._store.reason_against(Capability.EDIT) or "nothing can be staged here"
        if self._store.snapshot.connection is Connection.LIVE and identifier != "draft.discard":
            lacking = self._store.reason_against(Capability.EDIT)
            if lacking is not None:
                return lacking
        match identifier:
            case "draft.adopt":
                there = self._left_behind.drafts or self._left_behind.taken_back
                return None if there else "no draft was left behind, and the timer took nothing back"
            case "":
                return None
            case "draft.redo":
                return None if view.draft is not None and view.draft.undone else "nothing was taken back"
            case "draft.choose":
                return None if view.conflicts else "nothing is in conflict"
            case "draft.rebase":
                return None if view.stale else "the draft stands on what is saved"
            case "draft.longer" | "draft.shorter" if not self._changes.can_wait:
                return "nothing here would take a change back"
        return None if view.edits else "nothing is staged"

    def check(self) -> None:
        """Have the draft checked as it stands now, unless it is already; called while Review is in front."""
        view = self.view
        if view is None or not view.edits:
            return
        if self._store.snapshot.connection is not Connection.LIVE:
            self._checked_for = None
            return
        now = (view, self._store.snapshot.revision)
        if self._checked_for is not None and self._checked_for == now:
            return
        self._checked, self._checked_for = None, now
        if view.conflicts or view.stale:
            self._checked = Checked()
            return
        self._stage.spawn(self._check(view), "check")

    async def _check(self, view: "DraftView") -> None:
        drafts = self._drafts
        try:
            plan = await draft.plan(self._store, drafts)
            new, solved = await asyncio.to_thread(self._linted, view)
            found = Checked(plan, None, new, solved)
        except EdgeconsoleError as error:
            found = Checked(error=error)
        if self.view is view:
            self._checked = found
            self._stage.redraw()

    def _linted(self, view: "DraftView") -> "tuple[tuple[Finding, ...], int]":
        """Return the findings the draft brings, and how many it does away with."""
        saved = view.saved.configuration
        if self._lint is None or self._lint[0] is not saved:
            self._lint = (saved, frozenset(_name(each) for each in self._findings(saved)))
        before = self._lint[1]
        after = self._findings(view.configuration)
        new = tuple(each for each in after if _name(each) not in before)
        return new, len(before - {_name(each) for each in after})

    def _findings(self, configuration: Configuration) -> "Sequence[Finding]":
        # Late: the table of lint rules costs the start 15 ms, and most starts never come here.
        from edgeconsole.rules.lint import lint

        return lint(configuration, now=self._clock(), places=_no_line)

    def apply(self) -> None:
        """Plan the draft as it stands, ask, and apply it; say what has to be settled first where something has."""
        view = self.view
        if view is not None and view.conflicts:
            self._dialogue.say(
                f"{plural(len(view.conflicts), 'conflict')} to settle first: {keycap('draft.choose')} chooses",
                Style.WARN,
            )
            return
        if view is not None and view.stale:
            self._dialogue.say(
                f"{view.saved.revision} was saved meanwhile: {keycap('draft.rebase')} puts the draft on it first",
                Style.WARN,
            )
            return
        self._changes.propose("apply the draft", self._planned, self._carry, time=self._time, own=True)

    async def _planned(self, store: Store) -> Plan:
        return await draft.plan(store, self._drafts)

    async def _carry(self, plan: Plan, time: timedelta | None) -> ApplyResult:
        result = await draft.apply(self._store, self._drafts, plan, self._message, time)
        self._message = ""
        return result

    def give_message(self) -> None:
        """Let the reason be typed that stands in history and audit."""
        self._dialogue.enter("why:", self._messaged, self._message)

    def _messaged(self, text: str) -> None:
        self._message = text
        self._dialogue.say(f"why: {text}" if text else "no reason is given", Style.OK)

    def change_time(self, by: int) -> None:
        """Choose how long the change waits to be kept."""
        self._time = waiting.step(self._time, by, needed=self._store.confirm is not None)
        self._stage.redraw()

    @property
    def _drafts(self) -> "DraftBox":
        drafts = self._store.drafts
        assert drafts is not None
        return drafts


def _name(finding: "Finding") -> tuple[str, str]:
    return finding.code, finding.subject


def _no_line(_table: Table, _key: str, _field: str) -> str:
    """The console has values, not lines; a finding then names its setting."""
    return ""
