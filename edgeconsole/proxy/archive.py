"""What an edge keeps of its past, as the admin API asks for it: plans to go back, restore points, the audit."""

import asyncio
from collections.abc import Awaitable, Callable

from edgeconsole.config.revisions import Revisions
from edgeconsole.model.audit import AuditRecord, AuditVerification
from edgeconsole.model.errors import BadInput
from edgeconsole.model.observed import Session
from edgeconsole.model.plan import Plan
from edgeconsole.model.revision import Author, RestorePoint

Seen = tuple[tuple[str, ...], tuple[Session, ...]]
"""Domains and sessions the edge knows, for the impact of a plan."""


class Archive:
    """The past of one edge; every call waits for its turn behind changes."""

    def __init__(self, revisions: Revisions, writing: asyncio.Lock, look: Callable[[], Awaitable[Seen]]) -> None:
        self._revisions = revisions
        self._writing = writing
        self._look = look

    async def plan_rollback(self, number: int | None, name: str | None) -> Plan:
        """Plan the whole file of a revision or a restore point; of the revision before the head without either."""
        if number is not None and name is not None:
            raise BadInput("name a revision or a restore point, not both", remedy="Leave one of them out")
        async with self._writing:
            domains, sessions = await self._look()
            target = name if name is not None else number
            return await asyncio.to_thread(self._revisions.plan_rollback, target, domains=domains, sessions=sessions)

    async def text(self, number: int) -> str:
        """Return the file as it was at a revision. Raises BadInput for one whose text is not kept."""
        async with self._writing:
            points = self._revisions.points
            return (await asyncio.to_thread(lambda: points.text_at(points.numbered(number)))).text

    async def audit(self, limit: int) -> tuple[AuditRecord, ...]:
        """Return what was done last, newest first."""
        async with self._writing:
            return await asyncio.to_thread(self._revisions.trail.records, limit)

    async def verify(self, head: str | None) -> AuditVerification:
        """Check every line of the audit."""
        async with self._writing:
            return await asyncio.to_thread(self._revisions.trail.verify, head)

    async def points(self) -> tuple[RestorePoint, ...]:
        """Return the restore points by name."""
        async with self._writing:
            return await asyncio.to_thread(self._revisions.points.all)

    async def add_point(self, name: str, number: int | None, author: Author, why: str) -> RestorePoint:
        """Name a revision, the head without a number."""
        async with self._writing:
            return await asyncio.to_thread(lambda: self._revisions.points.add(name, number, author=author, why=why))

    async def remove_point(self, name: str, author: Author) -> RestorePoint:
        """Take a name away."""
        async with self._writing:
            return await asyncio.to_thread(lambda: self._revisions.points.remove(name, author=author))
