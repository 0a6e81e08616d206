"""The revisions of one federation.toml: the single place that writes it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from edgeconsole.config.confirm import BootClock, Confirming, boot_clock, rescue
from edgeconsole.config.diff import unified_diff
from edgeconsole.config.edit import apply_changes, differences, turned
from edgeconsole.config.read import Loaded
from edgeconsole.config.restore_points import RestorePoints
from edgeconsole.config.saved import Refreshed, SavedFile
from edgeconsole.config.scan import Layout, scan
from edgeconsole.config.splice import SpliceRefused, splice
from edgeconsole.config.splice import rewrite as rewritten
from edgeconsole.config.trail import AuditTrail
from edgeconsole.config.undo import check_unhindered, to_undo
from edgeconsole.model.change import Change, Difference
from edgeconsole.model.configuration import Configuration, Table
from edgeconsole.model.errors import BadInput, ConfirmRequired, Conflict, NotPermitted, NotSaved, Problem
from edgeconsole.model.observed import Session
from edgeconsole.model.plan import CONFIRM_LONGEST, Impact, PendingConfirm, Plan, Reversed
from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord, WriteOutcome
from edgeconsole.rules.guard import guard, is_emergency_block
from edgeconsole.rules.impact import impact
from edgeconsole.rules.index import RuleIndex

PLAN_LIFE = timedelta(minutes=15)
"""How long a plan can be committed (reliability D10)."""

MAX_PLANS = 32
"""Plans kept at a time; the oldest is forgotten first."""


MAX_KEPT = 400_000
"""Changed fields in all plans that are kept, but for the newest, which is kept whatever its size."""


class Committed(msgspec.Struct, frozen=True, kw_only=True):
    """What a commit did."""

    outcome: WriteOutcome
    record: RevisionRecord
    """The new revision; the head as it was when the plan had no differences."""
    loaded: Loaded
    pending: PendingConfirm | None = None
    """Set where it goes back unless it is confirmed."""


class _Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan needs to be committed."""

    plan: Plan
    after: Configuration
    layout: Layout
    origin: Origin | None
    undoes: int | None
    about: str = ""
    """What stands as the reason where nobody gives one."""

    @property
    def size(self) -> int:
        """Roughly what keeping it costs, in changed fields: its changes, and its cut of the text."""
        return len(self.plan.changes) + len(self.plan.differences) + len(self.layout.pieces) // 4


