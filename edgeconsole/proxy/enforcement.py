"""What the edge enforces, and which revision that is: put in force, read back, put back."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from edgeconsole.config.revisions import Revisions
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.errors import EdgeconsoleError
from edgeconsole.model.observed import EventKind
from edgeconsole.model.revision import Revision
from edgeconsole.proxy.edge import FederationEdge
from edgeconsole.proxy.restart import restart_needed
from edgeconsole.rules.index import RuleIndex


class NotEnforced(EdgeconsoleError):
    """The edge did not take a configuration; what it ran before goes on."""


class InForce(NamedTuple):
    """A configuration that works, ready to be put in force again at once."""

    revision: Revision
    configuration: Configuration
    rules: RuleIndex


class Enforcement:
    """The running edge's revision. Success is what the edge itself answers when it is asked (reliability D12)."""

    def __init__(self, revisions: Revisions, edge: FederationEdge, clock: Callable[[], datetime]) -> None:
        self.running = revisions.head
        self._revisions = revisions
        self._edge = edge
        self._clock = clock

    def in_force(self) -> InForce:
        """Return what is enforced now, to come back to."""
        return InForce(self.running, self._edge.configuration, self._edge.index)

    async def compiled(self, revision: Revision, configuration: Configuration) -> InForce:
        """Return a configuration with its rules; compiled off the message loop, where 100,000 domains take too long."""
        before = self._edge.index
        index = await asyncio.to_thread(RuleIndex.compile, configuration, self._clock(), before=before)
        return InForce(revision, configuration, index)

    async def enforce(self, *, checked: bool = True) -> int:
        """Put the saved revision in force; return how many sessions that closed.

        Where keys, certificates or addresses change they are opened first, though a restart takes them up; going back
        leaves that out with `checked=False`. Raises NotEnforced where the edge runs anything else afterwards, and
        whatever kept it from doing so.
        """
        revision, configuration = self._revisions.head, self._revisions.loaded.configuration
        if checked and restart_needed(self._edge.configuration, configuration):
            await asyncio.to_thread(self._edge.check, configuration)
        return self.put(await self.compiled(revision, configuration))

    def put(self, wanted: InForce) -> int:
        """Put a configuration in force at once; return how many sessions that closed. Raises NotEnforced."""
        closed = self._edge.activate(wanted.configuration, wanted.rules)
        if self._edge.configuration is not wanted.configuration or self._edge.index is not wanted.rules:
            raise NotEnforced(f"the edge runs something else than revision {wanted.revision}")
        self.running = wanted.revision
        self._edge.events.add(EventKind.CONFIGURATION, subject=str(self.running), detail="running")
        return closed
