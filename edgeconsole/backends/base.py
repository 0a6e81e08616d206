"""The one interface screens, commands and tests use to reach an edge."""

from collections.abc import AsyncIterator, Sequence
from enum import Enum
from typing import Protocol

import msgspec

from edgeconsole.model.change import Change
from edgeconsole.model.configuration import Configuration
from edgeconsole.model.observed import DiscoveredPartner, Event, Failure, Health, PartnerCounters, Session
from edgeconsole.model.plan import ApplyResult, Impact, Plan
from edgeconsole.model.revision import Revision, RevisionRecord
from edgeconsole.model.verdict import Direction, Explanation


class Capability(Enum):
    """What a backend may be able to do."""

    EDIT = "edit"
    ENFORCE = "enforce"
    SESSIONS = "sessions"
    OBSERVE = "observe"
    EVENTS = "events"
    LOOK_UPS = "look-ups"


class Capabilities(msgspec.Struct, frozen=True):
    """What the backend can do for this caller; what it cannot, with the reason to show."""

    supported: frozenset[Capability]
    missing: dict[Capability, str] = {}

    def reason_against(self, capability: Capability) -> str | None:
        """Return why the capability is missing, or None where it is there."""
        if capability in self.supported:
            return None
        return self.missing.get(capability, f"this backend cannot {capability.value}")


class Saved(msgspec.Struct, frozen=True):
    """The saved configuration at its revision."""

    configuration: Configuration
    revision: Revision


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What `explain` is asked: may `sender` reach `recipient`, addresses or domains."""

    sender: str
    recipient: str
    direction: Direction | None = None
    """None: from our own domain is outbound, everything else inbound."""
    certificate_names: tuple[str, ...] | None = None
    """DNS names of the certificate the other side shows; None where that is not known."""


class Backend(Protocol):
    """An edge that can be asked and changed; every call may raise the errors of `model.errors`."""

    async def capabilities(self) -> Capabilities: ...
    async def health(self) -> Health: ...
    async def read(self) -> Saved: ...
    async def plan(self, changes: Sequence[Change], *, base: Revision | None = None) -> Plan: ...
    async def apply(self, plan_id: str, *, why: str = "") -> ApplyResult: ...
    async def plan_undo(self, number: int | None = None) -> Plan: ...
    async def impact(self, changes: Sequence[Change]) -> Impact: ...
    async def history(self, limit: int = 50) -> tuple[RevisionRecord, ...]: ...
    async def explain(self, question: Question) -> Explanation: ...
    async def sessions(self) -> tuple[Session, ...]: ...
    async def close_sessions(self, domain: str) -> int: ...
    async def counters(self) -> tuple[PartnerCounters, ...]: ...
    async def discovered(self) -> tuple[DiscoveredPartner, ...]: ...
    async def failures(self) -> tuple[Failure, ...]: ...
    def events(self, after: int | None = None) -> AsyncIterator[Event]: ...
    async def aclose(self) -> None: ...
