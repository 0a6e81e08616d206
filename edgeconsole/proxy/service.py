"""The running edge and its revisions as one: what the admin API asks and changes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from edgeconsole import __version__
from edgeconsole.config.edit import apply_changes
from edgeconsole.config.revisions import Committed, Revisions
from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Proxy
from edgeconsole.model.errors import Conflict, EdgeconsoleError
from edgeconsole.model.evidence import Evidence
from edgeconsole.model.observed import OTHERS, EventKind, Health
from edgeconsole.model.plan import ApplyResult, Impact, Plan
from edgeconsole.model.revision import Author, Origin, Revision, RevisionRecord, WriteOutcome
from edgeconsole.model.verdict import Explanation, Question
from edgeconsole.proxy.archive import Archive, Seen
from edgeconsole.proxy.confirmation import Confirmation
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.enforcement import Enforcement, InForce
from edgeconsole.proxy.probing import Probing
from edgeconsole.proxy.reloading import Reloading
from edgeconsole.proxy.restart import restart_needed
from edgeconsole.rules.impact import changed_domains, impact
from edgeconsole.rules.index import RuleIndex
from edgeconsole.rules.questions import answer, shown_names, understand
from edgeconsole.wire.messages import ConfigurationPage

log = logging.getLogger(__name__)

ITSELF = Author("edgeconsole", "proxy")
"""Who takes a change back that could not be enforced."""


class EdgeService:
    """One running edge, the file it enforces, and every change in order."""

    def __init__(
        self,
        revisions: Revisions,
        edge: FederationEdge,
        *,
        path: Path,
        instance: str,
        clock: Callable[[], datetime],
        warnings: tuple[str, ...] = (),
    ) -> None:
        self.edge = edge
        self._revisions = revisions
        self._path = path
        self._instance = instance
        self._clock = clock
        self._started = clock()
        self._warnings = warnings
        self._started_with = edge.configuration
        # Revisions is blocking and not made for two threads: one change at a time, off the message loop.
        self._writing = asyncio.Lock()
        self._enforcement = Enforcement(revisions, edge, clock)
        self.confirmation = Confirmation(revisions, self._enforcement, edge.events, self._writing)
        self.archive = Archive(revisions, self._writing, self._look)
        self.reloading = Reloading(
            revisions, self._enforcement, edge, self.confirmation, self._writing, clock, self._look
        )
        self.probing = Probing(edge, path=path)
        """Passive until it is started, or somebody asks it."""

    @property
    def settings(self) -> Proxy:
        """The `[proxy]` table in force."""
        return self.edge.configuration.proxy

    def health(self) -> Health:
        """Return the proxy's state."""
        return Health(
            version=__version__,
            backend="local",
            enforcing=True,
            instance=self._instance,
            started=self._started,
            listeners=self.edge.listeners(),
            saved=self._revisions.head,
            running=self._enforcement.running,
            configuration_path=str(self._path),
            certificate_expires=self.edge.certificate_expires,
            access_edge=self.edge.configuration.access_edge,
            warnings=self._warnings
            + self.edge.certificates.warnings
            + self._restart_warnings()
            + self._file_warnings(),
            problems=self._revisions.problems[:MOST_PROBLEMS],
            pending=self.confirmation.told(),
            audit_head=self._revisions.trail.head,
            last_event=self.edge.events.last_id,
        )

    def _restart_warnings(self) -> tuple[str, ...]:
        fields = restart_needed(self._started_with, self._revisions.loaded.configuration)
        return (f"a restart is needed for {', '.join(fields)}",) if fields else ()

    def _file_warnings(self) -> tuple[str, ...]:
        problems = self._revisions.problems
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            goes_on = f"revision {self._running} goes on"
            return (f"the file on disk is broken and not taken in, {goes_on}: {problems[0]}{more}",)
        if self._running != self._revisions.head:
            head = self._revisions.head
            return (f"saved {head} was edited by hand and is not enforced: edgeconsole reload, or edgeconsole undo",)
        return ()

    def _require_reviewed(self) -> None:
        """Refuse a change on top of a hand edit that nobody let into force: applying it would let it in unseen."""
        if self._running != self._revisions.head:
            raise Conflict(
                f"the file was edited by hand (saved {self._revisions.head}, running {self._running}), and a change "
                "now would put that edit into force unseen",
                remedy="edgeconsole reload enforces the edit, edgeconsole undo takes it back; then change again",
            )

    def configuration_page(self, offset: int, limit: int) -> ConfigurationPage:
        """Return the saved configuration with `limit` of its domains from an offset."""
        saved = self._revisions.loaded.configuration
        end = offset + limit
        page = msgspec.structs.replace(saved, domains=saved.domains[offset:end])
        following = end if end < len(saved.domains) else None
        return ConfigurationPage(revision=self._revisions.head, configuration=page, next=following)

    def text(self) -> str:
        """Return the saved file as it stands."""
        return self._revisions.loaded.text

    async def history(self, limit: int) -> tuple[RevisionRecord, ...]:
        """Return the latest revisions, newest first."""
        async with self._writing:
            records = await asyncio.to_thread(self._revisions.history, limit)
        return tuple(_shortened(record) for record in records)

    async def plan(self, changes: Sequence[Change], base: Revision | None, *, rewrite: bool = False) -> Plan:
        """Plan changes on the saved revision."""
        async with self._writing:
            await self._take_in_hand_edit()
            self._require_reviewed()
            domains, sessions = self._seen(), self.edge.sessions()
            return await asyncio.to_thread(
                self._revisions.plan, changes, base=base, domains=domains, sessions=sessions, rewrite=rewrite
            )

    async def plan_undo(self, number: int | None, *, rewrite: bool = False) -> Plan:
        """Plan the reverse of a revision."""
        async with self._writing:
            await self._take_in_hand_edit()
            if number is not None and number != self._revisions.head.number:
                self._require_reviewed()
            domains, sessions = self._seen(), self.edge.sessions()
            return await asyncio.to_thread(
                self._revisions.plan_undo, number, domains=domains, sessions=sessions, rewrite=rewrite
            )

    async def apply(
        self,
        plan_id: str,
        *,
        author: Author,
        why: str,
        confirm: timedelta | None = None,
        emergency: bool = False,
    ) -> ApplyResult:
        """Save a planned change, enforce it from the next message on, and close what it shuts out.

        With `confirm` it goes back after that time unless somebody confirms it. What cannot be enforced goes back at
        once, and was not committed. Raises ConfirmRequired above the guard, ConfirmPending while another one waits,
        BadInput for a time to confirm in that is too short or too long.
        """
        self.confirmation.check(confirm)
        async with self._writing:
            before, former = self._revisions.head, self._enforcement.in_force()
            committed = await asyncio.to_thread(
                self._revisions.commit,
                plan_id,
                author=author,
                why=why,
                confirm=confirm,
                guarded=True,
                emergency=emergency,
            )
            try:
                closed = await self._enforcement.enforce()
            except Exception as error:
                # Whatever kept the edge from taking it: the edge must not stay between two revisions.
                log.exception("revision %s could not be enforced", committed.record.revision)
                return await self._take_back(committed, before, former, error)
            if committed.pending is not None:
                self.confirmation.arm(former)
        record, head = committed.record, self._revisions.trail.head
        told = "%s by %s via %s: %s; audit head %s"
        (log.critical if emergency else log.info)(
            told, record.revision, author.name, author.via, committed.outcome.value, head
        )
        return ApplyResult(
            outcome=committed.outcome,
            revision=self._revisions.head,
            running=self._enforcement.running,
            closed_sessions=closed,
            detail="; ".join(self._restart_warnings()),
            differences=record.differences,
            pending=self.confirmation.told(),
        )

    async def _take_back(
        self, committed: Committed, before: Revision, former: InForce, error: Exception
    ) -> ApplyResult:
        """Restore what ran before a change that the edge did not take; for who holds the lock."""
        revision = committed.record.revision
        why = f"{revision} could not be enforced: {error}"
        outcome = WriteOutcome.NOT_COMMITTED
        try:
            await asyncio.to_thread(self._revisions.confirming.take_back, before, ITSELF, why)
            same = former.revision.etag == self._revisions.head.etag
            self._enforcement.put(former._replace(revision=self._revisions.head) if same else former)
        except Exception as worse:
            log.critical("%s, and it could not be taken back: %s", why, worse)
            self.edge.events.add(EventKind.ALARM, subject=str(revision), detail=str(worse)[:200])
            outcome, why = WriteOutcome.INDETERMINATE, f"{why}; and taking it back failed: {worse}"
            if self._revisions.confirming.pending is not None:
                self.confirmation.take_back(ITSELF, why, former)
        return ApplyResult(
            outcome=outcome, revision=self._revisions.head, running=self._enforcement.running, detail=why
        )

    async def watch(self, pause: Callable[[], Awaitable[None]]) -> None:
        """Take in hand edits of the file as they happen; they are saved, not enforced, until a reload.

        Renewed certificates are in use at once: they change nothing an operator would have to look at first.
        """
        while True:
            await pause()
            if await self.edge.certificates.reload_changed():
                self.edge.events.add(EventKind.CONFIGURATION, detail="certificates")
            async with self._writing:
                try:
                    await self._take_in_hand_edit()
                except EdgeconsoleError as error:
                    log.warning("the file on disk cannot be taken in: %s", error)

    async def impact(self, changes: Sequence[Change]) -> Impact:
        """Return what changes would open and close, planning nothing."""
        before, seen, sessions = self._revisions.loaded.configuration, self._seen(), self.edge.sessions()
        now = self._clock()

        def compared() -> Impact:
            after = apply_changes(before, changes)
            rules = RuleIndex.compile(before, now), RuleIndex.compile(after, now)
            return impact(*rules, {*changed_domains(before, after), *seen}, sessions)

        return await asyncio.to_thread(compared)

    async def explain(self, question: Question) -> Explanation:
        """Decide as the running edge would, with its own look-ups, and tell every step."""
        index = self.edge.index
        asked = understand(index, question)
        names = shown_names(question)
        if names is None:
            names = self.edge.record.names_shown(asked.direction, asked.remote)
        evidence = Evidence(
            srv=await self.edge.evidence(asked.remote),
            peer_names=names,
            restriction=self.edge.restriction_for(asked.remote, asked.user),
        )
        found = answer(index, question, evidence, self._revisions.loaded.places, self._clock().date())
        return msgspec.structs.replace(found, probe=self.probing.status_of(asked.remote))

    def _seen(self) -> tuple[str, ...]:
        return (
            *(item.domain for item in self.edge.counters() if item.domain != OTHERS),
            *(item.domain for item in self.edge.discovered()),
        )

    async def _take_in_hand_edit(self) -> None:
        known = self._revisions.problems
        moved = await asyncio.to_thread(self._revisions.refresh)
        if self._revisions.problems and self._revisions.problems != known:
            log.warning("the file on disk is broken and not taken in: %s", self._revisions.problems[0])
            self.edge.events.add(EventKind.CONFIGURATION, subject=str(self._revisions.head), detail="broken")
        if moved:
            log.info("hand edit taken in as revision %s; not enforced until a reload", self._revisions.head)
            self.edge.events.add(
                EventKind.CONFIGURATION, subject=str(self._revisions.head), detail=Origin.EXTERNAL.value
            )

    @property
    def _running(self) -> Revision:
        return self._enforcement.running

    async def _look(self) -> Seen:
        await self._take_in_hand_edit()
        return self._seen(), self.edge.sessions()


MOST_PROBLEMS = 20
"""Problems of a broken file that health tells; mending the first ones often ends the others."""

MOST_DIFFERENCES = 1_000
"""Differences listed of one revision; the journal keeps as many, and a larger change is told by its diff."""


def _shortened(record: RevisionRecord) -> RevisionRecord:
    if len(record.differences) <= MOST_DIFFERENCES:
        return record
    return msgspec.structs.replace(record, differences=record.differences[:MOST_DIFFERENCES])
