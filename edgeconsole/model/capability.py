"""What a backend can do for a caller, and why not where it cannot."""

from enum import Enum

import msgspec


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