class Revisions:
    """One file and its history; not for two threads at a time, but reading `head` and `loaded` is always safe."""

    def __init__(
        self,
        saved: SavedFile,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        boot: BootClock | None = None,
    ) -> None:
        self.confirming = Confirming(saved, clock, boot or boot_clock())
        """What waits to be confirmed."""
        self.trail = AuditTrail(saved, clock)
        """The audit."""
        self.points = RestorePoints(saved, clock)
        self._saved = saved
        self._clock = clock
        self._new_id = new_id
        self._plans: dict[str, _Prepared] = {}
        self._compiled: list[tuple[Configuration, RuleIndex]] = []
        """The last two; what a plan leads to is what the next one starts from."""

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        writer: bool = True,
        boot: BootClock | None = None,
    ) -> "Revisions":
        """Open a file and its history.

        A writer holds the file's lock until `close`. Whatever an interrupted save left behind is settled first, and a
        hand edit is taken in as a revision. Raises BadInput with the problems of a broken file, Conflict naming the
        process that holds the lock, NotSaved for a place where saving would not be safe. `writer=False` changes
        nothing on disk and works beside a writer.
        """
        try:
            saved = SavedFile.open(path, clock=clock, new_id=new_id, writer=writer)
        except BadInput:
            if not (writer and rescue(path)):
                raise
            saved = SavedFile.open(path, clock=clock, new_id=new_id, writer=writer, rescued=True)
        return cls(saved, clock, new_id, boot)

    @property
    def head(self) -> Revision:
        """The saved revision."""
        return self._saved.record.revision

    @property
    def loaded(self) -> Loaded:
        """The saved configuration, its text and places."""
        return self._saved.loaded

    @property
    def writer(self) -> bool:
        """Whether this one may commit."""
        return self._saved.writer

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the file as last looked at, when a hand edit broke it."""
        return self._saved.problems

    def close(self) -> None:
        """Release the lock and forget all plans."""
        self._plans.clear()
        self._saved.close()

    def history(self, limit: int = 50) -> tuple[RevisionRecord, ...]:
        """Return the latest revisions, newest first."""
        return tuple(reversed(self._saved.records[-limit:])) if limit > 0 else ()

    def refresh(self) -> Refreshed:
        """Look whether the file was edited by hand, and take that in; cheap when it was not touched.

        A broken edit leaves the last good revision loaded; its problems stay until the file is good again.
        """
        return self._saved.refresh()

    def plan(
        self,
        changes: Sequence[Change],
        *,
        base: Revision | None = None,
        domains: Iterable[str] = (),
        sessions: Iterable[Session] = (),
        rewrite: bool = False,
    ) -> Plan:
        """Return what changes would do: fields, text, impact. Nothing is written.

        `base` is the revision the changes were made on. `domains` and `sessions` are what the edge has seen, for the
        impact. `rewrite` allows the file to be written anew where a change cannot be spliced in. Raises BadInput for
        changes that cannot be, Conflict for a base that is not the head any more, SpliceRefused.
        """
        self._saved.check_current(base)
        after = apply_changes(self.loaded.configuration, changes)
        return self._prepare(tuple(changes), after, domains, sessions, rewrite=rewrite)

    def plan_undo(
        self,
        number: int | None = None,
        *,
        base: Revision | None = None,
        domains: Iterable[str] = (),
        sessions: Iterable[Session] = (),
        rewrite: bool = False,
    ) -> Plan:
        """Plan the reverse of a revision; without a number, of the last one that is neither an undo nor undone.

        Where the file still says what that revision made of it, the text before it comes back with its comments.
        Raises BadInput when there is nothing to undo, Conflict when a later revision touched the same fields.
        """
        self._saved.check_current(base)
        chosen = to_undo(self._saved.records, number)
        before = self.loaded.configuration
        former = self._saved.records[self._saved.records.index(chosen) - 1].revision
        if chosen.revision.etag == self.head.etag:
            text = self._saved.text_of(former)
            if text is not None:
                changes = turned(differences(before, text.configuration))
                return self._prepare(
                    changes, text.configuration, domains, sessions, reverses=chosen, layout=text.layout
                )
        chosen = self._whole(chosen, former)
        check_unhindered(self._saved.records, chosen)
        changes = turned([_reversed(step) for step in chosen.differences])
        after = apply_changes(before, changes)
        return self._prepare(changes, after, domains, sessions, reverses=chosen, rewrite=rewrite)

    def plan_rollback(
        self,
        target: int | str | None = None,
        *,
        domains: Iterable[str] = (),
        sessions: Iterable[Session] = (),
    ) -> Plan:
        """Plan the whole file as it was at a revision or a restore point; None is the revision before the head.

        Raises BadInput for one that does not exist or whose text is not kept any more, Conflict for a broken file.
        """
        self._saved.check_current(None)
        revision, name = self._target(target)
        text = self.points.text_at(revision)
        changes = turned(differences(self.loaded.configuration, text.configuration))
        about = f"back to {revision}" + (f", restore point {name}" if name else "")
        return self._prepare(
            changes,
            text.configuration,
            domains,
            sessions,
            reverses=self._saved.record if target is None else None,
            layout=text.layout,
            origin=Origin.ROLLED_BACK,
            about=about,
        )

    def _target(self, target: int | str | None) -> tuple[Revision, str]:
        if isinstance(target, str):
            point = self.points.find(target)
            return point.revision, point.name
        records = self._saved.records
        if target is None:
            if len(records) < 2:
                raise BadInput("there is no revision before this one", remedy="See: edgeconsole history")
            return records[-2].revision, ""
        return self.points.numbered(target), ""

    def _whole(self, chosen: RevisionRecord, former: Revision) -> RevisionRecord:
        """Return the record with all its differences, which the journal may have cut short or never known."""
        number = chosen.revision.number
        cut = next((i.left_out for i in self._saved.journal.committed() if i.number == number), 0)
        if chosen.differences and not cut:
            return chosen
        was, now = self._saved.text_of(former), self._saved.text_of(chosen.revision)
        if was is None or now is None:
            raise BadInput(
                f"revision #{number} cannot be undone: its text is not kept any more",
                remedy="Set the fields as they should be; edgeconsole history show has those that are known",
            )
        steps = differences(was.configuration, now.configuration)
        if not steps:
            raise BadInput(
                f"revision #{number} changed comments only; there is no field to undo",
                remedy="edgeconsole rollback goes back to a whole text, comments included",
            )
        return msgspec.structs.replace(chosen, differences=steps)

    def _prepare(
        self,
        changes: tuple[Change, ...],
        after: Configuration,
        domains: Iterable[str],
        sessions: Iterable[Session],
        *,
        reverses: RevisionRecord | None = None,
        layout: Layout | None = None,
        rewrite: bool = False,
        origin: Origin | None = None,
        about: str = "",
    ) -> Plan:
        before, now = self.loaded.configuration, self._clock()
        steps = differences(before, after)
        if layout is None:
            layout = self._spliced(after, rewrite) if steps else self.loaded.layout
        effect = self._impact(after, steps, domains, sessions)
        plan = Plan(
            plan_id=self._new_id(),
            base=self.head,
            changes=changes,
            differences=steps,
            toml_diff=unified_diff(self.loaded.layout, layout, self._saved.path.name),
            impact=effect,
            expires=now + PLAN_LIFE,
            guard=guard(before, after, steps, effect),
            reverses=None if reverses is None else _reversal(reverses),
        )
        undoes = reverses.revision.number if reverses is not None and origin is None else None
        origin = origin if undoes is None else Origin.UNDONE
        self._keep(_Prepared(plan=plan, after=after, layout=layout, origin=origin, undoes=undoes, about=about))
        return plan

    def _keep(self, prepared: _Prepared) -> None:
        """Keep a plan until it is committed or too old; the oldest make room for it."""
        now = self._clock()
        self._plans = {key: kept for key, kept in self._plans.items() if kept.plan.expires > now}
        room = MAX_KEPT - prepared.size
        while self._plans and (len(self._plans) >= MAX_PLANS or sum(kept.size for kept in self._plans.values()) > room):
            del self._plans[next(iter(self._plans))]
        self._plans[prepared.plan.plan_id] = prepared

    def _spliced(self, after: Configuration, rewrite: bool) -> Layout:
        loaded = self.loaded
        try:
            return splice(loaded.layout, loaded.configuration, after)
        except SpliceRefused:
            if not rewrite:
                raise
        return scan(rewritten(loaded.text, after))

    def _impact(
        self, after: Configuration, steps: Sequence[Difference], domains: Iterable[str], sessions: Iterable[Session]
    ) -> Impact:
        before = self.loaded.configuration
        touched = {step.key for step in steps if step.table in (Table.DOMAIN, Table.SIP_DOMAIN)}
        if before.access_edge.federation != after.access_edge.federation:
            # The master switch opens or closes every domain that is listed.
            touched.update(domain.name for domain in (*before.domains, *after.domains))
        return impact(self._rules(before), self._rules(after), touched.union(domains), sessions)

    def _rules(self, configuration: Configuration) -> RuleIndex:
        now = self._clock()
        for known, index in self._compiled:
            if known is configuration and (index.next_expiry is None or now < index.next_expiry):
                return index
        before = self._compiled[-1][1] if self._compiled else None
        index = RuleIndex.compile(configuration, now, before=before)
        self._compiled = [*self._compiled[-1:], (configuration, index)]
        return index

    def commit(
        self,
        plan_id: str,
        *,
        author: Author,
        why: str = "",
        origin: Origin = Origin.APPLIED,
        confirm: timedelta | None = None,
        guarded: bool = False,
        emergency: bool = False,
    ) -> Committed:
        """Save what was planned; a plan can be used once.

        A plan without differences saves nothing and answers with the head as it is. `confirm` writes the way back down
        first, for at most an hour: whoever runs the file keeps the time, see `confirming`. `guarded` refuses a plan
        above the guard without it. `emergency` blocks one domain even where the audit cannot be written.

        Raises Conflict when the plan is not known, too old, or made on a revision that is not the head any more,
        ConfirmPending while another change waits, ConfirmRequired; NotSaved, nothing changed, when the disk refused;
        NotPermitted for a reader.
        """
        prepared = self._usable(plan_id, confirm, guarded, emergency)
        del self._plans[plan_id]
        self._saved.look()
        self._saved.check_current(prepared.plan.base)
        if prepared.plan.empty:
            return Committed(outcome=WriteOutcome.COMMITTED, record=self._saved.record, loaded=self.loaded)
        why = why or prepared.about

        def arm(after: Revision) -> None:
            if confirm is not None:
                self.confirming.arm(after, confirm, author, why)

        try:
            outcome = self._saved.write(
                prepared.after,
                prepared.layout,
                steps=prepared.plan.differences,
                author=author,
                why=why,
                origin=prepared.origin or origin,
                undoes=prepared.undoes,
                arm=arm,
                urgent=emergency,
            )
        except NotSaved:
            if confirm is not None:
                self.confirming.disarm()
            raise
        pending = self.confirming.told()
        return Committed(outcome=outcome, record=self._saved.record, loaded=self.loaded, pending=pending)

    def _usable(self, plan_id: str, confirm: timedelta | None, guarded: bool, emergency: bool) -> _Prepared:
        """Return what was planned, if it may be committed in this way."""
        if not self.writer:
            holder = self._saved.holder()
            remedy = f"Make the change through process {holder}, which holds it" if holder else ""
            raise NotPermitted(f"{self._saved.path} is open for reading only", remedy=remedy)
        self.confirming.refuse_others()
        prepared = self._plans.get(plan_id)
        if prepared is None:
            raise Conflict("this plan is not known: it was applied already, or is too old", remedy="Plan again")
        if prepared.plan.expires <= self._clock():
            minutes = int(PLAN_LIFE.total_seconds() // 60)
            raise Conflict(f"this plan is older than {minutes} minutes", remedy="Plan again")
        if confirm is not None and not timedelta(0) < confirm <= CONFIRM_LONGEST:
            raise BadInput(
                "a change may wait for at most an hour to be confirmed",
                remedy="Give a shorter time, as in --confirm 2m",
            )
        if emergency and not is_emergency_block(prepared.plan.differences):
            raise BadInput(
                "an emergency block blocks one domain and does nothing else",
                remedy="Plan the rest as a change of its own",
            )
        if guarded and prepared.plan.guard and confirm is None:
            raise ConfirmRequired(
                f"this change must be confirmed after it was applied: {'; '.join(prepared.plan.guard)}",
                remedy="Apply it with a time to confirm it in, as in --confirm 2m: it goes back by itself otherwise",
            )
        return prepared


def _reversal(record: RevisionRecord) -> Reversed:
    return Reversed(number=record.revision.number, by=record.by, at=record.at, origin=record.origin)


def _reversed(step: Difference) -> Difference:
    return msgspec.structs.replace(step, before=step.after, after=step.before)
