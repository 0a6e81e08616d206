"""A hand edit comes into force: planned, guarded and taken back like every other change (design, section 3)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from edgeconsole.config.hand_edit import plan_reload
from edgeconsole.config.revisions import Revisions
from edgeconsole.model.audit import AuditAct
from edgeconsole.model.errors import ConfirmRequired, Conflict
from edgeconsole.model.observed import EventKind, Session
from edgeconsole.model.plan import ApplyResult, Plan
from edgeconsole.model.revision import Author, Revision, WriteOutcome
from edgeconsole.proxy.confirmation import Confirmation
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.enforcement import Enforcement
from edgeconsole.proxy.restart import restart_needed

log = logging.getLogger(__name__)


class Reloading:
    """The saved file and the running edge, made one again; every call waits for its turn behind changes."""

    def __init__(
        self,
        revisions: Revisions,
        enforcement: Enforcement,
        edge: FederationEdge,
        confirmation: Confirmation,
        writing: asyncio.Lock,
        clock: Callable[[], datetime],
        look: Callable[[], Awaitable[tuple[tuple[str, ...], tuple[Session, ...]]]],
    ) -> None:
        self._revisions = revisions
        self._enforcement = enforcement
        self._edge = edge
        self._confirmation = confirmation
        self._writing = writing
        self._clock = clock
        self._look = look
        self._started_with = edge.configuration

    async def plan(self) -> Plan:
        """Return what a reload would change; empty where what is saved runs already."""
        async with self._writing:
            return await self._planned()

    async def _planned(self) -> Plan:
        seen, sessions = await self._look()
        former = self._enforcement.in_force()
        return await asyncio.to_thread(
            plan_reload,
            self._revisions,
            former.revision,
            former.configuration,
            moment=self._clock(),
            domains=seen,
            sessions=sessions,
        )

    async def reload(
        self, author: Author, *, base: Revision | None = None, why: str = "", confirm: timedelta | None = None
    ) -> ApplyResult:
        """Enforce the saved file, a hand edit included, and read the certificates again; no session ends for those.

        `base` is the saved revision that was looked at. With `confirm` the file goes back to what ran before unless
        somebody confirms it. Raises BadInput where a certificate or key cannot be used, Conflict where the file was
        edited again since `base`, ConfirmRequired above the guard, ConfirmPending while a change waits to be
        confirmed; nothing changes then.
        """
        self._confirmation.check(confirm)
        async with self._writing:
            plan = await self._planned()
            if base is not None and base != plan.base:
                raise Conflict(
                    f"the file was edited again: {plan.base} is saved, and {base} was looked at",
                    remedy="edgeconsole reload --dry-run shows what it says now",
                )
            changed = self._enforcement.running != plan.base
            if changed:
                self._revisions.confirming.refuse_others()
                if plan.guard and confirm is None:
                    raise ConfirmRequired(
                        f"this hand edit must be confirmed after it came into force: {'; '.join(plan.guard)}",
                        remedy="edgeconsole reload --confirm 2m: it goes back by itself unless it is confirmed",
                    )
            await self._edge.certificates.reload()
            self._edge.events.add(EventKind.CONFIGURATION, detail="certificates")
            closed = await self._enforce(plan, author, why, confirm) if changed else 0
        fields = restart_needed(self._started_with, self._revisions.loaded.configuration)
        detail = f"a restart is needed for {', '.join(fields)}" if fields else ""
        return ApplyResult(
            outcome=WriteOutcome.COMMITTED,
            revision=self._revisions.head,
            running=self._enforcement.running,
            closed_sessions=closed,
            detail=detail or ("" if changed else "it was running already"),
            differences=plan.differences,
            pending=self._confirmation.told(),
        )

    async def _enforce(self, plan: Plan, author: Author, why: str, confirm: timedelta | None) -> int:
        """Put the saved revision in force, its way back written down first; for who holds the lock."""
        former, revisions = self._enforcement.in_force(), self._revisions
        if confirm is not None and not plan.empty:
            await asyncio.to_thread(revisions.confirming.arm, plan.base, confirm, author, why, before=former.revision)
        try:
            await asyncio.to_thread(revisions.trail.note, AuditAct.RELOADED, author, number=plan.base.number, why=why)
            closed = await self._enforcement.enforce()
        except BaseException:
            # The edge must not stay between two revisions, and nothing may wait that never came into force.
            if self._enforcement.in_force().rules is not former.rules:
                self._enforcement.put(former)
            revisions.confirming.disarm()
            raise
        if revisions.confirming.pending is not None:
            self._confirmation.arm(former)
        return closed
